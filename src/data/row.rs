//! One row: its place in the file and its cells.

use std::borrow::Cow;
use std::sync::Arc;

use super::fault::{Fault, RowError};
use super::fields::recover;
use super::format::Format;
use super::formula::{Formulas, unguard};
use super::json::JsonObject;
use super::schema::{ColumnRef, Schema};
use crate::comment::Article;

/// A row, or why it is none.
pub type RowResult = Result<Row, RowError>;

/// The cells of one row, owned, so that rows can be scored in parallel.
#[derive(Clone, Debug)]
pub struct Row {
    schema: Arc<Schema>,
    number: u64,
    line: u64,
    cells: Cells,
    /// The article it stands under, where the file holds both.
    article: Option<Arc<Article>>,
}

/// Cells in one piece of memory.
#[derive(Clone, Debug)]
pub(super) enum Cells {
    /// Unquoted cells, one after another, and where each ends.
    Csv { text: Box<str>, ends: Box<[usize]> },
    /// The object as it stands.
    Json(JsonObject),
}

impl Row {
    /// The cell of a column: text as it is, JSON numbers and booleans as they are written, JSON
    /// `null` as the empty text. `None` only where a JSON object lacks the key.
    pub fn get(&self, column: &ColumnRef) -> Option<Cow<'_, str>> {
        match &self.cells {
            Cells::Json(object) => object.get(&column.name),
            Cells::Csv { text, ends } => {
                let end = *ends.get(column.idx)?;
                let start = column.idx.checked_sub(1).map_or(0, |before| ends[before]);
                let cell = &text[start..end];
                Some(Cow::Borrowed(match self.schema.formulas {
                    Formulas::Guard => unguard(cell),
                    Formulas::Keep => cell,
                }))
            }
        }
    }

    /// Data row, from 1; the header and blank lines do not count.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Line of the file on which the row begins, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// What the file's rows have in common.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// This row as a bad one, for faults found by whoever uses it: a label, a missing text.
    pub fn error(&self, fault: Fault) -> RowError {
        let raw = match &self.cells {
            Cells::Json(object) => object.raw().as_bytes().to_vec(),
            Cells::Csv { text, ends } => join(text, ends, self.schema.delimiter),
        };
        RowError {
            schema: Arc::clone(&self.schema),
            row: self.number,
            line: self.line,
            fault,
            raw,
        }
    }

    /// The article it stands under, where the file holds it before the row.
    pub(super) fn article(&self) -> Option<&Arc<Article>> {
        self.article.as_ref()
    }

    pub(super) fn set_article(&mut self, article: Option<Arc<Article>>) {
        self.article = article;
    }

    /// The object of a JSONL row.
    pub(super) fn object(&self) -> Option<&JsonObject> {
        match &self.cells {
            Cells::Json(object) => Some(object),
            Cells::Csv { .. } => None,
        }
    }

    /// See [`RowError::recover`]; `key` is for what is no object.
    pub(super) fn recover(error: &RowError, key: &str) -> Self {
        let schema = Arc::clone(&error.schema);
        let raw = String::from_utf8_lossy(&error.raw);
        let cells = match schema.format {
            Format::Jsonl => Cells::Json(
                JsonObject::parse(&raw).unwrap_or_else(|_| JsonObject::from_text(key, &raw)),
            ),
            Format::Csv | Format::Tsv => {
                Cells::from_texts(&recover(&raw, schema.delimiter, schema.columns.len()))
            }
        };
        Self {
            schema,
            number: error.row,
            line: error.line,
            cells,
            article: None,
        }
    }
}

impl Cells {
    pub(super) fn from_texts(texts: &[String]) -> Self {
        let ends = texts.iter().scan(0, |end, text| {
            *end += text.len();
            Some(*end)
        });
        Self::Csv {
            ends: ends.collect(),
            text: texts.concat().into(),
        }
    }
}

/// A row read, before the columns of its file are known.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) number: u64,
    pub(super) line: u64,
    pub(super) content: Result<Cells, (Fault, Vec<u8>)>,
}

impl Draft {
    pub(super) fn finish(self, schema: &Arc<Schema>) -> RowResult {
        let (schema, number, line) = (Arc::clone(schema), self.number, self.line);
        match self.content {
            Ok(cells) => Ok(Row {
                schema,
                number,
                line,
                cells,
                article: None,
            }),
            Err((fault, raw)) => Err(RowError {
                schema,
                row: number,
                line,
                fault,
                raw,
            }),
        }
    }
}

/// Cells as a CSV record without its line end.
fn join(text: &str, ends: &[usize], delimiter: u8) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .from_writer(Vec::new());
    let starts = std::iter::once(&0).chain(ends);
    // A vector takes everything, and one record is never uneven.
    let _ = writer.write_record(starts.zip(ends).map(|(start, end)| &text[*start..*end]));
    let mut record = writer.into_inner().unwrap_or_default();
    record.pop();
    record
}
