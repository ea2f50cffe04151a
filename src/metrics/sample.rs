//! Scores, labels and weights, checked once.
//!
//! Everything downstream may rely on what [`Sample::new`] and [`Sample::with_weights`] checked, so
//! no figure needs an error of its own.

use std::borrow::Cow;

use super::MetricError;

/// A label: the share of a row that is positive.
///
/// A soft label `y` (the share of raters who said yes) counts as weight `y` among the positives
/// and `1 - y` among the negatives, in every ranking and threshold figure. For 0 and 1 this is the
/// usual definition.
pub trait Label: Copy {
    /// The positive share, in [0, 1].
    fn positive_share(self) -> f64;
}

impl Label for bool {
    fn positive_share(self) -> f64 {
        f64::from(u8::from(self))
    }
}

impl Label for f32 {
    fn positive_share(self) -> f64 {
        f64::from(self)
    }
}

impl Label for f64 {
    fn positive_share(self) -> f64 {
        self
    }
}

/// The rows an evaluation runs over: finite scores, labels in [0, 1], weights of at least 0.
#[derive(Clone, Debug)]
pub struct Sample<'a> {
    scores: &'a [f64],
    labels: Cow<'a, [f64]>,
    weights: Option<Cow<'a, [f64]>>,
}

impl<'a> Sample<'a> {
    /// Rows of weight 1.
    ///
    /// # Errors
    /// No rows, slices of different length, a score that is not finite, a label outside [0, 1].
    pub fn new<L: Label>(scores: &'a [f64], labels: &[L]) -> Result<Self, MetricError> {
        check_length("labels", scores.len(), labels.len())?;
        if scores.is_empty() {
            return Err(MetricError::Empty);
        }
        let labels: Vec<f64> = labels.iter().map(|label| label.positive_share()).collect();
        check_rows(scores, f64::is_finite, |row, score| MetricError::Score {
            row,
            score,
        })?;
        check_rows(
            &labels,
            |label| (0.0..=1.0).contains(&label),
            |row, label| MetricError::Label { row, label },
        )?;
        Ok(Self {
            scores,
            labels: Cow::Owned(labels),
            weights: None,
        })
    }

    /// The same rows with these weights. A row of weight 2 equals two rows; one of weight 0, none.
    ///
    /// # Errors
    /// A wrong number of weights, one that is negative or not finite, or none that is positive.
    pub fn with_weights(self, weights: &'a [f64]) -> Result<Self, MetricError> {
        check_length("weights", self.len(), weights.len())?;
        check_rows(
            weights,
            |weight| weight.is_finite() && weight >= 0.0,
            |row, weight| MetricError::Weight { row, weight },
        )?;
        if weights.iter().all(|&weight| weight == 0.0) {
            return Err(MetricError::Empty);
        }
        Ok(Self {
            weights: Some(Cow::Borrowed(weights)),
            ..self
        })
    }

    /// The sample in which row `i` occurs `multiplicity[i]` times; `None` if no weight is left.
    ///
    /// With this any figure can be bootstrapped ([`super::bootstrap`]); for the areas
    /// [`super::SortedSample::areas`] is faster, since it does not sort again.
    ///
    /// # Panics
    /// If there are fewer multiplicities than rows.
    pub fn resampled(&self, multiplicity: &[u32]) -> Option<Sample<'_>> {
        let weights: Vec<f64> = (0..self.len())
            .map(|row| self.weight(row) * f64::from(multiplicity[row]))
            .collect();
        weights
            .iter()
            .any(|&weight| weight > 0.0)
            .then_some(Sample {
                scores: self.scores,
                labels: Cow::Borrowed(&self.labels),
                weights: Some(Cow::Owned(weights)),
            })
    }

    /// Number of rows, those of weight 0 included.
    pub fn len(&self) -> usize {
        self.scores.len()
    }

    /// Always false: an empty sample cannot be made.
    pub fn is_empty(&self) -> bool {
        self.scores.is_empty()
    }

    /// The scores, in row order.
    pub fn scores(&self) -> &[f64] {
        self.scores
    }

    /// The label of a row, in [0, 1].
    pub fn label(&self, row: usize) -> f64 {
        self.labels[row]
    }

    /// The weight of a row.
    pub fn weight(&self, row: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |weights| weights[row])
    }

    /// The sum of all weights: the number of rows if none were given.
    pub fn total_weight(&self) -> f64 {
        (0..self.len()).map(|row| self.weight(row)).sum()
    }

    /// The weight of the positives: their number if there are no weights and no soft labels.
    pub fn positive_weight(&self) -> f64 {
        (0..self.len())
            .map(|row| self.weight(row) * self.label(row))
            .sum()
    }
}

/// Refuses a slice that does not have `expected` values.
pub(super) fn check_length(
    what: &'static str,
    expected: usize,
    got: usize,
) -> Result<(), MetricError> {
    if expected == got {
        Ok(())
    } else {
        Err(MetricError::Length {
            what,
            expected,
            got,
        })
    }
}

/// Reports the first value that is not acceptable.
pub(super) fn check_rows(
    values: &[f64],
    accept: impl Fn(f64) -> bool,
    error: impl Fn(usize, f64) -> MetricError,
) -> Result<(), MetricError> {
    match values.iter().position(|&value| !accept(value)) {
        Some(row) => Err(error(row, values[row])),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_later_code_relies_on() {
        let none: [bool; 0] = [];
        assert_eq!(Sample::new(&[], &none).unwrap_err(), MetricError::Empty);
        assert!(matches!(
            Sample::new(&[0.1, f64::NAN], &[true, false]),
            Err(MetricError::Score { row: 1, .. })
        ));
        assert!(matches!(
            Sample::new(&[0.1], &[true, false]),
            Err(MetricError::Length { .. })
        ));
        assert!(matches!(
            Sample::new(&[0.1], &[1.5_f32]),
            Err(MetricError::Label { row: 0, .. })
        ));
        assert!(matches!(
            Sample::new(&[0.1], &[f32::NAN]),
            Err(MetricError::Label { .. })
        ));
        let sample = Sample::new(&[0.1, 0.2], &[true, false]).unwrap();
        assert!(matches!(
            sample.clone().with_weights(&[1.0, -1.0]),
            Err(MetricError::Weight { row: 1, .. })
        ));
        assert_eq!(
            sample.with_weights(&[0.0, 0.0]).unwrap_err(),
            MetricError::Empty
        );
    }

    #[test]
    fn resampling_multiplies_weights() {
        let sample = Sample::new(&[0.1, 0.2], &[0.5_f32, 1.0])
            .unwrap()
            .with_weights(&[2.0, 0.0])
            .unwrap();
        let twice = sample.resampled(&[2, 1]).unwrap();
        assert_eq!((twice.total_weight(), twice.positive_weight()), (4.0, 2.0));
        assert!(sample.resampled(&[0, 2]).is_none());
    }
}
