//! Reader → scoring → writer, each on threads of its own.
//!
//! One thread reads and decodes, all threads score, one writes in order. Batches pass through channels
//! that hold one each, so memory stays flat however long the file, and no stage waits for the disk of
//! another. What comes out does not depend on the number of threads.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use rayon::prelude::*;
use serde_json::Value;

use super::columns::AddedColumns;
use super::outlet::Outlet;
use super::summary::Tally;
use crate::cli::progress::Bar;
use crate::comment::Decision;
use crate::data::{CommentReader, Error, OwnedComment, Row, RowError, Table};
use crate::model::Model;
use crate::moderate::{HouseRules, Moderation, Moderator};
use crate::train::Progress as _;
use crate::train::pick::Worth;

/// Rows of a batch: enough for all threads, and some megabytes at most of usual comments.
const BATCH_ROWS: usize = 4096;
/// Fewest rows that a thread takes at once: its scratch is made anew each time.
const MIN_ROWS: usize = 128;

/// What scoring needs, shared by all threads.
#[derive(Debug)]
pub(super) struct Desk<'a> {
    pub(super) model: &'a Model,
    pub(super) rules: &'a HouseRules,
    pub(super) columns: &'a AddedColumns,
}

/// A row on its way to the writer.
#[derive(Debug)]
pub(super) enum Judged {
    /// Scored.
    Good(Box<GoodRow>),
    /// Could not be read.
    Bad(Box<RowError>),
}

/// A scored row, ready to be written.
#[derive(Clone, Debug)]
pub(super) struct GoodRow {
    pub(super) row: Row,
    pub(super) values: Vec<Value>,
    pub(super) logits: Vec<f64>,
    pub(super) flags: Vec<bool>,
    pub(super) decision: Decision,
    pub(super) stands_out: bool,
    pub(super) is_cut: bool,
    pub(super) foreign_language: Option<&'static str>,
    /// Only where comments are picked for review.
    pub(super) worth: Option<Worth>,
}

type ReadRow = Result<(Row, OwnedComment), Box<RowError>>;

/// Takes a table through scoring to an outlet; the outlet comes back to be finished.
///
/// # Errors
/// The output's, else the input's; the outlet is then dropped, and a file does not appear.
pub(super) fn run(
    table: Table,
    reader: CommentReader,
    desk: &Desk,
    outlet: Outlet,
    bar: &Bar,
) -> Result<(Outlet, Tally), Error> {
    let tally = Tally::new(desk.model);
    let (read, to_score) = sync_channel(1);
    let (scored, to_write) = sync_channel(1);
    thread::scope(|scope| {
        let reading = scope.spawn(move || read_all(table, reader, &read));
        let writing = scope.spawn(move || write_all(outlet, tally, &to_write));
        let with_worth = desk.columns.picked_idx().is_some();
        for batch in to_score {
            let n_rows = batch.len();
            if scored.send(score(desk, batch, with_worth)).is_err() {
                break;
            }
            bar.advance(n_rows);
        }
        drop(scored);
        let written = join(writing)?;
        let reader = join(reading)?;
        crate::cli::notices(reader.notice().as_slice());
        Ok(written)
    })
}

/// A panic goes on where it is joined.
fn join<T>(handle: thread::ScopedJoinHandle<'_, T>) -> T {
    handle
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Reads to the end, or until nobody listens.
fn read_all(
    mut table: Table,
    mut reader: CommentReader,
    sender: &SyncSender<Vec<ReadRow>>,
) -> Result<CommentReader, Error> {
    loop {
        let batch = table.read_batch(BATCH_ROWS)?;
        if batch.is_empty() {
            return Ok(reader);
        }
        let rows = batch
            .into_iter()
            .map(|row| read_row(row.map_err(Box::new)?, &mut reader));
        if sender.send(rows.collect()).is_err() {
            return Ok(reader);
        }
    }
}

fn read_row(row: Row, reader: &mut CommentReader) -> ReadRow {
    let comment = reader.read(&row)?;
    Ok((row, comment))
}

fn score(desk: &Desk, batch: Vec<ReadRow>, with_worth: bool) -> Vec<Judged> {
    let judge = |moderator: &mut Moderator, row: ReadRow| match row {
        Ok((row, comment)) => {
            let moderation = moderator.moderate(&comment.as_comment());
            Judged::Good(Box::new(good_row(
                desk, row, &comment, moderation, with_worth,
            )))
        }
        Err(error) => Judged::Bad(error),
    };
    let rows = batch.into_par_iter().with_min_len(MIN_ROWS);
    rows.map_init(|| Moderator::new(desk.model, desk.rules), judge)
        .collect()
}

fn good_row(
    desk: &Desk,
    row: Row,
    comment: &OwnedComment,
    moderation: Moderation,
    with_worth: bool,
) -> GoodRow {
    let unknown = moderation
        .scores
        .logits
        .iter()
        .zip(desk.rules.points())
        .enumerate();
    let unknown = unknown.filter(|(label_idx, _)| !desk.columns.is_known(&row, *label_idx));
    let unknown = unknown.map(|(_, (&logit, point))| (logit, point.flag));
    let worth = if with_worth {
        Worth::of(&comment.text, unknown)
    } else {
        None
    };
    GoodRow {
        values: desk
            .columns
            .values(desk.model, desk.rules, &comment.as_comment(), &moderation),
        decision: moderation.ruling.decision,
        stands_out: moderation.stands_out(),
        is_cut: moderation.is_cut,
        foreign_language: moderation.foreign_language,
        logits: moderation.scores.logits,
        flags: moderation.flags,
        worth,
        row,
    }
}

/// Writes to the end of the stream, or to the first error.
fn write_all(
    mut outlet: Outlet,
    mut tally: Tally,
    batches: &Receiver<Vec<Judged>>,
) -> Result<(Outlet, Tally), Error> {
    for batch in batches {
        for judged in batch {
            tally.count(&judged);
            outlet.push(judged)?;
        }
    }
    Ok((outlet, tally))
}
