//! Makes rows of records, before the columns of the file are known.

use std::collections::VecDeque;

use super::error::Error;
use super::fault::Fault;
use super::fields::FieldParser;
use super::format::Format;
use super::formula::{Formulas, unguard};
use super::input::Stream;
use super::json::JsonObject;
use super::row::{Cells, Draft};
use super::schema::Schema;
use super::splitter::{RawRecord, Splitter};
use super::table::BATCH_BYTES;

/// JSONL rows whose keys make the columns. Chosen: optional keys have shown up by then, and no
/// one waits for them.
const KEY_ROWS: usize = 100;

/// Records and what makes rows of them.
pub(super) struct Records {
    splitter: Splitter<Stream>,
    /// Rows read so far.
    row: u64,
    parser: FieldParser,
    n_columns: usize,
    format: Format,
}

impl Records {
    pub(super) fn new(splitter: Splitter<Stream>, format: Format, delimiter: u8) -> Self {
        Self {
            splitter,
            row: 0,
            parser: FieldParser::new(delimiter),
            n_columns: 0,
            format,
        }
    }

    /// How many bytes of the stream are read.
    pub(super) fn offset(&self) -> u64 {
        self.splitter.offset()
    }

    /// The cells of the first record that is not blank.
    pub(super) fn read_header(&mut self, schema: &Schema) -> Result<Vec<String>, Error> {
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

    /// Counts the header among the rows, before any other is read; gives its number.
    pub(super) fn count_header(&mut self) -> u64 {
        self.row += 1;
        self.row
    }

    /// The first rows of a JSONL file.
    pub(super) fn read_ahead(&mut self, file: &str) -> Result<VecDeque<Draft>, Error> {
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

    /// The next row that is not blank.
    pub(super) fn next_draft(&mut self, file: &str) -> Result<Option<Draft>, Error> {
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
                Format::Jsonl => json_object(&record),
                Format::Csv | Format::Tsv => csv_cells(&record, &mut self.parser, self.n_columns),
            };
            let content = cells.map_err(|fault| (fault, record.bytes.to_vec()));
            return Ok(Some(Draft {
                number: self.row,
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

/// The cells of a record, if it is whole and text.
fn split_cells(
    record: &RawRecord<'_>,
    parser: &mut FieldParser,
) -> Result<(Box<str>, Box<[usize]>), Fault> {
    check_whole(record)?;
    let (cells, ends) = parser.parse(record.bytes);
    // Looking once at the cells is enough (and measurably faster than at the record too): bytes
    // that form a character only across two cells have a cell end inside it.
    match std::str::from_utf8(cells) {
        Ok(text) if ends.iter().all(|end| text.is_char_boundary(*end)) => {
            Ok((text.into(), ends.into()))
        }
        _ => Err(invalid_text(record)),
    }
}

fn json_object(record: &RawRecord<'_>) -> Result<Cells, Fault> {
    check_whole(record)?;
    let line = std::str::from_utf8(record.bytes).map_err(|_| invalid_text(record))?;
    JsonObject::parse(line).map(Cells::Json)
}

fn check_whole(record: &RawRecord<'_>) -> Result<(), Fault> {
    if let Some(fault) = &record.fault {
        return Err(fault.clone());
    }
    let nul = memchr::memchr(0, record.bytes);
    nul.map_or(Ok(()), |idx| {
        Err(Fault::Nul {
            offset: record.offset + idx as u64,
        })
    })
}

/// Names the first byte that is no text.
fn invalid_text(record: &RawRecord<'_>) -> Fault {
    let valid = std::str::from_utf8(record.bytes);
    let idx = valid.map_or_else(|error| error.valid_up_to(), str::len);
    Fault::InvalidText {
        offset: record.offset + idx as u64,
    }
}
