//! Words → hashes of their character n-grams.

use super::hashing::{hash_range, hash_short};

/// Shortest and longest n-gram, word bounds included.
const MIN_CHARS: usize = 2;
const MAX_CHARS: usize = 6;
/// Characters of a word that are read; it bounds a word's sums.
const MAX_WORD_CHARS: usize = 64;
/// Bytes of a short word.
const SHORT: usize = 22;
/// No word has more n-grams.
const MAX_NGRAMS: usize = (MAX_WORD_CHARS + 2) * (MAX_CHARS - MIN_CHARS + 1);

/// See [`super::hashing::WORD_SALT`].
const CHAR_SALT: u64 = 0x3c6e_f372_fe94_f82b;

/// The hashes of a word's character n-grams, each once: `hahaha…` is not more of an insult, and hardly more of
/// anything, for being long. (Counted as often as they occur, a few such words held up the fit of a hundred
/// thousand comments.)
///
/// # Complexity  O(characters), of the first 64; O(n log n) for a word that has one twice
#[inline]
pub fn char_ngrams(word: &str, emit: impl FnMut(u64)) {
    // Most words are short, and so is what is made ready for them.
    if word.len() <= SHORT {
        Padded::<{ SHORT + 10 }>::new(word).ngrams(emit);
    } else {
        let end = word.char_indices().nth(MAX_WORD_CHARS);
        let word = end.map_or(word, |(end, _)| &word[..end]);
        Padded::<{ 4 * MAX_WORD_CHARS + 10 }>::new(word).ngrams(emit);
    }
}

/// A word between its bounds, and then room for loads of eight bytes.
struct Padded<const N: usize> {
    bytes: [u8; N],
    len: usize,
    is_ascii: bool,
}

impl<const N: usize> Padded<N> {
    #[inline]
    fn new(word: &str) -> Self {
        let mut bytes = [0; N];
        bytes[0] = b' ';
        bytes[1..=word.len()].copy_from_slice(word.as_bytes());
        bytes[1 + word.len()] = b' ';
        Self {
            bytes,
            len: word.len() + 2,
            is_ascii: word.is_ascii(),
        }
    }

    #[inline]
    fn ngrams(&self, mut emit: impl FnMut(u64)) {
        let (padded, len) = (&self.bytes, self.len);
        if !self.is_ascii {
            distinct(|each| of_any_script(padded, len, each), &mut emit);
        } else if has_distinct_pairs(&padded[..len]) {
            of_ascii(padded, len, emit);
        } else {
            distinct(|each| of_ascii(padded, len, each), emit);
        }
    }
}

/// Whether no two neighbouring bytes occur twice, in which case no longer sequence does. May err towards no.
#[inline]
fn has_distinct_pairs(bytes: &[u8]) -> bool {
    let mut seen = [0_u64; 16];
    bytes.windows(2).all(|pair| {
        let at = (usize::from(pair[0]) << 5 ^ usize::from(pair[1])) % 1024;
        let (word, bit) = (at / 64, 1_u64 << (at % 64));
        let is_new = seen[word] & bit == 0;
        seen[word] |= bit;
        is_new
    })
}

/// Every hash that a reader hands on, once, in ascending order.
#[cold]
#[inline(never)]
fn distinct(read: impl FnOnce(&mut dyn FnMut(u64)), emit: impl FnMut(u64)) {
    let mut hashes = [0_u64; MAX_NGRAMS];
    let mut n_hashes = 0;
    read(&mut |hash| {
        hashes[n_hashes] = hash;
        n_hashes += 1;
    });
    let hashes = &mut hashes[..n_hashes];
    hashes.sort_unstable();
    hashes
        .chunk_by(PartialEq::eq)
        .map(|same| same[0])
        .for_each(emit);
}

#[inline]
fn of_ascii(padded: &[u8], len: usize, mut emit: impl FnMut(u64)) {
    /// The lowest 2 to 6 bytes.
    const MASKS: [u64; MAX_CHARS - MIN_CHARS + 1] = [
        0xffff,
        0xff_ffff,
        0xffff_ffff,
        0xff_ffff_ffff,
        0xffff_ffff_ffff,
    ];
    for (at, next) in padded.windows(8).take(len - 1).enumerate() {
        let next = next
            .first_chunk()
            .map_or(0, |next| u64::from_le_bytes(*next));
        let n_masks = MASKS.len().min(len - at - 1);
        for mask in &MASKS[..n_masks] {
            emit(hash_short(next & mask, CHAR_SALT));
        }
    }
}

fn of_any_script(padded: &[u8], len: usize, mut emit: impl FnMut(u64)) {
    let is_start = |&at: &usize| at == len || padded[at] & 0xc0 != 0x80;
    let mut bounds = [0; MAX_WORD_CHARS + 3];
    let mut n_bounds = 0;
    for at in (0..=len).filter(is_start) {
        bounds[n_bounds] = at;
        n_bounds += 1;
    }
    let bounds = &bounds[..n_bounds];
    for (from, &start) in bounds.iter().enumerate() {
        for &end in bounds[from + 1..]
            .iter()
            .take(MAX_CHARS)
            .skip(MIN_CHARS - 1)
        {
            emit(hash_range(padded, start, end, CHAR_SALT));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::hashing::hash_bytes;
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn found(word: &str) -> Vec<u64> {
        let mut found = Vec::new();
        char_ngrams(word, |hash| found.push(hash));
        found
    }

    fn expected(word: &str) -> BTreeSet<u64> {
        let chars = word.chars().take(MAX_WORD_CHARS);
        let padded: Vec<char> = std::iter::once(' ').chain(chars).chain([' ']).collect();
        let mut expected = BTreeSet::new();
        for from in 0..padded.len() {
            for n in MIN_CHARS..=MAX_CHARS.min(padded.len() - from) {
                let gram: String = padded[from..from + n].iter().collect();
                expected.insert(hash_bytes(gram.as_bytes(), CHAR_SALT));
            }
        }
        expected
    }

    proptest! {
        /// The paths for ASCII and for any script, with and without an n-gram twice.
        #[test]
        fn ngrams_are_those_of_the_padded_word_each_once(
            word in "[a-z]{1,12}|[ab]{1,80}|[a-zäöüидт\u{300}你]{1,90}|i|it|banana",
        ) {
            let mut found = found(&word);
            found.sort_unstable();
            prop_assert_eq!(found, expected(&word).into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn long_words_are_read_up_to_a_bound() {
        let long = |n: usize| {
            found(
                &(0..n)
                    .map(|i| char::from(b'a' + (i * i * 5 / 7 % 26) as u8))
                    .collect::<String>(),
            )
        };
        assert!(long(20).len() < long(64).len() && long(64).len() == long(500).len());
        assert_eq!(
            found(&"ha".repeat(30)).len(),
            found(&"ha".repeat(200)).len()
        );
    }
}
