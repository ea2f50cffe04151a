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
        } = self;
        sum_blocks(&model.table, &features.text_row, text_logits);
        sum_blocks(&model.table, &features.name_row, name_logits);
    }
}

/// `out_l = sum_blocks (sum_j w_jl idf_j) / |idf|` over the distinct buckets of each block.
fn sum_blocks(table: &WeightTable, row: &BucketRow, out: &mut [f64]) {
    // The usual numbers of labels are known at compile time, so that the sums stay in registers.
    match out.len() {
        1 => sum_labels::<1>(table, row, out),
        2 => sum_labels::<2>(table, row, out),
        3 => sum_labels::<3>(table, row, out),
        4 => sum_labels::<4>(table, row, out),
        5 => sum_labels::<5>(table, row, out),
        6 => sum_labels::<6>(table, row, out),
        7 => sum_labels::<7>(table, row, out),
        8 => sum_labels::<8>(table, row, out),
        // More: eight at a time.
        n => (0..n).step_by(8).for_each(|from| {
            let to = n.min(from + 8);
            sum_some(table, row, from, &mut out[from..to]);
        }),
    }
}

#[inline]
fn sum_labels<const N: usize>(table: &WeightTable, row: &BucketRow, out: &mut [f64]) {
    let mut total = [0.0; N];
    for columns in row.blocks() {
        let mut sums = [0.0; N];
        let mut squares = 0.0;
        for &column in columns {
            let [square, weights @ ..] = table.entry(column) else {
                continue;
            };
            squares += f64::from(*square);
            if let Some(weights) = weights.first_chunk::<N>() {
                for (sum, &weight) in sums.iter_mut().zip(weights) {
                    *sum += f64::from(weight);
                }
            }
        }
        let scale = inverse_norm(squares);
        for (total, sum) in total.iter_mut().zip(&sums) {
            *total += sum * scale;
        }
    }
    out.copy_from_slice(&total);
}

/// The sums of the labels from `from` on.
fn sum_some(table: &WeightTable, row: &BucketRow, from: usize, out: &mut [f64]) {
    out.fill(0.0);
    for columns in row.blocks() {
        let mut sums = [0.0; 8];
        let mut squares = 0.0;
        for &column in columns {
            let entry = table.entry(column);
            squares += f64::from(entry[0]);
            for (sum, &weight) in sums.iter_mut().zip(&entry[1 + from..]) {
                *sum += f64::from(weight);
            }
        }
        let scale = inverse_norm(squares);
        for (out, sum) in out.iter_mut().zip(&sums) {
            *out += sum * scale;
        }
    }
}
