//! Comment → logits. Cannot fail, does no I/O, and depends on nothing but model and comment.

use super::sums::TextSums;
use super::{Held, Model};
use crate::comment::Comment;
use crate::evidence::{CommentFeatures, N_COLUMNS, evidence_row};
use crate::linear::loss::sigmoid;
use crate::relation::Silence;

/// Scores of one comment, by label in the model's order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores {
    /// Calibrated logits; not a number where the label cannot be told (see [`Self::silence`]).
    pub logits: Vec<f64>,
    /// Why the label about the relation to the article cannot be told, if it cannot.
    pub silence: Option<Silence>,
}

impl Scores {
    /// Probabilities: the logits through the logistic function.
    pub fn probabilities(&self) -> impl Iterator<Item = f64> + '_ {
        self.logits.iter().map(|&logit| sigmoid(logit))
    }
}

/// One thread's scratch around a shared model.
#[derive(Debug)]
pub struct Scorer<'m> {
    pub(crate) model: Held<'m, Model>,
    pub(crate) features: CommentFeatures,
    pub(crate) sums: TextSums,
    /// Logits of the display name by label.
    name_logits: Vec<f64>,
}

impl<'m> Scorer<'m> {
    /// A scorer of a model.
    pub fn new(model: &'m Model) -> Self {
        Self::around(Held::Borrowed(model))
    }

    pub(super) fn around(model: Held<'m, Model>) -> Self {
        Self {
            features: CommentFeatures::default(),
            sums: TextSums::new(&model.table),
            name_logits: vec![0.0; model.heads.len()],
            model,
        }
    }

    /// A scorer that leaves hidden words hidden: what the model would say without the second view.
    /// Only the attack bench asks for it; its scores are not those of the model.
    pub(crate) fn literal(model: &'m Model) -> Self {
        let mut scorer = Self::new(model);
        scorer.features.text.read_literally();
        scorer.features.name.read_literally();
        scorer
    }

    /// Scores one comment.
    ///
    /// # Complexity  O(bytes of comment and context), about four table look-ups a word
    pub fn score(&mut self, comment: &Comment) -> Scores {
        self.features
            .read(comment, &self.model.tables, self.model.space());
        self.logits()
    }

    /// Logits of the comment that `features` holds.
    pub(crate) fn logits(&mut self) -> Scores {
        self.sum_evidence();
        let rows = self.rows();
        let logits = rows
            .zip(&self.model.heads)
            .map(|(row, head)| head.verdict.logit(&row));
        let mut logits: Vec<f64> = logits.collect();
        let silence = self.features.silence;
        if let (Some(idx), Some(_)) = (self.model.relation_idx(), silence) {
            logits[idx] = f64::NAN;
        }
        Scores { logits, silence }
    }

    /// Evidence rows by label; [`Self::sum_evidence`] must have run.
    fn rows(&self) -> impl Iterator<Item = [f64; N_COLUMNS]> + '_ {
        let heads = self.model.heads.iter().enumerate();
        heads.map(|(label_idx, head)| {
            evidence_row(
                self.sums.whole[label_idx] + head.evidence_intercept,
                self.name_logits[label_idx],
                self.sums.strongest[label_idx] + head.evidence_intercept,
                &self.features.named,
            )
        })
    }

    fn sum_evidence(&mut self) {
        let Self {
            model,
            features,
            sums,
            name_logits,
        } = self;
        sums.read(&features.name, &model.table);
        name_logits.copy_from_slice(&sums.whole);
        sums.read(&features.text, &model.table);
    }
}
