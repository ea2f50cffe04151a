//! A hostile text on a terminal, with spans of it marked.
//!
//! Marks are square brackets, so that they show without colour; a terminal with colours underlines
//! them as well. The text's own brackets and backslashes get a backslash, so that a text cannot
//! pretend to marks, and every line stands behind a bar, so that it cannot pretend to be the report.

use std::fmt::Write as _;

use anstyle::Style;

use super::push_escaped;
use crate::comment::Span;

/// What every line of a quoted text begins with.
const BAR: &str = "  | ";
const MARK: Style = Style::new().bold().underline();

/// The text, escaped and marked, with a line break at its end. Spans may overlap and come in any order.
///
/// # Panics  if a span is not on character bounds of the text
pub fn marked(raw: &str, spans: &[Span]) -> String {
    let mut marker = Marker {
        out: String::from(BAR),
        marking: false,
    };
    let mut at = 0;
    for span in merged(spans) {
        marker.push(&raw[at..span.start]);
        marker.begin();
        marker.push(&raw[span.range()]);
        marker.end();
        at = span.end;
    }
    marker.push(&raw[at..]);
    marker.out.push('\n');
    marker.out
}

/// The spans in order, those that overlap made one, empty ones left out.
fn merged(spans: &[Span]) -> Vec<Span> {
    let mut spans: Vec<Span> = spans
        .iter()
        .copied()
        .filter(|span| span.start < span.end)
        .collect();
    spans.sort_unstable();
    spans.dedup_by(|next, last| {
        let overlaps = next.start < last.end;
        if overlaps {
            last.end = last.end.max(next.end);
        }
        overlaps
    });
    spans
}

struct Marker {
    out: String,
    marking: bool,
}

impl Marker {
    fn begin(&mut self) {
        self.marking = true;
        let _ = write!(self.out, "{MARK}[");
    }

    fn end(&mut self) {
        self.marking = false;
        let _ = write!(self.out, "]{MARK:#}");
    }

    fn push(&mut self, piece: &str) {
        let mut lines = piece.split('\n').peekable();
        while let Some(line) = lines.next() {
            let breaks = lines.peek().is_some();
            let line = if breaks {
                line.strip_suffix('\r').unwrap_or(line)
            } else {
                line
            };
            for c in line.chars() {
                if matches!(c, '[' | ']' | '\\') {
                    self.out.push('\\');
                }
                push_escaped(&mut self.out, c);
            }
            if breaks {
                self.line_break();
            }
        }
    }

    /// A mark goes on behind the next bar; its style must not run through the bar.
    fn line_break(&mut self) {
        if self.marking {
            let _ = write!(self.out, "{MARK:#}\n{BAR}{MARK}");
        } else {
            let _ = write!(self.out, "\n{BAR}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(raw: &str, spans: &[(usize, usize)]) -> String {
        let spans: Vec<Span> = spans
            .iter()
            .map(|&(start, end)| Span { start, end })
            .collect();
        anstream::adapter::strip_str(&marked(raw, &spans)).to_string()
    }

    #[test]
    fn marks_stand_where_the_spans_are() {
        for (raw, spans, expected) in [
            ("you idiot", vec![(4, 9)], "  | you [idiot]\n"),
            ("é idiot ü", vec![(3, 8), (5, 8)], "  | é [idiot] ü\n"),
            ("ab", vec![(1, 2), (0, 1)], "  | [a][b]\n"),
            ("a\nb", vec![(0, 3)], "  | [a\n  | b]\n"),
            ("a\r\nb\r", vec![], "  | a\n  | b\\u{d}\n"),
            (r"[x] \[y]", vec![(7, 8)], "  | \\[x\\] \\\\\\[y[\\]]\n"),
            (
                "\u{1b}[2Jidiot\u{202e}",
                vec![(4, 9)],
                "  | \\u{1b}\\[2J[idiot]\\u{202e}\n",
            ),
            ("", vec![(0, 0)], "  | \n"),
        ] {
            assert_eq!(plain(raw, &spans), expected, "{raw:?}");
        }
    }

    #[test]
    fn style_does_not_run_through_the_bar() {
        let text = marked("a\nb", &[Span { start: 0, end: 3 }]);
        assert_eq!(
            text,
            "  | \u{1b}[1m\u{1b}[4m[a\u{1b}[0m\n  | \u{1b}[1m\u{1b}[4mb]\u{1b}[0m\n"
        );
    }

    proptest! {
        #[test]
        fn the_text_can_be_read_back(raw in "[ab\\[\\]\\\\é\n]{0,20}", cuts in [0_usize..20, 0..20]) {
            let bound = |cut: usize| raw.floor_char_boundary(cut.min(raw.len()));
            let [a, b] = cuts.map(bound);
            let shown = plain(&raw, &[(a.min(b), a.max(b))]);
            let mut text = String::new();
            let mut chars = shown.strip_suffix('\n').unwrap().chars();
            while let Some(c) = chars.next() {
                match c {
                    '\\' => text.extend(chars.next()),
                    '[' | ']' => {}
                    c => text.push(c),
                }
            }
            let read = text.replace("\n  | ", "\n");
            prop_assert_eq!(read.strip_prefix("  | ").unwrap(), raw);
        }
    }
}
