//! Writes rows back with columns added.
//!
//! The columns of the input stay as they are and in their order; added columns follow, and last
//! the `error` column. A column that the input already has, as when a flagged file is flagged
//! again, is overwritten in its place. A bad row is written with what of it can be read.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::sync::Arc;

use serde_json::Value;

use super::error::Error;
use super::fault::RowError;
use super::format::Format;
use super::formula::{Formulas, guard};
use super::json::{JsonObject, decode, quote};
use super::row::Row;
use super::schema::{ColumnRef, Schema};
use super::sink::Sink;

/// The column that says what is wrong with a row; empty (`null` in JSONL) in good ones.
pub const ERROR_COLUMN: &str = "error";

/// How to write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutputOptions {
    /// Layout; by default the extension of the output tells, else it is the input's.
    pub format: Option<Format>,
    /// Whether cells that a spreadsheet would run get a leading `'` in CSV and TSV.
    pub formulas: Formulas,
}

/// Writes rows in the order given.
///
/// Always UTF-8; a CSV or TSV file begins with a byte order mark if the input did, and cells that
/// a spreadsheet would run as formulas get a leading `'` that [`Table`](super::Table) takes off
/// again, unless [`OutputOptions::formulas`] says otherwise.
#[derive(Debug)]
pub struct RowWriter {
    file: String,
    encoder: Encoder,
    columns: Vec<OutputColumn>,
    /// Names of the added columns; the last is [`ERROR_COLUMN`].
    added: Vec<String>,
    formulas: Formulas,
    /// The value being written.
    buffer: String,
}

#[derive(Debug)]
enum Encoder {
    Csv(Box<csv::Writer<Sink>>),
    Jsonl(Box<Sink>),
}

/// Where the cells of a column come from.
#[derive(Debug)]
enum OutputColumn {
    Input { header: String, column: ColumnRef },
    Added(usize),
}

impl RowWriter {
    /// Starts an output with the columns of `schema` and the added ones, and writes its header.
    pub fn new(
        sink: Sink,
        schema: &Arc<Schema>,
        added: &[&str],
        options: OutputOptions,
    ) -> Result<Self, Error> {
        let added = added
            .iter()
            .filter(|name| **name != ERROR_COLUMN)
            .chain([&ERROR_COLUMN]);
        let added: Vec<String> = added.map(|&name| name.to_owned()).collect();
        let file = sink.file().to_owned();
        let format = options.format.or(sink.format()).unwrap_or(schema.format);
        let encoder = encoder(sink, schema, format).map_err(|error| Error::write(&file, error))?;
        let columns = arrange(schema, &added);
        let mut writer = Self {
            file,
            encoder,
            columns,
            added,
            formulas: options.formulas,
            buffer: String::new(),
        };
        writer.write_header()?;
        Ok(writer)
    }

    /// Writes a row with the values of the added columns, in the order of their names.
    ///
    /// In CSV, text is a cell as it is, `null` is empty, and any other value is its JSON.
    pub fn write_row(&mut self, row: &Row, values: &[Value]) -> Result<(), Error> {
        self.write(row, &|idx| values.get(idx))
    }

    /// Writes a bad row: its content as far as it can be read, and what is wrong.
    pub fn write_error(&mut self, error: &RowError) -> Result<(), Error> {
        let message = Value::from(error.message());
        let error_idx = self.added.len() - 1;
        let first = self.columns.iter().find_map(|column| match column {
            OutputColumn::Input { column, .. } => Some(column.name()),
            OutputColumn::Added(_) => None,
        });
        let row = error.recover_under(first.unwrap_or("raw"));
        self.write(&row, &|idx| (idx == error_idx).then_some(&message))
    }

    /// Hands on what is buffered, for whoever reads along.
    pub fn flush(&mut self) -> Result<(), Error> {
        let result = match &mut self.encoder {
            Encoder::Csv(writer) => writer.flush(),
            Encoder::Jsonl(sink) => sink.flush(),
        };
        result.map_err(|error| Error::write(&self.file, error))
    }

    /// Completes the output; without it a file does not appear.
    pub fn finish(self) -> Result<(), Error> {
        match self.encoder {
            Encoder::Jsonl(sink) => sink.finish(),
            Encoder::Csv(writer) => finish_csv(*writer, &self.file),
        }
    }

    fn write_header(&mut self) -> Result<(), Error> {
        let Encoder::Csv(writer) = &mut self.encoder else {
            return Ok(());
        };
        let name = |column: &OutputColumn| match column {
            OutputColumn::Input { header, .. } => header.clone(),
            OutputColumn::Added(idx) => self.added[*idx].clone(),
        };
        let header: Vec<String> = self.columns.iter().map(name).collect();
        let cells = header
            .iter()
            .map(|cell| guarded(self.formulas, cell.into()));
        write_cells(writer, cells).map_err(|error| Error::write(&self.file, error))
    }

    fn write<'a>(
        &mut self,
        row: &'a Row,
        value: &dyn Fn(usize) -> Option<&'a Value>,
    ) -> Result<(), Error> {
        let result = match &mut self.encoder {
            Encoder::Csv(writer) => {
                let (buffer, formulas) = (&mut self.buffer, self.formulas);
                let mut cells = self.columns.iter().map(|column| {
                    let cell = match column {
                        OutputColumn::Input { column, .. } => row.get(column).unwrap_or_default(),
                        OutputColumn::Added(idx) => to_cell(value(*idx), buffer),
                    };
                    write_cell(writer, &guarded(formulas, cell))
                });
                let result = cells.try_for_each(|result| result);
                result.and_then(|()| end_record(writer))
            }
            Encoder::Jsonl(sink) => {
                let line = match row.object() {
                    Some(object) => extend_object(object, &self.added, value),
                    None => build_object(row, &self.columns, &self.added, value),
                };
                sink.write_all(line.as_bytes())
            }
        };
        result.map_err(|error| Error::write(&self.file, error))
    }
}

fn encoder(mut sink: Sink, schema: &Schema, format: Format) -> io::Result<Encoder> {
    let delimiter = match (format, schema.format) {
        (Format::Jsonl, _) => return Ok(Encoder::Jsonl(Box::new(sink))),
        (Format::Tsv, _) => b'\t',
        (Format::Csv, Format::Csv) => schema.delimiter,
        (Format::Csv, Format::Tsv | Format::Jsonl) => b',',
    };
    if schema.has_mark {
        sink.write_all("\u{feff}".as_bytes())?;
    }
    let writer = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .from_writer(sink);
    Ok(Encoder::Csv(Box::new(writer)))
}

/// The columns of the input, those of an added name replaced, then the other added ones.
fn arrange(schema: &Schema, added: &[String]) -> Vec<OutputColumn> {
    let input = schema.columns.iter().enumerate().map(|(idx, name)| {
        let replaced = added.iter().position(|other| other == name);
        replaced.map_or_else(
            || OutputColumn::Input {
                header: schema.header[idx].clone(),
                column: ColumnRef {
                    idx,
                    name: name.clone(),
                },
            },
            OutputColumn::Added,
        )
    });
    let is_new = |idx: &usize| !schema.columns.contains(&added[*idx]);
    input
        .chain((0..added.len()).filter(is_new).map(OutputColumn::Added))
        .collect()
}

/// Completes a CSV output.
pub(super) fn finish_csv(writer: csv::Writer<Sink>, file: &str) -> Result<(), Error> {
    match writer.into_inner() {
        Ok(sink) => sink.finish(),
        Err(error) => {
            let error = io::Error::new(error.error().kind(), error.error().to_string());
            Err(Error::write(file, error))
        }
    }
}

pub(super) fn write_cells<'a>(
    writer: &mut csv::Writer<Sink>,
    mut cells: impl Iterator<Item = Cow<'a, str>>,
) -> io::Result<()> {
    cells.try_for_each(|cell| write_cell(writer, &cell))?;
    end_record(writer)
}

fn write_cell(writer: &mut csv::Writer<Sink>, cell: &str) -> io::Result<()> {
    writer.write_field(cell.as_bytes()).map_err(to_io_error)
}

fn end_record(writer: &mut csv::Writer<Sink>) -> io::Result<()> {
    writer.write_record(None::<&[u8]>).map_err(to_io_error)
}

/// The system's error itself: csv's own conversion makes it one of kind `Other`, and a broken pipe
/// could no longer be told from a full disk.
fn to_io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

pub(super) fn guarded(formulas: Formulas, cell: Cow<'_, str>) -> Cow<'_, str> {
    match (formulas, cell) {
        (Formulas::Keep, cell) => cell,
        (Formulas::Guard, Cow::Borrowed(cell)) => guard(cell),
        (Formulas::Guard, Cow::Owned(cell)) => match guard(&cell) {
            Cow::Owned(guarded) => Cow::Owned(guarded),
            Cow::Borrowed(_) => Cow::Owned(cell),
        },
    }
}

/// A value as a cell; what is no text yet is written into `buffer`.
fn to_cell<'a>(value: Option<&'a Value>, buffer: &'a mut String) -> Cow<'a, str> {
    match value {
        None | Some(Value::Null) => Cow::Borrowed(""),
        Some(Value::String(text)) => Cow::Borrowed(text),
        Some(other) => {
            buffer.clear();
            // Writing to a string cannot fail.
            let _ = write!(buffer, "{other}");
            Cow::Borrowed(buffer)
        }
    }
}

/// The entries of an object as they stand, with the added ones in their place or at the end.
fn extend_object<'a>(
    object: &JsonObject,
    added: &[String],
    value: &dyn Fn(usize) -> Option<&'a Value>,
) -> String {
    let mut line = LineBuilder::default();
    let mut is_written = vec![false; added.len()];
    for (key, old) in object.iter() {
        let name = decode(key);
        match added.iter().position(|other| *other == name) {
            Some(idx) if !is_written[idx] => {
                is_written[idx] = true;
                line.push(key, &literal(value(idx)));
            }
            // A repeated key is overwritten once and then left out.
            Some(_) => {}
            None => line.push(key, old),
        }
    }
    for (idx, name) in added
        .iter()
        .enumerate()
        .filter(|(idx, _)| !is_written[*idx])
    {
        line.push(&quote(name), &literal(value(idx)));
    }
    line.finish()
}

/// A CSV row as an object of texts.
fn build_object<'a>(
    row: &Row,
    columns: &[OutputColumn],
    added: &[String],
    value: &dyn Fn(usize) -> Option<&'a Value>,
) -> String {
    let mut line = LineBuilder::default();
    for column in columns {
        match column {
            OutputColumn::Added(idx) => line.push(&quote(&added[*idx]), &literal(value(*idx))),
            OutputColumn::Input { column, .. } => {
                line.push(
                    &quote(column.name()),
                    &quote(&row.get(column).unwrap_or_default()),
                );
            }
        }
    }
    line.finish()
}

fn literal(value: Option<&Value>) -> String {
    value.map_or_else(|| "null".to_owned(), Value::to_string)
}

/// One object on one line.
#[derive(Default)]
struct LineBuilder(String);

impl LineBuilder {
    fn push(&mut self, key: &str, literal: &str) {
        self.0.push_str(if self.0.is_empty() { "{" } else { ", " });
        self.0.push_str(key);
        self.0.push_str(": ");
        self.0.push_str(literal);
    }

    fn finish(mut self) -> String {
        self.0.push_str("}\n");
        self.0
    }
}
