//! What a threshold costs and catches, and which threshold to take.
//!
//! Candidates are the scores that occur in the sample: between two of them nothing changes. All
//! choices are made on the sample at hand, so they are optimistic there; choose on one set and
//! report on another.
//!
//! # References
//! - van Rijsbergen (1979), Information Retrieval, chapter 7: precision, recall and F.
//! - Lipton, Elkan & Naryanaswamy (2014), Optimal thresholding of classifiers to maximize F1
//!   measure: the best threshold is half the best F1 if the scores are calibrated.

use serde::{Deserialize, Serialize};

use super::Ranking;
use super::ranking::Step;

/// Weights (counts, if there are no weights) of the four outcomes at one threshold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    /// Flagged and positive.
    pub true_positives: f64,
    /// Flagged and negative.
    pub false_positives: f64,
    /// Not flagged and negative.
    pub true_negatives: f64,
    /// Not flagged and positive.
    pub false_negatives: f64,
}

impl Confusion {
    /// Weight of all flagged.
    pub fn flagged(&self) -> f64 {
        self.true_positives + self.false_positives
    }

    /// Weight of all rows.
    pub fn total(&self) -> f64 {
        self.flagged() + self.true_negatives + self.false_negatives
    }

    /// Share of the flagged that is positive; `None` if nothing is flagged.
    pub fn precision(&self) -> Option<f64> {
        ratio(self.true_positives, self.flagged())
    }

    /// Share of the positives that is flagged; `None` without positives.
    pub fn recall(&self) -> Option<f64> {
        ratio(
            self.true_positives,
            self.true_positives + self.false_negatives,
        )
    }

    /// `2 TP / (2 TP + FP + FN)`, the harmonic mean of precision and recall; `None` only if there
    /// are neither positives nor flagged.
    pub fn f1(&self) -> Option<f64> {
        let twice = 2.0 * self.true_positives;
        ratio(twice, twice + self.false_positives + self.false_negatives)
    }

    /// Share of the negatives that is flagged; `None` without negatives.
    pub fn false_positive_rate(&self) -> Option<f64> {
        ratio(
            self.false_positives,
            self.false_positives + self.true_negatives,
        )
    }

    /// Share of the rows judged rightly; `None` if there are none.
    pub fn accuracy(&self) -> Option<f64> {
        ratio(self.true_positives + self.true_negatives, self.total())
    }

    /// Flagged per 1,000 comments; `None` if there are none.
    pub fn queue_per_1000(&self) -> Option<f64> {
        ratio(1000.0 * self.flagged(), self.total())
    }

    /// From `[true positives, false positives, positives, negatives]`.
    pub(super) fn from_counts([tp, fp, positives, negatives]: [f64; 4]) -> Self {
        Self {
            true_positives: tp,
            false_positives: fp,
            true_negatives: negatives - fp,
            false_negatives: positives - tp,
        }
    }
}

/// `part / whole`, and `None` for 0/0.
fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

/// A threshold and what it does on the sample it was chosen on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OperatingPoint {
    /// Flag when the score is at least this.
    pub threshold: f64,
    /// The outcomes there.
    pub confusion: Confusion,
}

impl Ranking {
    /// The outcomes at any threshold.
    ///
    /// # Complexity
    /// O(log n).
    pub fn confusion_at(&self, threshold: f64) -> Confusion {
        let flagged = self
            .steps()
            .partition_point(|step| step.threshold >= threshold);
        let (tp, fp) = flagged.checked_sub(1).map_or((0.0, 0.0), |i| {
            (
                self.steps()[i].true_positives,
                self.steps()[i].false_positives,
            )
        });
        Confusion::from_counts([tp, fp, self.positives(), self.negatives()])
    }

    /// The threshold of highest F1; of equal ones the highest threshold. `None` without positives.
    pub fn best_f1(&self) -> Option<OperatingPoint> {
        let f1 = |step: &Step| 2.0 * step.true_positives / (step.flagged() + self.positives());
        if self.positives() > 0.0 {
            self.first_best(f1, |_| true)
        } else {
            None
        }
    }

    /// The threshold of highest recall among those of at least `min_precision`; of equal ones the
    /// highest threshold, which is the most precise.
    ///
    /// At least `min_support` must be flagged (0 for no such demand): three hits out of three are
    /// a precision of 1 that nobody should rely on.
    pub fn threshold_at_precision(
        &self,
        min_precision: f64,
        min_support: f64,
    ) -> Option<OperatingPoint> {
        self.first_best(
            |step| step.true_positives,
            |step| {
                step.flagged() >= min_support
                    && step.true_positives / step.flagged() >= min_precision
            },
        )
    }

    /// The highest threshold of at least `min_recall`; `None` without positives.
    pub fn threshold_at_recall(&self, min_recall: f64) -> Option<OperatingPoint> {
        let positives = self.positives();
        let reached = |step: &&Step| step.true_positives / positives >= min_recall;
        self.steps()
            .iter()
            .find(reached)
            .map(|step| self.operating_point(step))
    }

    /// The lowest threshold that flags at most `n` of every `per` comments.
    ///
    /// `None` if even the highest score flags more (many comments may share it).
    pub fn threshold_for_queue(&self, n: f64, per: f64) -> Option<OperatingPoint> {
        let total = self.positives() + self.negatives();
        let fitting = self
            .steps()
            .partition_point(|step| step.flagged() * per <= n * total);
        fitting
            .checked_sub(1)
            .map(|i| self.operating_point(&self.steps()[i]))
    }

    /// The first admissible step of the highest value.
    fn first_best(
        &self,
        value: impl Fn(&Step) -> f64,
        admissible: impl Fn(&Step) -> bool,
    ) -> Option<OperatingPoint> {
        let better = |best: &Step, step: &Step| value(step) > value(best);
        let mut admitted = self.steps().iter().filter(|step| admissible(step));
        let first = admitted.next()?;
        let best = admitted.fold(
            first,
            |best, step| if better(best, step) { step } else { best },
        );
        Some(self.operating_point(best))
    }

    fn operating_point(&self, step: &Step) -> OperatingPoint {
        let counts = [
            step.true_positives,
            step.false_positives,
            self.positives(),
            self.negatives(),
        ];
        OperatingPoint {
            threshold: step.threshold,
            confusion: Confusion::from_counts(counts),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Sample;

    /// Positives at 0.9, 0.7, 0.3; negatives at 0.8, 0.5, 0.5, 0.1.
    fn ranking() -> Ranking {
        let scores = [0.9, 0.8, 0.7, 0.5, 0.5, 0.3, 0.1];
        let labels = [true, false, true, false, false, true, false];
        Ranking::new(&Sample::new(&scores, &labels).unwrap())
    }

    fn threshold(point: Option<OperatingPoint>) -> Option<f64> {
        point.map(|point| point.threshold)
    }

    #[test]
    fn a_score_equal_to_the_threshold_is_flagged() {
        let confusion = ranking().confusion_at(0.5);
        let counts = [2.0, 3.0, 1.0, 1.0];
        assert_eq!(
            [
                confusion.true_positives,
                confusion.false_positives,
                confusion.true_negatives,
                confusion.false_negatives
            ],
            counts
        );
        assert_eq!(confusion.precision(), Some(0.4));
        assert_eq!(confusion.recall(), Some(2.0 / 3.0));
        assert_eq!(confusion.f1(), Some(0.5));
        assert_eq!(confusion.false_positive_rate(), Some(0.75));
        assert_eq!(confusion.accuracy(), Some(3.0 / 7.0));
        assert_eq!(confusion.queue_per_1000(), Some(5000.0 / 7.0));
    }

    #[test]
    fn nought_by_nought_is_none() {
        let nothing = Confusion::default();
        assert_eq!(
            [nothing.precision(), nothing.recall(), nothing.f1()],
            [None; 3]
        );
        assert_eq!(
            [nothing.false_positive_rate(), nothing.accuracy()],
            [None; 2]
        );
        assert_eq!(ranking().confusion_at(0.95).precision(), None);
        assert_eq!(ranking().confusion_at(0.95).f1(), Some(0.0));
    }

    #[test]
    fn best_f1_prefers_the_higher_of_equal_thresholds() {
        // F1 is 2/3 at 0.7 (2 of 3 flagged, 2 of 3 found) and at 0.3 (3 of 6, 3 of 3).
        assert_eq!(threshold(ranking().best_f1()), Some(0.7));
    }

    #[test]
    fn precision_threshold_takes_the_highest_recall_and_minds_support() {
        let ranking = ranking();
        assert_eq!(
            threshold(ranking.threshold_at_precision(0.5, 0.0)),
            Some(0.3)
        );
        assert_eq!(
            threshold(ranking.threshold_at_precision(0.6, 0.0)),
            Some(0.7)
        );
        assert_eq!(
            threshold(ranking.threshold_at_precision(0.9, 0.0)),
            Some(0.9)
        );
        assert_eq!(threshold(ranking.threshold_at_precision(0.9, 2.0)), None);
    }

    #[test]
    fn recall_threshold_is_the_highest_that_reaches_it() {
        assert_eq!(threshold(ranking().threshold_at_recall(0.5)), Some(0.7));
        assert_eq!(threshold(ranking().threshold_at_recall(1.0)), Some(0.3));
        assert_eq!(threshold(ranking().threshold_at_recall(1.1)), None);
    }

    #[test]
    fn queue_never_exceeds_its_size_even_with_ties() {
        let ranking = ranking();
        assert_eq!(threshold(ranking.threshold_for_queue(4.0, 7.0)), Some(0.7));
        assert_eq!(threshold(ranking.threshold_for_queue(5.0, 7.0)), Some(0.5));
        assert_eq!(threshold(ranking.threshold_for_queue(1.0, 1000.0)), None);
    }
}
