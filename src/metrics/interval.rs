//! Percentile bootstrap intervals for any figure.
//!
//! A replicate draws as many units as there are, with replacement, and hands the statistic how
//! often each row was drawn; so a sample is sorted once and weighted a thousand times. Comments
//! under one article resemble each other: resample articles ([`Units::clusters`]), not comments,
//! or the interval is too narrow.
//!
//! A share of 0 or 1 is the same in every replicate; [`super::BinaryReport`] and
//! [`super::PointReport`] then take Wilson's interval ([`super::proportion`]).
//!
//! Replicates run on the current rayon pool. Replicate `r` uses stream `r` of the seed, so neither
//! the number of threads nor their timing changes a bit of the result.
//!
//! # References
//! - Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 13 (percentile interval).
//! - Davison & Hinkley (1997), Bootstrap Methods and their Application, section 3.8 (clusters).

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::rng::Xoshiro256;

/// A two-sided interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// The chance with which such intervals hold the true value, 0.95 say.
    pub level: f64,
}

/// How to resample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resampling {
    /// Number of replicates; Efron & Tibshirani advise at least 1,000 for percentile intervals.
    pub n_replicates: usize,
    /// Seed; the same seed gives the same interval.
    pub seed: u64,
    /// Level of the interval, in (0, 1).
    pub level: f64,
}

impl Default for Resampling {
    fn default() -> Self {
        Self {
            n_replicates: 1000,
            seed: 1,
            level: 0.95,
        }
    }
}

/// What is drawn: single rows, or groups of rows that stay together.
#[derive(Clone, Debug)]
pub struct Units {
    /// Draws per replicate: as many as there are units.
    n_drawn: u32,
    unit_of_row: Option<Vec<u32>>,
    n_rows: usize,
}

impl Units {
    /// Every row is its own unit.
    pub fn rows(n_rows: usize) -> Self {
        Self {
            n_drawn: n_rows as u32,
            unit_of_row: None,
            n_rows,
        }
    }

    /// Rows with equal group id (article, thread, author) are drawn together.
    pub fn clusters<G: Ord>(groups: &[G]) -> Self {
        let mut known = BTreeMap::new();
        let unit_of = |group| {
            let next = known.len() as u32;
            *known.entry(group).or_insert(next)
        };
        let unit_of_row: Vec<u32> = groups.iter().map(unit_of).collect();
        Self {
            n_drawn: known.len() as u32,
            unit_of_row: Some(unit_of_row),
            n_rows: groups.len(),
        }
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Number of units drawn per replicate.
    pub fn n_units(&self) -> usize {
        self.n_drawn as usize
    }

    /// Number of units that hold a row of some kind.
    pub(super) fn n_with(&self, is_of_kind: impl Fn(usize) -> bool) -> usize {
        let rows = (0..self.n_rows).filter(|&row| is_of_kind(row));
        match &self.unit_of_row {
            None => rows.count(),
            Some(unit_of_row) => rows
                .map(|row| unit_of_row[row])
                .collect::<BTreeSet<_>>()
                .len(),
        }
    }

    /// Fills in how often each row occurs in one replicate.
    fn draw(&self, mut rng: Xoshiro256, draws: &mut Draws) {
        draws.units.fill(0);
        for _ in 0..self.n_drawn {
            draws.units[rng.below(self.n_drawn) as usize] += 1;
        }
        if let Some(unit_of_row) = &self.unit_of_row {
            draws.rows.clear();
            draws
                .rows
                .extend(unit_of_row.iter().map(|&unit| draws.units[unit as usize]));
        }
    }
}

/// Buffers of one thread.
struct Draws {
    units: Vec<u32>,
    rows: Vec<u32>,
}

/// The values a figure took in the replicates.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replicates {
    sorted: Vec<f64>,
    n_undefined: usize,
}

impl Replicates {
    fn new(values: impl Iterator<Item = Option<f64>>) -> Self {
        let mut replicates = Self::default();
        for value in values {
            match value.filter(|value| !value.is_nan()) {
                Some(value) => replicates.sorted.push(value),
                None => replicates.n_undefined += 1,
            }
        }
        replicates.sorted.sort_by(f64::total_cmp);
        replicates
    }

    /// The defined values, rising.
    pub fn values(&self) -> &[f64] {
        &self.sorted
    }

    /// Replicates in which the figure was 0/0, for lack of positives say. If this is more than a
    /// few, the interval describes only the lucky samples.
    pub fn n_undefined(&self) -> usize {
        self.n_undefined
    }

    /// The percentile interval: the quantiles `(1 - level)/2` and `(1 + level)/2` of the values,
    /// between two values interpolated as numpy's default does. `None` if no value was defined.
    pub fn percentile_interval(&self, level: f64) -> Option<Interval> {
        let lower = self.quantile(0.5 - 0.5 * level)?;
        let upper = self.quantile(0.5 + 0.5 * level)?;
        Some(Interval {
            lower,
            upper,
            level,
        })
    }

    fn quantile(&self, q: f64) -> Option<f64> {
        let last = self.sorted.len().checked_sub(1)?;
        let place = (q * last as f64).clamp(0.0, last as f64);
        let below = self.sorted[place as usize];
        let above = self.sorted[(place as usize + 1).min(last)];
        Some(below + place.fract() * (above - below))
    }
}

/// Replicates of `K` figures at once, all on the same draws.
///
/// `statistic` gets the multiplicity of every row. Figures on the same draws may be compared: the
/// difference of two models is one more figure, and its interval the paired one.
///
/// # Complexity
/// O(`n_replicates` * (n + cost of the statistic)); two buffers per thread.
///
/// # Panics
/// If there are no units.
///
/// # Examples
/// ```
/// use ombuds::metrics::{Forecast, Resampling, Sample, Units, bootstrap};
///
/// let sample = Sample::new(&[0.9, 0.6, 0.4, 0.1], &[true, true, false, false])?;
/// let brier = |multiplicity: &[u32]| {
///     let drawn = sample.resampled(multiplicity)?;
///     Forecast::new(&drawn).ok().map(|forecast| forecast.brier())
/// };
/// let articles = Units::clusters(&["a", "a", "b", "b"]);
/// let [replicates] = bootstrap(&articles, &Resampling::default(), |m| [brier(m)]);
/// assert!(replicates.percentile_interval(0.95).is_some_and(|interval| interval.upper < 0.2));
/// # Ok::<(), ombuds::metrics::MetricError>(())
/// ```
pub fn bootstrap<const K: usize, F>(
    units: &Units,
    resampling: &Resampling,
    statistic: F,
) -> [Replicates; K]
where
    F: Fn(&[u32]) -> [Option<f64>; K] + Sync,
{
    let buffers = || Draws {
        units: vec![0; units.n_units()],
        rows: Vec::new(),
    };
    let replicate = |draws: &mut Draws, stream: u64| {
        units.draw(Xoshiro256::from_stream(resampling.seed, stream), draws);
        statistic(if units.unit_of_row.is_some() {
            &draws.rows
        } else {
            &draws.units
        })
    };
    let values: Vec<[Option<f64>; K]> = (0..resampling.n_replicates as u64)
        .into_par_iter()
        .map_init(buffers, replicate)
        .collect();
    std::array::from_fn(|k| Replicates::new(values.iter().map(|value| value[k])))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A weighted mean of the row numbers.
    fn mean_row(multiplicity: &[u32]) -> [Option<f64>; 1] {
        let n: u32 = multiplicity.iter().sum();
        let sum: f64 = multiplicity
            .iter()
            .enumerate()
            .map(|(i, &m)| i as f64 * f64::from(m))
            .sum();
        [Some(sum / f64::from(n))]
    }

    #[test]
    fn threads_do_not_change_the_result() {
        let run = |n_threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(n_threads)
                .build()
                .unwrap();
            pool.install(|| bootstrap(&Units::rows(50), &Resampling::default(), mean_row))
        };
        assert_eq!(run(1), run(3));
    }

    #[test]
    fn the_interval_of_a_mean_has_the_width_theory_gives() {
        let resampling = Resampling {
            n_replicates: 4000,
            ..Resampling::default()
        };
        let [replicates] = bootstrap(&Units::rows(1000), &resampling, mean_row);
        let interval = replicates.percentile_interval(0.95).unwrap();
        // Standard deviation of 0..1000 is 288.7; 2 * 1.96 * 288.7 / sqrt(1000) = 35.8.
        assert!(
            (interval.upper - interval.lower - 35.8).abs() < 1.5,
            "{interval:?}"
        );
        assert!(
            (0.5 * (interval.upper + interval.lower) - 499.5).abs() < 1.5,
            "{interval:?}"
        );
    }

    #[test]
    fn rows_of_a_cluster_are_drawn_together() {
        let groups: Vec<String> = (0..40).map(|row| format!("article {}", row % 4)).collect();
        let units = Units::clusters(&groups);
        assert_eq!((units.n_units(), units.n_rows()), (4, 40));
        let together = |m: &[u32]| {
            let same = (0..40).all(|row| m[row] == m[row % 4]);
            [Some(f64::from(u8::from(
                same && m.iter().sum::<u32>() == 40,
            )))]
        };
        let [replicates] = bootstrap(&units, &Resampling::default(), together);
        assert_eq!(replicates.values()[0], 1.0);
    }

    #[test]
    fn undefined_replicates_are_counted_not_hidden() {
        let odd = |m: &[u32]| [(m[0] > 0).then_some(1.0), None];
        let [some, none] = bootstrap(&Units::rows(2), &Resampling::default(), odd);
        assert_eq!(some.values().len() + some.n_undefined(), 1000);
        assert!((200..300).contains(&some.n_undefined()));
        assert_eq!(none.percentile_interval(0.95), None);
    }

    #[test]
    fn quantiles_interpolate_as_numpy_does() {
        let replicates = Replicates::new([4.0, 1.0, 3.0, 2.0].into_iter().map(Some));
        let interval = replicates.percentile_interval(0.5).unwrap();
        assert_eq!((interval.lower, interval.upper), (1.75, 3.25));
    }
}
