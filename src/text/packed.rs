//! Short words as numbers, so that a word is compared with a short list without a call per entry.

/// A word of at most sixteen bytes.
pub(crate) type Packed = u128;

/// Packs a word, first byte lowest; 0 for the empty word and for a longer one. A NUL at its end is lost, which
/// no list holds.
#[inline]
pub(crate) const fn pack(word: &str) -> Packed {
    let bytes = word.as_bytes();
    if bytes.len() > 16 {
        return 0;
    }
    let (mut low, mut high) = (0_u64, 0_u64);
    let mut i = 0;
    while i < bytes.len() {
        if i < 8 {
            low |= (bytes[i] as u64) << (8 * i);
        } else {
            high |= (bytes[i] as u64) << (8 * (i - 8));
        }
        i += 1;
    }
    (high as u128) << 64 | low as u128
}

/// A short list of words to look others up in.
#[derive(Debug)]
pub(crate) struct PackedSet<const N: usize>([Packed; N]);

impl<const N: usize> PackedSet<N> {
    /// Packs and sorts the words; at compile time where the set is a constant.
    pub(crate) const fn of(words: [&str; N]) -> Self {
        let mut packed = [0; N];
        let mut n = 0;
        while n < N {
            let word = pack(words[n]);
            assert!(word != 0, "no word, or one of more than sixteen bytes");
            let mut at = n;
            while at > 0 && packed[at - 1] > word {
                packed[at] = packed[at - 1];
                at -= 1;
            }
            packed[at] = word;
            n += 1;
        }
        Self(packed)
    }

    /// Whether the list has the word.
    #[inline]
    pub(crate) fn contains(&self, word: Packed) -> bool {
        self.0.binary_search(&word).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_list_are_found_and_no_others() {
        const SET: PackedSet<4> = PackedSet::of(["you", "a", "themselves", "ab"]);
        for (word, expected) in [
            ("you", true),
            ("a", true),
            ("ab", true),
            ("themselves", true),
            ("ba", false),
            ("themselvet", false),
            ("", false),
            ("seventeen bytes !", false),
        ] {
            assert_eq!(SET.contains(pack(word)), expected, "{word}");
        }
    }
}
