//! Static word vectors: where a word points, and how much it tells about a subject.
//!
//! Two words that are used alike point alike (Pennington, Socher and Manning 2014, "GloVe"). Every word
//! is an `i8` row and a weight; only where rows point is used, so the scale of the quantisation cancels
//! out. Words are found by their hash.

use wide::{f32x8, i8x16, i16x8, i16x16, i32x8};

use crate::features::hashing::hash_bytes;

/// Dimensions of a vector.
pub const N_DIMS: usize = 64;
/// Eights of components.
const N_LANES: usize = N_DIMS / 8;
const _: () = assert!(N_DIMS.is_multiple_of(16));
/// Keeps keys of words apart from n-grams.
const SALT: u64 = 0x776f_7264;

/// A direction of unit length, or zero.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Direction([f32x8; N_LANES]);

impl Direction {
    /// From components that are a direction already, bit for bit.
    pub(crate) fn stored(components: &[f32]) -> Self {
        let mut direction = Self::default();
        for (eight, part) in direction.0.iter_mut().zip(components.as_chunks().0) {
            *eight = f32x8::new(*part);
        }
        direction
    }

    /// The components.
    pub(crate) fn components(&self) -> impl Iterator<Item = f32> + '_ {
        self.0.iter().flat_map(|eight| eight.to_array())
    }

    /// Cosine; 0 if one of them is zero.
    #[inline]
    pub(crate) fn cosine(&self, other: &Self) -> f32 {
        let mut sums = f32x8::default();
        for (a, b) in self.0.iter().zip(&other.0) {
            sums += *a * *b;
        }
        // Not `reduce_add`, whose order is the processor's.
        let [a, b, c, d, e, f, g, h] = sums.to_array();
        ((a + e) + (b + f)) + ((c + g) + (d + h))
    }

    /// Adds a word's direction, weighted; [`Self::normalize`] ends a sum.
    #[inline]
    pub(crate) fn add_word(&mut self, word: &WordDirection, weight: f32) {
        let weight = f32x8::splat(weight * word.scale);
        let eights: &[i16x8] = bytemuck::cast_slice(&word.row);
        for (sum, &eight) in self.0.iter_mut().zip(eights) {
            *sum += i32x8::from_i16x8(eight).round_float() * weight;
        }
    }

    /// Adds a weighted direction; [`Self::normalize`] ends a sum.
    pub(crate) fn add(&mut self, other: &Self, weight: f32) {
        for (sum, &x) in self.0.iter_mut().zip(&other.0) {
            *sum += x * weight;
        }
    }

    /// Brings a sum to unit length; zero stays zero.
    pub(crate) fn normalize(&mut self) {
        let norm = self.cosine(self).sqrt();
        if norm > 1e-6 {
            let scale = norm.recip();
            self.0.iter_mut().for_each(|x| *x *= scale);
        } else {
            *self = Self::default();
        }
    }
}

/// The direction of a word, as whole numbers: products of them are exact, and a fourth as many instructions
/// as those of floating point where a processor has nothing but SSE2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct WordDirection {
    row: [i16x16; N_DIMS / 16],
    /// One over its length; 0 of none.
    scale: f32,
}

impl WordDirection {
    /// From a row of a table.
    #[inline]
    fn of_row(row: &[i8]) -> Self {
        let mut direction = Self {
            row: [i16x16::default(); N_DIMS / 16],
            scale: 0.0,
        };
        for (sixteen, part) in direction.row.iter_mut().zip(row.as_chunks().0) {
            *sixteen = i16x16::from_i8x16(i8x16::new(*part));
        }
        let squares = direction.dot(&direction);
        if squares > 0.0 {
            direction.scale = squares.sqrt().recip();
        }
        direction
    }

    /// Below 2^24, so exact.
    #[inline]
    fn dot(&self, other: &Self) -> f32 {
        let mut sums = i32x8::default();
        for (a, b) in self.row.iter().zip(&other.row) {
            sums += a.dot(*b);
        }
        sums.to_array().iter().sum::<i32>() as f32
    }

    /// Cosine; 0 if one of them is zero.
    #[inline]
    pub(crate) fn cosine(&self, other: &Self) -> f32 {
        self.dot(other) * (self.scale * other.scale)
    }

    /// The same of unit length.
    pub(crate) fn unit(&self) -> Direction {
        let mut unit = Direction::default();
        unit.add_word(self, 1.0);
        unit
    }
}

/// Vectors and weights of a vocabulary. Empty ones know no word.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WordVectors {
    keys: Vec<u64>,
    /// Rows of [`N_DIMS`].
    rows: Vec<i8>,
    weights: Vec<f32>,
    /// By the top [`INDEX_BITS`] of a key, the first key that has them or more: keys are hashes, so a word is
    /// found in a step or two.
    index: Vec<u32>,
}

impl WordVectors {
    /// From keys in ascending order, rows and weights; `None` if they do not fit together.
    pub fn new(keys: Vec<u64>, rows: Vec<i8>, weights: Vec<f32>) -> Option<Self> {
        let fits = rows.len() == keys.len() * N_DIMS
            && weights.len() == keys.len()
            && keys.windows(2).all(|pair| pair[0] < pair[1])
            && weights.iter().all(|weight| (0.0..1e3).contains(weight));
        fits.then(|| Self {
            index: index(&keys),
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

    fn position(&self, key: u64) -> Option<usize> {
        let bucket = (key >> (64 - INDEX_BITS)) as usize;
        let (from, to) = (*self.index.get(bucket)?, *self.index.get(bucket + 1)?);
        let keys = &self.keys[from as usize..to as usize];
        Some(from as usize + keys.iter().position(|&known| known == key)?)
    }

    /// Direction and weight of a normalised word.
    ///
    /// # Complexity  O(1) expected
    pub(crate) fn get(&self, word: &str) -> Option<(WordDirection, f32)> {
        let at = self.position(Self::key(word))?;
        let row = &self.rows[at * N_DIMS..(at + 1) * N_DIMS];
        // Its length is taken each time: few words of a comment are asked for, and most of a vocabulary never.
        let direction = WordDirection::of_row(row);
        Some((direction, self.weights[at]))
    }
}

/// How many bits of a key the index looks at.
const INDEX_BITS: u32 = 16;

fn index(keys: &[u64]) -> Vec<u32> {
    let mut index = vec![0; (1 << INDEX_BITS) + 1];
    for key in keys {
        index[(key >> (64 - INDEX_BITS)) as usize + 1] += 1;
    }
    let mut sum = 0;
    for first in &mut index {
        sum += *first;
        *first = sum;
    }
    index
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
        let (cat, weight) = vectors.get("cat").expect("known");
        let (dog, tax) = (vectors.get("dog").unwrap().0, vectors.get("tax").unwrap().0);
        assert_eq!(weight, 1.5);
        assert!((cat.cosine(&dog) - 1.0).abs() < 1e-6);
        assert!(cat.cosine(&tax).abs() < 1e-6);
        assert!(vectors.get("bird").is_none());
        assert_eq!(Direction::default().cosine(&cat.unit()), 0.0);
        assert!((cat.unit().cosine(&cat.unit()) - 1.0).abs() < 1e-6);
        let nowhere = WordDirection::of_row(&[0; N_DIMS]);
        assert_eq!(nowhere.cosine(&cat), 0.0);
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        assert!(WordVectors::new(vec![2, 1], vec![0; 2 * N_DIMS], vec![1.0; 2]).is_none());
        assert!(WordVectors::new(vec![1], vec![0; N_DIMS - 1], vec![1.0]).is_none());
        assert!(WordVectors::new(vec![1], vec![0; N_DIMS], vec![f32::NAN]).is_none());
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
