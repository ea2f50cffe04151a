//! How well each label is predicted: what `evaluate` prints and what `train` keeps in
//! `metrics.json`. Pure: scores and labels in, figures out.

use serde::{Deserialize, Serialize};

use super::number;
use super::table::TextTable;
use crate::metrics::calibration::ReliabilityRow;
use crate::metrics::threshold_table::{ThresholdRow, even_thresholds};
use crate::metrics::{
    BinaryReport, Bins, Forecast, MetricError, PointReport, Ranking, Resampling, Sample, Units,
};
use crate::policy::OperatingPoint;

/// Comments that must be flagged before a precision counts as reached: three hits out of three are
/// a precision of 1 that nobody should rely on. Chosen.
pub const MIN_SUPPORT: f64 = 20.0;
/// Steps of the threshold table: 0.05 apart.
const N_STEPS: usize = 20;
/// Bins of the reliability table.
const N_BINS: usize = 10;

/// One label's scores and truths, row by row.
#[derive(Clone, Copy, Debug)]
pub struct LabelScores<'a> {
    /// The label.
    pub label: &'a str,
    /// Probabilities that the model gave.
    pub scores: &'a [f64],
    /// Shares of raters who gave the label, each in \[0, 1\].
    pub shares: &'a [f32],
    /// Article or thread of each row, where known: intervals then resample whole groups.
    pub groups: Option<&'a [u32]>,
}

/// What to report beside the usual figures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EvaluationOptions {
    /// Precisions at which the recall is asked for.
    pub at_precision: Vec<f64>,
    /// Recalls at which the precision is asked for.
    pub at_recall: Vec<f64>,
    /// How intervals are made; none if it has no replicates.
    pub resampling: Resampling,
}

/// What a threshold was chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// At least this precision, on at least [`MIN_SUPPORT`] flagged.
    Precision(f64),
    /// At least this recall.
    Recall(f64),
}

/// The threshold chosen for a target on this sample, where it is optimistic.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AtTarget {
    /// What was asked for.
    pub target: Target,
    /// The threshold and its figures; `None` if no threshold reaches the target.
    pub point: Option<PointReport>,
}

/// All figures of one label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LabelReport {
    /// The label.
    pub label: String,
    /// Thresholds of the model; `report` holds the figures at `flag`.
    pub policy: OperatingPoint,
    /// What the intervals resampled: `rows`, or `groups` (articles or threads).
    pub resampled: String,
    /// How many of them there are.
    pub n_units: usize,
    /// The usual figures.
    pub report: BinaryReport,
    /// Thresholds for the targets asked for.
    pub at: Vec<AtTarget>,
    /// What other thresholds would do, by rising threshold.
    pub thresholds: Vec<ThresholdRow>,
    /// Predicted against found shares, in ten bins of equal width.
    pub reliability: Vec<ReliabilityRow>,
}

/// One file of an evaluation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluatedFile {
    /// Its name.
    pub name: String,
    /// Rows scored.
    pub rows: u64,
    /// Rows that could not be used.
    pub bad_rows: u64,
}

/// An evaluation of a model: `metrics.json`, and what `evaluate --json` writes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Version of the program.
    pub program: String,
    /// Content hash of the model.
    pub model: String,
    /// How the rows were chosen, in a sentence without full stop.
    pub split: String,
    /// The files.
    pub data: Vec<EvaluatedFile>,
    /// One report a label.
    pub labels: Vec<LabelReport>,
}

/// Computes all figures of one label.
///
/// # Errors
/// No rows, or scores and shares that are no probabilities or differ in number.
///
/// # Complexity  O(n log n), and O(n) a replicate of the intervals
pub fn evaluate_scores(
    scored: &LabelScores<'_>,
    policy: OperatingPoint,
    options: &EvaluationOptions,
) -> Result<LabelReport, MetricError> {
    let sample = Sample::new(scored.scores, scored.shares)?;
    let forecast = Forecast::new(&sample)?;
    let units = scored.units();
    let ranking = Ranking::new(&sample);
    let at = |target: Target| {
        let found = target.find(&ranking);
        let point = found.map(|threshold| {
            PointReport::with_intervals(&sample, threshold, &units, &options.resampling)
        });
        Ok(AtTarget {
            target,
            point: point.transpose()?,
        })
    };
    let grouped = scored.groups.is_some();
    Ok(LabelReport {
        label: scored.label.to_owned(),
        policy,
        resampled: if grouped { "groups" } else { "rows" }.to_owned(),
        n_units: units.n_units(),
        report: BinaryReport::with_intervals(&sample, policy.flag, &units, &options.resampling)?,
        at: options
            .targets()
            .map(at)
            .collect::<Result<_, MetricError>>()?,
        thresholds: ranking.threshold_table(&thresholds(policy)),
        reliability: forecast.reliability(Bins::EqualWidth(N_BINS)),
    })
}

impl LabelReport {
    /// Whether a precision, recall or F1 is 0 or 1, so that its interval is Wilson's.
    pub fn has_wilson_intervals(&self) -> bool {
        let BinaryReport {
            precision,
            recall,
            f1,
            ..
        } = &self.report;
        let points = self.at.iter().filter_map(|at| at.point.as_ref());
        points
            .flat_map(|point| [&point.precision, &point.recall, &point.f1])
            .chain([precision, recall, f1])
            .any(|figure| figure.interval.is_some() && matches!(figure.value, Some(0.0 | 1.0)))
    }
}

impl LabelScores<'_> {
    /// What intervals resample.
    pub fn units(&self) -> Units {
        self.groups
            .map_or_else(|| Units::rows(self.scores.len()), Units::clusters)
    }
}

impl EvaluationOptions {
    fn targets(&self) -> impl Iterator<Item = Target> + '_ {
        let precisions = self.at_precision.iter().copied().map(Target::Precision);
        precisions.chain(self.at_recall.iter().copied().map(Target::Recall))
    }
}

impl Target {
    /// The threshold to take, if one reaches the target.
    pub fn find(self, ranking: &Ranking) -> Option<f64> {
        let point = match self {
            Self::Precision(precision) => ranking.threshold_at_precision(precision, MIN_SUPPORT),
            Self::Recall(recall) => ranking.threshold_at_recall(recall),
        };
        point.map(|point| point.threshold)
    }
}

/// Even steps and the model's own thresholds, rising.
fn thresholds(policy: OperatingPoint) -> Vec<f64> {
    let own = [Some(policy.review), Some(policy.flag), policy.reject];
    let mut thresholds = even_thresholds(N_STEPS);
    thresholds.extend(own.into_iter().flatten());
    thresholds.sort_by(f64::total_cmp);
    thresholds.dedup();
    thresholds
}

/// One line a label: the table that `train` and `evaluate` print.
pub fn summary_table(reports: &[LabelReport]) -> String {
    let header = [
        "label",
        "rows",
        "positives",
        "ROC AUC",
        "AP",
        "F1",
        "threshold",
        "ECE",
    ];
    let mut table = TextTable::new(&header);
    for LabelReport { label, report, .. } in reports {
        table.row([
            label.clone(),
            number::count(report.n as f64),
            number::count(report.positives),
            number::estimate(&report.roc_auc),
            number::estimate(&report.average_precision),
            number::figure(report.f1.value),
            number::threshold(report.threshold),
            number::figure(report.expected_calibration_error),
        ]);
    }
    table.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(groups: Option<&[u32]>, options: &EvaluationOptions) -> LabelReport {
        let scores: Vec<f64> = (0..100).map(|i| f64::from(i) / 100.0).collect();
        let shares: Vec<f32> = (0..100).map(|i| if i >= 70 { 1.0 } else { 0.0 }).collect();
        let scored = LabelScores {
            label: "insult",
            scores: &scores,
            shares: &shares,
            groups,
        };
        let policy = OperatingPoint {
            flag: 0.7,
            review: 0.33,
            reject: None,
        };
        evaluate_scores(&scored, policy, options).unwrap()
    }

    #[test]
    fn targets_that_are_out_of_reach_are_none() {
        let options = EvaluationOptions {
            at_precision: vec![0.9, 1.1],
            at_recall: vec![0.5],
            ..EvaluationOptions::default()
        };
        let report = report(None, &options);
        let thresholds: Vec<_> = report
            .at
            .iter()
            .map(|at| at.point.map(|point| point.threshold))
            .collect();
        assert_eq!(thresholds, [Some(0.7), None, Some(0.85)]);
        assert_eq!(report.report.f1.value, Some(1.0));
        assert!(report.thresholds.iter().any(|row| row.threshold == 0.33));
        assert_eq!((report.resampled.as_str(), report.n_units), ("rows", 100));
    }

    #[test]
    fn groups_are_resampled_where_known_and_json_comes_back() {
        let groups: Vec<u32> = (0..100).map(|i| i % 10).collect();
        let report = report(Some(&groups), &EvaluationOptions::default());
        assert_eq!((report.resampled.as_str(), report.n_units), ("groups", 10));
        let json = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<LabelReport>(&json).unwrap(), report);
    }

    #[test]
    fn the_summary_has_one_line_a_label() {
        let none = Resampling {
            n_replicates: 0,
            ..Resampling::default()
        };
        let options = EvaluationOptions {
            resampling: none,
            ..EvaluationOptions::default()
        };
        let expected = "\
label   rows  positives  ROC AUC     AP     F1  threshold    ECE
insult   100         30    1.000  1.000  1.000      0.700  0.265
";
        assert_eq!(summary_table(&[report(None, &options)]), expected);
    }
}
