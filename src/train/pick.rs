//! Which comments to label next.
//!
//! A label teaches most where the model is least sure (Lewis and Gale 1994, "A sequential algorithm
//! for training text classifiers"), and the same comment twice teaches once. So nine in ten picks are
//! the comments nearest to the flag thresholds, at most one of near-duplicates; one in ten is drawn by
//! hash from the rest, so that the labelled set also says how the model does where it is sure.
//!
//! Comments come one at a time, from files larger than memory: at most a few times the number wanted
//! are kept. Nothing is random: the same comments in the same order give the same picks.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::groups::{N_BANDS, bands};
use crate::features::hashing::hash_bytes;
use crate::linear::loss::sigmoid;

/// One in so many picks is drawn by hash.
const DRAWN_PART: usize = 10;
/// Kept times the number wanted: room for those that turn out to be near-duplicates.
const SLACK: usize = 2;
/// Salt of the draw. Chosen at random, once.
const DRAW_SALT: u64 = 0x51_7c_c1_b7_27_22_0a_95;

/// What a comment is worth to training; made where the comment is scored, in parallel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worth {
    /// Sum over the labels still unknown of `4 p (1 - p)`, p being the probability shifted so that the
    /// flag threshold lies at one half: 1 for a label on its threshold, 0 for a sure one.
    pub usefulness: f64,
    bands: [u64; N_BANDS],
    draw: u64,
}

impl Worth {
    /// Worth of a text by the logits and flag thresholds (probabilities) of its unknown labels.
    ///
    /// `None` for a blank text or one whose labels are all known: there is nothing to label.
    pub fn of(text: &str, unknown: impl Iterator<Item = (f64, f64)>) -> Option<Self> {
        let mut n_unknown = 0;
        let uncertainty = |(logit, threshold): (f64, f64)| {
            n_unknown += 1;
            let distance = logit - (threshold / (1.0 - threshold)).ln();
            4.0 * sigmoid(distance) * sigmoid(-distance)
        };
        let usefulness = unknown.map(uncertainty).sum();
        let draw = hash_bytes(text.as_bytes(), DRAW_SALT);
        (n_unknown > 0 && !text.trim().is_empty()).then(|| Self {
            usefulness,
            bands: bands(text),
            draw,
        })
    }
}

/// Why a comment was picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// The model is not sure of it (`uncertain`).
    Uncertain,
    /// Drawn by hash from the rest (`drawn`).
    Drawn,
}

impl Pick {
    /// The word written to files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Uncertain => "uncertain",
            Self::Drawn => "drawn",
        }
    }
}

/// Picks comments out of a stream; `T` is whatever the caller keeps with each.
#[derive(Debug)]
pub struct Picker<T> {
    n_wanted: usize,
    n_pushed: u64,
    /// The most useful, at most one of near-duplicates.
    useful: BTreeMap<Key, (Worth, T)>,
    /// Which of them holds a band.
    by_band: HashMap<u64, Key>,
    /// Those with the lowest hashes, one of a kind.
    lowest: BTreeMap<u64, (Worth, T)>,
}

/// Most useful first, then in order of arrival: the bits of `-usefulness`, then the number.
type Key = (std::cmp::Reverse<u64>, u64);

impl<T: Clone> Picker<T> {
    /// A picker of so many comments.
    pub fn new(n_wanted: usize) -> Self {
        Self {
            n_wanted,
            n_pushed: 0,
            useful: BTreeMap::new(),
            by_band: HashMap::new(),
            lowest: BTreeMap::new(),
        }
    }

    /// Considers a comment; `keep` is called only if it is kept for now.
    ///
    /// # Complexity  O(log n wanted)
    pub fn push(&mut self, worth: Worth, keep: impl FnOnce() -> T) {
        // Usefulness is never negative or NaN, so its bits are in its order.
        let key = (std::cmp::Reverse(worth.usefulness.to_bits()), self.n_pushed);
        self.n_pushed += 1;
        let (is_useful, is_low) = (self.is_useful(&worth, key), self.is_low(&worth));
        if !is_useful && !is_low {
            return;
        }
        let item = keep();
        if is_low {
            self.lowest.insert(worth.draw, (worth, item.clone()));
            if self.lowest.len() > self.capacity() {
                self.lowest.pop_last();
            }
        }
        if is_useful {
            self.insert(worth, key, item);
        }
    }

    /// The picks, the most useful first, then the drawn ones.
    pub fn finish(self) -> Vec<(Pick, T)> {
        let n_drawn = self.n_wanted / DRAWN_PART;
        let mut taken: HashSet<u64> = HashSet::new();
        let mut picks: Vec<(Pick, T)> = Vec::new();
        for (worth, item) in self.useful.into_values().take(self.n_wanted - n_drawn) {
            taken.extend(worth.bands);
            picks.push((Pick::Uncertain, item));
        }
        let n_wanted = picks.len() + n_drawn;
        for (worth, item) in self.lowest.into_values() {
            if picks.len() < n_wanted && worth.bands.iter().all(|band| !taken.contains(band)) {
                taken.extend(worth.bands);
                picks.push((Pick::Drawn, item));
            }
        }
        picks
    }

    fn capacity(&self) -> usize {
        SLACK * self.n_wanted
    }

    /// Whether it is among the most useful so far and no near-duplicate of a more useful one.
    fn is_useful(&self, worth: &Worth, key: Key) -> bool {
        let is_full = self.useful.len() >= self.capacity();
        let last = self.useful.last_key_value().map(|(last, _)| *last);
        let fits = self.n_wanted > 0 && (!is_full || last.is_some_and(|last| key < last));
        fits && worth
            .bands
            .iter()
            .all(|band| self.by_band.get(band).is_none_or(|other| key < *other))
    }

    fn is_low(&self, worth: &Worth) -> bool {
        let is_full = self.lowest.len() >= self.capacity();
        let last = self.lowest.last_key_value().map(|(last, _)| *last);
        let fits = self.n_wanted > 0 && (!is_full || last.is_some_and(|last| worth.draw < last));
        fits && !self.lowest.contains_key(&worth.draw)
    }

    /// Takes it in; less useful near-duplicates, or else the least useful of too many, go.
    fn insert(&mut self, worth: Worth, key: Key, item: T) {
        for band in worth.bands {
            if let Some(&other) = self.by_band.get(&band) {
                self.remove(other);
            }
        }
        for band in worth.bands {
            self.by_band.insert(band, key);
        }
        self.useful.insert(key, (worth, item));
        if self.useful.len() > self.capacity()
            && let Some((&last, _)) = self.useful.last_key_value()
        {
            self.remove(last);
        }
    }

    fn remove(&mut self, key: Key) {
        if let Some((worth, _)) = self.useful.remove(&key) {
            for band in worth.bands {
                self.by_band.remove(&band);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picks(n_wanted: usize, comments: &[(String, f64)]) -> Vec<(Pick, usize)> {
        let mut picker = Picker::new(n_wanted);
        for (i, (text, logit)) in comments.iter().enumerate() {
            if let Some(worth) = Worth::of(text, [(*logit, 0.5)].into_iter()) {
                picker.push(worth, || i);
            }
        }
        picker.finish()
    }

    /// Texts with no word in common.
    fn comment(i: usize, logit: f64) -> (String, f64) {
        (format!("a{i} b{i} c{i} d{i} e{i}"), logit)
    }

    #[test]
    fn the_least_sure_come_first_and_a_tenth_is_drawn() {
        let comments: Vec<_> = (0..500)
            .map(|i| comment(i, (i as f64 - 250.0) / 25.0))
            .collect();
        let picks = picks(20, &comments);
        assert_eq!(picks.len(), 20);
        assert_eq!(
            picks[..3],
            [
                (Pick::Uncertain, 250),
                (Pick::Uncertain, 249),
                (Pick::Uncertain, 251)
            ]
        );
        assert!(
            picks[..18]
                .iter()
                .all(|(pick, i)| *pick == Pick::Uncertain && i.abs_diff(250) <= 9)
        );
        assert!(
            picks[18..]
                .iter()
                .all(|(pick, i)| *pick == Pick::Drawn && i.abs_diff(250) > 9)
        );
    }

    #[test]
    fn of_near_duplicates_the_least_sure_is_picked() {
        let long =
            "one two three four five six seven eight nine ten eleven twelve thirteen fourteen";
        let mut comments: Vec<_> = (0..50).map(|i| comment(i, 3.0)).collect();
        comments.extend([
            (long.to_owned(), 2.0),
            (format!("{long}!!"), 0.1),
            (format!("{long} fifteen"), 1.0),
        ]);
        comments.extend((0..1000).map(|_| ("ok".to_owned(), 0.0)));
        let found: Vec<usize> = picks(10, &comments).iter().map(|(_, i)| *i).collect();
        assert_eq!(found[..2], [53, 51]);
        assert!(found[2..].iter().all(|i| *i < 50), "{found:?}");
    }

    #[test]
    fn all_are_picked_where_there_are_few() {
        let comments: Vec<_> = (0..5).map(|i| comment(i, 1.0)).collect();
        assert_eq!(picks(9, &comments).len(), 5);
        assert_eq!(picks(0, &comments), []);
        assert_eq!(picks(5, &[]), []);
    }

    #[test]
    fn worth_counts_unknown_labels_only() {
        let of = |text, labels: &[(f64, f64)]| Worth::of(text, labels.iter().copied());
        assert_eq!(of("x", &[]), None);
        assert_eq!(of(" \n", &[(0.0, 0.5)]), None);
        let usefulness = |labels: &[(f64, f64)]| of("x", labels).unwrap().usefulness;
        assert!((usefulness(&[(0.0, 0.5)]) - 1.0).abs() < 1e-12);
        assert!((usefulness(&[((0.2_f64 / 0.8).ln(), 0.2), (0.0, 0.5)]) - 2.0).abs() < 1e-12);
        for threshold in [0.0, 1.0] {
            assert_eq!(usefulness(&[(3.0, threshold)]).to_bits(), 0);
        }
    }
}
