//! The usual figures of one label, in one struct.

use serde::{Deserialize, Serialize};

use super::extreme::Trials;
use super::interval::Replicates;
use super::{
    Bins, Confusion, Forecast, Interval, MetricError, Ranking, Resampling, Sample, SortedSample,
    Units, bootstrap,
};

/// Bins of the two calibration errors; 15 is the number of Guo et al. (2017).
const CALIBRATION_BINS: usize = 15;

/// A figure and its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The figure on the sample itself; `None` if it is 0/0.
    pub value: Option<f64>,
    /// Its percentile interval, or Wilson's of a share of 0 or 1; `None` if none was asked for.
    pub interval: Option<Interval>,
    /// Replicates in which the figure was 0/0; the interval leaves them out.
    pub n_undefined: usize,
}

/// How one label is predicted; `null` in JSON where a figure is 0/0 or not asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BinaryReport {
    /// Rows.
    pub n: usize,
    /// Weight of all rows; equals `n` without weights.
    pub total_weight: f64,
    /// Weight of the positives; their number without weights and soft labels.
    pub positives: f64,
    /// Area under the ROC curve.
    pub roc_auc: Estimate,
    /// Average precision.
    pub average_precision: Estimate,
    /// Flagged when the score is at least this.
    pub threshold: f64,
    /// The four outcomes there.
    pub confusion: Confusion,
    /// Precision there.
    pub precision: Estimate,
    /// Recall there.
    pub recall: Estimate,
    /// F1 there.
    pub f1: Estimate,
    /// False-positive rate there.
    pub false_positive_rate: Option<f64>,
    /// Accuracy there.
    pub accuracy: Option<f64>,
    /// Flagged per 1,000 comments there.
    pub queue_per_1000: Option<f64>,
    /// Brier score; `None` if the scores are not probabilities, as for the next three.
    pub brier: Option<f64>,
    /// Log loss, in nats.
    pub log_loss: Option<f64>,
    /// Expected calibration error, 15 bins of equal width.
    pub expected_calibration_error: Option<f64>,
    /// Expected calibration error, 15 bins of equal mass.
    pub adaptive_calibration_error: Option<f64>,
}

impl BinaryReport {
    /// Figures without intervals.
    pub fn new(sample: &Sample<'_>, threshold: f64) -> Self {
        let ranking = Ranking::new(sample);
        let areas = ranking.areas();
        let confusion = ranking.confusion_at(threshold);
        let figures = figures(areas.roc_auc, areas.average_precision, &confusion);
        let [roc_auc, average_precision, precision, recall, f1] = figures.map(Estimate::bare);
        let forecast = Forecast::new(sample).ok();
        let error = |bins| forecast.map(|forecast| forecast.expected_calibration_error(bins));
        Self {
            n: sample.len(),
            total_weight: sample.total_weight(),
            positives: sample.positive_weight(),
            roc_auc,
            average_precision,
            threshold,
            confusion,
            precision,
            recall,
            f1,
            false_positive_rate: confusion.false_positive_rate(),
            accuracy: confusion.accuracy(),
            queue_per_1000: confusion.queue_per_1000(),
            brier: forecast.map(Forecast::brier),
            log_loss: forecast.map(Forecast::log_loss),
            expected_calibration_error: error(Bins::EqualWidth(CALIBRATION_BINS)),
            adaptive_calibration_error: error(Bins::EqualMass(CALIBRATION_BINS)),
        }
    }

    /// Figures with bootstrap intervals around the areas and around precision, recall and F1.
    ///
    /// The threshold is taken as given: intervals do not hold the luck of choosing it. A precision,
    /// recall or F1 of 0 or 1, which resampling cannot move, has Wilson's interval.
    ///
    /// # Errors
    /// `units` describe another number of rows than the sample has.
    pub fn with_intervals(
        sample: &Sample<'_>,
        threshold: f64,
        units: &Units,
        resampling: &Resampling,
    ) -> Result<Self, MetricError> {
        super::sample::check_length("resampling units", sample.len(), units.n_rows())?;
        let sorted = SortedSample::new(sample);
        let replicates = bootstrap(units, resampling, |multiplicity| {
            let areas = sorted.areas(multiplicity);
            let confusion = Confusion::from_counts(sorted.counts_at(threshold, multiplicity));
            figures(areas.roc_auc, areas.average_precision, &confusion)
        });
        let mut report = Self::new(sample, threshold);
        for (estimate, replicates) in report.estimates_mut().into_iter().zip(&replicates) {
            estimate.add_interval(replicates, resampling.level);
        }
        let trials = Trials::new(sample, threshold, units, &report.confusion);
        let [_, _, at_threshold @ ..] = report.estimates_mut();
        trials.widen(at_threshold, resampling.level);
        Ok(report)
    }

    fn estimates_mut(&mut self) -> [&mut Estimate; 5] {
        let Self {
            roc_auc,
            average_precision,
            precision,
            recall,
            f1,
            ..
        } = self;
        [roc_auc, average_precision, precision, recall, f1]
    }
}

/// The figures that get an interval, in the order of `estimates_mut`.
fn figures(
    roc_auc: Option<f64>,
    average_precision: Option<f64>,
    confusion: &Confusion,
) -> [Option<f64>; 5] {
    [
        roc_auc,
        average_precision,
        confusion.precision(),
        confusion.recall(),
        confusion.f1(),
    ]
}

impl Estimate {
    pub(super) fn bare(value: Option<f64>) -> Self {
        Self {
            value,
            interval: None,
            n_undefined: 0,
        }
    }

    pub(super) fn add_interval(&mut self, replicates: &Replicates, level: f64) {
        self.interval = replicates.percentile_interval(level);
        self.n_undefined = replicates.n_undefined();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logistic_sample(n: u32) -> (Vec<f64>, Vec<bool>) {
        let mut rng = crate::metrics::rng::Xoshiro256::from_stream(5, 0);
        let mut uniform = || f64::from(rng.below(1 << 30)) / f64::from(1 << 30);
        let scores: Vec<f64> = (0..n).map(|_| uniform().powi(3)).collect();
        let labels = scores.iter().map(|&score| uniform() < score).collect();
        (scores, labels)
    }

    #[test]
    fn intervals_hold_the_value_and_clusters_widen_them() {
        let (scores, labels) = logistic_sample(2000);
        // Every row three times, as one cluster: no new knowledge, so no narrower interval.
        let triple = |row: usize| row / 3;
        let scores3: Vec<f64> = (0..6000).map(|row| scores[triple(row)]).collect();
        let labels3: Vec<bool> = (0..6000).map(|row| labels[triple(row)]).collect();
        let ids: Vec<usize> = (0..6000).map(triple).collect();
        let report = |scores: &[f64], labels: &[bool], units| {
            let sample = Sample::new(scores, labels).unwrap();
            BinaryReport::with_intervals(&sample, 0.5, &units, &Resampling::default()).unwrap()
        };
        let single = report(&scores, &labels, Units::rows(2000));
        let tripled = report(&scores3, &labels3, Units::clusters(&ids));
        let interval = single.roc_auc.interval.unwrap();
        let value = single.roc_auc.value.unwrap();
        assert!(interval.lower < value && value < interval.upper);
        let wide = tripled.roc_auc.interval.unwrap();
        assert!(
            (wide.lower - interval.lower).abs() < 1e-12,
            "{wide:?} {interval:?}"
        );
    }

    #[test]
    fn json_has_null_where_nothing_can_be_said() {
        let sample = Sample::new(&[-3.0, 2.5], &[false, false]).unwrap();
        let json = serde_json::to_value(BinaryReport::new(&sample, 3.0)).unwrap();
        assert!(json["roc_auc"]["value"].is_null());
        assert!(json["brier"].is_null(), "logits are not probabilities");
        assert_eq!(json["accuracy"], 1.0);
        assert_eq!(json["n"], 2);
    }

    #[test]
    fn calibrated_scores_have_small_calibration_errors() {
        let (scores, labels) = logistic_sample(20_000);
        let report = BinaryReport::new(&Sample::new(&scores, &labels).unwrap(), 0.5);
        assert!(report.expected_calibration_error.unwrap() < 0.015);
        assert!(report.adaptive_calibration_error.unwrap() < 0.015);
    }

    /// `cargo test --release -- --ignored --nocapture bootstrap_speed`
    #[test]
    #[ignore = "measures, does not check"]
    #[allow(clippy::print_stderr)] // the measurement is the point
    fn bootstrap_speed() {
        let (scores, labels) = logistic_sample(30_000);
        let sample = Sample::new(&scores, &labels).unwrap();
        let sorted = SortedSample::new(&sample);
        let units = Units::rows(sample.len());
        for n_threads in [1, 2] {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(n_threads)
                .build()
                .unwrap();
            let start = std::time::Instant::now();
            let [auc, _] = pool.install(|| {
                bootstrap(&units, &Resampling::default(), |multiplicity| {
                    let areas = sorted.areas(multiplicity);
                    [areas.roc_auc, areas.average_precision]
                })
            });
            let interval = auc.percentile_interval(0.95);
            eprintln!("{n_threads} threads: {:?} {interval:?}", start.elapsed());
        }
    }
}
