//! What raters marked, read from one file or from the publishers' two.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::path::PathBuf;

use anyhow::{Context as _, bail};

use super::{N_RATERS, cell, whole};
use crate::cli::input::InputArgs;
use crate::cli::stream::{BadRows, Outcome};
use crate::data::{ColumnRef, Fault, Row, Table};

/// Rows read at a time.
const BATCH: usize = 4096;

/// What each rater of a comment marked, in characters.
pub(super) type Raters = BTreeMap<String, Vec<Range<usize>>>;

/// What raters marked, by comment.
#[derive(Debug, Default)]
pub(super) struct Rated {
    marks: HashMap<String, Raters>,
    /// The comment of each annotation, where a file lists them.
    annotations: Option<HashMap<String, String>>,
    /// How many raters each of these comments had.
    n_raters: HashMap<String, usize>,
}

/// Where a row of comments says how many raters it had.
#[derive(Debug)]
pub(super) enum RaterCount {
    Column(ColumnRef),
    /// Nowhere: the list of annotations tells.
    Listed,
}

impl Rated {
    /// Reads a file of spans and, if its rows do not name their comment, the list of annotations that
    /// does; in any order, since columns tell which is which.
    pub(super) fn read(paths: &[PathBuf], input: &InputArgs) -> anyhow::Result<Self> {
        let tables: Result<Vec<Table>, _> = paths.iter().map(|path| input.open(path)).collect();
        let has_spans = |table: &Table| table.schema().column("start").is_some();
        let (spans, lists): (Vec<Table>, Vec<Table>) = tables?.into_iter().partition(has_spans);
        let mut rated = Self::default();
        if let (true, Some(table)) = (spans.is_empty(), lists.first()) {
            table.schema().require("start")?;
        }
        for table in lists {
            rated.read_annotations(table, input)?;
        }
        for table in spans {
            rated.read_spans(table, input)?;
        }
        Ok(rated)
    }

    /// The comment that a rater read, a row each, whether anything was marked or not.
    fn read_annotations(&mut self, table: Table, input: &InputArgs) -> anyhow::Result<()> {
        let column = |name| table.schema().require(name);
        let (annotation, id) = (column("annotation")?, column("comment_id")?);
        let read = |row: Row| Ok((cell(&row, &annotation), cell(&row, &id)));
        let rows = read_all(table, input, read)?;
        for (_, id) in &rows {
            *self.n_raters.entry(id.clone()).or_default() += 1;
        }
        self.annotations.get_or_insert_default().extend(rows);
        Ok(())
    }

    fn read_spans(&mut self, table: Table, input: &InputArgs) -> anyhow::Result<()> {
        let column = |name| table.schema().require(name);
        let (rater, start, end) = (column("annotation")?, column("start")?, column("end")?);
        let listed = self.annotations.as_ref();
        let id = match listed {
            Some(_) => table.schema().column("comment_id"),
            None => Some(column("comment_id").context(
                "a file of spans without comments needs the list of annotations beside it: \
                 --spans spans.csv annotations.csv",
            )?),
        };
        let comment = |row: &Row| match (&id, listed) {
            (Some(id), _) => Ok(cell(row, id)),
            (None, listed) => {
                let annotation = cell(row, &rater);
                let comment = listed.and_then(|listed| listed.get(&annotation));
                comment.cloned().ok_or_else(|| {
                    Box::new(row.error(Fault::Unexpected {
                        column: rater.name().to_owned(),
                        value: annotation,
                        expected: "one of the annotations listed".to_owned(),
                    }))
                })
            }
        };
        let read = |row: Row| {
            let span = whole(&row, &start)?..whole(&row, &end)?;
            Ok((comment(&row)?, cell(&row, &rater), span))
        };
        for (id, rater, span) in read_all(table, input, read)? {
            let of_rater = self.marks.entry(id).or_default().entry(rater).or_default();
            of_rater.push(span);
        }
        Ok(())
    }

    /// Where the raters of a file's comments are counted.
    pub(super) fn counted_in(&self, comments: &Table) -> anyhow::Result<RaterCount> {
        let schema = comments.schema();
        match schema.column(N_RATERS) {
            Some(column) => Ok(RaterCount::Column(column)),
            None if self.annotations.is_some() => Ok(RaterCount::Listed),
            None => bail!(
                "{}: no column `{N_RATERS}`; give the list of annotations beside the spans: --spans spans.csv \
                 annotations.csv; its columns are {}",
                schema.file(),
                schema.columns().join(", ")
            ),
        }
    }

    /// What raters marked in a comment, and how many there were; no one asks twice.
    pub(super) fn take(
        &mut self,
        row: &Row,
        id: &ColumnRef,
        count: &RaterCount,
    ) -> Outcome<(Raters, usize)> {
        let comment = cell(row, id);
        let n_raters = match count {
            RaterCount::Column(column) => whole(row, column)?,
            RaterCount::Listed => self.n_raters.get(&comment).copied().ok_or_else(|| {
                Box::new(row.error(Fault::Unexpected {
                    column: id.name().to_owned(),
                    value: comment.clone(),
                    expected: "a comment of the annotations listed".to_owned(),
                }))
            })?,
        };
        Ok((self.marks.remove(&comment).unwrap_or_default(), n_raters))
    }

    /// Comments with marks that nobody took.
    pub(super) fn n_left(&self) -> usize {
        self.marks.len()
    }
}

/// All rows that can be read.
fn read_all<T>(
    mut table: Table,
    input: &InputArgs,
    read: impl Fn(Row) -> Outcome<T>,
) -> anyhow::Result<Vec<T>> {
    let file = table.schema().file().to_owned();
    let (mut rows, mut bad) = (Vec::new(), BadRows::default());
    loop {
        let batch = table.read_batch(BATCH)?;
        if batch.is_empty() {
            break;
        }
        let batch = batch.into_iter().map(|row| read(row?));
        rows.extend(bad.sift(batch.collect()));
    }
    bad.judge(&file, rows.len() as u64, input.strict())?;
    Ok(rows)
}
