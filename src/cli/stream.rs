//! Files as streams: reader → work → writer, each on threads of its own.
//!
//! One thread reads and decodes, all threads work, one writes in order. Batches pass through channels
//! that hold one each, so memory stays flat however long the file, and no stage waits for the disk of
//! another. What comes out does not depend on the number of threads.

use std::cell::RefCell;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use anyhow::bail;
use rayon::prelude::*;
use thread_local::ThreadLocal;

use super::MAX_REPORTED;
use crate::data::{Error, RowError, RowResult, Table};

/// Rows of a batch: enough for all threads, and some megabytes at most of usual comments.
const BATCH_ROWS: usize = 4096;
/// Fewest rows that a thread takes at once.
const MIN_ROWS: usize = 64;

/// What became of a row, or why it could not be read.
pub(crate) type Outcome<T> = Result<T, Box<RowError>>;

/// Takes all rows of a table in order through `read`, `work` and, batch by batch, `write`. `scratch`
/// is what a thread that works needs for itself.
///
/// # Errors
/// The writer's, else the reader's; what was read before has then been written.
pub(crate) fn stream<T: Send, S: Send, U: Send>(
    table: Table,
    read: impl FnMut(RowResult) -> Outcome<T> + Send,
    scratch: impl Fn() -> S + Send + Sync,
    work: impl Fn(&mut S, T) -> U + Send + Sync,
    mut write: impl FnMut(Vec<Outcome<U>>) -> Result<(), Error> + Send,
) -> Result<(), Error> {
    let (sender, to_work) = sync_channel::<Vec<Outcome<T>>>(1);
    let (worked, to_write) = sync_channel(1);
    thread::scope(|scope| {
        let reading = scope.spawn(move || read_all(table, read, &sender));
        let writing = scope.spawn(move || to_write.into_iter().try_for_each(&mut write));
        // What a thread has learnt of articles is kept from batch to batch.
        let scratches = ThreadLocal::new();
        for batch in to_work {
            let rows = batch.into_par_iter().with_min_len(MIN_ROWS);
            let rows = rows.map(|row| {
                let mine = scratches.get_or(|| RefCell::new(scratch()));
                Ok(work(&mut mine.borrow_mut(), row?))
            });
            if worked.send(rows.collect()).is_err() {
                break;
            }
        }
        drop(worked);
        join(writing)?;
        join(reading)
    })
}

/// A panic goes on where it is joined.
fn join<T>(handle: thread::ScopedJoinHandle<'_, T>) -> T {
    handle
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Reads to the end, or until nobody listens.
fn read_all<T>(
    mut table: Table,
    mut read: impl FnMut(RowResult) -> Outcome<T>,
    sender: &SyncSender<Vec<Outcome<T>>>,
) -> Result<(), Error> {
    loop {
        let batch = table.read_batch(BATCH_ROWS)?;
        if batch.is_empty()
            || sender
                .send(batch.into_iter().map(&mut read).collect())
                .is_err()
        {
            return Ok(());
        }
    }
}

/// Rows that could not be used: the first ones, and how many.
#[derive(Debug, Default)]
pub(crate) struct BadRows {
    first: Vec<String>,
    n: u64,
}

impl BadRows {
    /// How many there were.
    pub(crate) fn n(&self) -> u64 {
        self.n
    }

    /// What was wrong with the first ones.
    pub(crate) fn first(&self) -> &[String] {
        &self.first
    }

    /// Counts one.
    pub(crate) fn push(&mut self, row: &RowError) {
        self.n += 1;
        if self.first.len() < MAX_REPORTED {
            self.first.push(row.to_string());
        }
    }

    /// The good ones of a batch; the bad ones are counted.
    pub(crate) fn sift<T>(&mut self, batch: Vec<Outcome<T>>) -> impl Iterator<Item = T> {
        let good = |row: Outcome<T>| row.map_err(|error| self.push(&error)).ok();
        batch.into_iter().filter_map(good)
    }

    /// Says on standard error which rows they were: the first few in full, and how many.
    ///
    /// # Errors
    /// `strict` allows none. More than half of a file are no accident: something is misunderstood.
    pub(crate) fn judge(&self, file: &str, n_good: u64, strict: bool) -> anyhow::Result<()> {
        for row in &self.first {
            anstream::eprintln!("warning: {}", crate::report::escape(row));
        }
        let Some(first) = self.first.first() else {
            return Ok(());
        };
        let bad = format!(
            "{file}: {} of {} rows cannot be used",
            self.n,
            n_good + self.n
        );
        if strict {
            bail!("{bad} (--strict)");
        }
        if self.n > n_good {
            bail!("{bad}, more than half; the first: {first}");
        }
        anstream::eprintln!("warning: {}; left out", crate::report::escape(&bad));
        Ok(())
    }
}

impl<'a> FromIterator<&'a RowError> for BadRows {
    fn from_iter<I: IntoIterator<Item = &'a RowError>>(rows: I) -> Self {
        let mut bad = Self::default();
        rows.into_iter().for_each(|row| bad.push(row));
        bad
    }
}
