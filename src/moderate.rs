//! One comment → everything a newsroom wants to know of it: scores, flags, decision, and what the
//! reasons are made of.
//!
//! [`HouseRules`] are what a site adds to a model: its own thresholds and phrases; shared by all
//! threads. A [`Moderator`] is one thread's scratch around both. The command line and the server call
//! this and add only their own formats. Scores are the [`Scorer`]'s, bit for bit.
//!
//! ```no_run
//! use ombuds::comment::Comment;
//! use ombuds::model::Model;
//! use ombuds::moderate::{HouseRules, Moderator};
//! use ombuds::report::reasons::reasons;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let model = Model::read("models/mine".as_ref())?;
//! let rules = HouseRules::new(&model, &[("insult".to_owned(), 0.8)], Default::default())?;
//! let mut moderator = Moderator::new(&model, &rules);
//! let comment = Comment::from_text("You stupid 1d10t");
//! let moderation = moderator.moderate(&comment);
//! println!("{}: {}", moderation.ruling.decision, reasons(&model, &rules, &comment, &moderation));
//! # Ok(())
//! # }
//! ```

use std::sync::Arc;

use crate::comment::{Comment, Decision, Span};
use crate::explain::Explanation;
use crate::model::{Held, Model, Scorer, Scores};
use crate::phrases::PhraseSet;
use crate::policy::{OperatingPoint, PhraseAction, Ruling, decide};
use crate::text::MAX_TEXT_BYTES;
use crate::text::language::{is_plainly_english, language};

/// Thresholds and phrases of a site.
#[derive(Clone, Debug)]
pub struct HouseRules {
    points: Vec<OperatingPoint>,
    phrases: PhraseSet,
}

/// Why house rules do not fit a model.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RulesError {
    /// A threshold for a label that the model does not have.
    #[error("the model has no label `{label}`; its labels are {labels}")]
    UnknownLabel {
        /// The label asked for.
        label: String,
        /// Those there are.
        labels: String,
    },
    /// A threshold that is no probability.
    #[error("threshold {threshold} of label `{label}` is not between 0 and 1")]
    Threshold {
        /// The label.
        label: String,
        /// What was asked for.
        threshold: f64,
    },
}

impl HouseRules {
    /// A model's own thresholds, with the flags of some labels moved (see
    /// [`OperatingPoint::with_flag`]), and a site's phrases.
    ///
    /// # Errors
    /// [`RulesError`]
    pub fn new(
        model: &Model,
        flags: &[(String, f64)],
        phrases: PhraseSet,
    ) -> Result<Self, RulesError> {
        let mut points = model.policy().to_vec();
        for (label, threshold) in flags {
            let label_idx = require_label(model, label)?;
            if !(0.0..=1.0).contains(threshold) {
                return Err(RulesError::Threshold {
                    label: label.clone(),
                    threshold: *threshold,
                });
            }
            points[label_idx] = points[label_idx].with_flag(*threshold);
        }
        Ok(Self { points, phrases })
    }

    /// Thresholds by label, in the model's order.
    pub fn points(&self) -> &[OperatingPoint] {
        &self.points
    }

    /// The site's phrases.
    pub fn phrases(&self) -> &PhraseSet {
        &self.phrases
    }
}

/// Position of a label, or an error that lists those there are.
///
/// # Errors
/// [`RulesError::UnknownLabel`]
pub fn require_label(model: &Model, label: &str) -> Result<usize, RulesError> {
    model
        .label_idx(label)
        .ok_or_else(|| RulesError::UnknownLabel {
            label: label.to_owned(),
            labels: model.labels().collect::<Vec<_>>().join(", "),
        })
}

/// Which part of a comment a span belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The text.
    Text,
    /// The display name.
    Author,
}

/// A phrase of the site that a comment holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhraseHit {
    /// Index into [`PhraseSet::phrases`].
    pub phrase_idx: usize,
    /// Where: an allowing phrase counts in the text only, for a display name is anyone's choice.
    pub field: Field,
    /// Bytes of that raw field.
    pub span: Span,
}

/// What is known of one comment. Vectors by label are in the model's order.
#[derive(Clone, Debug)]
pub struct Moderation {
    /// The model's logits.
    pub scores: Scores,
    /// The same as probabilities.
    pub probabilities: Vec<f64>,
    /// Whether each label's flag is set.
    pub flags: Vec<bool>,
    /// The decision and which rule took it.
    pub ruling: Ruling,
    /// Phrases of the site, those in the text first.
    pub phrases: Vec<PhraseHit>,
    /// Splits of the logits, by label; only of labels that set a flag or ask for a look: they cost more
    /// than the scores.
    pub explanations: Vec<Option<Explanation>>,
    /// Whether the text is longer than [`MAX_TEXT_BYTES`] and was read only so far.
    pub is_cut: bool,
    /// ISO 639-3 code of the text's language, if it can be told and the model was not trained on it.
    pub foreign_language: Option<&'static str>,
}

impl Moderation {
    /// Whether a person should see it: a flag is set or the decision is not to approve.
    pub fn stands_out(&self) -> bool {
        self.ruling.decision != Decision::Approve || self.flags.contains(&true)
    }
}

/// One thread's scratch around a model and house rules.
#[derive(Debug)]
pub struct Moderator<'m> {
    rules: Held<'m, HouseRules>,
    scorer: Scorer<'m>,
}

impl<'m> Moderator<'m> {
    /// A moderator; `rules` must have been made for this model.
    pub fn new(model: &'m Model, rules: &'m HouseRules) -> Self {
        Self {
            rules: Held::Borrowed(rules),
            scorer: model.scorer(),
        }
    }

    /// A moderator that keeps model and rules alive; the rules must have been made for this model.
    pub fn shared(model: Arc<Model>, rules: Arc<HouseRules>) -> Moderator<'static> {
        Moderator {
            rules: Held::Shared(rules),
            scorer: model.shared_scorer(),
        }
    }

    /// The scores alone.
    pub fn score(&mut self, comment: &Comment) -> Scores {
        self.scorer.score(comment)
    }

    /// Looks at one comment. Cannot fail.
    ///
    /// # Complexity  O(bytes of comment and context); some times that for one that stands out
    pub fn moderate(&mut self, comment: &Comment) -> Moderation {
        let (mut moderation, mut phrases) = self.look(comment);
        let scored = moderation.probabilities.iter().zip(&self.rules.points);
        let speaks: Vec<bool> = scored
            .zip(&moderation.flags)
            .map(|((&score, point), &flag)| flag || point.decide(score) != Decision::Approve)
            .collect();
        if speaks.contains(&true) || !phrases.is_empty() {
            moderation.explanations = self.scorer.explain_scored(comment, &speaks);
            self.show_on_raw(&mut phrases);
            moderation.phrases = phrases;
        }
        moderation
    }

    /// As [`Self::moderate`], without explanations and places of phrases.
    ///
    /// # Complexity  O(bytes of comment and context)
    pub fn judge(&mut self, comment: &Comment) -> Moderation {
        self.look(comment).0
    }

    /// What is known without explanations, and phrases as spans of the normalised texts.
    fn look(&mut self, comment: &Comment) -> (Moderation, Vec<PhraseHit>) {
        let scores = self.scorer.score(comment);
        let probabilities: Vec<f64> = scores.probabilities().collect();
        let points = &self.rules.points;
        let flags = probabilities
            .iter()
            .zip(points)
            .map(|(&score, point)| score >= point.flag);
        let phrases = self.find_phrases();
        let actions: Vec<PhraseAction> = phrases.iter().map(|hit| self.action(hit)).collect();
        let moderation = Moderation {
            flags: flags.collect(),
            ruling: decide(&probabilities, points, &actions),
            scores,
            probabilities,
            phrases: Vec::new(),
            explanations: vec![None; points.len()],
            is_cut: comment.text.len() > MAX_TEXT_BYTES,
            foreign_language: self.foreign_language(comment.text),
        };
        (moderation, phrases)
    }

    /// Phrases in the comment that the scorer has just read, as spans of the normalised texts.
    fn find_phrases(&self) -> Vec<PhraseHit> {
        let features = &self.scorer.features;
        let find = |view, field| {
            self.rules
                .phrases
                .find(view)
                .into_iter()
                .map(move |found| PhraseHit {
                    phrase_idx: found.phrase_idx,
                    field,
                    span: Span {
                        start: found.start as usize,
                        end: found.end as usize,
                    },
                })
        };
        let in_name = find(&features.name, Field::Author);
        let counts = |hit: &PhraseHit| self.action(hit) != PhraseAction::Allow;
        find(&features.text, Field::Text)
            .chain(in_name.filter(counts))
            .collect()
    }

    /// Turns spans of the normalised texts into spans of the raw ones; the scorer has explained.
    fn show_on_raw(&self, hits: &mut [PhraseHit]) {
        for hit in hits {
            let view = match hit.field {
                Field::Text => &self.scorer.features.text,
                Field::Author => &self.scorer.features.name,
            };
            hit.span = view.raw_span(hit.span.start as u32, hit.span.end as u32);
        }
    }

    fn action(&self, hit: &PhraseHit) -> PhraseAction {
        self.rules.phrases.phrases()[hit.phrase_idx].action()
    }

    /// ISO 639-3 code of the language of the text just read, if it is long enough to tell.
    pub fn language(&self, text: &str) -> Option<&'static str> {
        if is_plainly_english(&self.scorer.features.text) {
            return Some("eng");
        }
        language(text)
    }

    /// The language of the text just read, if the model knows its own languages and this is none of them.
    fn foreign_language(&self, text: &str) -> Option<&'static str> {
        let known = &self.scorer.model.provenance().languages;
        let is_known = known.contains_key("eng") && is_plainly_english(&self.scorer.features.text);
        if known.is_empty() || is_known {
            return None;
        }
        language(text).filter(|code| !known.contains_key(*code))
    }
}

#[cfg(test)]
pub(crate) mod tests;
