//! Scores, flags, decision and reasons as one struct a row: what `flag` writes.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Float64Builder, StringArray, StringBuilder, StructArray,
};
use arrow::datatypes::{DataType, Field, Fields};
use ombuds::model::Model;
use ombuds::report::reasons::reasons;
use ombuds::text::MAX_TEXT_BYTES;

use super::{CommentColumns, Kernel};

/// What the error column says of a row without a text.
const NO_TEXT: &str = "no text";

/// One field a label: its probability, null where it cannot be told.
pub fn score_fields(model: &Model) -> Fields {
    model
        .labels()
        .map(|label| Field::new(label, DataType::Float64, true))
        .collect()
}

/// By label `<label>_score` and `<label>_flag`, then `decision`, `reasons` and `error`, as `ombuds flag` names them.
pub fn moderation_fields(model: &Model) -> Fields {
    let of_labels = model.labels().flat_map(|label| {
        [
            Field::new(format!("{label}_score"), DataType::Float64, true),
            Field::new(format!("{label}_flag"), DataType::Boolean, true),
        ]
    });
    let words = ["decision", "reasons", "error"];
    let words = words.map(|name| Field::new(name, DataType::Utf8, true));
    of_labels.chain(words).collect()
}

impl Kernel {
    /// Decisions: `approve`, `review` or `reject`; null where there is no text.
    pub fn decision(&self, comments: &CommentColumns) -> StringArray {
        let mut decisions = StringBuilder::new();
        self.each(comments, |moderator, comment| {
            let decision = comment.map(|comment| moderator.judge(comment).ruling.decision);
            decisions.append_option(decision.map(ombuds::comment::Decision::as_str));
        });
        decisions.finish()
    }

    /// Reasons in words, empty where nothing stands out; null where there is no text.
    pub fn reasons(&self, comments: &CommentColumns) -> StringArray {
        let mut told = StringBuilder::new();
        self.each(comments, |moderator, comment| {
            told.append_option(comment.map(|comment| {
                let moderation = moderator.moderate(comment);
                reasons(&self.model, &self.rules, comment, &moderation)
            }));
        });
        told.finish()
    }

    /// All of [`moderation_fields`]. A row without a text has an `error` and nothing else. Rows that stand out cost
    /// some times as much as others if `explain` asks for their reasons; else these stay null.
    pub fn moderate(&self, comments: &CommentColumns, explain: bool) -> StructArray {
        let mut columns = Columns::new(self.model.heads().len(), comments.len());
        self.each(comments, |moderator, comment| {
            let Some(comment) = comment else {
                columns.push_missing();
                return;
            };
            let moderation = if explain {
                moderator.moderate(comment)
            } else {
                moderator.judge(comment)
            };
            for (label_idx, column) in columns.labels.iter_mut().enumerate() {
                let score = moderation.probabilities[label_idx];
                let is_told = !score.is_nan();
                column.0.append_option(is_told.then_some(score));
                (column.1).append_option(is_told.then_some(moderation.flags[label_idx]));
            }
            columns
                .decision
                .append_value(moderation.ruling.decision.as_str());
            let told = explain.then(|| reasons(&self.model, &self.rules, comment, &moderation));
            columns.reasons.append_option(told);
            let cut = format!("only the first {MAX_TEXT_BYTES} bytes were read");
            columns
                .error
                .append_option(moderation.is_cut.then_some(cut));
        });
        StructArray::new(moderation_fields(&self.model), columns.finish(), None)
    }
}

struct Columns {
    labels: Vec<(Float64Builder, BooleanBuilder)>,
    decision: StringBuilder,
    reasons: StringBuilder,
    error: StringBuilder,
}

impl Columns {
    fn new(n_labels: usize, n_rows: usize) -> Self {
        let label = |_| {
            let scores = Float64Builder::with_capacity(n_rows);
            (scores, BooleanBuilder::with_capacity(n_rows))
        };
        Self {
            labels: (0..n_labels).map(label).collect(),
            decision: StringBuilder::new(),
            reasons: StringBuilder::new(),
            error: StringBuilder::new(),
        }
    }

    fn push_missing(&mut self) {
        for (scores, flags) in &mut self.labels {
            scores.append_null();
            flags.append_null();
        }
        self.decision.append_null();
        self.reasons.append_null();
        self.error.append_value(NO_TEXT);
    }

    fn finish(mut self) -> Vec<ArrayRef> {
        let of_labels = self.labels.iter_mut().flat_map(|(scores, flags)| {
            let scores: ArrayRef = Arc::new(scores.finish());
            let flags: ArrayRef = Arc::new(flags.finish());
            [scores, flags]
        });
        let mut arrays: Vec<ArrayRef> = of_labels.collect();
        for mut words in [self.decision, self.reasons, self.error] {
            arrays.push(Arc::new(words.finish()));
        }
        arrays
    }
}
