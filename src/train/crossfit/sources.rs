//! How common a label is differs from file to file, for reasons that no comment shows: one was sampled at
//! random, one picked for abuse. So every file gets an intercept of its own, which is dropped in the end; else
//! its sampling would be learnt as a trait of its words.

use std::collections::BTreeMap;

use crate::linear::loss::logit;

/// Rows of each class that a file must have for an intercept of its own. A file of one class alone says what
/// the class is, in comparison with the others.
const MIN_OF_CLASS: f64 = 20.0;

/// Marks rows that were made by pairing.
const MADE: u16 = 1 << 15;

/// The sources of a label's rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Sources {
    /// By position: the source whose intercept it has.
    pub(super) of: Vec<u16>,
    /// By position: how much more common the label is there than in the largest source, as a logit.
    pub(super) offsets: Vec<f64>,
}

impl Sources {
    /// From the source and the share of each row.
    pub(super) fn of(sources: &[u16], shares: &[f32]) -> Self {
        let mut counts: BTreeMap<u16, (f64, f64)> = BTreeMap::new();
        for (&source, &share) in sources.iter().zip(shares) {
            let (n_positive, n) = counts.entry(source).or_default();
            *n_positive += f64::from(share);
            *n += 1.0;
        }
        let own = counts
            .iter()
            .filter(|(_, (positive, n))| positive.min(n - positive) >= MIN_OF_CLASS);
        let rates: BTreeMap<u16, f64> = own
            .clone()
            .map(|(&source, (positive, n))| (source, positive / n))
            .collect();
        // The first of the largest; those without an intercept of their own go with it.
        let home = own
            .rev()
            .max_by(|a, b| a.1.1.total_cmp(&b.1.1))
            .map_or(0, |(&source, _)| source);
        let home_rate = rates.get(&home).copied();
        let offset = |source: &u16| match (rates.get(source), home_rate) {
            (Some(&rate), Some(home)) => logit(rate) - logit(home),
            _ => 0.0,
        };
        let group = |source: &u16| match rates.get(source) {
            Some(_) if *source != home => *source + 1,
            _ => 0,
        };
        Self {
            of: sources.iter().map(group).collect(),
            offsets: sources.iter().map(offset).collect(),
        }
    }
}

/// The source of a row that was made by pairing.
pub(super) fn made(source: u16) -> u16 {
    MADE | source
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_both_classes_have_intercepts_of_their_own() {
        // File 3: 100 of 400; file 5: 150 of 200; file 7: 50 positives and nothing else.
        let (mut sources, mut shares) = (Vec::new(), Vec::new());
        for (source, n_positive, n) in [(3, 100, 400), (5, 150, 200), (7, 50, 50)] {
            for i in 0..n {
                sources.push(source);
                shares.push(f32::from(u8::from(i < n_positive)));
            }
        }
        let found = Sources::of(&sources, &shares);
        assert_eq!((found.of[0], found.of[400], found.of[600]), (0, 6, 0));
        assert_eq!((found.offsets[0], found.offsets[600]), (0.0, 0.0));
        assert!((found.offsets[400] - 9.0_f64.ln()).abs() < 1e-9);
    }
}
