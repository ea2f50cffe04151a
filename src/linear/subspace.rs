//! Leading directions of a sparse matrix of bags and items by orthogonal iteration.
//!
//! Bag `b` holds some of `n` items. With `c_i` the number of bags that hold item `i` and `s_b` the size of
//! a bag, the matrix is
//!
//! `A_ib = [i in b] / sqrt((c_i + ITEM_PRIOR) (s_b + BAG_PRIOR))`:
//!
//! correspondence analysis (Benzécri 1973), which is the spectral co-clustering of Dhillon 2001, with its
//! degrees regularised (Amini, Chen, Bickel and Levina 2013): else a few rare items that always stand
//! together take a direction for themselves. `A A'` is the chance to come from item to item by way of a bag, and
//! to first order the pointwise mutual information of items. It is never built: every step is two passes
//! over the bags, so memory is that of bags and directions alone.
//!
//! Orthogonal iteration (Golub and Van Loan, "Matrix computations", section 8.2) from fixed random numbers.
//! Work is split by direction, never within a sum.

use rayon::prelude::*;

use crate::features::hashing::mix;

/// Added to the number of bags of an item. Chosen among 0, 10, 30, 100 and 300.
const ITEM_PRIOR: f64 = 10.0;
/// Added to the size of a bag. Chosen among 0, 5 and 20.
const BAG_PRIOR: f64 = 5.0;
/// Directions that one pass handles side by side: a cache line.
const LANES: usize = 8;
/// Iterations; more move nothing that can be measured.
pub const N_ITERATIONS: usize = 6;

/// Distinct items by bag.
#[derive(Clone, Debug, Default)]
pub struct Bags {
    n_items: usize,
    items: Vec<u32>,
    /// Where each bag ends.
    ends: Vec<usize>,
}

impl Bags {
    /// No bags, of `n_items` items.
    pub fn new(n_items: usize) -> Self {
        Self {
            n_items,
            ..Self::default()
        }
    }

    /// Adds a bag of distinct items.
    ///
    /// # Panics  if an item is out of range
    pub fn push(&mut self, bag: &[u32]) {
        assert!(bag.iter().all(|&item| (item as usize) < self.n_items));
        self.items.extend_from_slice(bag);
        self.ends.push(self.items.len());
    }

    fn iter(&self) -> impl Iterator<Item = &[u32]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, &end)| &self.items[start..end])
    }

    /// At least `n` orthonormal directions over the items, each a row, the strongest first; of fewer items
    /// the last ones are zero. `step` is called [`N_ITERATIONS`] times.
    ///
    /// # Complexity  O(items of all bags x n + items x n^2) per iteration
    pub fn directions(&self, n: usize, step: &(dyn Fn() + Sync)) -> Vec<Vec<f64>> {
        let scale = self.item_scale();
        let number = |direction: usize, item: usize| {
            let bits = mix(mix(item as u64) ^ direction as u64) >> 11;
            bits as f64 / (1_u64 << 52) as f64 - 1.0
        };
        let mut directions: Vec<Vec<f64>> = (0..n.next_multiple_of(LANES))
            .map(|direction| {
                (0..self.n_items)
                    .map(|item| number(direction, item))
                    .collect()
            })
            .collect();
        for _ in 0..N_ITERATIONS {
            directions
                .par_chunks_mut(LANES)
                .for_each(|directions| self.apply(&scale, directions));
            orthonormalize(&mut directions);
            step();
        }
        directions
    }

    fn item_scale(&self) -> Vec<f64> {
        let mut counts = vec![0.0_f64; self.n_items];
        for &item in &self.items {
            counts[item as usize] += 1.0;
        }
        let scale = |count: &f64| (count + ITEM_PRIOR).sqrt().recip();
        counts.iter().map(scale).collect()
    }

    /// `A A' x` for some directions.
    fn apply(&self, scale: &[f64], directions: &mut [Vec<f64>]) {
        let lanes = |item: usize| -> [f64; LANES] {
            std::array::from_fn(|lane| scale[item] * directions[lane][item])
        };
        let from: Vec<[f64; LANES]> = (0..self.n_items).map(lanes).collect();
        let mut to = vec![[0.0; LANES]; self.n_items];
        for bag in self.iter() {
            let mut sums = [0.0; LANES];
            for &item in bag {
                let values = &from[item as usize];
                (0..LANES).for_each(|lane| sums[lane] += values[lane]);
            }
            let weight = (bag.len() as f64 + BAG_PRIOR).recip();
            sums.iter_mut().for_each(|sum| *sum *= weight);
            for &item in bag {
                let values = &mut to[item as usize];
                (0..LANES).for_each(|lane| values[lane] += sums[lane]);
            }
        }
        for (lane, direction) in directions.iter_mut().enumerate() {
            for ((x, values), scale) in direction.iter_mut().zip(&to).zip(scale) {
                *x = scale * values[lane];
            }
        }
    }
}

/// Modified Gram-Schmidt, in order; what depends on those before becomes zero.
fn orthonormalize(directions: &mut [Vec<f64>]) {
    for i in 0..directions.len() {
        let (before, rest) = directions.split_at_mut(i);
        let direction = &mut rest[0];
        let length = norm(direction);
        // Twice, since once leaves remnants where directions are nearly parallel.
        for other in before.iter().chain(before.iter()) {
            let along: f64 = direction.iter().zip(other).map(|(a, b)| a * b).sum();
            direction
                .iter_mut()
                .zip(other)
                .for_each(|(a, b)| *a -= along * b);
        }
        let left = norm(direction);
        let factor = if left > 1e-10 * length {
            left.recip()
        } else {
            0.0
        };
        direction.iter_mut().for_each(|x| *x *= factor);
    }
}

fn norm(direction: &[f64]) -> f64 {
    direction.iter().map(|x| x * x).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three groups of four items; bags draw two items of one group, and item 12 stands in all.
    fn grouped() -> Bags {
        let mut bags = Bags::new(13);
        for i in 0..300_u32 {
            let group = i % 3 * 4;
            bags.push(&[group + i / 3 % 4, group + (i / 3 + 1 + i / 12 % 3) % 4, 12]);
        }
        bags
    }

    #[test]
    fn directions_are_orthonormal() {
        let directions = grouped().directions(8, &|| ());
        for (i, a) in directions.iter().enumerate() {
            for (j, b) in directions.iter().enumerate() {
                let dot: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
                let expected = f64::from(u8::from(i == j));
                assert!((dot - expected).abs() < 1e-9, "{i} {j}: {dot}");
            }
        }
    }

    #[test]
    fn after_the_common_one_directions_part_the_groups() {
        let directions = grouped().directions(3, &|| ());
        let at = |item: usize| [directions[1][item], directions[2][item]];
        let cosine = |a: [f64; 2], b: [f64; 2]| {
            (a[0] * b[0] + a[1] * b[1]) / (a[0].hypot(a[1]) * b[0].hypot(b[1]))
        };
        for (a, b) in [(0, 3), (4, 6), (9, 11)] {
            assert!(cosine(at(a), at(b)) > 0.9, "{a} {b}");
        }
        for (a, b) in [(0, 4), (4, 8), (8, 0)] {
            assert!(cosine(at(a), at(b)) < 0.0, "{a} {b}");
        }
    }

    #[test]
    fn fewer_items_than_directions_leave_zeros() {
        let mut bags = Bags::new(2);
        bags.push(&[0, 1]);
        let directions = bags.directions(8, &|| ());
        assert!(directions.iter().flatten().all(|x| x.is_finite()));
        assert!(directions[2..].iter().flatten().all(|&x| x == 0.0));
    }
}
