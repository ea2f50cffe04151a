//! Comment → logits. Cannot fail, does no I/O, and depends on nothing but model and comment.

use super::{Model, WeightTable};
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
    pub(crate) model: &'m Model,
    pub(crate) features: CommentFeatures,
    /// Logits of text and display name by label.
    text_logits: Vec<f64>,
    name_logits: Vec<f64>,
}

impl<'m> Scorer<'m> {
    /// A scorer of a model.
    pub fn new(model: &'m Model) -> Self {
        let n_labels = model.heads.len();
        Self {
            model,
            features: CommentFeatures::new(model.table.bits()),
            text_logits: vec![0.0; n_labels],
            name_logits: vec![0.0; n_labels],
        }
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
        } = self;
        sum_blocks(&model.table, &features.text_row, text_logits);
        sum_blocks(&model.table, &features.name_row, name_logits);
    }
}

/// `out_l = sum_blocks (sum_j w_jl idf_j) / |idf|` over the distinct buckets of each block.
fn sum_blocks(table: &WeightTable, row: &BucketRow, out: &mut [f64]) {
    // The usual numbers of labels are known at compile time, so that the sums stay in registers.
    match out.len() {
        1 => sum_entries(table, row, [0.0; 1], out),
        2 => sum_entries(table, row, [0.0; 2], out),
        3 => sum_entries(table, row, [0.0; 3], out),
        4..=8 => sum_entries(table, row, [0.0; 8], out),
        n => sum_entries(table, row, vec![0.0; n], out),
    }
}

/// See [`sum_blocks`]; `sums` are zeros, at least one per label.
#[inline]
fn sum_entries<S: AsMut<[f64]> + Clone>(
    table: &WeightTable,
    row: &BucketRow,
    sums: S,
    out: &mut [f64],
) {
    out.fill(0.0);
    for columns in row.blocks() {
        let mut sums = sums.clone();
        let sums = sums.as_mut();
        let mut squares = 0.0;
        for &column in columns {
            let entry = table.entry(column);
            squares += f64::from(entry[0]);
            for (sum, &weight) in sums.iter_mut().zip(&entry[1..]) {
                *sum += f64::from(weight);
            }
        }
        let scale = inverse_norm(squares);
        for (out, sum) in out.iter_mut().zip(sums) {
            *out += *sum * scale;
        }
    }
}
