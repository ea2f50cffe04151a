//! How well marked characters agree with those that people marked.
//!
//! # References
//! - Pavlopoulos et al. (2021), SemEval-2021 task 5: Toxic spans detection, section 4: F1 over characters, post by
//!   post, averaged; a post without marks on either side counts 1.

use std::ops::Range;

/// Characters of one text, marked or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks(Vec<bool>);

impl Marks {
    /// The characters in some ranges; what lies beyond the text is left out.
    ///
    /// # Units  characters, not bytes
    pub fn new(n_chars: usize, spans: impl IntoIterator<Item = Range<usize>>) -> Self {
        let mut marks = vec![false; n_chars];
        for span in spans {
            let span = span.start.min(n_chars)..span.end.min(n_chars);
            if span.start < span.end {
                marks[span].fill(true);
            }
        }
        Self(marks)
    }

    /// The characters that at least half of `n_raters` marked.
    ///
    /// # Panics  if texts of different length are mixed
    pub fn majority(n_chars: usize, raters: &[Self], n_raters: usize) -> Self {
        let votes = |i: usize| raters.iter().filter(|marks| marks.0[i]).count();
        let is_marked = |i: usize| n_raters > 0 && 2 * votes(i) >= n_raters;
        Self((0..n_chars).map(is_marked).collect())
    }

    /// How many are marked.
    pub fn n_marked(&self) -> usize {
        self.0.iter().filter(|&&is| is).count()
    }

    /// `2 |found and gold| / (|found| + |gold|)`, in \[0, 1\]; 1 if neither marks anything.
    pub fn f1(&self, gold: &Self) -> f64 {
        let both = self.0.iter().zip(&gold.0).filter(|(a, b)| **a && **b);
        match self.n_marked() + gold.n_marked() {
            0 => 1.0,
            marked => 2.0 * both.count() as f64 / marked as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    // One marked stretch is the usual case.
    #![allow(clippy::single_range_in_vec_init)]

    use super::*;

    #[test]
    fn f1_counts_characters() {
        let marks = |spans: &[Range<usize>]| Marks::new(10, spans.iter().cloned());
        for (found, gold, f1) in [
            (vec![], vec![], 1.0),
            (vec![0..3], vec![], 0.0),
            (vec![], vec![0..3], 0.0),
            (vec![2..6], vec![2..6], 1.0),
            (vec![0..4], vec![2..6], 0.5),
            (vec![0..2, 1..4], vec![0..4], 1.0),
            (vec![8..40], vec![8..10], 1.0),
        ] {
            assert_eq!(marks(&found).f1(&marks(&gold)), f1, "{found:?} {gold:?}");
        }
    }

    #[test]
    fn half_of_the_raters_are_enough() {
        let raters = [Marks::new(6, [0..4]), Marks::new(6, [2..6])];
        assert_eq!(Marks::majority(6, &raters, 4), Marks::new(6, [2..4]));
        assert_eq!(Marks::majority(6, &raters, 5).n_marked(), 0);
        assert_eq!(Marks::majority(6, &raters, 2).n_marked(), 6);
        assert_eq!(Marks::majority(6, &[], 3).n_marked(), 0);
    }
}
