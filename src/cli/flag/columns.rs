//! The columns that `flag` adds and their values.

use serde_json::Value;

use super::outlet::Order;
use crate::comment::Comment;
use crate::data::{ColumnRef, Format, Row, Schema, parse_share};
use crate::model::Model;
use crate::moderate::{HouseRules, Moderation};
use crate::report::number::floor_to;
use crate::report::reasons::{reason_spans, reasons};
use crate::report::span_value;

/// Digits of a written score: with five, every number is written plainly (`0.00001`, never `1e-5`).
const SCORE_UNIT: f64 = 1e5;

/// Which columns there are, for one output.
#[derive(Debug)]
pub(super) struct AddedColumns {
    file: String,
    /// Empty columns for a reviewer, the labels that the input has no column for.
    to_fill: Vec<String>,
    /// By label of the model: the input's own column of it.
    known: Vec<Option<ColumnRef>>,
    /// `<label>_score` and `<label>_flag` of each label.
    scores: Vec<String>,
    /// Why a comment was picked.
    with_picked: bool,
    /// JSONL has places for programs.
    with_spans: bool,
    /// Columns of the input that are replaced.
    replaced: Vec<String>,
}

impl AddedColumns {
    pub(super) fn new(model: &Model, schema: &Schema, format: Format, order: Order) -> Self {
        let is_review = matches!(order, Order::ToReview { .. });
        let known: Vec<Option<ColumnRef>> =
            model.labels().map(|label| schema.column(label)).collect();
        let is_missing = |(label, column): (&str, &Option<ColumnRef>)| {
            column.is_none().then(|| label.to_owned())
        };
        let mut columns = Self {
            file: schema.file().to_owned(),
            to_fill: if is_review {
                model.labels().zip(&known).filter_map(is_missing).collect()
            } else {
                Vec::new()
            },
            known,
            scores: model
                .labels()
                .flat_map(|label| [format!("{label}_score"), format!("{label}_flag")])
                .collect(),
            with_picked: is_review,
            with_spans: format == Format::Jsonl,
            replaced: Vec::new(),
        };
        let names = columns.names();
        let replaced = schema
            .columns()
            .iter()
            .filter(|column| names.contains(&column.as_str()));
        let replaced = replaced.cloned().collect();
        columns.replaced = replaced;
        columns
    }

    /// Names, in order.
    pub(super) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .to_fill
            .iter()
            .chain(&self.scores)
            .map(String::as_str)
            .collect();
        names.extend(["decision", "reasons"]);
        names.extend(self.with_spans.then_some("reason_spans"));
        names.extend(self.with_picked.then_some("picked"));
        names.push("model");
        names
    }

    /// Position of `picked` among the names.
    pub(super) fn picked_idx(&self) -> Option<usize> {
        self.names().iter().position(|name| *name == "picked")
    }

    /// What the user should know.
    pub(super) fn notices(&self) -> Vec<String> {
        if self.replaced.is_empty() {
            return Vec::new();
        }
        vec![format!(
            "{}: its columns {} are replaced",
            self.file,
            self.replaced.join(", ")
        )]
    }

    /// Values of a row, in the order of the names; `picked` is left empty.
    pub(super) fn values(
        &self,
        model: &Model,
        rules: &HouseRules,
        comment: &Comment,
        moderation: &Moderation,
    ) -> Vec<Value> {
        let mut values = vec![Value::Null; self.to_fill.len()];
        for (&probability, &flag) in moderation.probabilities.iter().zip(&moderation.flags) {
            if probability.is_nan() {
                values.extend([Value::Null, Value::Null]);
                continue;
            }
            values.push(floor_to(probability, SCORE_UNIT).into());
            values.push(u8::from(flag).into());
        }
        values.push(moderation.ruling.decision.as_str().into());
        values.push(reasons(model, rules, comment, moderation).into());
        if self.with_spans {
            let spans = reason_spans(model, rules, comment, moderation);
            values.push(
                spans
                    .iter()
                    .map(|span| span_value(span, |_, byte| byte))
                    .collect(),
            );
        }
        values.extend(self.with_picked.then_some(Value::Null));
        values.push(model.version().into());
        values
    }

    /// Whether the row's own column says what a label is.
    pub(super) fn is_known(&self, row: &Row, label_idx: usize) -> bool {
        let cell = self.known[label_idx]
            .as_ref()
            .and_then(|column| row.get(column));
        cell.is_some_and(|cell| matches!(parse_share(&cell), Some(Some(_))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moderate::tests::tiny_model;

    #[test]
    fn scores_are_written_plainly() {
        for (probability, expected) in [
            (0.000_01, "0.00001"),
            (0.000_009, "0.0"),
            (0.123_456_789, "0.12345"),
            (0.5, "0.5"),
            (1.0, "1.0"),
        ] {
            assert_eq!(
                Value::from(floor_to(probability, SCORE_UNIT)).to_string(),
                expected
            );
        }
        for n in 0..=100_000 {
            assert!(
                !Value::from(f64::from(n) / SCORE_UNIT)
                    .to_string()
                    .contains('e'),
                "{n}"
            );
        }
    }

    #[test]
    fn reviewers_get_a_column_for_each_label_that_has_none() {
        let model = tiny_model();
        let table = crate::data::Table::from_reader(
            "a.csv",
            Box::new(&b"text,Insult,decision\na,1,x\n"[..]),
            &crate::data::InputOptions::default(),
        )
        .unwrap();
        let columns = AddedColumns::new(
            &model,
            table.schema(),
            Format::Csv,
            Order::ToReview { n_wanted: 1 },
        );
        let expected = [
            "spam",
            "insult_score",
            "insult_flag",
            "spam_score",
            "spam_flag",
            "decision",
            "reasons",
            "picked",
            "model",
        ];
        assert_eq!(columns.names(), expected);
        assert_eq!(
            columns.notices(),
            ["a.csv: its columns decision are replaced"]
        );
        let row = table.last().unwrap().unwrap().unwrap();
        assert!(columns.is_known(&row, 0) && !columns.is_known(&row, 1));
    }
}
