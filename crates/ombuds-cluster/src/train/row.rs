//! A comment's features as bytes: the buckets of each block, sorted, as gaps in LEB128. Half of four bytes a bucket.

use datafusion::common::{Result, exec_err};
use ombuds::features::rows::N_BLOCKS;

/// Distinct buckets by block.
pub(super) type Blocks = [Vec<u32>; N_BLOCKS];

/// Writes the buckets of one comment; those of a block are distinct.
pub(super) fn encode(blocks: [&[u32]; N_BLOCKS]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(2 * blocks.iter().map(|block| block.len()).sum::<usize>());
    for block in blocks {
        let mut sorted = block.to_vec();
        sorted.sort_unstable();
        push(&mut bytes, sorted.len() as u32);
        let mut last = 0;
        for bucket in sorted {
            push(&mut bytes, bucket - last);
            last = bucket;
        }
    }
    bytes
}

/// Reads what [`encode`] wrote.
///
/// # Errors
/// Bytes that it did not write, or a bucket of `n_columns` or more.
pub(super) fn decode(mut bytes: &[u8], n_columns: usize, blocks: &mut Blocks) -> Result<()> {
    for block in blocks {
        block.clear();
        let n_buckets = pull(&mut bytes)? as usize;
        let mut bucket = 0_usize;
        for _ in 0..n_buckets {
            bucket += pull(&mut bytes)? as usize;
            if bucket >= n_columns {
                return exec_err!("features of {bucket} or more buckets, expected {n_columns}");
            }
            block.push(bucket as u32);
        }
    }
    Ok(())
}

fn push(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

#[inline]
fn pull(bytes: &mut &[u8]) -> Result<u32> {
    let mut number = 0;
    for shift in [0, 7, 14, 21, 28] {
        let Some((&byte, rest)) = bytes.split_first() else {
            break;
        };
        *bytes = rest;
        number |= u32::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    exec_err!("damaged features")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_sorted() {
        let blocks: [&[u32]; 2] = [&[300, 2, 262_143], &[]];
        let bytes = encode(blocks);
        let mut found = Blocks::default();
        decode(&bytes, 1 << 18, &mut found).unwrap();
        assert_eq!(found, [vec![2, 300, 262_143], vec![]]);
    }

    #[test]
    fn damaged_rows_are_errors() {
        let bytes = encode([&[70_000], &[1]]);
        let mut found = Blocks::default();
        assert!(
            decode(&bytes, 70_000, &mut found).is_err(),
            "beyond the columns"
        );
        assert!(decode(&bytes[..2], 1 << 18, &mut found).is_err(), "cut");
        assert!(decode(&[0xff; 9], 1 << 18, &mut found).is_err(), "no end");
        assert!(decode(&[3, 1], 1 << 18, &mut found).is_err(), "too few");
    }
}
