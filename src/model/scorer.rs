//! Comment → logits. Cannot fail, does no I/O, and depends on nothing but model and comment.

use super::{Held, Model, WeightTable};
use crate::comment::Comment;
use crate::evidence::{CommentFeatures, N_COLUMNS, evidence_row};
use crate::features::rows::BucketRow;
use crate::linear::loss::sigmoid;
use crate::linear::presence::inverse_norm;
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
    /// Logits of text and display name by label.
    text_logits: Vec<f64>,
    name_logits: Vec<f64>,
    /// Of one block.
    sums: Vec<f64>,
}

impl<'m> Scorer<'m> {
    /// A scorer of a model.
    pub fn new(model: &'m Model) -> Self {
        Self::around(Held::Borrowed(model))
    }

    pub(super) fn around(model: Held<'m, Model>) -> Self {
        let n_labels = model.heads.len();
        Self {
            features: CommentFeatures::new(model.table.bits()),
            model,
            text_logits: vec![0.0; n_labels],
            name_logits: vec![0.0; n_labels],
            sums: vec![0.0; n_labels],
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
    /// # Complexity  O(bytes of comment and context), about 20 table look-ups a word
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
    pub(crate) fn rows(&self) -> impl Iterator<Item = [f64; N_COLUMNS]> + '_ {
        let heads = self.model.heads.iter();
        heads
            .zip(self.text_logits.iter().zip(&self.name_logits))
            .map(|(head, (text, name))| {
                evidence_row(text + head.evidence_intercept, *name, &self.features.named)
            })
    }

    pub(crate) fn sum_evidence(&mut self) {
        let Self {
            model,
            features,
            text_logits,
            name_logits,
            sums,
        } = self;
        sum_blocks(&model.table, &features.text_row, sums, text_logits);
        sum_blocks(&model.table, &features.name_row, sums, name_logits);
    }
}

/// `out_l = sum_blocks (sum_j w_jl idf_j) / |idf|` over the distinct buckets of each block.
fn sum_blocks(table: &WeightTable, row: &BucketRow, sums: &mut [f64], out: &mut [f64]) {
    out.fill(0.0);
    for columns in row.blocks() {
        let scale = inverse_norm(table.sum(columns, sums));
        for (out, sum) in out.iter_mut().zip(&*sums) {
            *out += sum * scale;
        }
    }
}
