//! Operating points from cross-fitted scores.

use crate::metrics::{Ranking, Sample};
use crate::policy::OperatingPoint;
use crate::relation;

/// Precision asked of automatic rejection.
const REJECT_PRECISION: f64 = 0.9;
/// Rejections on which that precision must have been seen, at least.
const REJECT_SUPPORT: f64 = 20.0;
/// Share of the positives that flags and the review queue together should hold.
const REVIEW_RECALL: f64 = 0.9;

/// Chooses the thresholds of a label: `flag` at the best F1; `review` below it, where nine in ten
/// positives are caught; `reject` where nine in ten rejections are right, if there is such a place.
///
/// Off-topic labels never reject, for a wrong guess about relevance is worse than a look; and what is below
/// their flag is not looked at, for nine in ten of such comments would be most of the page.
pub fn choose(label: &str, scores: &[f64], shares: &[f32]) -> OperatingPoint {
    let Ok(sample) = Sample::new(scores, shares) else {
        return OperatingPoint::default();
    };
    let ranking = Ranking::new(&sample);
    let threshold =
        |point: Option<crate::metrics::OperatingPoint>| point.map(|point| point.threshold);
    let flag = threshold(ranking.best_f1()).unwrap_or(0.5).clamp(0.0, 1.0);
    let (review, reject) = if label.starts_with(relation::LABEL) {
        (flag, None)
    } else {
        (
            threshold(ranking.threshold_at_recall(REVIEW_RECALL)).unwrap_or(flag),
            threshold(ranking.threshold_at_precision(REJECT_PRECISION, REJECT_SUPPORT)),
        )
    };
    OperatingPoint {
        flag: round(flag),
        review: round(review.min(flag)),
        reject: reject.map(|reject| round(reject.max(flag))),
    }
}

/// Four digits: what a person can read and type.
pub(crate) fn round(threshold: f64) -> f64 {
    (threshold * 1e4).floor() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn off_topic_labels_flag_and_never_reject() {
        let scores: Vec<f64> = (0..200).map(|i| f64::from(i) / 200.0).collect();
        let shares: Vec<f32> = (0..200).map(|i| f32::from(u8::from(i >= 100))).collect();
        let insult = choose("insult", &scores, &shares);
        assert!(insult.reject.is_some());
        for label in ["off_topic", "off_topic_text"] {
            let point = choose(label, &scores, &shares);
            assert_eq!((point.review, point.reject), (point.flag, None), "{label}");
            assert_eq!(point.flag, insult.flag);
        }
    }
}
