//! Cuts a stream of bytes into records, in bounded memory and without losing a byte.
//!
//! Knows quotes and line ends, not cells: [`Table`](super::Table) makes rows of the records.
//! The records and their separators, joined, are the input; the only exception is a record over the
//! limit, of which the beginning is kept.
//!
//! # Complexity
//! O(n) for any input. A quote without partner costs one look ahead; until the place where that
//! look failed, lines are read one by one, so nothing is looked at a third time.

use std::io::{self, Read};
use std::ops::Range;

use memchr::{memchr, memchr_iter};

use super::fault::Fault;
use super::scan::{Scan, Step, Syntax, unclosed_on_line};

/// Bytes asked of the source at once. Measured: larger reads gain nothing.
const CHUNK: usize = 256 << 10;

/// How much of a record over the limit is kept. Chosen: enough to recognise it.
const KEPT_BYTES: usize = 64 << 10;

/// One record, without its line end.
#[derive(Debug)]
pub(super) struct RawRecord<'a> {
    /// The record.
    pub(super) bytes: &'a [u8],
    /// The line end that followed it; empty at the end of the input.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the law that no byte is lost needs it")
    )]
    pub(super) separator: &'a [u8],
    /// Line on which it begins, from 1.
    pub(super) line: u64,
    /// Position of its first byte in the stream.
    pub(super) offset: u64,
    /// Why it is not a whole record.
    pub(super) fault: Option<Fault>,
}

/// The stream and what of it is not yet cut.
pub(super) struct Splitter<R> {
    source: R,
    syntax: Syntax,
    max_bytes: usize,
    buffer: Vec<u8>,
    /// The part of the buffer that is read and not yet cut.
    unread: Range<usize>,
    at_eof: bool,
    /// Position of `unread` in the stream.
    offset: u64,
    line: u64,
    /// Records that begin before this position are single lines.
    single_lines_until: u64,
    /// Beginning of a record over the limit.
    kept: Vec<u8>,
}

/// Where the next record ends and what is wrong with it.
enum Cut {
    Record { end: usize, fault: Option<Fault> },
    TooLong,
    Nothing,
}

impl<R: Read> Splitter<R> {
    /// Cuts `source`, whose first byte has position `offset` in the file.
    pub(super) fn new(source: R, syntax: Syntax, max_bytes: usize, offset: u64) -> Self {
        Self {
            source,
            syntax,
            max_bytes,
            buffer: Vec::new(),
            unread: 0..0,
            at_eof: false,
            offset,
            line: 1,
            single_lines_until: 0,
            kept: Vec::new(),
        }
    }

    /// Position in the stream of the next record.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// The next record; blank lines are records without bytes.
    pub(super) fn next_record(&mut self) -> io::Result<Option<RawRecord<'_>>> {
        let (line, offset) = (self.line, self.offset);
        let (end, fault) = match self.find_cut()? {
            Cut::Record { end, fault } => (end, fault),
            Cut::TooLong => return self.skip_long_record().map(Some),
            Cut::Nothing => return Ok(None),
        };
        let start = self.unread.start;
        let has_newline = end < self.unread.len();
        let consumed = self.consume(end + usize::from(has_newline));
        let record = &self.buffer[start..start + end];
        let n_bytes = record.strip_suffix(b"\r").map_or(end, <[u8]>::len);
        let (bytes, separator) = self.buffer[consumed].split_at(n_bytes);
        Ok(Some(RawRecord {
            bytes,
            separator,
            line,
            offset,
            fault,
        }))
    }

    fn find_cut(&mut self) -> io::Result<Cut> {
        let newline = self.syntax.newline();
        let single_line = self.offset < self.single_lines_until;
        let syntax = if single_line {
            Syntax::Lines { newline }
        } else {
            self.syntax
        };
        // Room for the line end, so that the limit does not depend on where a chunk ended.
        let limit = self.max_bytes.saturating_add(2);
        let mut scan = Scan::default();
        loop {
            let n_bytes = self.unread.len().min(limit);
            let complete = self.at_eof && n_bytes == self.unread.len();
            if complete && n_bytes == 0 {
                return Ok(Cut::Nothing);
            }
            let window = &self.buffer[self.unread.start..self.unread.start + n_bytes];
            match scan.step(window, complete, syntax) {
                Step::Record(end) if single_line => {
                    let opened = unclosed_on_line(&window[..end], self.syntax);
                    let fault = opened.map(|_| Fault::UnclosedQuote { line: self.line });
                    return Ok(Cut::Record { end, fault });
                }
                Step::Record(end) => return Ok(Cut::Record { end, fault: None }),
                Step::Unclosed { opened, until } => {
                    return Ok(self.first_line(n_bytes, opened, until));
                }
                Step::Starved if n_bytes < limit => self.fill()?,
                Step::Starved if memchr(newline, window).is_some() => {
                    let opened = memchr(b'"', window).unwrap_or(0);
                    return Ok(self.first_line(n_bytes, opened, n_bytes));
                }
                Step::Starved => return Ok(Cut::TooLong),
            }
        }
    }

    /// Gives up on a record whose quote at `opened` has no partner: its first line is the bad row.
    fn first_line(&mut self, n_bytes: usize, opened: usize, until: usize) -> Cut {
        let window = &self.buffer[self.unread.start..self.unread.start + n_bytes];
        let newline = self.syntax.newline();
        let end = memchr(newline, window).unwrap_or(n_bytes);
        let line = self.line + memchr_iter(newline, &window[..opened]).count() as u64;
        self.single_lines_until = self.offset + until as u64;
        Cut::Record {
            end,
            fault: Some(Fault::UnclosedQuote { line }),
        }
    }

    /// Drops a line over the limit up to its end, keeping the beginning.
    fn skip_long_record(&mut self) -> io::Result<RawRecord<'_>> {
        let (line, offset) = (self.line, self.offset);
        let newline = self.syntax.newline();
        let window = &self.buffer[self.unread.clone()];
        self.kept.clear();
        self.kept
            .extend_from_slice(&window[..window.len().min(KEPT_BYTES).min(self.max_bytes)]);
        let separator = loop {
            if let Some(end) = memchr(newline, &self.buffer[self.unread.clone()]) {
                self.consume(end);
                break self.consume(1);
            }
            self.consume(self.unread.len());
            if self.at_eof {
                break self.unread.clone();
            }
            self.fill()?;
        };
        let n_bytes = self.offset - offset - separator.len() as u64;
        let fault = Some(Fault::TooLong {
            n_bytes,
            max_bytes: self.max_bytes,
        });
        let separator = &self.buffer[separator];
        Ok(RawRecord {
            bytes: &self.kept,
            separator,
            line,
            offset,
            fault,
        })
    }

    /// Moves past `n_bytes` and returns where they are in the buffer.
    fn consume(&mut self, n_bytes: usize) -> Range<usize> {
        let consumed = self.unread.start..self.unread.start + n_bytes;
        self.line +=
            memchr_iter(self.syntax.newline(), &self.buffer[consumed.clone()]).count() as u64;
        self.offset += n_bytes as u64;
        self.unread.start = consumed.end;
        consumed
    }

    /// Reads more behind what is unread.
    fn fill(&mut self) -> io::Result<()> {
        if self.unread.start > 0 {
            self.buffer.copy_within(self.unread.clone(), 0);
            self.unread = 0..self.unread.len();
        }
        if self.buffer.len() - self.unread.end < CHUNK / 2 {
            let n_bytes = (self.buffer.len() * 2).max(CHUNK);
            self.buffer.resize(n_bytes, 0);
        }
        let n_read = loop {
            match self.source.read(&mut self.buffer[self.unread.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.unread.end += n_read;
        self.at_eof = n_read == 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CSV: Syntax = Syntax::Quoted {
        newline: b'\n',
        delimiter: b',',
    };

    /// A source that gives one to three bytes at a time.
    struct Drip<'a>(&'a [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let n_bytes = (1 + self.0.len() % 3).min(self.0.len()).min(buffer.len());
            buffer[..n_bytes].copy_from_slice(&self.0[..n_bytes]);
            self.0 = &self.0[n_bytes..];
            Ok(n_bytes)
        }
    }

    /// All records as (text, line, offset, fault).
    fn split(source: impl Read, max_bytes: usize) -> Vec<(String, u64, u64, Option<Fault>)> {
        let mut splitter = Splitter::new(source, CSV, max_bytes, 0);
        let mut records = Vec::new();
        while let Some(record) = splitter.next_record().unwrap() {
            let text = String::from_utf8_lossy(record.bytes).into_owned();
            records.push((text, record.line, record.offset, record.fault));
        }
        records
    }

    fn texts(input: &str) -> Vec<String> {
        split(input.as_bytes(), 1000)
            .into_iter()
            .map(|record| record.0)
            .collect()
    }

    #[test]
    fn lines_blank_lines_and_line_ends() {
        for (input, expected) in [
            ("", vec![]),
            ("a", vec!["a"]),
            ("a\n", vec!["a"]),
            ("a\r\nb\r\n", vec!["a", "b"]),
            ("a\n\nb", vec!["a", "", "b"]),
            ("\"x\r\ny\",1\r\nb", vec!["\"x\r\ny\",1", "b"]),
        ] {
            assert_eq!(texts(input), expected, "{input:?}");
        }
    }

    #[test]
    fn an_unclosed_quote_costs_one_line_and_names_it() {
        let records = split("h\n1,\"a\n2,b\n3,c\n".as_bytes(), 1000);
        let fault = Some(Fault::UnclosedQuote { line: 2 });
        assert_eq!(records[1], ("1,\"a".into(), 2, 2, fault));
        assert_eq!(records[2], ("2,b".into(), 3, 7, None));
        assert_eq!(records.len(), 4);
    }

    #[test]
    fn an_unclosed_quote_does_not_swallow_rows_up_to_the_next_quoted_cell() {
        let records = split("1,\"a\n2,b\n3,\"c\nd\"\n4,e\n".as_bytes(), 1000);
        let texts: Vec<_> = records.iter().map(|record| record.0.as_str()).collect();
        assert_eq!(texts, ["1,\"a", "2,b", "3,\"c\nd\"", "4,e"]);
        assert_eq!(
            records.iter().filter(|record| record.3.is_some()).count(),
            1
        );
    }

    #[test]
    fn a_quote_unclosed_within_the_limit_costs_one_line() {
        let input = format!("1,\"a\n{}", "2,b\n".repeat(50));
        let records = split(input.as_bytes(), 40);
        assert_eq!(records.len(), 51);
        assert_eq!(
            records.iter().filter(|record| record.3.is_some()).count(),
            1
        );
    }

    #[test]
    fn a_long_line_keeps_its_beginning_and_reading_goes_on() {
        let input = format!("a\n{}\nb\n", "x".repeat(20 << 20));
        let records = split(input.as_bytes(), 1 << 20);
        let fault = Some(Fault::TooLong {
            n_bytes: 20 << 20,
            max_bytes: 1 << 20,
        });
        assert_eq!(records[1], ("x".repeat(KEPT_BYTES), 2, 2, fault));
        assert_eq!(records[2], ("b".into(), 3, (20 << 20) + 3, None));
    }

    #[test]
    fn a_hostile_ladder_of_quotes_stays_linear() {
        let input = "\"y\n".to_owned() + &"x\",\"y\n".repeat(400_000);
        assert!(split(input.as_bytes(), 1 << 20).len() > 100_000);
    }

    fn csv_bytes() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![
            3 => Just(b'"'), 3 => Just(b'\n'), 2 => Just(b','), 1 => Just(b'\r'), 4 => any::<u8>()
        ];
        proptest::collection::vec(byte, 0..200)
    }

    proptest! {
        #[test]
        fn no_byte_is_lost(input in csv_bytes(), max_bytes in 0_usize..60) {
            let mut splitter = Splitter::new(input.as_slice(), CSV, max_bytes, 0);
            let (mut at, mut line) = (0, 1);
            while let Some(record) = splitter.next_record().unwrap() {
                let newlines = |bytes: &[u8]| memchr_iter(b'\n', bytes).count() as u64;
                let n_bytes = match record.fault {
                    Some(Fault::TooLong { n_bytes, .. }) => n_bytes as usize,
                    _ => record.bytes.len(),
                };
                prop_assert_eq!((record.offset, record.line), (at as u64, line));
                prop_assert_eq!(&input[at..at + record.bytes.len()], record.bytes);
                at += n_bytes;
                prop_assert_eq!(&input[at..at + record.separator.len()], record.separator);
                at += record.separator.len();
                line += newlines(record.bytes) + newlines(record.separator);
            }
            prop_assert_eq!(at, input.len());
        }

        #[test]
        fn pieces_give_the_same_as_the_whole(input in csv_bytes(), max_bytes in 0_usize..60) {
            prop_assert_eq!(split(input.as_slice(), max_bytes), split(Drip(&input), max_bytes));
        }
    }
}
