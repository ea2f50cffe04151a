//! Tables of a source → rows of the output.

use std::borrow::Cow;

use super::beside::Beside;
use super::categories::{self, CategoryColumns, Posts};
use super::field::Field;
use super::{Counts, Error, Imported, ImportedLabel, Rows, Source, key_of, not_of};
use crate::data::fault::{Fault, RowError};
use crate::data::format::Format;
use crate::data::formula::Formulas;
use crate::data::output::{finish_csv, guarded, write_cells};
use crate::data::row::Row;
use crate::data::schema::{ColumnRef, Schema};
use crate::data::sink::Sink;
use crate::data::table::Table;

/// Reads files of a source and writes one CSV (or TSV, by the output's extension).
///
/// Files of comments are read in the order given, files beside them first. Rows that cannot be used
/// are told to `tell` and left out; whether they are too many is the caller's to judge before
/// [`Imported::finish`].
///
/// # Errors
/// A file lacks the source's columns, is another source's or cannot be read to its end; the output cannot be written.
pub fn import(
    source: &Source,
    mut tables: Vec<Table>,
    sink: Sink,
    tell: &mut dyn FnMut(&RowError),
) -> Result<Imported, Error> {
    // Whatever kind a publisher calls a row: it is counted, or told as a bad one.
    for table in &mut tables {
        table.keep_articles();
        if let Some(columns) = source.bare_columns(table.schema()) {
            table.take_header_as_row(&columns);
        }
        source.refuse_others(table.schema())?;
    }
    let has_text = |table: &Table| table.schema().usual(source.text()).is_some();
    let first = tables.first().map(|table| table.schema().clone());
    let (comments, beside): (Vec<Table>, Vec<Table>) = tables.into_iter().partition(has_text);
    let mut counts = Counts { n_good: 0, tell };
    let mut beside = Beside::read(source, beside, &mut counts)?;
    if let (true, Some(schema)) = (comments.is_empty(), first) {
        return Err(source.lacks_required(&schema, &beside.columns));
    }
    let plans: Result<Vec<Plan>, Error> = comments
        .iter()
        .map(|table| Plan::resolve(source, table.schema(), &beside))
        .collect();
    let plans = plans?;
    let fields =
        (0..source.fields.len()).filter(|&idx| plans.iter().any(|p| p.cells[idx].is_some()));
    let fields: Vec<usize> = fields.collect();
    let mut output = Output::create(sink, source, &fields)?;
    let mut posts = Posts::default();
    for (table, plan) in comments.into_iter().zip(&plans) {
        for row in table {
            let Some(row) = counts.good(row?) else {
                continue;
            };
            let result = plan.cells(source, &fields, &row, &mut beside);
            let result = result.and_then(|cells| match &plan.category {
                Some(columns) => posts.add(columns, &row, cells).map(|()| None),
                None => Ok(Some(cells)),
            });
            match result {
                Ok(Some(cells)) => output.write(&cells)?,
                Ok(None) => {}
                Err(fault) => counts.bad(&row.error(fault)),
            }
        }
    }
    for cells in posts.into_rows() {
        output.write(&cells)?;
    }
    let labels = output.labels.drain(..).map(|(_, label)| label);
    Ok(Imported {
        rows: output.rows,
        n_good: counts.n_good,
        labels: labels.collect(),
        unmatched: beside.unmatched(),
        output,
    })
}

/// Where the cells of one file's rows come from.
#[derive(Debug)]
struct Plan {
    /// For each field of the source, its first and second cell.
    cells: Vec<Option<(Origin, Option<Origin>)>>,
    /// The key, where cells come from beside.
    key: Option<ColumnRef>,
    category: Option<CategoryColumns>,
}

#[derive(Debug)]
enum Origin {
    Row(ColumnRef),
    Beside(usize),
}

impl Plan {
    fn resolve(source: &Source, schema: &Schema, beside: &Beside) -> Result<Self, Error> {
        let origin = |names: &[&str]| {
            let in_beside = |name| {
                beside
                    .columns
                    .iter()
                    .position(|c| c.eq_ignore_ascii_case(name))
            };
            let in_beside = || names.iter().find_map(|name: &&str| in_beside(name));
            let in_row = schema.usual(names).map(Origin::Row);
            in_row.or_else(|| in_beside().map(Origin::Beside))
        };
        let cells = source.fields.iter().map(|field| {
            let (first, second) = (origin(field.from), origin(field.with));
            // A reading of two needs both.
            let is_whole = field.with.is_empty() || second.is_some();
            first.filter(|_| is_whole).map(|first| (first, second))
        });
        let cells: Vec<_> = cells.collect();
        let is_missing =
            |(field, cells): (&Field, &Option<_>)| field.is_required && cells.is_none();
        if source.fields.iter().zip(&cells).any(is_missing) {
            return Err(source.lacks_required(schema, &beside.columns));
        }
        let is_joined = cells.iter().flatten().any(|(first, second)| {
            let mut origins = [Some(first), second.as_ref()].into_iter().flatten();
            origins.any(|origin| matches!(origin, Origin::Beside(_)))
        });
        let key = match source.rows {
            _ if !is_joined => None,
            Rows::Beside { key, .. } => match schema.usual(key) {
                Some(key) => Some(key),
                None => return Err(not_of(source, schema, &key[..1])),
            },
            Rows::Raters => schema.usual(&["comment_id"]),
            Rows::Alone | Rows::Categories => None,
        };
        let category = match source.rows {
            Rows::Categories => Some(CategoryColumns::resolve(source, schema)?),
            _ => None,
        };
        Ok(Self {
            cells,
            key,
            category,
        })
    }

    /// The cells of a row, for the fields that the output has.
    fn cells(
        &self,
        source: &Source,
        fields: &[usize],
        row: &Row,
        beside: &mut Beside,
    ) -> Result<Vec<String>, Fault> {
        let key = self.key.as_ref().and_then(|key| row.get(key));
        let found = key.and_then(|key| beside.take(&key_of(&key)));
        let cell = |origin: &Origin| match origin {
            Origin::Row(column) => row.get(column).unwrap_or_default(),
            Origin::Beside(idx) => {
                let cell = found.and_then(|cells| cells.get(*idx));
                Cow::Borrowed(cell.map_or("", String::as_str))
            }
        };
        let read = |&idx: &usize| {
            let field = &source.fields[idx];
            let Some((first, second)) = &self.cells[idx] else {
                return Ok(String::new());
            };
            let (first, second) = (cell(first), second.as_ref().map(cell).unwrap_or_default());
            let read = field.reading.read(&first, &second);
            let read = read.map_err(|expected| Fault::Unexpected {
                column: field.from.first().copied().unwrap_or_default().to_owned(),
                value: first.to_string(),
                expected,
            })?;
            if field.is_required && !field.is_label() && read.trim().is_empty() {
                let column = field.from.first().copied().unwrap_or_default().to_owned();
                return Err(Fault::Empty { column });
            }
            Ok(read.into_owned())
        };
        fields.iter().map(read).collect()
    }
}

/// The output, and what was written to it.
#[derive(Debug)]
pub(super) struct Output {
    file: String,
    writer: csv::Writer<Sink>,
    rows: u64,
    /// Labels and their cells.
    labels: Vec<(usize, ImportedLabel)>,
}

impl Output {
    fn create(sink: Sink, source: &Source, fields: &[usize]) -> Result<Self, Error> {
        let file = sink.file().to_owned();
        let delimiter = match sink.format() {
            Some(Format::Jsonl) => return Err(Error::CsvOnly { file }),
            None if is_json(&file) => return Err(Error::CsvOnly { file }),
            Some(Format::Tsv) => b'\t',
            Some(Format::Csv) | None => b',',
        };
        let writer = csv::WriterBuilder::new()
            .delimiter(delimiter)
            .from_writer(sink);
        let fields = fields.iter().map(|&idx| &source.fields[idx]);
        let mut header: Vec<String> = fields
            .clone()
            .map(|field| field.column.to_owned())
            .collect();
        let mut labels: Vec<usize> = fields
            .enumerate()
            .filter_map(|(idx, field)| field.is_label().then_some(idx))
            .collect();
        if let Rows::Categories = source.rows {
            labels.extend(header.len()..header.len() + categories::CATEGORIES.len());
            header.extend(categories::columns());
        }
        let label = |idx: usize| ImportedLabel {
            label: header[idx].clone(),
            ..ImportedLabel::default()
        };
        let labels = labels.into_iter().map(|idx| (idx, label(idx))).collect();
        let mut output = Self {
            file,
            writer,
            rows: 0,
            labels,
        };
        output.write_cells(&header)?;
        Ok(output)
    }

    fn write(&mut self, cells: &[String]) -> Result<(), Error> {
        self.rows += 1;
        for (idx, label) in &mut self.labels {
            if let Ok(share) = cells[*idx].parse::<f64>() {
                label.known += 1;
                label.positives += share;
            }
        }
        self.write_cells(cells)
    }

    fn write_cells(&mut self, cells: &[String]) -> Result<(), Error> {
        let cells = cells
            .iter()
            .map(|cell| guarded(Formulas::Guard, Cow::Borrowed(cell)));
        write_cells(&mut self.writer, cells).map_err(|error| Error::write(&self.file, error))
    }

    pub(super) fn finish(self) -> Result<(), Error> {
        finish_csv(self.writer, &self.file)
    }
}

/// Whether a name promises JSON, which is no layout of rows here.
fn is_json(file: &str) -> bool {
    let lower = file.to_ascii_lowercase();
    [".json", ".json.gz", ".json.zst"]
        .iter()
        .any(|end| lower.ends_with(end))
}
