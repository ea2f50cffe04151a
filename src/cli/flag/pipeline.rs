//! Comments → moderated rows → outlet.

use serde_json::Value;

use super::columns::AddedColumns;
use super::outlet::Outlet;
use super::summary::Tally;
use crate::cli::progress::Bar;
use crate::cli::stream::{Outcome, stream};
use crate::comment::Decision;
use crate::data::{CommentReader, Error, OwnedComment, Row, RowResult, Table};
use crate::model::Model;
use crate::moderate::{HouseRules, Moderation, Moderator};
use crate::relation::Silence;
use crate::train::Progress as _;
use crate::train::pick::Worth;

/// What scoring needs, shared by all threads.
#[derive(Debug)]
pub(super) struct Desk<'a> {
    pub(super) model: &'a Model,
    pub(super) rules: &'a HouseRules,
    pub(super) columns: &'a AddedColumns,
}

/// A row on its way to the writer.
pub(super) type Judged = Outcome<Box<GoodRow>>;

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
    /// Why the label about the relation to the article cannot be told, if it cannot.
    pub(super) silence: Option<Silence>,
    /// Only where comments are picked for review.
    pub(super) worth: Option<Worth>,
}

/// Takes a table through scoring to an outlet; the outlet comes back to be finished.
///
/// # Errors
/// The output's, else the input's; the outlet is then dropped, and a file does not appear.
pub(super) fn run(
    table: Table,
    mut reader: CommentReader,
    desk: &Desk,
    mut outlet: Outlet,
    bar: &Bar,
) -> Result<(Outlet, Tally), Error> {
    let mut tally = Tally::new(desk.model);
    let with_worth = desk.columns.picked_idx().is_some();
    stream(
        table,
        |row| read_row(row, &mut reader),
        || Moderator::new(desk.model, desk.rules),
        |moderator, (row, comment)| {
            let moderation = moderator.moderate(&comment.as_comment());
            Box::new(good_row(desk, row, &comment, moderation, with_worth))
        },
        |batch| {
            bar.advance(batch.len());
            batch.into_iter().try_for_each(|judged| {
                tally.count(&judged);
                outlet.push(judged)
            })
        },
    )?;
    crate::cli::notices(reader.notice().as_slice());
    Ok((outlet, tally))
}

fn read_row(row: RowResult, reader: &mut CommentReader) -> Outcome<(Row, OwnedComment)> {
    let row = row?;
    let comment = reader.read(&row)?;
    Ok((row, comment))
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
    let unknown = unknown.filter(|(label_idx, (logit, _))| {
        !logit.is_nan() && !desk.columns.is_known(&row, *label_idx)
    });
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
        silence: moderation.scores.silence,
        logits: moderation.scores.logits,
        flags: moderation.flags,
        worth,
        row,
    }
}
