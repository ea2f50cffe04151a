//! Words with letters doubled or in another order: `iddiott`, `idoit`.
//!
//! People read a word by its first and last letter and whatever stands between. So does the [`signature`]: two
//! words with the same one look alike. Looked for among words of five letters and more that the lexicon does not
//! have; other English words with the signature of an offensive one are known (`WordClass::TWIN`) and left alone.

use rustc_hash::FxHashMap;

use super::sieve::Sieve;
use crate::features::hashing::{hash_bytes, mix};

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

/// Words, to be found by others that look like them.
#[derive(Clone, Debug, Default)]
pub(in crate::text) struct LookAlikes {
    by_signature: FxHashMap<u64, Box<str>>,
    /// Spares nearly all words their signature.
    looks: Sieve,
}

impl LookAlikes {
    /// Takes a word in, unless one that looks like it is there.
    pub(in crate::text) fn insert(&mut self, word: &str) {
        if let (Some(signature), Some(looks)) = (signature(word), looks(word)) {
            let known = self.by_signature.entry(signature);
            known.or_insert_with(|| word.into());
            self.looks.insert(looks);
        }
    }

    /// The word that another looks like; itself, if it is one.
    pub(in crate::text) fn get(&self, word: &str) -> Option<&str> {
        if !self.looks.may_have(looks(word)?) {
            return None;
        }
        self.by_signature.get(&signature(word)?).map(AsRef::as_ref)
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
            ("today", Some("toady")),
            ("idiom", None),
            ("idiots", None),
            ("idiót", None),
            ("idi0t", None),
            ("", None),
        ] {
            assert_eq!(words.get(word), expected, "{word}");
        }
    }
}
