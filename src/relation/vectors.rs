//! Static word vectors: where a word points, and how much it tells about a subject.
//!
//! Two words that are used alike point alike (Pennington, Socher and Manning 2014, "GloVe"). Every word
//! is an `i8` row and a weight; rows are brought to unit length when read, so the scale of the
//! quantisation cancels out. Words are found by their hash in a sorted list: nothing is built at start.

use crate::features::hashing::hash_bytes;

/// Dimensions of a vector.
pub const N_DIMS: usize = 50;
/// The same, filled up with zeros to whole SIMD lanes.
const N_PADDED: usize = 56;
/// Keeps keys of words apart from n-grams.
const SALT: u64 = 0x776f_7264;

/// A direction of unit length, or zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Direction([f32; N_PADDED]);

impl Default for Direction {
    fn default() -> Self {
        Self([0.0; N_PADDED])
    }
}

impl Direction {
    /// From components, brought to unit length.
    pub(crate) fn of(components: &[f32]) -> Self {
        let mut direction = Self::default();
        direction.0[..components.len()].copy_from_slice(components);
        direction.normalize();
        direction
    }

    /// From components that are a direction already, bit for bit.
    pub(crate) fn stored(components: &[f32]) -> Self {
        let mut direction = Self::default();
        direction.0[..components.len()].copy_from_slice(components);
        direction
    }

    /// The components.
    pub(crate) fn components(&self) -> &[f32] {
        &self.0[..N_DIMS]
    }

    /// Cosine; 0 if one of them is zero.
    ///
    /// Eight sums side by side: one sum alone may not be vectorised, for its order is fixed.
    #[inline]
    pub(crate) fn cosine(&self, other: &Self) -> f32 {
        let mut sums = [0.0_f32; 8];
        for (a, b) in self.0.chunks_exact(8).zip(other.0.chunks_exact(8)) {
            for lane in 0..8 {
                sums[lane] += a[lane] * b[lane];
            }
        }
        let [a, b, c, d, e, f, g, h] = sums;
        ((a + e) + (b + f)) + ((c + g) + (d + h))
    }

    /// Adds a weighted direction; [`Self::normalize`] ends a sum.
    pub(crate) fn add(&mut self, other: &Self, weight: f32) {
        for (sum, &x) in self.0.iter_mut().zip(&other.0) {
            *sum += weight * x;
        }
    }

    /// Brings a sum to unit length; zero stays zero.
    pub(crate) fn normalize(&mut self) {
        let norm = self.0.iter().map(|x| x * x).sum::<f32>().sqrt();
        if norm > 1e-6 {
            self.0.iter_mut().for_each(|x| *x /= norm);
        } else {
            *self = Self::default();
        }
    }
}

/// Vectors and weights of a vocabulary. Empty ones know no word.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WordVectors {
    keys: Vec<u64>,
    /// Rows of [`N_DIMS`].
    rows: Vec<i8>,
    weights: Vec<f32>,
}

impl WordVectors {
    /// From keys in ascending order, rows and weights; `None` if they do not fit together.
    pub fn new(keys: Vec<u64>, rows: Vec<i8>, weights: Vec<f32>) -> Option<Self> {
        let fits = rows.len() == keys.len() * N_DIMS
            && weights.len() == keys.len()
            && keys.windows(2).all(|pair| pair[0] < pair[1])
            && weights.iter().all(|weight| (0.0..1e3).contains(weight));
        fits.then_some(Self {
            keys,
            rows,
            weights,
        })
    }

    /// The key of a normalised word.
    pub fn key(word: &str) -> u64 {
        hash_bytes(word.as_bytes(), SALT)
    }

    /// Number of words.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether no word is known.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Keys, ascending.
    pub fn keys(&self) -> &[u64] {
        &self.keys
    }

    /// Quantised rows, one after another.
    pub fn rows(&self) -> &[i8] {
        &self.rows
    }

    /// Weights.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// Direction and weight of a word; `'s` at its end is left off.
    ///
    /// # Complexity  O(log words)
    pub(crate) fn get(&self, word: &str) -> Option<(Direction, f32)> {
        let word = word.strip_suffix("'s").unwrap_or(word);
        let at = self.keys.binary_search(&Self::key(word)).ok()?;
        let mut components = [0.0; N_DIMS];
        let row = &self.rows[at * N_DIMS..(at + 1) * N_DIMS];
        for (component, &q) in components.iter_mut().zip(row) {
            *component = f32::from(q);
        }
        Some((Direction::of(&components), self.weights[at]))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Vectors of a few words, given by their first two components and weight.
    pub(crate) fn vectors(words: &[(&str, [i8; 2], f32)]) -> WordVectors {
        let mut entries: Vec<_> = words
            .iter()
            .map(|(word, components, weight)| {
                let mut row = [0; N_DIMS];
                row[..2].copy_from_slice(components);
                (WordVectors::key(word), row, *weight)
            })
            .collect();
        entries.sort_by_key(|entry| entry.0);
        WordVectors::new(
            entries.iter().map(|entry| entry.0).collect(),
            entries.iter().flat_map(|entry| entry.1).collect(),
            entries.iter().map(|entry| entry.2).collect(),
        )
        .expect("fits")
    }

    #[test]
    fn words_are_found_and_of_unit_length() {
        let vectors = vectors(&[
            ("cat", [3, 4], 1.5),
            ("dog", [6, 8], 1.0),
            ("tax", [4, -3], 2.0),
        ]);
        let (cat, weight) = vectors.get("cat's").expect("known");
        let (dog, tax) = (vectors.get("dog").unwrap().0, vectors.get("tax").unwrap().0);
        assert_eq!(weight, 1.5);
        assert!((cat.cosine(&dog) - 1.0).abs() < 1e-6);
        assert!(cat.cosine(&tax).abs() < 1e-6);
        assert!(vectors.get("bird").is_none());
        assert_eq!(Direction::default().cosine(&cat), 0.0);
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        assert!(WordVectors::new(vec![2, 1], vec![0; 100], vec![1.0; 2]).is_none());
        assert!(WordVectors::new(vec![1], vec![0; 49], vec![1.0]).is_none());
        assert!(WordVectors::new(vec![1], vec![0; 50], vec![f32::NAN]).is_none());
    }

    #[test]
    fn keys_never_change() {
        // Files of vectors depend on them; the script that makes them computes the same.
        assert_eq!(
            WordVectors::key("missile"),
            hash_bytes(b"missile", 0x776f_7264)
        );
    }
}
