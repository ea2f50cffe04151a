//! How good a score is: figures, intervals and thresholds for one label at a time.
//!
//! Data flow: slices are checked once into a [`Sample`]; sorting it once gives a [`Ranking`], from
//! which come areas, curves and thresholds; a sample whose scores are probabilities is a
//! [`Forecast`], from which come Brier score, log loss and calibration error. [`bootstrap`] puts an
//! interval around any of them and [`BinaryReport`] bundles the usual ones.
//!
//! Three rules hold throughout:
//! - a comment is flagged when `score >= threshold`;
//! - a figure that would be 0/0 is `None` (`null` in JSON), never 0, 1 or NaN. scikit-learn answers
//!   0 with a warning in most of these cases;
//! - the same input gives the same bits: sums run in a fixed order, random numbers are our own
//!   ([`rng`]), and the number of threads changes nothing.
//!
//! This module reads no files, prints nothing and uses nothing else of the crate. `evaluate`, the
//! training loop and the distributed evaluation call it.
//!
//! ```
//! use ombuds::metrics::{Ranking, Sample};
//!
//! let sample = Sample::new(&[0.9, 0.8, 0.8, 0.1], &[true, true, false, false])?;
//! let ranking = Ranking::new(&sample);
//! assert_eq!(ranking.roc_auc(), Some(0.875)); // the tied pair counts one half
//! assert_eq!(ranking.confusion_at(0.85).recall(), Some(0.5));
//! assert_eq!(ranking.confusion_at(0.95).precision(), None); // nothing flagged: 0/0
//! # Ok::<(), ombuds::metrics::MetricError>(())
//! ```

mod sample;

pub mod ranking;

pub mod curve;

pub mod threshold;

pub mod threshold_table;

pub mod threshold_map;

pub mod calibration;

pub mod rng;

pub mod interval;

pub mod proportion;

mod extreme;

pub mod paired;

pub mod rank_correlation;

pub mod agreement;

pub mod spans;

mod fixed_sum;

pub mod histogram;

mod report;

mod point;

#[cfg(test)]
mod laws;

pub use calibration::{Bins, Forecast};
pub use histogram::ScoreHistogram;
pub use interval::{Interval, Resampling, Units, bootstrap};
pub use point::PointReport;
pub use ranking::{Ranking, SortedSample};
pub use report::{BinaryReport, Estimate};
pub use sample::{Label, Sample};
pub use threshold::{Confusion, OperatingPoint};

/// Why a figure could not be computed from the numbers given.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MetricError {
    /// No rows, or rows whose weights add up to nothing.
    #[error("nothing to evaluate: no row has a positive weight")]
    Empty,
    /// Two slices that describe the same rows differ in length.
    #[error("{what}: expected {expected} values, got {got}")]
    Length {
        /// The slice that does not fit.
        what: &'static str,
        /// Length of the first slice.
        expected: usize,
        /// Length of this one.
        got: usize,
    },
    /// A score is NaN or infinite.
    #[error("row {row}: score {score} is not a finite number")]
    Score {
        /// Row, counted from 0.
        row: usize,
        /// The value found.
        score: f64,
    },
    /// A soft label lies outside [0, 1] or is NaN.
    #[error("row {row}: label {label} is not between 0 and 1")]
    Label {
        /// Row, counted from 0.
        row: usize,
        /// The value found.
        label: f64,
    },
    /// A weight is negative, NaN or infinite.
    #[error("row {row}: weight {weight} is not a finite number of at least 0")]
    Weight {
        /// Row, counted from 0.
        row: usize,
        /// The value found.
        weight: f64,
    },
    /// A score that must be a probability lies outside [0, 1].
    #[error("row {row}: score {score} is not a probability; calibrate scores before measuring it")]
    Probability {
        /// Row, counted from 0.
        row: usize,
        /// The value found.
        score: f64,
    },
    /// Two histograms with different numbers of bins cannot be added.
    #[error("cannot merge histograms of {expected} and {got} bins")]
    Bins {
        /// Bins of the histogram merged into.
        expected: usize,
        /// Bins of the other.
        got: usize,
    },
}
