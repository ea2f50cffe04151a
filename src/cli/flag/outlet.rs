//! Where judged rows go: out at once, or kept to be sorted or picked from.

use crate::data::{Error, RowError, RowWriter};
use crate::train::pick::Picker;

use super::pipeline::{GoodRow, Judged};

/// In which order rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// As they were read.
    AsRead,
    /// Highest score of a label first.
    ByScore {
        /// Position of the label.
        label_idx: usize,
    },
    /// Only those whose labels would teach most, the most useful first.
    ToReview {
        /// How many.
        n_wanted: usize,
    },
}

/// Takes judged rows and writes them.
#[derive(Debug)]
pub(super) struct Outlet {
    writer: RowWriter,
    only_flagged: bool,
    n_written: u64,
    kept: Kept,
}

#[derive(Debug)]
enum Kept {
    Nothing,
    /// All rows, until the last has been read.
    All {
        label_idx: usize,
        good: Vec<Box<GoodRow>>,
        bad: Vec<Box<RowError>>,
    },
    Picks {
        picker: Picker<Box<GoodRow>>,
        picked_idx: Option<usize>,
    },
}

impl Outlet {
    /// `picked_idx` is the position of the value that says why a row was picked.
    pub(super) fn new(
        writer: RowWriter,
        order: Order,
        only_flagged: bool,
        picked_idx: Option<usize>,
    ) -> Self {
        let kept = match order {
            Order::AsRead => Kept::Nothing,
            Order::ByScore { label_idx } => Kept::All {
                label_idx,
                good: Vec::new(),
                bad: Vec::new(),
            },
            Order::ToReview { n_wanted } => Kept::Picks {
                picker: Picker::new(n_wanted),
                picked_idx,
            },
        };
        Self {
            writer,
            only_flagged,
            n_written: 0,
            kept,
        }
    }

    pub(super) fn push(&mut self, judged: Judged) -> Result<(), Error> {
        match (&mut self.kept, judged) {
            (Kept::Picks { .. }, Err(_)) => {}
            (Kept::Picks { picker, .. }, Ok(row)) => {
                if let Some(worth) = row.worth {
                    picker.push(worth, || row);
                }
            }
            (_, Ok(row)) if self.only_flagged && !row.stands_out => {}
            (Kept::All { good, .. }, Ok(row)) => good.push(row),
            (Kept::All { bad, .. }, Err(error)) => bad.push(error),
            (Kept::Nothing, Ok(row)) => self.write(&row)?,
            (Kept::Nothing, Err(error)) => self.write_error(&error)?,
        }
        Ok(())
    }

    /// Writes what was kept, completes the output, and says how many rows were written.
    pub(super) fn finish(mut self) -> Result<u64, Error> {
        match std::mem::replace(&mut self.kept, Kept::Nothing) {
            Kept::Nothing => {}
            Kept::All {
                label_idx,
                mut good,
                bad,
            } => {
                // Stable: equal scores stay in the order of the file; rows that cannot be told follow, and
                // bad rows come last.
                let key = |row: &GoodRow| row.logits[label_idx].max(f64::NEG_INFINITY);
                good.sort_by(|a, b| key(b).total_cmp(&key(a)));
                good.iter().try_for_each(|row| self.write(row))?;
                bad.iter().try_for_each(|error| self.write_error(error))?;
            }
            Kept::Picks { picker, picked_idx } => {
                for (pick, mut row) in picker.finish() {
                    if let Some(value) = picked_idx.and_then(|idx| row.values.get_mut(idx)) {
                        *value = pick.as_str().into();
                    }
                    self.write(&row)?;
                }
            }
        }
        self.writer.finish()?;
        Ok(self.n_written)
    }

    fn write(&mut self, row: &GoodRow) -> Result<(), Error> {
        self.n_written += 1;
        self.writer.write_row(&row.row, &row.values)
    }

    fn write_error(&mut self, error: &RowError) -> Result<(), Error> {
        self.n_written += 1;
        self.writer.write_error(error)
    }
}
