//! Two models side by side: for the terminal and as JSON.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::escape;
use super::evaluation::EvaluatedFile;
use super::number::{count, figure, threshold};
use super::table::TextTable;
use crate::metrics::Interval;
use crate::metrics::paired::{PairedFigure, PairedReport};

/// What `evaluate --compare` writes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Version of the program.
    pub program: String,
    /// The first model.
    pub a: ComparedModel,
    /// The second.
    pub b: ComparedModel,
    /// The files.
    pub data: Vec<EvaluatedFile>,
    /// Labels that both have.
    pub labels: Vec<LabelComparison>,
}

/// One of two models.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparedModel {
    /// The name it was called by.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Whether it was trained on some of these files, so that its figures flatter.
    pub in_training: bool,
}

/// One label of both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LabelComparison {
    /// The label.
    pub label: String,
    /// Flags of both: where precision, recall and F1 are taken.
    pub flags_at: [f64; 2],
    /// What the intervals resampled: `rows`, or `groups` (articles or threads).
    pub resampled: String,
    /// How many of them there are.
    pub n_units: usize,
    /// The figures.
    pub report: PairedReport,
}

/// The comparison for the terminal.
pub fn comparison_text(comparison: &Comparison) -> String {
    let mut text = String::new();
    for (name, model) in [("A", &comparison.a), ("B", &comparison.b)] {
        let seen = if model.in_training {
            " (trained on some of these comments: its figures flatter)"
        } else {
            ""
        };
        let _ = writeln!(
            text,
            "{name}: {}, model {}{seen}",
            escape(&model.name),
            model.version
        );
    }
    for file in &comparison.data {
        let rows = count(file.rows as f64);
        let _ = writeln!(text, "{}: {rows} comments", escape(&file.name));
    }
    if comparison.a.version == comparison.b.version {
        text.push_str("The same model: only thresholds can differ.\n");
    }
    for label in &comparison.labels {
        text.push('\n');
        text.push_str(&label_text(label));
    }
    text
}

fn label_text(label: &LabelComparison) -> String {
    let report = &label.report;
    let [a, b] = label.flags_at.map(threshold);
    let mut text = format!(
        "{}: {} of {} comments have it; A flags from {a} on, B from {b} on\n",
        escape(&label.label),
        count(report.positives),
        count(report.n as f64),
    );
    let mut table = TextTable::new(&["", "A", "B", "B - A", "interval", "p"]).text(&[0, 4]);
    for (name, paired) in [
        ("ROC AUC", &report.roc_auc),
        ("AP", &report.average_precision),
        ("precision", &report.precision),
        ("recall", &report.recall),
        ("F1", &report.f1),
    ] {
        table.row(cells(name, paired, 3));
    }
    table.row(cells("queue per 1,000", &report.queue_per_1000, 1));
    for line in table.to_string().lines() {
        let _ = writeln!(text, "  {line}");
    }
    text.push_str("  Of flags that differ, right are (McNemar, exact):\n");
    let mut table = TextTable::new(&["", "A", "B", "p"]);
    for (name, flags) in [
        ("all", report.flags),
        ("with the label", report.flags_with),
        ("without it", report.flags_without),
    ] {
        let counts = [flags.only_a_right, flags.only_b_right].map(|n| count(n as f64));
        let cells = [name.to_owned()].into_iter().chain(counts);
        table.row(cells.chain([p_value(flags.p_value)]));
    }
    for line in table.to_string().lines() {
        let _ = writeln!(text, "    {line}");
    }
    text.push_str(&basis(label));
    text
}

fn cells(name: &str, paired: &PairedFigure, decimals: usize) -> [String; 6] {
    let dash = || figure(None);
    let plain = |value: Option<f64>| value.map_or_else(dash, |value| format!("{value:.decimals$}"));
    let signed = |value: f64| format!("{value:+.decimals$}");
    let interval =
        |Interval { lower, upper, .. }| format!("[{}, {}]", signed(lower), signed(upper));
    [
        name.to_owned(),
        plain(paired.a),
        plain(paired.b),
        paired.difference.value.map_or_else(dash, signed),
        paired
            .difference
            .interval
            .map_or_else(String::new, interval),
        paired.p_value.map_or_else(dash, p_value),
    ]
}

fn basis(label: &LabelComparison) -> String {
    let Some(interval) = label.report.roc_auc.difference.interval else {
        return String::new();
    };
    let is_grouped = label.resampled == "groups";
    let (units, caution) = if is_grouped {
        (
            "articles or threads",
            "; McNemar's test takes comments as independent, so its p is too small",
        )
    } else {
        ("comments", "")
    };
    format!(
        "  {:.0} % intervals and p by paired resampling of {} {units}{caution}\n",
        100.0 * interval.level,
        count(label.n_units as f64)
    )
}

fn p_value(p: f64) -> String {
    if p < 0.001 {
        "<0.001".to_owned()
    } else {
        format!("{p:.3}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::paired::Pairs;
    use crate::metrics::{Resampling, Units};

    #[test]
    fn both_models_stand_side_by_side() {
        let a: Vec<f64> = (0..40).map(|i| f64::from(i * 7 % 40) / 40.0).collect();
        let b: Vec<f64> = (0..40).map(|i| f64::from(i) / 40.0).collect();
        let shares: Vec<f32> = (0..40).map(|i| f32::from(u8::from(i >= 20))).collect();
        let pairs = Pairs {
            scores: [&a, &b],
            shares: &shares,
            thresholds: [0.5, 0.5],
        };
        let none = Resampling {
            n_replicates: 0,
            ..Resampling::default()
        };
        let label = LabelComparison {
            label: "insult".to_owned(),
            flags_at: [0.5, 0.5],
            resampled: "rows".to_owned(),
            n_units: 40,
            report: PairedReport::new(&pairs, &Units::rows(40), &none).unwrap(),
        };
        let text = label_text(&label);
        assert!(
            text.starts_with(
                "insult: 20 of 40 comments have it; A flags from 0.500 on, B from 0.500 on\n"
            ),
            "{text}"
        );
        assert!(text.contains("ROC AUC"), "{text}");
        let flags: Vec<&str> = text
            .lines()
            .skip_while(|line| !line.contains("McNemar"))
            .collect();
        let expected = [
            "  Of flags that differ, right are (McNemar, exact):",
            "                    A   B       p",
            "    all             0  18  <0.001",
            "    with the label  0   9   0.004",
            "    without it      0   9   0.004",
        ];
        assert_eq!(flags, expected);
    }
}
