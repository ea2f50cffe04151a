//! What one threshold does on a sample, with intervals: cheaper than a whole report.

use serde::{Deserialize, Serialize};

use super::extreme::Trials;
use super::{Confusion, Estimate, MetricError, Resampling, Sample, SortedSample, Units, bootstrap};

/// The outcomes at one threshold and what follows from them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PointReport {
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
    /// Flagged per 1,000 comments there.
    pub queue_per_1000: Option<f64>,
}

impl PointReport {
    /// Figures with bootstrap intervals; without, if no replicates are asked for.
    ///
    /// The threshold is taken as given: intervals do not hold the luck of choosing it. A figure of 0
    /// or 1, which resampling cannot move, has Wilson's interval.
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
        let confusion = |multiplicity: &[u32]| {
            Confusion::from_counts(sorted.counts_at(threshold, multiplicity))
        };
        let replicates = bootstrap(units, resampling, |drawn| figures(&confusion(drawn)));
        let confusion = confusion(&vec![1; sample.len()]);
        let mut estimates = figures(&confusion).map(Estimate::bare);
        for (estimate, replicates) in estimates.iter_mut().zip(&replicates) {
            estimate.add_interval(replicates, resampling.level);
        }
        let [mut precision, mut recall, mut f1] = estimates;
        let trials = Trials::new(sample, threshold, units, &confusion);
        trials.widen([&mut precision, &mut recall, &mut f1], resampling.level);
        let queue_per_1000 = confusion.queue_per_1000();
        Ok(Self {
            threshold,
            confusion,
            precision,
            recall,
            f1,
            queue_per_1000,
        })
    }
}

fn figures(confusion: &Confusion) -> [Option<f64>; 3] {
    [confusion.precision(), confusion.recall(), confusion.f1()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::BinaryReport;

    #[test]
    fn agrees_with_the_whole_report() {
        let scores: Vec<f64> = (0..60).map(|i| f64::from(i * 37 % 60) / 60.0).collect();
        let shares: Vec<f32> = (0..60)
            .map(|i| if i % 3 == 0 { 1.0 } else { 0.25 })
            .collect();
        let sample = Sample::new(&scores, &shares).unwrap();
        let (units, resampling) = (Units::rows(60), Resampling::default());
        let point = PointReport::with_intervals(&sample, 0.4, &units, &resampling).unwrap();
        let whole = BinaryReport::with_intervals(&sample, 0.4, &units, &resampling).unwrap();
        assert_eq!(point.confusion, whole.confusion);
        assert_eq!(point.queue_per_1000, whole.queue_per_1000);
        assert_eq!(
            [point.precision, point.recall, point.f1],
            [whole.precision, whole.recall, whole.f1]
        );
    }

    #[test]
    fn no_replicates_no_intervals() {
        let sample = Sample::new(&[0.1, 0.9], &[false, true]).unwrap();
        let none = Resampling {
            n_replicates: 0,
            ..Resampling::default()
        };
        let point = PointReport::with_intervals(&sample, 0.5, &Units::rows(2), &none).unwrap();
        assert_eq!(
            (point.precision.value, point.precision.interval),
            (Some(1.0), None)
        );
    }
}
