//! From n-grams to buckets: a stable 64-bit hash, written out here.
//!
//! The hash is part of every model file's meaning, so it depends on no crate, no platform and no
//! seed. An n-gram of at most eight bytes is one little-endian load and two multiplications
//! (multiply-xorshift, after Steele, Lea and Flood 2014, "Fast splittable pseudorandom number
//! generators", whose constants these are); longer ones fold eight bytes at a time.

const K1: u64 = 0xbf58_476d_1ce4_e5b9;
const K2: u64 = 0x94d0_49bb_1331_11eb;

/// Salt that keeps a word apart from the same letters as a character n-gram. Chosen at random, once.
pub(crate) const WORD_SALT: u64 = 0x9e37_79b9_7f4a_7c15;

/// Spreads every bit of `x` over the result.
#[inline]
pub fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(K1);
    let x = (x ^ (x >> 27)).wrapping_mul(K2);
    x ^ (x >> 31)
}

/// The first (at most eight) bytes as a little-endian number.
#[inline]
fn load(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    word[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(word)
}

/// Hash of a byte string; `salt` keeps kinds of n-gram apart.
///
/// # Complexity  O(bytes), two multiplications per eight bytes
#[inline]
pub fn hash_bytes(bytes: &[u8], salt: u64) -> u64 {
    let mut chunks = bytes.chunks_exact(8);
    let mut hash = salt;
    for chunk in &mut chunks {
        hash = mix(hash ^ load(chunk));
    }
    mix(hash ^ load(chunks.remainder()))
}

/// [`hash_bytes`] of `bytes[start..end]`, which looks beyond `end` where it can: a load of fixed length is no call.
#[inline]
pub(crate) fn hash_range(bytes: &[u8], start: usize, end: usize, salt: u64) -> u64 {
    let (mut hash, mut at) = (salt, start);
    while end - at >= 8 {
        hash = mix(hash ^ load_range(bytes, at, at + 8));
        at += 8;
    }
    mix(hash ^ load_range(bytes, at, end))
}

/// Longest word that [`short_key`] tells from all others, in bytes.
const MAX_KEY: usize = 16;

/// `bytes[start..end]` as two numbers, if it is at most sixteen bytes: no other such word has them, unless it has zeros.
#[inline]
pub(crate) fn short_key(bytes: &[u8], start: usize, end: usize) -> Option<[u64; 2]> {
    // A load of fixed length is no call; most words do not stand at the end of a text.
    const MASKS: [[u64; 2]; MAX_KEY + 1] = {
        let mut masks = [[0; 2]; MAX_KEY + 1];
        let mut n = 1;
        while n <= MAX_KEY {
            let mask = u128::MAX >> (128 - 8 * n);
            masks[n] = [mask as u64, (mask >> 64) as u64];
            n += 1;
        }
        masks
    };
    let [low, high] = *MASKS.get(end - start)?;
    let word = if let Some(word) = bytes[start..].first_chunk() {
        u128::from_le_bytes(*word)
    } else {
        let mut word = [0; MAX_KEY];
        word[..end - start].copy_from_slice(&bytes[start..end]);
        u128::from_le_bytes(word)
    };
    Some([word as u64 & low, (word >> 64) as u64 & high])
}

/// At most eight bytes from `start` to `end` as a little-endian number.
#[inline]
fn load_range(bytes: &[u8], start: usize, end: usize) -> u64 {
    let n = end - start;
    match bytes.get(start..).and_then(<[u8]>::first_chunk) {
        Some(_) if n == 0 => 0,
        Some(word) => u64::from_le_bytes(*word) & (u64::MAX >> (64 - 8 * n)),
        None => load(&bytes[start..end]),
    }
}

/// Hash of at most eight bytes already loaded: equal to [`hash_bytes`] of fewer than eight bytes.
#[inline]
pub(crate) fn hash_short(word: u64, salt: u64) -> u64 {
    mix(salt ^ word)
}

/// Hash of a sequence from the hash of its beginning and of its next element.
#[inline]
pub fn combine(first: u64, next: u64) -> u64 {
    mix(first.rotate_left(23) ^ next.wrapping_mul(K1))
}

/// The bucket of a hash among `2^bits`.
#[inline]
pub fn bucket(hash: u64, bits: u32) -> u32 {
    (hash >> (64 - bits)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hash_as_their_bytes() {
        let text = b"never seen before: 1d10t, and more";
        for start in 0..text.len() {
            for end in start..=text.len() {
                let expected = hash_bytes(&text[start..end], 7);
                assert_eq!(hash_range(text, start, end, 7), expected);
                let key = short_key(text, start, end);
                let key = key.map(|[low, high]| u128::from(low) | u128::from(high) << 64);
                let expected = (end - start <= MAX_KEY).then(|| {
                    let bytes = text[start..end].iter().rev();
                    bytes.fold(0, |key, &byte| key << 8 | u128::from(byte))
                });
                assert_eq!(key, expected);
            }
        }
    }

    #[test]
    fn hash_never_changes() {
        // Model files depend on these values.
        assert_eq!(mix(1), 0x5692_161d_100b_05e5);
        assert_eq!(hash_bytes(b"", 7), mix(7));
        assert_eq!(hash_bytes(b"idiot", 7), hash_short(load(b"idiot"), 7));
        assert_eq!(bucket(u64::MAX, 20), (1 << 20) - 1);
    }
}
