//! A sum that does not depend on the order of its terms.
//!
//! Floating-point addition is not associative, so two machines that each add half would disagree
//! in the last digits with one that adds all. Whole numbers do not have that trouble.

use serde::{Deserialize, Serialize};

/// Binary digits after the point: terms are kept to 2^-61, sums up to 2^67.
const SCALE: f64 = (1_u64 << 60) as f64;

/// A sum of numbers in fixed point, 128 bits wide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(i64, u64)", into = "(i64, u64)")]
pub(super) struct FixedSum(i128);

impl FixedSum {
    pub(super) fn add(&mut self, term: f64) {
        self.0 += (term * SCALE).round() as i128;
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.0 += other.0;
    }

    pub(super) fn value(self) -> f64 {
        self.0 as f64 / SCALE
    }
}

// As two 64-bit halves, since many JSON readers know no wider numbers.
impl From<(i64, u64)> for FixedSum {
    fn from((high, low): (i64, u64)) -> Self {
        Self((i128::from(high) << 64) | i128::from(low))
    }
}

impl From<FixedSum> for (i64, u64) {
    fn from(sum: FixedSum) -> Self {
        ((sum.0 >> 64) as i64, sum.0 as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_does_not_matter() {
        let terms = [0.1, 1e9, 0.3, 7e-7, 0.2];
        let sum = |terms: &mut dyn Iterator<Item = &f64>| {
            let mut sum = FixedSum::default();
            terms.for_each(|&term| sum.add(term));
            sum
        };
        assert_eq!(sum(&mut terms.iter()), sum(&mut terms.iter().rev()));
    }

    #[test]
    fn halves_make_the_whole_again() {
        for term in [-1.5, 0.0, 0.1, 123_456_789.125, 1e18] {
            let mut sum = FixedSum::default();
            sum.add(term);
            assert_eq!(FixedSum::from(<(i64, u64)>::from(sum)), sum);
            assert!((sum.value() - term).abs() < 1e-15);
        }
    }
}
