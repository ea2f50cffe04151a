//! Finds where a record ends, in whatever pieces the bytes arrive.
//!
//! Pure: it looks at a window of bytes and remembers where it stopped. The
//! [`Splitter`](super::splitter::Splitter) owns the bytes.
//!
//! A quote opens a cell only at its beginning, and `""` inside stands for one quote; elsewhere a
//! quote is text. These are the rules of the csv crate, so both see the same records.

use memchr::{memchr, memchr2, memrchr};

const QUOTE: u8 = b'"';

/// What separates records and cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    /// Every line is a record.
    Lines {
        /// Ends a line.
        newline: u8,
    },
    /// A line break inside quotes belongs to the cell.
    Quoted {
        /// Ends a line.
        newline: u8,
        /// Ends a cell.
        delimiter: u8,
    },
}

impl Syntax {
    pub(super) fn newline(self) -> u8 {
        match self {
            Self::Lines { newline } | Self::Quoted { newline, .. } => newline,
        }
    }
}

/// What a look at the window gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The record ends here: at a line break, or at the end of the input.
    Record(usize),
    /// More bytes are needed.
    Starved,
    /// The quote at `opened` has no partner; lines up to `until` must be read one by one.
    Unclosed {
        /// Where the quote stands.
        opened: usize,
        /// The first line that may again span several lines.
        until: usize,
    },
}

/// A search for the end of one record, resumed with a longer window when starved.
#[derive(Debug, Default)]
pub(super) struct Scan {
    at: usize,
    opened: Option<usize>,
}

impl Scan {
    /// Looks on; `window` begins where the record begins, `complete` says that no more will come.
    pub(super) fn step(&mut self, window: &[u8], complete: bool, syntax: Syntax) -> Step {
        match syntax {
            Syntax::Lines { newline } => self.line(window, complete, newline),
            Syntax::Quoted { newline, delimiter } => loop {
                let step = match self.opened {
                    None => self.outside_quotes(window, complete, newline, delimiter),
                    Some(opened) => {
                        let ends = [delimiter, newline, b'\r'];
                        self.inside_quotes(window, complete, opened, ends)
                    }
                };
                if let Some(step) = step {
                    return step;
                }
            },
        }
    }

    fn line(&mut self, window: &[u8], complete: bool, newline: u8) -> Step {
        match memchr(newline, &window[self.at..]) {
            Some(found) => Step::Record(self.at + found),
            None => self.ran_out(window, complete, Step::Record(window.len())),
        }
    }

    fn outside_quotes(
        &mut self,
        window: &[u8],
        complete: bool,
        newline: u8,
        delimiter: u8,
    ) -> Option<Step> {
        let Some(found) = memchr2(QUOTE, newline, &window[self.at..]) else {
            return Some(self.ran_out(window, complete, Step::Record(window.len())));
        };
        let idx = self.at + found;
        if window[idx] == newline {
            return Some(Step::Record(idx));
        }
        self.at = idx + 1;
        if idx == 0 || window[idx - 1] == delimiter {
            self.opened = Some(idx);
        }
        None
    }

    /// `ends` are the bytes that may follow a closing quote: delimiter, line break, return.
    ///
    /// A cell of several lines whose closing quote is followed by anything else was not meant to
    /// have several lines: a stray quote met the opening quote of a later row. Taking it at its
    /// word would swallow all rows between.
    fn inside_quotes(
        &mut self,
        window: &[u8],
        complete: bool,
        opened: usize,
        ends: [u8; 3],
    ) -> Option<Step> {
        let until = window.len();
        let Some(found) = memchr(QUOTE, &window[self.at..]) else {
            return Some(self.ran_out(window, complete, Step::Unclosed { opened, until }));
        };
        let idx = self.at + found;
        let newline = ends[1];
        match window.get(idx + 1) {
            None if !complete => {
                self.at = idx;
                return Some(Step::Starved);
            }
            Some(&QUOTE) => self.at = idx + 2,
            Some(next)
                if !ends.contains(next) && memchr(newline, &window[opened..idx]).is_some() =>
            {
                let until = memrchr(newline, &window[..idx]).map_or(0, |end| end + 1);
                return Some(Step::Unclosed { opened, until });
            }
            _ => {
                self.at = idx + 1;
                self.opened = None;
            }
        }
        None
    }

    fn ran_out(&mut self, window: &[u8], complete: bool, at_end: Step) -> Step {
        self.at = window.len();
        if complete { at_end } else { Step::Starved }
    }
}

/// The position of the first quote of a line that nothing on the line closes.
pub(super) fn unclosed_on_line(line: &[u8], syntax: Syntax) -> Option<usize> {
    match Scan::default().step(line, true, syntax) {
        Step::Unclosed { opened, .. } => Some(opened),
        Step::Record(_) | Step::Starved => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: Syntax = Syntax::Quoted {
        newline: b'\n',
        delimiter: b',',
    };

    fn whole(window: &str) -> Step {
        Scan::default().step(window.as_bytes(), true, CSV)
    }

    #[test]
    fn records_end_outside_quotes() {
        for (window, end) in [
            ("a,b\nc", 3),
            ("a", 1),
            ("\"a\nb\",c\nd", 7),
            ("\"a\"\"\nb\"\nd", 7),
            ("a\"b\nc\"", 3),
            ("a, \"b\nc", 5),
            ("\"a\"b\"\nc", 5),
            ("\"\"\nb", 2),
        ] {
            assert_eq!(whole(window), Step::Record(end), "{window:?}");
        }
    }

    #[test]
    fn a_quote_without_partner_is_found() {
        for (window, opened, until) in [
            ("1,\"a\n2,b\n", 2, 9),
            ("1,\"a\n2,b\n3,\"c\"\n", 2, 9),
            ("\"", 0, 1),
        ] {
            assert_eq!(
                whole(window),
                Step::Unclosed { opened, until },
                "{window:?}"
            );
        }
    }

    #[test]
    fn pieces_give_the_same_as_the_whole() {
        let text = "x,\"a\"\"b\n\",c\nrest";
        let mut scan = Scan::default();
        for n_bytes in 0..text.len() {
            let step = scan.step(&text.as_bytes()[..n_bytes], false, CSV);
            if n_bytes > 11 {
                assert_eq!(step, Step::Record(11));
                return;
            }
            assert_eq!(step, Step::Starved, "{n_bytes}");
        }
    }
}
