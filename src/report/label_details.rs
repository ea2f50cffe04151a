//! One label's evaluation in words and tables, for the terminal.

use std::fmt::Write as _;

use super::escape;
use super::evaluation::{AtTarget, LabelReport, Target};
use super::number::{count, estimate, figure, threshold};
use super::table::TextTable;
use crate::metrics::PointReport;
use crate::metrics::threshold_table::{ThresholdRow, even_thresholds};

/// Steps shown; the JSON has more.
const N_STEPS: usize = 10;
/// Groups below which a bootstrap over them is rough. Chosen: the percentile interval of a mean of
/// ten units covers about 0.9 where it says 0.95.
const FEW_UNITS: usize = 10;

/// Everything about one label below the summary.
pub fn label_details(report: &LabelReport) -> String {
    let LabelReport {
        label,
        report: figures,
        ..
    } = report;
    let label = escape(label);
    let mut text = format!(
        "{label}: {} of {} comments have it\n",
        count(figures.positives),
        count(figures.total_weight)
    );
    text.push_str(&indent(&intervals(report), 2));
    let flag = threshold(figures.threshold);
    let _ = write!(text, "\n  At the model's threshold, {flag}:\n");
    text.push_str(&indent(&at_model(report), 4));
    text.push_str(&indent(&confusion(report), 4));
    if !report.at.is_empty() {
        text.push_str("\n  Thresholds for what was asked for, chosen on these comments:\n");
        text.push_str(&indent(&targets(&report.at), 4));
    }
    text.push_str("\n  What other thresholds would do:\n");
    text.push_str(&indent(&thresholds(report), 4));
    text
}

fn intervals(report: &LabelReport) -> String {
    let Some(interval) = report
        .report
        .roc_auc
        .interval
        .or(report.report.recall.interval)
    else {
        return String::new();
    };
    let level = 100.0 * interval.level;
    let units = if report.resampled == "groups" {
        "articles or threads"
    } else {
        "comments"
    };
    let n_units = count(report.n_units as f64);
    let few = if report.n_units < FEW_UNITS {
        "; so few that the intervals are rough"
    } else {
        ""
    };
    let wilson = if report.has_wilson_intervals() {
        "; Wilson's for precision, recall or F1 of 0 or 1"
    } else {
        ""
    };
    format!("In brackets: {level:.0} % intervals, resampling {n_units} {units}{few}{wilson}.\n")
}

fn at_model(report: &LabelReport) -> String {
    let figures = &report.report;
    let mut table = TextTable::without_header(3).text(&[0, 1, 2]);
    for (name, value, meaning) in [
        (
            "precision",
            estimate(&figures.precision),
            "of the flagged, the share that has it",
        ),
        (
            "recall",
            estimate(&figures.recall),
            "of those that have it, the share flagged",
        ),
        ("F1", estimate(&figures.f1), "both in one"),
        (
            "false alarms",
            figure(figures.false_positive_rate),
            "of those without it, the share flagged",
        ),
        (
            "Brier",
            figure(figures.brier),
            "mean squared error of the probabilities",
        ),
        (
            "calibration error",
            figure(figures.expected_calibration_error),
            "how far probabilities are from found shares, on average",
        ),
    ] {
        table.row([name.to_owned(), value, meaning.to_owned()]);
    }
    table.to_string()
}

fn confusion(report: &LabelReport) -> String {
    let (label, outcomes) = (&report.label, &report.report.confusion);
    let mut table = TextTable::new(&["", "flagged", "not flagged"]);
    let (yes, no) = (outcomes.true_positives, outcomes.false_negatives);
    table.row([label.clone(), count(yes), count(no)]);
    let (yes, no) = (outcomes.false_positives, outcomes.true_negatives);
    table.row([format!("not {label}"), count(yes), count(no)]);
    table.to_string()
}

fn targets(at: &[AtTarget]) -> String {
    let header = [
        "target",
        "threshold",
        "precision",
        "recall",
        "F1",
        "queue per 1,000",
    ];
    let mut table = TextTable::new(&header);
    for AtTarget { target, point } in at {
        let name = match target {
            Target::Precision(value) => format!("precision {value}"),
            Target::Recall(value) => format!("recall {value}"),
        };
        match point {
            Some(point) => table.row([name].into_iter().chain(point_cells(point))),
            None => table.row([name, "not reached".to_owned()]),
        }
    }
    table.to_string()
}

/// Threshold, precision, recall, F1 and queue of a point.
pub fn point_cells(point: &PointReport) -> [String; 5] {
    [
        threshold(point.threshold),
        estimate(&point.precision),
        estimate(&point.recall),
        figure(point.f1.value),
        queue(point.queue_per_1000),
    ]
}

fn thresholds(report: &LabelReport) -> String {
    let header = [
        "threshold",
        "queue per 1,000",
        "precision",
        "recall",
        "F1",
        "false alarms",
        "",
    ];
    let mut table = TextTable::new(&header).text(&[0, 6]);
    let shown = even_thresholds(N_STEPS);
    for row in &report.thresholds {
        let names = band_names(report, row.threshold);
        if names.is_empty() && !shown.contains(&row.threshold) {
            continue;
        }
        let ThresholdRow {
            precision,
            recall,
            f1,
            false_positive_rate,
            ..
        } = *row;
        let figures = [precision, recall, f1, false_positive_rate].map(figure);
        let cells = [threshold(row.threshold), queue(row.queue_per_1000)].into_iter();
        table.row(cells.chain(figures).chain([names]));
    }
    table.to_string()
}

/// Which of the model's thresholds this one is.
fn band_names(report: &LabelReport, threshold: f64) -> String {
    let policy = report.policy;
    let bands = [
        ("review", Some(policy.review)),
        ("flag", Some(policy.flag)),
        ("reject", policy.reject),
    ];
    let is_here =
        |(name, value): (&'static str, Option<f64>)| (value == Some(threshold)).then_some(name);
    let names: Vec<&str> = bands.into_iter().filter_map(is_here).collect();
    if names.is_empty() {
        String::new()
    } else {
        format!("← {}", names.join(", "))
    }
}

fn queue(per_1000: Option<f64>) -> String {
    per_1000.map_or_else(|| figure(None), count)
}

fn indent(text: &str, n: usize) -> String {
    let mut indented = String::with_capacity(text.len());
    for line in text.lines() {
        let _ = writeln!(indented, "{:n$}{line}", "");
    }
    indented
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Resampling;
    use crate::policy::OperatingPoint;
    use crate::report::evaluation::{EvaluationOptions, LabelScores, evaluate_scores};

    #[test]
    fn all_is_said_in_words() {
        let scores: Vec<f64> = (0..40).map(|i| f64::from(i) / 40.0).collect();
        let shares: Vec<f32> = (0..40).map(|i| if i >= 15 { 1.0 } else { 0.0 }).collect();
        let scored = LabelScores {
            label: "insult",
            scores: &scores,
            shares: &shares,
            groups: None,
        };
        let options = EvaluationOptions {
            at_precision: vec![0.95],
            at_recall: vec![2.0],
            resampling: Resampling {
                n_replicates: 0,
                ..Resampling::default()
            },
        };
        let policy = OperatingPoint {
            flag: 0.5,
            review: 0.35,
            reject: None,
        };
        let text = label_details(&evaluate_scores(&scored, policy, &options).unwrap());
        let expected = "\
insult: 25 of 40 comments have it

  At the model's threshold, 0.500:
    precision          1.000  of the flagged, the share that has it
    recall             0.800  of those that have it, the share flagged
    F1                 0.889  both in one
    false alarms       0.000  of those without it, the share flagged
    Brier              0.102  mean squared error of the probabilities
    calibration error  0.251  how far probabilities are from found shares, on average
                flagged  not flagged
    insult           20            5
    not insult        0           15

  Thresholds for what was asked for, chosen on these comments:
    target            threshold  precision  recall     F1  queue per 1,000
    precision 0.95        0.375      1.000   1.000  1.000              625
    recall 2        not reached

  What other thresholds would do:
";
        assert!(text.starts_with(expected), "{text}");
        assert!(text.contains("  0.889         0.000  ← flag\n"), "{text}");
    }
}
