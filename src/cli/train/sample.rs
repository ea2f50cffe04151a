//! Which comments a training keeps when it may not take the memory of all.
//!
//! A comment is kept if the hash of its text is below a bound, which is halved whenever those kept grow too many. So
//! what is kept follows from the comments alone, not from their order; equal texts are kept or left out together; and a linear
//! model loses little, for it is the rows it has too few of that it learns from.

use crate::features::hashing::hash_bytes;
use crate::train::TrainRow;

/// What a training takes for columns and tables, whatever the number of comments.
const FIXED_BYTES: u64 = 300 << 20;
/// What it takes for a comment, and for each byte of its text. Measured: 600 MiB for 125,000 comments of Wikipedia talk of
/// 400 bytes, 3,540 for a million.
const BYTES_OF_ROW: u64 = 1_000;
const BYTES_OF_BYTE: u64 = 7;

/// See [`crate::features::hashing::WORD_SALT`].
const SALT: u64 = 0x6a09_e667_f3bc_c908;

/// A bound on the memory of a training.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    max_bytes: u64,
    bytes: u64,
    /// Hashes up to this one are kept.
    bound: u64,
    n_seen: usize,
}

impl Sample {
    /// Nothing is left out without a limit.
    pub(super) fn new(max_memory: Option<u64>) -> Self {
        Self {
            max_bytes: max_memory.map_or(u64::MAX, |bytes| bytes.saturating_sub(FIXED_BYTES)),
            bytes: 0,
            bound: u64::MAX,
            n_seen: 0,
        }
    }

    /// Takes a row in or leaves it out; may leave out earlier ones.
    ///
    /// # Complexity  amortised O(bytes of the row)
    pub(super) fn push(&mut self, rows: &mut Vec<TrainRow>, row: TrainRow) {
        self.n_seen += 1;
        if hash(&row) > self.bound {
            return;
        }
        self.bytes += cost(&row);
        rows.push(row);
        while self.bytes > self.max_bytes && self.bound > 0 {
            self.bound /= 2;
            rows.retain(|row| hash(row) <= self.bound);
            self.bytes = rows.iter().map(cost).sum();
        }
    }

    /// How many rows there were and how many were kept, if some were left out.
    pub(super) fn notice(&self, n_kept: usize) -> Option<String> {
        (n_kept < self.n_seen).then(|| {
            format!(
                "of {} comments {n_kept} fit into --max-memory and are learnt, picked by a hash of their text",
                self.n_seen
            )
        })
    }
}

fn hash(row: &TrainRow) -> u64 {
    hash_bytes(row.text.as_bytes(), SALT)
}

fn cost(row: &TrainRow) -> u64 {
    let of = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let n_bytes = row.text.len() + of(&row.author) + of(&row.parent) + of(&row.thread);
    BYTES_OF_ROW + BYTES_OF_BYTE * n_bytes as u64
}

/// Reads `800M` or `4G` as bytes.
pub(super) fn parse_size(text: &str) -> Result<u64, String> {
    let (number, unit) = match text.find(|c: char| !c.is_ascii_digit() && c != '.') {
        Some(end) => text.split_at(end),
        None => (text, ""),
    };
    let unit = unit.trim().to_ascii_uppercase();
    let unit = match unit.trim_end_matches("IB").trim_end_matches('B') {
        "K" => 1_u64 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        "T" => 1 << 40,
        _ => return Err("must be a size such as 800M or 4G".to_owned()),
    };
    let bytes = number.parse::<f64>().unwrap_or(0.0) * unit as f64;
    if bytes > (2 * FIXED_BYTES) as f64 {
        Ok(bytes as u64)
    } else {
        Err(format!("must be more than {}M", (2 * FIXED_BYTES) >> 20))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(i: usize) -> TrainRow {
        TrainRow {
            text: format!("comment number {i}"),
            author: None,
            article_idx: None,
            parent: None,
            thread: None,
            group: None,
            source: 0,
            shares: Vec::new(),
        }
    }

    fn kept(max_memory: Option<u64>, order: impl Iterator<Item = usize>) -> Vec<String> {
        let (mut sample, mut rows) = (Sample::new(max_memory), Vec::new());
        order.for_each(|i| sample.push(&mut rows, row(i)));
        assert!(sample.bytes <= sample.max_bytes);
        assert_eq!(
            sample.notice(rows.len()).is_none(),
            rows.len() == sample.n_seen
        );
        let mut texts: Vec<String> = rows.into_iter().map(|row| row.text).collect();
        texts.sort();
        texts
    }

    #[test]
    fn what_is_kept_fits_and_does_not_follow_from_the_order() {
        let limit = Some(FIXED_BYTES + 500_000);
        let forwards = kept(limit, 0..2_000);
        assert!((200..=450).contains(&forwards.len()), "{}", forwards.len());
        assert_eq!(forwards, kept(limit, (0..2_000).rev()));
        assert_eq!(kept(None, 0..2_000).len(), 2_000);
    }

    #[test]
    fn sizes_are_read_as_people_write_them() {
        assert_eq!(parse_size("4G"), Ok(4 << 30));
        assert_eq!(parse_size("1.5 GiB"), Ok(3 << 29));
        assert_eq!(parse_size("800M"), Ok(800 << 20));
        for wrong in ["4", "G", "-4G", "4X", "100M", ""] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
    }
}
