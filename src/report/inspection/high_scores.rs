//! Whether high scores mean what they say: where a newsroom acts on them, and where an error averaged over all
//! comments, most of which score low, tells nothing.

use serde::Serialize;

use crate::metrics::Sample;
use crate::policy::OperatingPoint;
use crate::report::evaluation::MIN_SUPPORT;

/// A difference below this nobody acts on. Chosen.
const MIN_DIFFERENCE: f64 = 0.05;

/// The comments that score high, by what their scores and what people say.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct HighScores {
    /// From this score on.
    pub from: f64,
    /// Comments.
    pub n: f64,
    /// The share of them that has the label if scores are right.
    pub mean_score: f64,
    /// The share that has it.
    pub positive_share: f64,
}

/// Which way scores are off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lean {
    /// They promise more than there is.
    TooHigh,
    /// They promise less.
    TooLow,
    /// Neither, as far as so many comments tell.
    Neither,
}

impl HighScores {
    /// Of the scores of 0.5 and more; if these are few, of what is flagged, else of what is reviewed.
    pub(super) fn new(sample: &Sample<'_>, policy: OperatingPoint) -> Option<Self> {
        let floors = [0.5, policy.flag, policy.review].into_iter();
        let mut all = floors.map(|from| Self::from(sample, from));
        all.find(|high| high.n >= MIN_SUPPORT)
    }

    fn from(sample: &Sample<'_>, from: f64) -> Self {
        let rows = sample.scores().iter().enumerate();
        let high = rows.filter(|&(_, &score)| score >= from);
        let (mut n, mut scores, mut positives) = (0.0, 0.0, 0.0);
        for (row, &score) in high {
            let weight = sample.weight(row);
            n += weight;
            scores += weight * score;
            positives += weight * sample.label(row);
        }
        Self {
            from,
            n,
            mean_score: scores / n,
            positive_share: positives / n,
        }
    }

    /// Which way, if the difference is more than chance: two standard errors of a share of `n` draws that have
    /// the label as often as the scores say.
    pub fn lean(&self) -> Lean {
        let chance = 2.0 * (self.mean_score * (1.0 - self.mean_score) / self.n).sqrt();
        let difference = self.mean_score - self.positive_share;
        if difference.abs() < chance.max(MIN_DIFFERENCE) {
            Lean::Neither
        } else if difference > 0.0 {
            Lean::TooHigh
        } else {
            Lean::TooLow
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: OperatingPoint = OperatingPoint {
        flag: 0.3,
        review: 0.2,
        reject: None,
    };

    fn high(score: f64, n: usize, positives: usize) -> Option<HighScores> {
        // Many low scores that are right, as usual.
        let scores: Vec<f64> = (0..1000 + n)
            .map(|i| if i < n { score } else { 0.01 })
            .collect();
        let labels: Vec<bool> = (0..1000 + n).map(|i| i < positives).collect();
        HighScores::new(&Sample::new(&scores, &labels).unwrap(), POLICY)
    }

    #[test]
    fn says_which_way_high_scores_are_off() {
        for (score, n, positives, from, lean) in [
            (0.7, 40, 10, 0.5, Lean::TooHigh),
            (0.6, 40, 38, 0.5, Lean::TooLow),
            (0.75, 40, 29, 0.5, Lean::Neither),
            (0.75, 20, 12, 0.5, Lean::Neither),
            (0.4, 40, 2, 0.3, Lean::TooHigh),
            (0.25, 40, 2, 0.2, Lean::TooHigh),
        ] {
            let high = high(score, n, positives).unwrap();
            assert_eq!((high.from, high.lean()), (from, lean), "{high:?}");
            assert_eq!(high.n, n as f64);
        }
        assert_eq!(high(0.9, 19, 10), None);
    }
}
