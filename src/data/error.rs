//! What can go wrong with a file as a whole; it ends the run.

use std::io;

use super::fault::Fault;

/// Why a file as a whole cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is nothing at the path.
    #[error("{file}: no such file; check the path")]
    NotFound {
        /// The path as given.
        file: String,
    },
    /// The path names a directory.
    #[error("{file}: is a directory; name a file")]
    Directory {
        /// The path as given.
        file: String,
    },
    /// The operating system refuses to open it.
    #[error("{file}: cannot be opened")]
    Open {
        /// The path as given.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// A file is to be written where there is no folder.
    #[error("{file}: there is no folder {folder}; make it or name another")]
    NoFolder {
        /// The path as given.
        file: String,
        /// The folder that is not there.
        folder: String,
    },
    /// A file is to be written whose name promises what is not written.
    #[error(
        "{file}: no {extension} is written here; name a file of another kind (a spreadsheet opens .csv)"
    )]
    ForeignFormat {
        /// The path as given.
        file: String,
        /// What its name promises.
        extension: String,
    },
    /// Reading broke off: a broken archive, a failing disk.
    #[error("{file}: cannot be read to its end; it may be cut short or damaged, get it again")]
    Read {
        /// The path as given.
        file: String,
        /// What the system or the decompressor said.
        source: io::Error,
    },
    /// No header and no row.
    #[error("{file}: is empty; check how it was made")]
    Empty {
        /// The path as given.
        file: String,
    },
    /// A whole file that does not fit in memory.
    #[error("{file}: is longer than {max_megabytes} MB; no single page is")]
    TooLong {
        /// The path as given.
        file: String,
        /// The limit.
        max_megabytes: usize,
    },
    /// Not text.
    #[error("{file}: looks like a binary file ({kind}); export it as CSV, TSV or JSONL")]
    Binary {
        /// The path as given.
        file: String,
        /// What gave it away.
        kind: &'static str,
    },
    /// Text in an encoding that is not recognised.
    #[error("{file}: is neither utf-8 nor windows-1252; name its encoding with --encoding")]
    UnrecognisedEncoding {
        /// The path as given.
        file: String,
    },
    /// A JSON array where one object a line is expected.
    #[error("{file}: is one JSON array, not one object a line; convert it with: jq -c '.[]'")]
    JsonArray {
        /// The path as given.
        file: String,
    },
    /// The header line cannot be read.
    #[error("{file}: header: {fault}; {}", fault.remedy())]
    Header {
        /// The path as given.
        file: String,
        /// What is wrong with it.
        fault: Fault,
    },
    /// A column was asked for by name and is not there.
    #[error("{file}: no column `{column}`{hint}; its columns are {columns}")]
    NoColumn {
        /// The file searched.
        file: String,
        /// The name asked for.
        column: String,
        /// Empty, or the nearest name.
        hint: String,
        /// All names.
        columns: String,
    },
    /// No column has one of the usual names for something that is required.
    #[error("{file}: no column looks like {what}; {remedy}; its columns are {columns}")]
    NoUsualColumn {
        /// The file searched.
        file: String,
        /// What was looked for.
        what: &'static str,
        /// What to do.
        remedy: &'static str,
        /// All names.
        columns: String,
    },
    /// A label has no column.
    #[error(
        "{file}: no column for label `{label}`: there is no `{column}`{hint}; \
         map another with --label-map {label}=COLUMN; its columns are {columns}"
    )]
    NoLabelColumn {
        /// The file searched.
        file: String,
        /// The label.
        label: String,
        /// The column it should have.
        column: String,
        /// Empty, or the nearest name.
        hint: String,
        /// All names.
        columns: String,
    },
    /// A file is not of the source it was given as.
    #[error(
        "{file}: is no file of {source_name}: it has no column `{missing}`; its columns are {columns}; \
         the columns of each source stand in `ombuds data import --help`"
    )]
    NotOfSource {
        /// The file searched.
        file: String,
        /// The source.
        source_name: &'static str,
        /// Columns that it should have.
        missing: String,
        /// All names.
        columns: String,
    },
    /// A file is of another source than it was given as.
    #[error(
        "{file}: looks like a file of {other}, not of {source_name}, which does not take its columns \
         `{columns}`; read it with `ombuds data import {other}`"
    )]
    OfOtherSource {
        /// The file searched.
        file: String,
        /// The source it was given as.
        source_name: &'static str,
        /// The source that takes more of it.
        other: &'static str,
        /// Columns that only the other takes.
        columns: String,
    },
    /// The output has a layout that is not written here.
    #[error("{file}: only csv and tsv are written; end its name in .csv or .tsv")]
    CsvOnly {
        /// The path as given.
        file: String,
    },
    /// An option's value cannot be understood.
    #[error("{option}: `{given}` is not {expected}")]
    BadOption {
        /// The option.
        option: &'static str,
        /// What was given.
        given: String,
        /// What is accepted.
        expected: &'static str,
    },
    /// A line of a phrases file cannot be used.
    #[error("{file}: line {line}: `{given}` {remedy}")]
    Phrase {
        /// The path as given.
        file: String,
        /// Line of the file, from 1.
        line: u64,
        /// What stands there.
        given: String,
        /// What is wrong with it and what should stand there.
        remedy: &'static str,
    },
    /// The output would replace the input.
    #[error("{file}: is also an input; write to another file")]
    OverInput {
        /// The path as given.
        file: String,
    },
    /// The output cannot be written: no permission, disk full.
    #[error("{file}: cannot be written")]
    Write {
        /// The path as given.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// The reader of the output went away (`| head`): for a command line that is success.
    #[error("{file}: its reader went away")]
    BrokenPipe {
        /// The path as given.
        file: String,
    },
}

impl Error {
    /// Whether the output's reader went away, which ends a run without being a failure.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::BrokenPipe { .. })
    }

    pub(super) fn read(file: &str, source: io::Error) -> Self {
        Self::Read {
            file: file.to_owned(),
            source,
        }
    }

    pub(super) fn write(file: &str, source: io::Error) -> Self {
        let file = file.to_owned();
        match source.kind() {
            io::ErrorKind::BrokenPipe => Self::BrokenPipe { file },
            _ => Self::Write { file, source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_pipe_is_told_apart() {
        assert!(Error::write("-", io::ErrorKind::BrokenPipe.into()).is_broken_pipe());
        assert!(!Error::write("-", io::ErrorKind::StorageFull.into()).is_broken_pipe());
    }
}
