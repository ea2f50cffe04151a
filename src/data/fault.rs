//! What can go wrong with one row; the run goes on.

use std::fmt;
use std::sync::Arc;

use super::row::Row;
use super::schema::Schema;

/// What is wrong with one row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A quote opens a cell and nothing closes it.
    #[error("quote opened on line {line} is never closed")]
    UnclosedQuote {
        /// Line of the file, from 1.
        line: u64,
    },
    /// A row longer than the limit; only its beginning is kept.
    #[error("row over {} (it has {n_bytes} bytes)", Size(*max_bytes))]
    TooLong {
        /// Length of the row.
        n_bytes: u64,
        /// The limit.
        max_bytes: usize,
    },
    /// Bytes that are not text in the file's encoding.
    #[error("byte {offset} of the file is not valid text in its encoding")]
    InvalidText {
        /// Position of the first such byte in the decompressed file, from 0.
        offset: u64,
    },
    /// A NUL byte in a text row.
    #[error("byte {offset} of the file is NUL")]
    Nul {
        /// Position in the decompressed file, from 0.
        offset: u64,
    },
    /// More or fewer cells than the header has.
    #[error("expected {expected} fields, got {got}")]
    FieldCount {
        /// Cells of the header.
        expected: usize,
        /// Cells of the row.
        got: usize,
    },
    /// Not JSON.
    #[error("not valid JSON at column {column}: {reason}")]
    NotJson {
        /// Byte of the row, from 1.
        column: usize,
        /// What the parser said.
        reason: String,
    },
    /// JSON, but not an object.
    #[error("not a JSON object")]
    NotAnObject,
    /// Half of a surrogate pair, which is no character.
    #[error("`{key}` has half of a surrogate pair, which is no character")]
    LoneSurrogate {
        /// Key of the value.
        key: String,
    },
    /// The row has no comment text.
    #[error("no text in `{column}`")]
    NoText {
        /// Column of the text.
        column: String,
    },
    /// A cell that must not be empty is.
    #[error("nothing in `{column}`")]
    Empty {
        /// Its column.
        column: String,
    },
    /// A cell that its source does not allow.
    #[error("`{column}`: `{value}` is not {expected}")]
    Unexpected {
        /// Its column.
        column: String,
        /// The cell.
        value: String,
        /// What is accepted.
        expected: String,
    },
    /// A label value that cannot be understood.
    #[error("label `{label}`: `{value}` is not 0/1, true/false or a share between 0 and 1")]
    Label {
        /// The label.
        label: String,
        /// The cell.
        value: String,
    },
}

impl Fault {
    /// What the owner of the file can do about it.
    pub fn remedy(&self) -> String {
        let text = match self {
            Self::UnclosedQuote { .. } => "close it, or double a quote that belongs to the text",
            Self::TooLong { .. } => "look for a missing line break, or raise --max-row-bytes",
            Self::InvalidText { .. } => {
                "convert the file, or name its encoding, as in --encoding windows-1252"
            }
            Self::Nul { .. } => "remove the NUL bytes",
            Self::FieldCount { .. } => "quote cells that contain the delimiter or a line break",
            Self::NotJson { .. } => "write one JSON object a line",
            Self::NotAnObject => "write one JSON object a line, such as {\"text\": \"…\"}",
            Self::LoneSurrogate { .. } => "write the character itself, or both of its escapes",
            Self::NoText { .. } => "fill it, or name another column with --text-column",
            Self::Empty { .. } => "fill it, or leave the row out",
            Self::Unexpected { .. } => "correct it, or leave it empty",
            Self::Label { label, .. } => {
                return format!("map another column with --label-map {label}=COLUMN");
            }
        };
        text.to_owned()
    }
}

/// Bytes as people write them.
struct Size(usize);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(usize, &str); 2] = [(1 << 20, "MiB"), (1 << 10, "KiB")];
        match UNITS
            .iter()
            .find(|(unit, _)| self.0 >= *unit && self.0.is_multiple_of(*unit))
        {
            Some((unit, name)) => write!(f, "{} {name}", self.0 / unit),
            None => write!(f, "{} bytes", self.0),
        }
    }
}

/// One row that cannot be used, with its place and its content.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}: row {row} (line {line}): {}", self.file(), self.message())]
pub struct RowError {
    pub(super) schema: Arc<Schema>,
    pub(super) row: u64,
    pub(super) line: u64,
    pub(super) fault: Fault,
    pub(super) raw: Vec<u8>,
}

impl RowError {
    /// Name of the file.
    pub fn file(&self) -> &str {
        self.schema.file()
    }

    /// Data row, from 1; the header and blank lines do not count.
    pub fn row(&self) -> u64 {
        self.row
    }

    /// Line of the file on which the row begins, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// What is wrong.
    pub fn fault(&self) -> &Fault {
        &self.fault
    }

    /// What is wrong and what to do, without the position: the text of the `error` column.
    pub fn message(&self) -> String {
        format!("{}; {}", self.fault, self.fault.remedy())
    }

    /// The row as it stands in the file (of a row over the limit, its beginning).
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The row as far as it can be read, for writing it out: cells that are missing are empty,
    /// surplus cells are joined into the last, and what has no cells stands in the first column.
    pub fn recover(&self) -> Row {
        let first = self.schema.columns.first();
        self.recover_under(first.map_or("raw", String::as_str))
    }

    /// The same, with what has no cells under `key`.
    pub(super) fn recover_under(&self, key: &str) -> Row {
        Row::recover(self, key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_people_write_them() {
        for (n_bytes, text) in [
            (16 << 20, "16 MiB"),
            (64 << 10, "64 KiB"),
            (1500, "1500 bytes"),
        ] {
            assert_eq!(Size(n_bytes).to_string(), text);
        }
    }
}
