//! Publishers' own files → one CSV that training and evaluation read with no further options.
//!
//! A [`Source`] is a table of columns; [`import`] applies it row by row. Only One Million Posts, whose
//! posts are spread over rows, and the files that stand beside comments (bodies, late labels, raters)
//! are held in memory. Labels that mean the same have one name in all sources, the default model's or
//! else Perspective's, so that several can be trained on together; an empty label is unknown. Nothing is downloaded and no text is changed beyond
//! what its table says.
//!
//! The tables, output column and origin:
//!
#![doc = include_str!("sources.md")]

mod apart;
mod beside;
mod categories;
mod escapes;
mod field;
mod run;
mod sources;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use super::error::Error;
use super::fault::RowError;
use super::row::RowResult;
use super::schema::Schema;
use field::Field;
pub use run::import;

/// A publisher's format.
#[derive(Debug)]
pub struct Source {
    /// The word for it on the command line.
    pub name: &'static str,
    /// What it is, and which of its files.
    pub about: &'static str,
    fields: &'static [Field],
    rows: Rows,
}

/// What stands in a row, and in which files.
#[derive(Clone, Copy, Debug)]
enum Rows {
    /// A comment.
    Alone,
    /// A comment, with more of it in files beside that have the same key. Columns in `bare` may come in
    /// a file of key and value that has no header.
    Beside {
        key: &'static [&'static str],
        bare: &'static [&'static str],
    },
    /// A comment, with its raters and their spans in files beside.
    Raters,
    /// A comment and one category.
    Categories,
}

impl Source {
    /// Whether its files may have labels.
    pub fn has_labels(&self) -> bool {
        matches!(self.rows, Rows::Categories) || self.fields.iter().any(Field::is_label)
    }

    /// All sources.
    pub fn all() -> &'static [Self] {
        sources::SOURCES
    }

    /// The source of that name.
    pub fn find(name: &str) -> Option<&'static Self> {
        Self::all().iter().find(|source| source.name == name)
    }

    /// Its mapping table: a line for each column of the output.
    pub fn table(&self) -> String {
        let mut lines: Vec<(String, String)> = self
            .fields
            .iter()
            .map(|field| (field.column.to_owned(), field.origin()))
            .collect();
        if let Rows::Categories = self.rows {
            for (name, label) in categories::CATEGORIES {
                lines.push((label.to_owned(), format!("Value where Category is {name}")));
            }
            lines.push(("<label>_fold".to_owned(), "Fold of that row".to_owned()));
        }
        let width = lines.iter().map(|line| line.0.len()).max().unwrap_or(0);
        let mut table = format!("{}: {}\n", self.name, self.about);
        for (column, origin) in lines {
            let _ = writeln!(table, "  {column:width$}  {origin}");
        }
        table
    }

    /// Whether a column of that name goes into the output.
    fn takes(&self, name: &str) -> bool {
        let names = self
            .fields
            .iter()
            .flat_map(|field| [field.from, field.with]);
        names
            .flatten()
            .any(|known| known.eq_ignore_ascii_case(name))
    }

    /// The columns of a file without a header, whose first row was taken for one: a key, and a word that
    /// tells which column it is of.
    fn bare_columns(&self, schema: &Schema) -> Option<[&'static str; 2]> {
        let Rows::Beside { key, bare } = self.rows else {
            return None;
        };
        let [_, word] = schema.columns() else {
            return None;
        };
        let mut fields = self.fields.iter().filter(|field| field.knows(word));
        let column = fields.find_map(|field| bare.iter().find(|name| field.from.contains(name)))?;
        Some([key.first()?, column])
    }

    /// The names of the text: what makes a file one of comments.
    fn text(&self) -> &'static [&'static str] {
        let text = self.fields.iter().find(|field| field.column == "text");
        text.map_or(&[], |field| field.from)
    }

    /// The error that tells which required columns are in none of the files.
    fn lacks_required(&self, schema: &Schema, beside: &[String]) -> Error {
        let is_there = |field: &&Field| {
            let in_beside = |name| beside.iter().any(|column| column == name);
            schema.usual(field.from).is_some() || field.from.iter().any(in_beside)
        };
        let required = self.fields.iter().filter(|field| field.is_required);
        let missing = required.filter(|field| !is_there(field));
        let missing: Vec<&str> = missing
            .filter_map(|field| field.from.first().copied())
            .collect();
        not_of(self, schema, &missing)
    }
}

/// What an import made: not yet in its place, see [`finish`](Imported::finish).
#[derive(Debug)]
pub struct Imported {
    /// Comments written.
    pub rows: u64,
    /// Rows that were used, of all files.
    pub n_good: u64,
    /// Labels, in the order of their columns.
    pub labels: Vec<ImportedLabel>,
    /// What found no partner where files stand beside the comments.
    pub unmatched: Unmatched,
    output: run::Output,
}

impl Imported {
    /// Lets the output appear. Dropped instead, it leaves no file behind.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn finish(self) -> Result<(), Error> {
        self.output.finish()
    }
}

/// What an import found of a label.
#[derive(Debug, Default, PartialEq)]
pub struct ImportedLabel {
    /// Its name, which is that of its column.
    pub label: String,
    /// Comments of which it is known.
    pub known: u64,
    /// Sum of its shares.
    pub positives: f64,
}

/// Comments and keys of the files beside that have no partner.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Unmatched {
    /// Comments whose key is in no file beside.
    pub comments: u64,
    /// Keys of the files beside that no comment has.
    pub keys: u64,
    /// The first of these.
    pub first_key: Option<String>,
}

/// Rows that were used, and where the others are told.
struct Counts<'a> {
    n_good: u64,
    tell: &'a mut dyn FnMut(&RowError),
}

impl Counts<'_> {
    /// A row that could be read; others are told.
    fn good(&mut self, row: RowResult) -> Option<super::row::Row> {
        let row = row.map_err(|error| (self.tell)(&error)).ok()?;
        self.n_good += 1;
        Some(row)
    }

    /// A row that could be read and yet not be used.
    fn bad(&mut self, error: &RowError) {
        self.n_good -= 1;
        (self.tell)(error);
    }
}

/// A key as files write it, with or without the `.0` of files with gaps.
fn key_of(cell: &str) -> String {
    let cell = cell.trim();
    cell.strip_suffix(".0").unwrap_or(cell).to_owned()
}

fn not_of(source: &Source, schema: &Schema, missing: &[&str]) -> Error {
    Error::NotOfSource {
        file: schema.file.clone(),
        source_name: source.name,
        missing: missing.join("`, `"),
        columns: schema.list(),
    }
}
