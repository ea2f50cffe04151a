//! The ROC and the precision-recall curve, for drawing; the areas are in [`super::ranking`].
//!
//! # References
//! - Fawcett (2006), An introduction to ROC analysis; Davis & Goadrich (2006), The relationship
//!   between precision-recall and ROC curves.
//! - scikit-learn, `roc_curve` and `precision_recall_curve`, both with `drop_intermediate=False`:
//!   same points to 1e-12; ours both run from the highest threshold down.

use serde::Serialize;

use super::Ranking;
use super::ranking::Step;

/// One point of the ROC curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RocPoint {
    /// Lowest flagged score; infinite (`null` in JSON) at the first point, where nothing is.
    pub threshold: f64,
    /// Share of the negatives that is flagged.
    pub false_positive_rate: f64,
    /// Share of the positives that is flagged (recall).
    pub true_positive_rate: f64,
}

/// One point of the precision-recall curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PrecisionRecallPoint {
    /// Lowest flagged score; infinite (`null` in JSON) at the first point, where nothing is.
    pub threshold: f64,
    /// Share of the flagged that is positive; 1 at the first point, by convention.
    pub precision: f64,
    /// Share of the positives that is flagged.
    pub recall: f64,
}

impl Ranking {
    /// The ROC curve, from (0, 0) to (1, 1); `None` unless both classes occur.
    pub fn roc_curve(&self) -> Option<Vec<RocPoint>> {
        let (positives, negatives) = (self.positives(), self.negatives());
        let point = |threshold, tp: f64, fp: f64| RocPoint {
            threshold,
            false_positive_rate: fp / negatives,
            true_positive_rate: tp / positives,
        };
        (positives > 0.0 && negatives > 0.0).then(|| {
            let steps = self.steps().iter();
            std::iter::once(point(f64::INFINITY, 0.0, 0.0))
                .chain(steps.map(|s| point(s.threshold, s.true_positives, s.false_positives)))
                .collect()
        })
    }

    /// The precision-recall curve, from recall 0 to 1; `None` without positives.
    pub fn precision_recall_curve(&self) -> Option<Vec<PrecisionRecallPoint>> {
        let positives = self.positives();
        let start = PrecisionRecallPoint {
            threshold: f64::INFINITY,
            precision: 1.0,
            recall: 0.0,
        };
        let point = |step: &Step| PrecisionRecallPoint {
            threshold: step.threshold,
            precision: step.true_positives / step.flagged(),
            recall: step.true_positives / positives,
        };
        (positives > 0.0).then(|| {
            std::iter::once(start)
                .chain(self.steps().iter().map(point))
                .collect()
        })
    }
}
