//! Intervals of precision, recall and F1 where the bootstrap has none: at 0 and at 1.
//!
//! Twelve hits of twelve stay twelve hits however often they are drawn, so the percentile interval of
//! a perfect figure is the single point [1, 1]: it says that no miss will ever come, on the word of
//! twelve comments. Wilson's interval, [0.758, 1], says what they can say. Elsewhere the bootstrap
//! stays: it knows of soft labels, of weights and of comments that resemble each other.
//!
//! Wilson counts independent trials. Comments of one article are not, and how alike they are cannot be
//! seen when all of them agree; so a unit that is drawn as a whole counts as one trial, which makes
//! the interval too wide rather than too narrow. Weights below 1 count as what they are.
//!
//! # References
//! - Brown, Cai & DasGupta (2001), Interval estimation for a binomial proportion.

use super::proportion::wilson_interval;
use super::{Confusion, Estimate, Interval, Sample, Units};

/// Independent trials behind the figures at one threshold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trials {
    flagged: f64,
    positive: f64,
    either: f64,
}

impl Trials {
    pub(super) fn new(
        sample: &Sample<'_>,
        threshold: f64,
        units: &Units,
        confusion: &Confusion,
    ) -> Self {
        let counts = |row: usize| sample.weight(row) > 0.0;
        let is_flagged = |row: usize| counts(row) && sample.scores()[row] >= threshold;
        let is_positive = |row: usize| counts(row) && sample.label(row) > 0.0;
        let positive = confusion.true_positives + confusion.false_negatives;
        let either = confusion.flagged() + confusion.false_negatives;
        let at_most = |weight: f64, n_units: usize| weight.min(n_units as f64);
        Self {
            flagged: at_most(confusion.flagged(), units.n_with(is_flagged)),
            positive: at_most(positive, units.n_with(is_positive)),
            either: at_most(
                either,
                units.n_with(|row| is_flagged(row) || is_positive(row)),
            ),
        }
    }

    /// Puts Wilson's interval around precision, recall and F1 where they are 0 or 1 and have one.
    pub(super) fn widen(&self, [precision, recall, f1]: [&mut Estimate; 3], level: f64) {
        // With J the share of true positives among rows that are positive or flagged, F1 is
        // 2 J / (1 + J), so its ends are those of J, carried over.
        let f1_of = |share: f64| 2.0 * share / (1.0 + share);
        widen(precision, self.flagged, level, |share| share);
        widen(recall, self.positive, level, |share| share);
        widen(f1, self.either, level, f1_of);
    }
}

fn widen(estimate: &mut Estimate, n: f64, level: f64, figure: impl Fn(f64) -> f64) {
    let (Some(value), Some(_)) = (estimate.value, estimate.interval) else {
        return;
    };
    if value == 0.0 || value == 1.0 {
        let interval = wilson_interval(value * n, n, level);
        estimate.interval = interval.map(|interval| Interval {
            lower: figure(interval.lower),
            upper: figure(interval.upper),
            level,
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::metrics::{BinaryReport, Interval, PointReport, Resampling, Sample, Units};

    /// Lower end of Wilson's interval for n of n: n / (n + z^2), z = 1.959964.
    fn all_of(n: f64) -> f64 {
        n / (n + 3.841_458_820_694_124)
    }

    fn near(interval: Option<Interval>, lower: f64, upper: f64) {
        let found = interval.unwrap();
        let distance = (found.lower - lower).abs() + (found.upper - upper).abs();
        assert!(distance < 1e-9, "{found:?}, not [{lower}, {upper}]");
    }

    /// Twelve flagged and right; of 20 positives, 8 missed; 10 negatives.
    fn scores_and_labels() -> (Vec<f64>, Vec<bool>) {
        let scores = (0..30).map(|row| if row < 12 { 0.9 } else { 0.1 });
        (scores.collect(), (0..30).map(|row| row < 20).collect())
    }

    fn report(units: &Units) -> BinaryReport {
        let (scores, labels) = scores_and_labels();
        let sample = Sample::new(&scores, &labels).unwrap();
        BinaryReport::with_intervals(&sample, 0.5, units, &Resampling::default()).unwrap()
    }

    #[test]
    fn a_perfect_precision_of_twelve_is_not_certain() {
        let report = report(&Units::rows(30));
        assert_eq!(report.precision.value, Some(1.0));
        assert!((all_of(12.0) - 0.757_506).abs() < 1e-6);
        near(report.precision.interval, all_of(12.0), 1.0);
        let recall = report.recall.interval.unwrap();
        assert!(
            recall.lower > 0.3 && recall.upper < 0.9,
            "bootstrap: {recall:?}"
        );
    }

    #[test]
    fn an_article_counts_once() {
        let articles: Vec<usize> = (0..30).map(|row| row / 4).collect();
        near(
            report(&Units::clusters(&articles)).precision.interval,
            all_of(3.0),
            1.0,
        );
    }

    #[test]
    fn zero_and_one_of_all_figures_have_width() {
        let (scores, labels) = scores_and_labels();
        let point = |scores: &[f64], threshold: f64| {
            let sample = Sample::new(scores, &labels).unwrap();
            let (units, resampling) = (Units::rows(30), Resampling::default());
            PointReport::with_intervals(&sample, threshold, &units, &resampling).unwrap()
        };
        // Nothing that is flagged is right: of 10 flagged and 20 positives none meet.
        let wrong: Vec<f64> = labels
            .iter()
            .map(|&label| f64::from(u8::from(!label)))
            .collect();
        let none = point(&wrong, 0.5);
        near(none.precision.interval, 0.0, 1.0 - all_of(10.0));
        near(none.recall.interval, 0.0, 1.0 - all_of(20.0));
        let share = 1.0 - all_of(30.0);
        near(none.f1.interval, 0.0, 2.0 * share / (1.0 + share));
        let right: Vec<f64> = wrong.iter().map(|score| 1.0 - score).collect();
        let all = point(&right, 0.5);
        near(all.recall.interval, all_of(20.0), 1.0);
        let share = all_of(20.0);
        near(all.f1.interval, 2.0 * share / (1.0 + share), 1.0);
        // All flagged: recall is 1, precision is not.
        assert!(point(&scores, 0.0).precision.interval.unwrap().upper < 1.0);
    }
}
