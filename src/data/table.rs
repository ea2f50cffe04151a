//! A file as a stream of rows.

use std::collections::VecDeque;
use std::fmt;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use super::error::{Error, Fault};
use super::fields::FieldParser;
use super::format::{Format, InputOptions};
use super::formula::{Formulas, unguard};
use super::input::{Input, Stream, from_reader, open};
use super::json::{JsonObject, decode};
use super::row::{Cells, Draft, RowResult};
use super::scan::Syntax;
use super::schema::{Schema, clean_header};
use super::splitter::{RawRecord, Splitter};

/// JSONL rows whose keys make the columns. Chosen: optional keys have shown up by then, and no
/// one waits for them.
const KEY_ROWS: usize = 100;

/// Bytes of rows in one batch, so that a batch of long rows does not fill the memory.
const BATCH_BYTES: u64 = 32 << 20;

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
        let offset = input.mark as u64;
        let mut records = Records {
            splitter: Splitter::new(input.stream, input.syntax, options.max_record_bytes, offset),
            row: 0,
            parser: FieldParser::new(delimiter),
            n_columns: 0,
            format: input.format,
        };
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

    /// How many bytes of the decompressed file have been read, for progress.
    pub fn offset(&self) -> u64 {
        self.records.splitter.offset()
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
        let draft = match self.pending.pop_front() {
            Some(draft) => Ok(Some(draft)),
            None => self.records.next_draft(&self.schema.file),
        };
        Some(draft.transpose()?.map(|draft| draft.finish(&self.schema)))
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

/// Records and what makes rows of them.
struct Records {
    splitter: Splitter<Stream>,
    /// Rows read so far.
    row: u64,
    parser: FieldParser,
    n_columns: usize,
    format: Format,
}

impl Records {
    /// The cells of the first record that is not blank.
    fn read_header(&mut self, schema: &Schema) -> Result<Vec<String>, Error> {
        let file = &schema.file;
        loop {
            let record = self
                .splitter
                .next_record()
                .map_err(|error| Error::read(file, error))?;
            let Some(record) = record else {
                return Err(Error::Empty { file: file.clone() });
            };
            if record.bytes.is_empty() {
                continue;
            }
            let bad = |fault| Error::Header {
                file: file.clone(),
                fault,
            };
            let (text, ends) = split_cells(&record, &mut self.parser).map_err(bad)?;
            let starts = std::iter::once(&0).chain(&ends);
            let cells = starts.zip(&ends).map(|(start, end)| &text[*start..*end]);
            let header: Vec<String> = match schema.formulas {
                Formulas::Guard => cells.map(|cell| unguard(cell).to_owned()).collect(),
                Formulas::Keep => cells.map(str::to_owned).collect(),
            };
            self.n_columns = header.len();
            return Ok(header);
        }
    }

    /// The first rows of a JSONL file.
    fn read_ahead(&mut self, file: &str) -> Result<VecDeque<Draft>, Error> {
        let mut drafts = VecDeque::new();
        while drafts.len() < KEY_ROWS && self.splitter.offset() < BATCH_BYTES {
            match self.next_draft(file)? {
                Some(draft) => drafts.push_back(draft),
                None => break,
            }
        }
        if drafts.is_empty() {
            Err(Error::Empty {
                file: file.to_owned(),
            })
        } else {
            Ok(drafts)
        }
    }

    fn next_draft(&mut self, file: &str) -> Result<Option<Draft>, Error> {
        loop {
            let record = self
                .splitter
                .next_record()
                .map_err(|error| Error::read(file, error))?;
            let Some(record) = record else {
                return Ok(None);
            };
            let is_blank = match self.format {
                Format::Jsonl => record.bytes.trim_ascii().is_empty(),
                Format::Csv | Format::Tsv => record.bytes.is_empty(),
            };
            if is_blank {
                continue;
            }
            self.row += 1;
            let cells = match self.format {
                Format::Jsonl => check(&record).and_then(JsonObject::parse).map(Cells::Json),
                Format::Csv | Format::Tsv => csv_cells(&record, &mut self.parser, self.n_columns),
            };
            let content = cells.map_err(|fault| (fault, record.bytes.to_vec()));
            return Ok(Some(Draft {
                row: self.row,
                line: record.line,
                content,
            }));
        }
    }
}

fn csv_cells(
    record: &RawRecord<'_>,
    parser: &mut FieldParser,
    n_columns: usize,
) -> Result<Cells, Fault> {
    let (text, ends) = split_cells(record, parser)?;
    if ends.len() == n_columns {
        Ok(Cells::Csv { text, ends })
    } else {
        Err(Fault::FieldCount {
            expected: n_columns,
            got: ends.len(),
        })
    }
}

fn split_cells(
    record: &RawRecord<'_>,
    parser: &mut FieldParser,
) -> Result<(Box<str>, Box<[usize]>), Fault> {
    let text = check(record)?;
    let (cells, ends) = parser.parse(text.as_bytes());
    // Cells of valid text are valid: quotes and delimiters are ASCII.
    let cells = std::str::from_utf8(cells).map_err(|error| at(record, error.valid_up_to()))?;
    Ok((cells.into(), ends.into()))
}

/// The record as text, if it is whole, valid and without NUL.
fn check<'a>(record: &RawRecord<'a>) -> Result<&'a str, Fault> {
    if let Some(fault) = &record.fault {
        return Err(fault.clone());
    }
    if let Some(idx) = memchr::memchr(0, record.bytes) {
        return Err(Fault::Nul {
            offset: record.offset + idx as u64,
        });
    }
    std::str::from_utf8(record.bytes).map_err(|error| at(record, error.valid_up_to()))
}

fn at(record: &RawRecord<'_>, idx: usize) -> Fault {
    Fault::InvalidText {
        offset: record.offset + idx as u64,
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
