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

/// Packs the words of a list.
pub(crate) const fn pack_all<const N: usize>(words: [&str; N]) -> [Packed; N] {
    let mut packed = [0; N];
    let mut i = 0;
    while i < N {
        packed[i] = pack(words[i]);
        i += 1;
    }
    packed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart() {
        let words = [
            "a",
            "b",
            "ab",
            "ba",
            "themselves",
            "themselvet",
            "sixteen bytes ok",
        ];
        for (i, word) in words.iter().enumerate() {
            assert_eq!(
                pack_all(words).iter().position(|&p| p == pack(word)),
                Some(i)
            );
        }
        assert_eq!(pack("seventeen bytes !"), 0);
        assert_eq!(pack(""), 0);
    }
}
