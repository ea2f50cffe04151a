//! Gates: what a figure must reach for the run to end well, for use in scripts.

use std::str::FromStr;

use crate::report::evaluation::LabelReport;
use crate::report::{escape, number};

/// One demand: `insult.roc_auc=0.8`.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    pub(crate) label: String,
    figure: Figure,
    bound: f64,
}

/// A figure of a label.
#[derive(Clone, Copy, Debug)]
struct Figure {
    name: &'static str,
    /// Whether more is better: then the bound is the least that will do, else the most.
    rises: bool,
    of: fn(&LabelReport) -> Option<f64>,
}

const fn figure(name: &'static str, rises: bool, of: fn(&LabelReport) -> Option<f64>) -> Figure {
    Figure { name, rises, of }
}

const FIGURES: [Figure; 9] = [
    figure("roc_auc", true, |label| label.report.roc_auc.value),
    figure("average_precision", true, |label| {
        label.report.average_precision.value
    }),
    figure("precision", true, |label| label.report.precision.value),
    figure("recall", true, |label| label.report.recall.value),
    figure("f1", true, |label| label.report.f1.value),
    figure("brier", false, |label| label.report.brier),
    figure("expected_calibration_error", false, |label| {
        label.report.expected_calibration_error
    }),
    figure("false_positive_rate", false, |label| {
        label.report.false_positive_rate
    }),
    figure("queue_per_1000", false, |label| label.report.queue_per_1000),
];

impl FromStr for Gate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('=').and_then(|(name, bound)| {
            let (label, figure) = name.trim().rsplit_once('.')?;
            Some((label, figure, bound))
        });
        let (label, name, bound) = parts.ok_or("expected LABEL.FIGURE=NUMBER")?;
        let figure = FIGURES
            .into_iter()
            .find(|figure| figure.name == name)
            .ok_or_else(|| {
                let names = FIGURES.map(|figure| figure.name).join(", ");
                format!("no figure `{name}`; there are {names}")
            })?;
        let bound = bound
            .trim()
            .parse::<f64>()
            .ok()
            .filter(|bound| bound.is_finite());
        let bound = bound.ok_or("the bound is not a number")?;
        Ok(Self {
            label: label.to_owned(),
            figure,
            bound,
        })
    }
}

impl Gate {
    /// What is wrong, if the gate fails. A figure that is 0/0 fails.
    pub(crate) fn failure(&self, labels: &[LabelReport]) -> Option<String> {
        let Self {
            label,
            figure,
            bound,
        } = self;
        let report = labels.iter().find(|report| report.label == *label);
        let value = report.and_then(|report| (figure.of)(report));
        let holds = value.is_some_and(|value| {
            if figure.rises {
                value >= *bound
            } else {
                value <= *bound
            }
        });
        let most = if figure.rises { "at least" } else { "at most" };
        let (name, found) = (figure.name, number::figure(value));
        (!holds).then(|| {
            format!(
                "{}.{name} is {found}, must be {most} {bound}",
                escape(label)
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::OperatingPoint;
    use crate::report::evaluation::{EvaluationOptions, LabelScores, evaluate_scores};

    #[test]
    fn gates_are_read_and_mistakes_explained() {
        let gate: Gate = "a.b.recall= 0.5".parse().unwrap();
        assert_eq!(
            (gate.label.as_str(), gate.figure.name, gate.bound),
            ("a.b", "recall", 0.5)
        );
        for (text, mistake) in [
            ("insult", "expected LABEL.FIGURE=NUMBER"),
            ("insult=0.5", "expected LABEL.FIGURE=NUMBER"),
            ("insult.auc=0.5", "no figure `auc`; there are roc_auc"),
            ("insult.f1=x", "the bound is not a number"),
        ] {
            let error = text.parse::<Gate>().unwrap_err();
            assert!(error.starts_with(mistake), "{error}");
        }
    }

    #[test]
    fn a_gate_fails_on_the_wrong_side_and_on_nothing() {
        let scored = LabelScores {
            label: "a",
            scores: &[0.2, 0.9],
            shares: &[1.0, 1.0],
            groups: None,
        };
        let report = evaluate_scores(
            &scored,
            OperatingPoint::default(),
            &EvaluationOptions::default(),
        );
        let labels = [report.unwrap()];
        for (gate, failure) in [
            ("a.recall=0.5", None),
            (
                "a.recall=0.6",
                Some("a.recall is 0.500, must be at least 0.6"),
            ),
            (
                "a.queue_per_1000=400",
                Some("a.queue_per_1000 is 500.000, must be at most 400"),
            ),
            ("a.queue_per_1000=500", None),
            ("a.roc_auc=0", Some("a.roc_auc is –, must be at least 0")),
            ("b.f1=0", Some("b.f1 is –, must be at least 0")),
        ] {
            let gate: Gate = gate.parse().unwrap();
            assert_eq!(gate.failure(&labels).as_deref(), failure);
        }
    }
}
