//! Words with letters doubled or in another order, `iddiott`, `idoit`, or respelt (see `respelt`).
//!
//! People read a word by its first and last letter and whatever stands between. So does the [`signature`]: two
//! words with the same one look alike. Looked for among words of five letters and more that the lexicon does not
//! have; other English words with the signature of an offensive one are known (`WordClass::TWIN`) and left alone.

use rustc_hash::FxHashMap;

use super::respelt::each_writing;
use super::sieve::Sieve;
use crate::features::hashing::{hash_bytes, mix};
use crate::text::class::word_hash;

/// Longest word looked at, in bytes.
const MAX_BYTES: usize = 16;
/// Fewest letters of a word, and of its signature: shorter ones have too many twins.
const MIN_BYTES: usize = 5;

/// Hash of the first letter, the others in order of the alphabet, and the last; doubled letters count once. `None`
/// for what is no word of a usual length in ASCII letters, and for a word with a well-known twin.
fn signature(word: &str) -> Option<u64> {
    let bytes = word.as_bytes();
    if !(MIN_BYTES..=MAX_BYTES).contains(&bytes.len()) {
        return None;
    }
    let mut letters = [0; MAX_BYTES];
    let mut n = 0;
    for &byte in bytes {
        if !byte.is_ascii_lowercase() {
            return None;
        }
        if n == 0 || letters[n - 1] != byte {
            letters[n] = byte;
            n += 1;
        }
    }
    if n < MIN_BYTES {
        return None;
    }
    letters[1..n - 1].sort_unstable();
    Some(hash_bytes(&letters[..n], 0))
}

/// Which letters a word has, and the first and last one: what two words of one [`signature`] have in common and is
/// found without sorting. `None` as there.
fn looks(word: &str) -> Option<u64> {
    let bytes = word.as_bytes();
    if !(MIN_BYTES..=MAX_BYTES).contains(&bytes.len()) {
        return None;
    }
    let (mut letters, mut others) = (0_u64, 0);
    for &byte in bytes {
        letters |= 1 << (byte & 31);
        others |= u8::from(!byte.is_ascii_lowercase());
    }
    let ends = u64::from(bytes[0]) << 32 | u64::from(bytes[bytes.len() - 1]) << 40;
    (others == 0).then(|| mix(letters | ends))
}

/// Words, to be found by others that look like them or by their other writings ([`each_writing`]).
#[derive(Clone, Debug, Default)]
pub(in crate::text) struct LookAlikes {
    words: Vec<Box<str>>,
    /// Position among the words.
    by_signature: FxHashMap<u64, u16>,
    by_writing: FxHashMap<u64, u16>,
    /// Spares nearly all words their signature.
    looks: Sieve,
    /// Spares nearly all the look-up of a writing.
    written: Sieve,
}

/// Writings of a word, on average; of the shipped lexicon, to make room for all at once.
const N_WRITINGS: usize = 16;

impl LookAlikes {
    /// Makes room for so many words.
    pub(in crate::text) fn reserve(&mut self, n_words: usize) {
        self.words.reserve(n_words);
        self.by_signature.reserve(n_words);
        self.by_writing.reserve(n_words.saturating_mul(N_WRITINGS));
    }

    /// Takes a word in; where others have its signature or writing, they keep it.
    pub(in crate::text) fn insert(&mut self, word: &str) {
        let Ok(idx) = u16::try_from(self.words.len()) else {
            return;
        };
        self.words.push(word.into());
        if let (Some(signature), Some(looks)) = (signature(word), looks(word)) {
            self.by_signature.entry(signature).or_insert(idx);
            self.looks.insert(looks);
        }
        each_writing(word, |writing| {
            let hash = word_hash(writing);
            self.by_writing.entry(hash).or_insert(idx);
            self.written.insert(hash);
        });
    }

    /// The word that another looks like or is a writing of; `hash` is the other's. A word is found by its own
    /// looks.
    pub(in crate::text) fn get(&self, word: &str, hash: u64) -> Option<&str> {
        let may_look = looks(word).is_some_and(|looks| self.looks.may_have(looks));
        let looking = || self.by_signature.get(&signature(word)?);
        let written = || self.by_writing.get(&hash);
        let idx = may_look.then(looking).flatten();
        let idx = idx.or_else(|| self.written.may_have(hash).then(written).flatten())?;
        self.words.get(usize::from(*idx)).map(AsRef::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_look_alike_have_one_signature() {
        let idiot = signature("idiot");
        assert!(idiot.is_some());
        for word in ["idoit", "iddiot", "idiiot", "iddoiit"] {
            assert_eq!(signature(word), idiot, "{word}");
        }
        for word in ["idiom", "patriot", "diiot", "idio", "idiót"] {
            assert_ne!(signature(word), idiot, "{word}");
        }
    }

    #[test]
    fn words_are_found_by_their_looks() {
        let mut words = LookAlikes::default();
        words.insert("idiot");
        words.insert("toady");
        for (word, expected) in [
            ("iddoit", Some("idiot")),
            ("idit", Some("idiot")),
            ("today", Some("toady")),
            ("idiom", None),
            ("idiots", None),
            ("idiót", None),
            ("idi0t", None),
            ("", None),
        ] {
            assert_eq!(words.get(word, word_hash(word)), expected, "{word}");
        }
    }
}
