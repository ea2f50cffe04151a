//! Files as streams: a batch is read while the one before is scored, and none is kept.

use std::sync::{Mutex, PoisonError};

use anyhow::bail;
use rayon::prelude::*;

use super::MAX_REPORTED;
use crate::data::{OwnedComment, RowError, RowResult, Table};
use crate::model::{Model, Scorer, Scores};

/// Rows read at a time: enough work for every thread, some megabytes of text.
const BATCH: usize = 4096;

/// Rows that could not be used: the first ones, and how many.
#[derive(Debug, Default)]
pub(crate) struct BadRows {
    first: Vec<RowError>,
    n: u64,
}

impl BadRows {
    /// How many there were.
    pub(crate) fn n(&self) -> u64 {
        self.n
    }

    fn push(&mut self, row: RowError) {
        self.n += 1;
        if self.first.len() < MAX_REPORTED {
            self.first.push(row);
        }
    }

    /// Says on standard error which rows they were: the first few in full, and how many.
    ///
    /// # Errors
    /// `strict` allows none. More than half of a file are no accident: something is misunderstood.
    pub(crate) fn judge(&self, file: &str, n_good: u64, strict: bool) -> anyhow::Result<()> {
        for row in &self.first {
            anstream::eprintln!("warning: {}", crate::report::escape(&row.to_string()));
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

impl FromIterator<RowError> for BadRows {
    fn from_iter<I: IntoIterator<Item = RowError>>(rows: I) -> Self {
        let mut bad = Self::default();
        rows.into_iter().for_each(|row| bad.push(row));
        bad
    }
}

/// Reads all rows of a table in order, a batch ahead of the work on them.
///
/// # Errors
/// The first error that ends the reading; what was read before it has been worked on.
pub(crate) fn stream<T: Send>(
    mut table: Table,
    mut read: impl FnMut(RowResult) -> Result<T, RowError> + Send,
    mut work: impl FnMut(Vec<T>) + Send,
) -> anyhow::Result<BadRows> {
    let mut bad = BadRows::default();
    let mut next = |bad: &mut BadRows| -> anyhow::Result<Option<Vec<T>>> {
        let rows = table.read_batch(BATCH)?;
        if rows.is_empty() {
            return Ok(None);
        }
        let mut batch = Vec::with_capacity(rows.len());
        for row in rows {
            match read(row) {
                Ok(row) => batch.push(row),
                Err(error) => bad.push(error),
            }
        }
        Ok(Some(batch))
    };
    let mut batch = next(&mut bad)?;
    while let Some(rows) = batch {
        let ((), following) = rayon::join(|| work(rows), || next(&mut bad));
        batch = following?;
    }
    Ok(bad)
}

/// One scorer for each thread of the pool.
#[derive(Debug)]
pub(crate) struct Scorers<'m>(Vec<Mutex<Scorer<'m>>>);

impl<'m> Scorers<'m> {
    pub(crate) fn new(model: &'m Model) -> Self {
        let scorers = (0..rayon::current_num_threads()).map(|_| Mutex::new(model.scorer()));
        Self(scorers.collect())
    }

    /// Scores a comment with the scorer of this thread.
    pub(crate) fn score(&self, comment: &OwnedComment) -> Scores {
        let idx = rayon::current_thread_index().unwrap_or_default();
        // Never waited for: a thread does one thing at a time. A scorer starts each comment afresh,
        // so one that another panic left behind is as good as new.
        let mut scorer = self.0[idx].lock().unwrap_or_else(PoisonError::into_inner);
        scorer.score(&comment.as_comment())
    }

    /// Scores comments in parallel, in order.
    pub(crate) fn score_all<'c>(
        &self,
        comments: impl IndexedParallelIterator<Item = &'c OwnedComment>,
    ) -> Vec<Scores> {
        comments.map(|comment| self.score(comment)).collect()
    }
}
