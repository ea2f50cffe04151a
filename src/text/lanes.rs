//! Thirty-two bytes of a text at a time, and which of them are of a kind as bits, the first byte lowest.
//!
//! What is usual in a text, small letters with a space now and then, is told by a few instructions for all of them,
//! instead of a few for each and a guess of the processor's at every word's end (after Langdale and Lemire 2019, "Parsing
//! gigabytes of JSON per second").

use wide::u8x32;

/// Bytes in a block.
pub(crate) const BLOCK: usize = 32;

/// Thirty-two bytes.
#[derive(Clone, Copy)]
pub(crate) struct Block(u8x32);

impl Block {
    #[inline]
    pub(crate) fn new(bytes: [u8; BLOCK]) -> Self {
        Self(u8x32::new(bytes))
    }

    /// The block that begins at a byte of a text, zeros after its end.
    #[inline]
    pub(crate) fn at(bytes: &[u8], at: usize) -> Self {
        if let Some(block) = bytes[at..].first_chunk() {
            return Self::new(*block);
        }
        let mut block = [0; BLOCK];
        block[..bytes.len() - at].copy_from_slice(&bytes[at..]);
        Self::new(block)
    }

    #[inline]
    pub(crate) fn bytes(self) -> [u8; BLOCK] {
        self.0.to_array()
    }

    /// Which are this byte.
    #[inline]
    pub(crate) fn equal(self, byte: u8) -> u32 {
        self.0.simd_eq(u8x32::splat(byte)).to_bitmask()
    }

    /// Which are as those of another block at their places.
    #[inline]
    pub(crate) fn same(self, other: Self) -> u32 {
        self.0.simd_eq(other.0).to_bitmask()
    }

    /// Which are between two bytes, both included.
    #[inline]
    pub(crate) fn within(self, first: u8, last: u8) -> u32 {
        self.lanes_within(first, last).to_bitmask()
    }

    /// Which are no ASCII.
    #[inline]
    pub(crate) fn beyond_ascii(self) -> u32 {
        self.0.to_bitmask()
    }

    /// The same with capital ASCII letters made small and white space made spaces.
    #[inline]
    pub(crate) fn plain(self) -> Self {
        let is_capital = self.lanes_within(b'A', b'Z');
        let lower = self.0 | (is_capital & u8x32::splat(0x20));
        let is_space = self.lanes_within(b'\t', b'\r');
        Self(is_space.bitselect(u8x32::splat(b' '), lower))
    }

    /// All ones where a byte is between two.
    #[inline]
    fn lanes_within(self, first: u8, last: u8) -> u8x32 {
        let above = self.0 - u8x32::splat(first);
        above.min(u8x32::splat(last - first)).simd_eq(above)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_those_of_each_byte() {
        for first in 0..=255_u8 {
            let bytes: [u8; BLOCK] = std::array::from_fn(|i| first.wrapping_add(7 * i as u8));
            let block = Block::new(bytes);
            let bits = |is: &dyn Fn(u8) -> bool| {
                (0..BLOCK)
                    .map(|i| u32::from(is(bytes[i])) << i)
                    .sum::<u32>()
            };
            assert_eq!(block.equal(b'a'), bits(&|byte| byte == b'a'));
            assert_eq!(
                block.within(b'a', b'z'),
                bits(&|byte| byte.is_ascii_lowercase())
            );
            assert_eq!(block.within(0, 255), u32::MAX);
            assert_eq!(block.beyond_ascii(), bits(&|byte| byte >= 128));
            let plain = bytes.map(|byte| match byte {
                b'\t'..=b'\r' => b' ',
                _ => byte.to_ascii_lowercase(),
            });
            assert_eq!(block.plain().bytes(), plain);
            assert_eq!(
                block.same(Block::new(plain)),
                bits(&|byte| byte == byte.to_ascii_lowercase() && !(9..=13).contains(&byte))
            );
        }
    }

    #[test]
    fn a_block_at_the_end_is_filled_with_zeros() {
        let bytes = b"The end of a text that is longer than a block.";
        assert_eq!(Block::at(bytes, 3).bytes(), bytes[3..][..BLOCK]);
        let last = Block::at(bytes, 40).bytes();
        assert_eq!(last[..6], bytes[40..]);
        assert_eq!(last[6..], [0; BLOCK - 6]);
        assert_eq!(Block::at(bytes, bytes.len()).bytes(), [0; BLOCK]);
    }
}
