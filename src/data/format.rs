//! File formats, how a name tells them, and the options of reading.

use std::fmt;
use std::str::FromStr;

use super::encoding::Encoding;
use super::error::Error;
use super::formula::Formulas;

/// Longest row by default. Chosen: a thousand times the longest comment sites accept, and small
/// enough that a few of them fit in memory.
pub const MAX_RECORD_BYTES: usize = 16 << 20;

/// How rows are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Cells separated by comma, semicolon or tab (`1,Grüße`).
    Csv,
    /// Cells separated by tab.
    Tsv,
    /// One JSON object a line (`{"id": 1, "text": "Grüße"}`).
    Jsonl,
}

impl Format {
    /// The word for it in options and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Jsonl => "jsonl",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self, Error> {
        match word.to_ascii_lowercase().as_str() {
            "csv" => Ok(Self::Csv),
            "tsv" | "tab" => Ok(Self::Tsv),
            "jsonl" | "ndjson" => Ok(Self::Jsonl),
            _ => Err(Error::BadOption {
                option: "--format",
                given: word.to_owned(),
                expected: "csv, tsv or jsonl",
            }),
        }
    }
}

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    /// Not at all.
    None,
    /// gzip, RFC 1952.
    Gzip,
    /// Zstandard, RFC 8878.
    Zstd,
}

impl Compression {
    /// What the first bytes of a file say.
    pub(super) fn from_magic(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            _ => Self::None,
        }
    }
}

/// What the extensions of a file name say: `comments.csv.gz` is gzip of CSV.
pub(super) fn from_name(name: &str) -> (Option<Format>, Compression) {
    let lower = name.to_ascii_lowercase();
    let (stem, compression) = if let Some(stem) = lower.strip_suffix(".gz") {
        (stem, Compression::Gzip)
    } else if let Some(stem) = lower.strip_suffix(".zst") {
        (stem, Compression::Zstd)
    } else {
        (lower.as_str(), Compression::None)
    };
    let format = stem
        .rsplit_once('.')
        .and_then(|(_, extension)| extension.parse().ok());
    (format, compression)
}

/// How to read a file. The default finds out everything by itself.
#[derive(Clone, Debug)]
pub struct InputOptions {
    /// Layout; by default the extension tells, and for other names the first byte.
    pub format: Option<Format>,
    /// Encoding; by default detected, see [`Encoding`].
    pub encoding: Option<Encoding>,
    /// Delimiter of CSV; by default comma, semicolon or tab, whichever fits the first rows.
    pub delimiter: Option<u8>,
    /// Longest row; longer ones become row errors and only their beginning is kept.
    pub max_record_bytes: usize,
    /// Whether the leading `'` that guards against spreadsheet formulas is taken off again.
    pub formulas: Formulas,
}

impl Default for InputOptions {
    fn default() -> Self {
        Self {
            format: None,
            encoding: None,
            delimiter: None,
            max_record_bytes: MAX_RECORD_BYTES,
            formulas: Formulas::Guard,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_tell_format_and_compression() {
        for (name, format, compression) in [
            ("a.csv", Some(Format::Csv), Compression::None),
            ("a.b.TSV.gz", Some(Format::Tsv), Compression::Gzip),
            (
                "dir.csv/a.ndjson.zst",
                Some(Format::Jsonl),
                Compression::Zstd,
            ),
            ("a.jsonl", Some(Format::Jsonl), Compression::None),
            ("a.txt", None, Compression::None),
            ("csv", None, Compression::None),
            ("a.gz", None, Compression::Gzip),
        ] {
            assert_eq!(from_name(name), (format, compression), "{name}");
        }
    }

    #[test]
    fn an_unknown_format_lists_the_known() {
        let error = "xlsx".parse::<Format>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "--format: `xlsx` is not csv, tsv or jsonl"
        );
    }
}
