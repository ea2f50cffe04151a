//! Words with letters doubled or in another order: `iddiott`, `idoit`.
//!
//! People read a word by its first and last letter and whatever stands between. So does the [`signature`]: two
//! words with the same one look alike. Looked for among words of five letters and more that the lexicon does not
//! have; other English words with the signature of an offensive one are known ([`TWINS`]) and left alone.

use crate::features::hashing::hash_bytes;
use crate::text::packed::{PackedSet, pack};

/// Longest word looked at, in bytes.
const MAX_BYTES: usize = 16;
/// Fewest letters of a word, and of its signature: shorter ones have too many twins.
const MIN_BYTES: usize = 5;

/// Words of the commonest 150,000 (by their rank in GloVe 6B) that look like an offensive one of our lexicon.
const TWINS: PackedSet<65> = PackedSet::of([
    "alike",
    "baathist",
    "barts",
    "barty",
    "benares",
    "blueshirts",
    "bongs",
    "bonner",
    "bruges",
    "buffon",
    "burges",
    "burgess",
    "butters",
    "buttress",
    "carper",
    "carping",
    "cavern",
    "clippers",
    "collie",
    "collies",
    "corked",
    "corks",
    "corny",
    "countries",
    "cuming",
    "demand",
    "denard",
    "diener",
    "duffus",
    "fogarty",
    "frakes",
    "godman",
    "goodman",
    "hadrian",
    "hadron",
    "hadrons",
    "insect",
    "lairs",
    "leonis",
    "lessor",
    "lessors",
    "lioness",
    "liras",
    "loney",
    "lotus",
    "nargis",
    "niger",
    "norges",
    "parts",
    "pikas",
    "pines",
    "pollack",
    "rapped",
    "rapping",
    "repay",
    "sackler",
    "sagheer",
    "shiite",
    "shiites",
    "solutes",
    "terrains",
    "today",
    "trainee",
    "trainees",
    "weasley",
]);

/// Hash of the first letter, the others in order of the alphabet, and the last; doubled letters count once. `None`
/// for what is no word of a usual length in ASCII letters, and for a word with a well-known twin.
pub(in crate::text) fn signature(word: &str) -> Option<u64> {
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

/// Whether a word is known to be itself, and no misspelling.
pub(super) fn is_itself(word: &str) -> bool {
    TWINS.contains(pack(word))
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
        assert!(is_itself("today") && !is_itself("toady"));
    }
}
