//! The table a newsroom reads before choosing a threshold.

use serde::{Deserialize, Serialize};

use super::Ranking;

/// One line: what this threshold would put in the queue and what it would find.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThresholdRow {
    /// Flag when the score is at least this.
    pub threshold: f64,
    /// Flagged per 1,000 comments.
    pub queue_per_1000: Option<f64>,
    /// Share of the flagged that is positive.
    pub precision: Option<f64>,
    /// Share of the positives that is flagged.
    pub recall: Option<f64>,
    /// Harmonic mean of both.
    pub f1: Option<f64>,
    /// Share of the negatives that is flagged.
    pub false_positive_rate: Option<f64>,
}

/// `1/n_steps, 2/n_steps, …` below 1: steps of 0.05 for `n_steps` = 20.
pub fn even_thresholds(n_steps: usize) -> Vec<f64> {
    (1..n_steps).map(|i| i as f64 / n_steps as f64).collect()
}

impl Ranking {
    /// One row per threshold, in the order given.
    pub fn threshold_table(&self, thresholds: &[f64]) -> Vec<ThresholdRow> {
        thresholds
            .iter()
            .map(|&threshold| self.threshold_row(threshold))
            .collect()
    }

    /// Scores that flag at least `1/n`, `2/n`, … of the comments, rising; equal ones once.
    pub fn quantile_thresholds(&self, n_quantiles: usize) -> Vec<f64> {
        let total = self.positives() + self.negatives();
        let nth = |k: usize| {
            let target = total * k as f64 / n_quantiles as f64;
            let step = self.steps().partition_point(|step| step.flagged() < target);
            self.steps().get(step).map(|step| step.threshold)
        };
        let mut thresholds: Vec<f64> = (1..n_quantiles).rev().filter_map(nth).collect();
        thresholds.dedup();
        thresholds
    }

    fn threshold_row(&self, threshold: f64) -> ThresholdRow {
        let confusion = self.confusion_at(threshold);
        ThresholdRow {
            threshold,
            queue_per_1000: confusion.queue_per_1000(),
            precision: confusion.precision(),
            recall: confusion.recall(),
            f1: confusion.f1(),
            false_positive_rate: confusion.false_positive_rate(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Sample;

    #[test]
    fn steps_are_the_decimals_a_reader_expects() {
        let thresholds = even_thresholds(20);
        assert_eq!(thresholds.len(), 19);
        assert_eq!(
            (thresholds[0], thresholds[2], thresholds[18]),
            (0.05, 0.15, 0.95)
        );
    }

    #[test]
    fn quantiles_rise_and_ties_appear_once() {
        let scores = [0.1, 0.2, 0.2, 0.2, 0.2, 0.9, 0.95, 0.99];
        let labels = [false, false, true, false, false, true, true, false];
        let ranking = Ranking::new(&Sample::new(&scores, &labels).unwrap());
        assert_eq!(ranking.quantile_thresholds(4), [0.2, 0.95]);
        let table = ranking.threshold_table(&[0.2, 0.95]);
        assert_eq!(table[1].queue_per_1000, Some(250.0));
        assert_eq!(
            (table[0].recall, table[0].precision),
            (Some(1.0), Some(3.0 / 7.0))
        );
    }
}
