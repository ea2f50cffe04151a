//! What a training keeps in memory, in files, and at all, when it may not take as much memory as it wants.
//!
//! Past the bound, or without one past half of the memory that is free, texts and features go to files. What stays are some numbers a comment; when even these do not fit into the bound, a
//! comment is kept if the hash of its text is below a bound, which is halved whenever those kept grow too many. So
//! what is kept follows from the comments alone, not from their order; equal texts are kept or left out together; and a linear
//! model loses little, for it is the rows it has too few of that it learns from.

use std::io;

use crate::features::hashing::hash_bytes;
use crate::linear::stored::Room;
use crate::train::{TrainRow, TrainingSet};

/// What a training takes for columns and tables, whatever the number of comments.
const FIXED_BYTES: u64 = 300 << 20;
/// What it takes for a comment, and for each byte of its text. Measured: 600 MiB for 125,000 comments of Wikipedia talk of
/// 400 bytes, 3,540 for a million.
const BYTES_OF_ROW: u64 = 1_000;
const BYTES_OF_BYTE: u64 = 7;
/// What it takes for a comment whose text and features are in files, and for each label of it: 384 MiB for 125,000
/// comments of one label, 799 for a million, so 500 bytes; by counting, 130 of these are the label's.
const BYTES_OF_ROW_AWAY: u64 = 470;
const BYTES_OF_LABEL_AWAY: u64 = 130;
/// Comments whose texts are put away together, so that their bytes are written in one go.
const WAVE: usize = 4096;
/// What may be in memory in any case: less is no reason for files.
const LEAST_BYTES: u64 = 200 << 20;

/// See [`crate::features::hashing::WORD_SALT`].
const SALT: u64 = 0x6a09_e667_f3bc_c908;

/// A bound on the memory of a training.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    /// Past this, texts go to files.
    max_here: u64,
    /// Past this, rows are left out.
    max_bytes: u64,
    /// Where texts go that do not fit.
    files: Room,
    n_labels: u64,
    /// By row of the set.
    hashes: Vec<u64>,
    /// Whether texts go to files.
    is_away: bool,
    bytes: u64,
    /// Hashes up to this one are kept.
    bound: u64,
    n_seen: usize,
}

impl Sample {
    /// Nothing is left out without a limit, and nothing put away without a folder.
    pub(super) fn new(max_memory: Option<u64>, files: Room, n_labels: usize) -> Self {
        let for_rows = |bytes: u64| bytes.saturating_sub(FIXED_BYTES);
        let free = || free_memory().map(|bytes| for_rows(bytes / 2).max(LEAST_BYTES));
        Self {
            max_here: max_memory.map(for_rows).or_else(free).unwrap_or(u64::MAX),
            max_bytes: max_memory.map_or(u64::MAX, for_rows),
            files,
            n_labels: n_labels as u64,
            hashes: Vec::new(),
            is_away: false,
            bytes: 0,
            bound: u64::MAX,
            n_seen: 0,
        }
    }

    /// Takes a row in or leaves it out; may leave out earlier ones.
    ///
    /// # Errors
    /// A file that cannot be written.
    ///
    /// # Complexity  amortised O(bytes of the row)
    pub(super) fn push(&mut self, set: &mut TrainingSet, row: TrainRow) -> io::Result<()> {
        self.n_seen += 1;
        let hash = hash_bytes(row.text.as_bytes(), SALT);
        if hash > self.bound {
            return Ok(());
        }
        self.bytes += self.cost(&row);
        self.hashes.push(hash);
        set.rows.push(row);
        if self.bytes > self.max_here && !self.is_away && matches!(self.files, Room::Folder(_)) {
            self.is_away = true;
            self.recount(set);
        }
        if self.is_away && set.rows.len().is_multiple_of(WAVE) {
            set.put_away(&self.files)?;
        }
        while self.bytes > self.max_bytes && self.bound > 0 {
            self.bound /= 2;
            if self.is_away {
                set.put_away(&self.files)?;
            }
            set.retain(|row, _| self.hashes[row] <= self.bound)?;
            self.hashes.retain(|&hash| hash <= self.bound);
            self.recount(set);
        }
        Ok(())
    }

    /// What a row takes from reading to the model.
    fn cost(&self, row: &TrainRow) -> u64 {
        if self.is_away {
            return BYTES_OF_ROW_AWAY + BYTES_OF_LABEL_AWAY * self.n_labels;
        }
        let of = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let n_bytes = row.text.len() + of(&row.author) + of(&row.parent) + of(&row.thread);
        BYTES_OF_ROW + BYTES_OF_BYTE * n_bytes as u64
    }

    fn recount(&mut self, set: &TrainingSet) {
        self.bytes = set.rows.iter().map(|row| self.cost(row)).sum();
    }

    /// Puts the last texts away, if they are to be; where features are to be kept.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(super) fn finish(&self, set: &mut TrainingSet) -> io::Result<Room> {
        if !self.is_away {
            return Ok(Room::Memory);
        }
        set.rows.shrink_to_fit();
        set.put_away(&self.files)?;
        Ok(self.files.clone())
    }

    /// Where texts and features are, if not in memory.
    pub(super) fn notice_of_files(&self) -> Option<String> {
        match &self.files {
            Room::Folder(folder) if self.is_away => Some(format!(
                "texts and features do not fit into memory and are kept in files in {}",
                folder.display()
            )),
            _ => None,
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

/// What the system, or the control group that the program runs in, says is free. None where neither says.
fn free_memory() -> Option<u64> {
    let of_system = || -> Option<u64> {
        let all = std::fs::read_to_string("/proc/meminfo").ok()?;
        let line = all
            .lines()
            .find_map(|line| line.strip_prefix("MemAvailable:"))?;
        let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kilobytes * 1024)
    };
    let of_group = || -> Option<u64> {
        let read = |name: &str| std::fs::read_to_string(format!("/sys/fs/cgroup/memory.{name}"));
        // `max` is no number: no bound.
        let most: u64 = read("max").ok()?.trim().parse().ok()?;
        let taken: u64 = read("current").ok()?.trim().parse().ok()?;
        Some(most.saturating_sub(taken))
    };
    of_system().into_iter().chain(of_group()).min()
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
            parent_author: None,
            thread: None,
            group: None,
            source: 0,
            shares: Vec::new(),
        }
    }

    fn kept(
        max_memory: Option<u64>,
        files: &Room,
        order: impl Iterator<Item = usize>,
    ) -> Vec<String> {
        let mut sample = Sample::new(max_memory, files.clone(), 1);
        let mut set = TrainingSet::default();
        order.for_each(|i| sample.push(&mut set, row(i)).unwrap());
        assert!(sample.bytes <= sample.max_bytes);
        let n_rows = set.rows.len();
        assert_eq!(sample.notice(n_rows).is_none(), n_rows == sample.n_seen);
        sample.finish(&mut set).unwrap();
        let mut texts = set.map_texts(str::to_owned).unwrap();
        texts.sort();
        texts
    }

    #[test]
    fn what_is_kept_fits_and_does_not_follow_from_the_order() {
        let limit = Some(FIXED_BYTES + 500_000);
        let none = &Room::Memory;
        let forwards = kept(limit, none, 0..2_000);
        assert!((200..=450).contains(&forwards.len()), "{}", forwards.len());
        assert_eq!(forwards, kept(limit, none, (0..2_000).rev()));
        assert_eq!(kept(None, none, 0..2_000).len(), 2_000);
    }

    #[test]
    fn what_does_not_fit_goes_to_files_before_it_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let files = &Room::Folder(folder.path().into());
        // Enough for the rows without their texts, but not with them.
        let limit = FIXED_BYTES + 10_000 * (BYTES_OF_ROW_AWAY + BYTES_OF_LABEL_AWAY);
        let all = kept(Some(limit), files, 0..10_000);
        assert_eq!(all.len(), 10_000);
        assert_eq!(all, kept(None, files, 0..10_000));
        let half = kept(Some(limit - 6_000), files, 0..10_000);
        assert!((4_500..=5_500).contains(&half.len()), "{}", half.len());
        assert_eq!(half, kept(Some(limit - 6_000), files, (0..10_000).rev()));
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
