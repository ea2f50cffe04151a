//! A file as a stream of rows.

use std::collections::VecDeque;
use std::fmt;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use super::articles::RowArticles;
use super::error::Error;
use super::format::{Format, InputOptions};
use super::formula::Formulas;
use super::input::{Input, Stream, from_reader, open};
use super::json::decode;
use super::records::Records;
use super::row::{Cells, Draft, RowResult};
use super::scan::Syntax;
use super::schema::{Schema, clean_header};
use super::splitter::Splitter;

/// Bytes of rows in one batch, so that a batch of long rows does not fill the memory.
pub(super) const BATCH_BYTES: u64 = 32 << 20;

/// An open file of comments or articles.
///
/// Iterating gives `Result<RowResult, Error>`: the outer error ends the run (the disk fails, the
/// archive is broken), the inner one is a row's.
pub struct Table {
    schema: Arc<Schema>,
    records: Records,
    /// Rows read ahead to find the columns.
    pending: VecDeque<Draft>,
    notices: Vec<String>,
    /// Articles among the rows.
    articles: Option<RowArticles>,
}

impl Table {
    /// Opens a path, or standard input for `-`, and reads as far as the columns.
    pub fn open(path: impl AsRef<Path>, options: &InputOptions) -> Result<Self, Error> {
        Self::new(open(path.as_ref(), options)?, options)
    }

    /// Reads from any stream; `file` names it in messages, and its extension tells the layout.
    pub fn from_reader(
        file: &str,
        source: Box<dyn Read + Send>,
        options: &InputOptions,
    ) -> Result<Self, Error> {
        Self::new(from_reader(file, source, options)?, options)
    }

    /// A table of cells in memory, each row as long as the columns; `file` names it in messages.
    pub fn from_cells(file: &str, columns: &[&str], rows: Vec<Vec<String>>) -> Self {
        let header: Vec<String> = columns.iter().map(|&column| column.to_owned()).collect();
        let schema = Schema {
            file: file.to_owned(),
            format: Format::Csv,
            delimiter: b',',
            // The cells were never guarded.
            formulas: Formulas::Keep,
            has_mark: false,
            columns: header.clone(),
            header,
        };
        let syntax = Syntax::Lines { newline: b'\n' };
        let splitter = Splitter::new(Box::new(std::io::empty()) as Stream, syntax, 1, 0);
        let draft = |(number, cells): (u64, Vec<String>)| Draft {
            number,
            line: number,
            content: Ok(Cells::from_texts(&cells)),
        };
        Self {
            schema: Arc::new(schema),
            records: Records::new(splitter, Format::Csv, b','),
            pending: (1..).zip(rows).map(draft).collect(),
            notices: Vec::new(),
            articles: None,
        }
    }

    fn new(input: Input, options: &InputOptions) -> Result<Self, Error> {
        let delimiter = match input.syntax {
            Syntax::Quoted { delimiter, .. } => delimiter,
            Syntax::Lines { .. } => b',',
        };
        let mut schema = Schema {
            file: input.file,
            format: input.format,
            delimiter,
            formulas: options.formulas,
            has_mark: input.mark > 0,
            header: Vec::new(),
            columns: Vec::new(),
        };
        let splitter = Splitter::new(
            input.stream,
            input.syntax,
            options.max_record_bytes,
            input.mark as u64,
        );
        let mut records = Records::new(splitter, input.format, delimiter);
        let mut pending = VecDeque::new();
        match schema.format {
            Format::Jsonl => {
                pending = records.read_ahead(&schema.file)?;
                schema.columns = keys(&pending);
                schema.header.clone_from(&schema.columns);
            }
            Format::Csv | Format::Tsv => {
                schema.header = records.read_header(&schema)?;
                schema.columns = clean_header(&schema.header);
            }
        }
        let mut notices = input.notices;
        notices.extend(repeated(&schema));
        Ok(Self {
            articles: RowArticles::resolve(&schema),
            schema: Arc::new(schema),
            records,
            pending,
            notices,
        })
    }

    /// Name, layout and columns.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// Names of the columns; for JSONL, keys of the first 100 rows in order of appearance.
    pub fn columns(&self) -> &[String] {
        self.schema.columns()
    }

    /// What was found out about the file and may be wrong, for the user to read.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// Gives rows that are articles like all others, for who reads articles.
    pub(super) fn keep_articles(&mut self) -> bool {
        self.articles.take().is_some()
    }

    /// Names the columns of a file that has no header; what was taken for one becomes its first row.
    pub(super) fn take_header_as_row(&mut self, columns: &[&str]) {
        let columns: Vec<String> = columns.iter().map(|&column| column.to_owned()).collect();
        let mut schema = Schema::clone(&self.schema);
        let cells = std::mem::replace(&mut schema.header, columns.clone());
        schema.columns = columns;
        self.schema = Arc::new(schema);
        self.pending.push_front(Draft {
            number: self.records.count_header(),
            line: 1,
            content: Ok(Cells::from_texts(&cells)),
        });
    }

    /// How many bytes of the decompressed file have been read, for progress.
    pub fn offset(&self) -> u64 {
        self.records.offset()
    }

    /// Up to `max_rows` rows, fewer if they are long; none at the end of the file.
    pub fn read_batch(&mut self, max_rows: usize) -> Result<Vec<RowResult>, Error> {
        let start = self.offset();
        let mut batch = Vec::new();
        while batch.len() < max_rows && self.offset() - start < BATCH_BYTES {
            match self.next() {
                Some(row) => batch.push(row?),
                None => break,
            }
        }
        Ok(batch)
    }
}

impl Iterator for Table {
    type Item = Result<RowResult, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let draft = match self.pending.pop_front() {
                Some(draft) => Ok(Some(draft)),
                None => self.records.next_draft(&self.schema.file),
            };
            let row = draft.transpose()?.map(|draft| draft.finish(&self.schema));
            let Some(articles) = &mut self.articles else {
                return Some(row);
            };
            if let Some(row) = articles.pass(row) {
                return Some(row);
            }
        }
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

/// Keys of the rows read ahead, in order of appearance.
fn keys(drafts: &VecDeque<Draft>) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for draft in drafts {
        let Ok(Cells::Json(object)) = &draft.content else {
            continue;
        };
        for (key, _) in object.iter() {
            let key = decode(key);
            if !keys.iter().any(|known| *known == key) {
                keys.push(key.into_owned());
            }
        }
    }
    keys
}

/// A word about columns that have the same name.
fn repeated(schema: &Schema) -> Option<String> {
    let columns = &schema.columns;
    let repeats = |(idx, column): &(usize, &String)| columns[..*idx].contains(column);
    let (_, column) = columns.iter().enumerate().find(repeats)?;
    Some(format!(
        "{}: column `{column}` stands there twice; the first is used",
        schema.file
    ))
}
