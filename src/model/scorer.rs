//! Comment → logits. Cannot fail, does no I/O, and depends on nothing but model and comment.

use super::sums::TextSums;
use super::{Held, Model};
use crate::comment::Comment;
use crate::evidence::CommentFeatures;
use crate::linear::loss::sigmoid;
use crate::relation::Silence;
use crate::verdict::Verdicts;

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
    verdicts: Verdicts,
    /// Logits of the display name by label.
    name_logits: Vec<f64>,
}

impl<'m> Scorer<'m> {
    /// A scorer of a model.
    pub fn new(model: &'m Model) -> Self {
        Self::around(Held::Borrowed(model))
    }

    pub(super) fn around(model: Held<'m, Model>) -> Self {
        let verdicts: Vec<_> = model.heads.iter().map(|head| &head.verdict).collect();
        Self {
            verdicts: Verdicts::new(&verdicts),
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
        let heads = &self.model.heads;
        let mut logits = Vec::with_capacity(heads.len());
        let own = |label_idx: usize| {
            let intercept = heads[label_idx].evidence_intercept;
            let name = self.name_logits[label_idx];
            let (text, sentence) = (self.sums.whole[label_idx], self.sums.strongest[label_idx]);
            // In the order of the evidence row.
            [text + intercept, name, sentence + intercept]
        };
        let named = &self.features.named;
        self.verdicts.logits(own, named, heads.len(), &mut logits);
        let silence = self.features.silence;
        if let (Some(idx), Some(_)) = (self.model.relation_idx(), silence) {
            logits[idx] = f64::NAN;
        }
        Scores { logits, silence }
    }

    fn sum_evidence(&mut self) {
        let Self {
            model,
            features,
            sums,
            name_logits,
            ..
        } = self;
        sums.read(&features.name, &model.table);
        name_logits.copy_from_slice(&sums.whole);
        sums.read(&features.text, &model.table);
    }
}
