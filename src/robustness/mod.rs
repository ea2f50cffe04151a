//! How a model fares on texts written to find its mistakes: functional tests, attacks, identity terms.
//!
//! Three measurements, none of which is an estimate for a site: [`functional`] says which kinds of comment
//! are judged wrongly, [`attacks`] what hiding a word costs, [`bias`] whether the name of a group of people
//! moves the score. All ask a [`Judge`] for logits and compare them with a threshold fixed before.
//! Nothing here reads files or prints; `ombuds evaluate --robustness` does.

pub mod attacks;
pub mod bias;
pub mod functional;
mod share;

pub use share::Share;

use rayon::prelude::*;
use serde::Serialize;

use crate::comment::Comment;
use crate::linear::loss::sigmoid;
use crate::metrics::{Ranking, Sample};
use crate::model::{Model, Scorer};

/// Everything that was measured of one model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Robustness {
    /// Program and version.
    pub program: String,
    /// Content hash of the model.
    pub model: String,
    /// The label that answers for `insult`.
    pub label: String,
    /// From here on its flag is set.
    pub threshold: f64,
    /// By function.
    pub functional: Option<functional::FunctionalReport>,
    /// By attack.
    pub attacks: Option<attacks::bench::AttackReport>,
    /// By identity term.
    pub bias: Option<bias::BiasReport>,
}

/// Why cases or templates cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not the columns or the form that is asked for; the message has the line.
    #[error("{0}")]
    Csv(#[from] csv::Error),
    /// An answer is neither 0 nor 1.
    #[error("`{row}`: expected is {expected}; it must be 0 or 1")]
    Expected {
        /// Identifier of the case, or the template.
        row: String,
        /// What stands there.
        expected: u8,
    },
    /// A template has no slot, or more than one.
    #[error("template `{template}`: needs {{person}} or {{people}} once")]
    Slot {
        /// The template.
        template: String,
    },
}

/// What the model reads of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// As it scores: `1d10t` counts as `idiot`, too.
    Recovered,
    /// Without the words recovered from hiding: `1d10t` is `1d10t`. Normalised all the same, so invisible
    /// characters and fullwidth letters hide nothing here either.
    Literal,
}

/// Logits of texts, in their order.
type ScoreTexts<'a> = dyn Fn(&[&str], View) -> Vec<f64> + 'a;

/// One label of a model with its flag, or a stand-in in tests.
pub struct Judge<'a> {
    threshold: f64,
    logits: Box<ScoreTexts<'a>>,
}

impl<'a> Judge<'a> {
    /// A label of a model, at its own flag.
    pub fn of_model(model: &'a Model, label_idx: usize) -> Self {
        let score = move |texts: &[&str], view: View| {
            let scorer = || match view {
                View::Recovered => model.scorer(),
                View::Literal => Scorer::literal(model),
            };
            let logit = |scorer: &mut Scorer, text: &&str| {
                scorer.score(&Comment::from_text(text)).logits[label_idx]
            };
            texts.par_iter().map_init(scorer, logit).collect()
        };
        Self::new(model.policy()[label_idx].flag, score)
    }

    /// Any function from texts to logits; a text whose probability is at least `threshold` is flagged.
    pub fn new(threshold: f64, logits: impl Fn(&[&str], View) -> Vec<f64> + 'a) -> Self {
        Self {
            threshold,
            logits: Box::new(logits),
        }
    }

    /// From here on a text is flagged.
    pub fn threshold(&self) -> f64 {
        self.threshold
    }

    pub(crate) fn logits(&self, texts: &[&str], view: View) -> Vec<f64> {
        (self.logits)(texts, view)
    }

    fn is_flagged(&self, logit: f64) -> bool {
        sigmoid(logit) >= self.threshold
    }
}

impl std::fmt::Debug for Judge<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Judge")
            .field("threshold", &self.threshold)
            .finish_non_exhaustive()
    }
}

/// Area under the ROC curve of some scores; `None` unless both answers occur.
fn roc_auc(scores: &[f64], is_positive: &[bool]) -> Option<f64> {
    let sample = Sample::new(scores, is_positive).ok()?;
    Ranking::new(&sample).roc_auc()
}
