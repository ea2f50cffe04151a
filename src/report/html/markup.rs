//! HTML that cannot be broken out of: mark-up is written in this program, everything else is escaped.
//!
//! [`Markup::tag`] takes what was known when the program was compiled, so no text of a comment, file name or
//! label gets in by it.

use std::fmt::Write as _;

use crate::comment::Span;
use crate::report::push_escaped;
use crate::report::reasons::Side;

/// HTML under construction.
#[derive(Debug, Default)]
pub(super) struct Markup(String);

impl Markup {
    /// Adds mark-up of the program's own.
    pub(super) fn tag(&mut self, mark_up: &'static str) -> &mut Self {
        self.0.push_str(mark_up);
        self
    }

    /// Adds text from anywhere, for an element or a quoted attribute.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                '\n' => self.0.push('\n'),
                // A line break of Windows; alone it is a control character like others.
                c => push_escaped(&mut self.0, c),
            }
        }
        self
    }

    /// Adds a text whose spans are marked by their side. They may come in any order; of what overlaps the
    /// earlier one has its whole.
    ///
    /// # Panics  if a span is not on character bounds of the text
    pub(super) fn marked(&mut self, text: &str, marks: &[(Span, Side)]) -> &mut Self {
        let mut marks = marks.to_vec();
        marks.sort_by_key(|&(span, _)| span);
        let mut at = 0;
        for (span, side) in marks {
            let start = span.start.max(at);
            if start >= span.end {
                continue;
            }
            self.text(&text[at..start]).tag(match side {
                Side::For => "<mark>",
                Side::Against => "<mark class=\"against\">",
            });
            self.text(&text[start..span.end]).tag("</mark>");
            at = span.end;
        }
        self.text(&text[at..])
    }

    /// Adds a number as short as two decimals allow: a coordinate.
    pub(super) fn number(&mut self, value: f64) -> &mut Self {
        let written = format!("{value:.2}");
        let short = written.trim_end_matches('0').trim_end_matches('.');
        self.0.push_str(if short == "-0" { "0" } else { short });
        self
    }

    /// Adds a number in full, `null` where there is none: for the script.
    pub(super) fn json_number(&mut self, value: Option<f64>, decimals: usize) -> &mut Self {
        match value.filter(|value| value.is_finite()) {
            Some(value) => {
                let _ = write!(self.0, "{value:.decimals$}");
            }
            None => self.0.push_str("null"),
        }
        self
    }

    /// Adds an empty element with numbers as attributes.
    pub(super) fn shape(
        &mut self,
        name: &'static str,
        class: &'static str,
        numbers: &[(&'static str, f64)],
    ) -> &mut Self {
        self.tag("<")
            .tag(name)
            .tag(" class=\"")
            .tag(class)
            .tag("\"");
        for &(attribute, value) in numbers {
            self.tag(" ")
                .tag(attribute)
                .tag("=\"")
                .number(value)
                .tag("\"");
        }
        self.tag("/>")
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(raw: &str) -> String {
        let mut markup = Markup::default();
        markup.text(raw);
        markup.finish()
    }

    #[test]
    fn hostile_text_stays_text() {
        for (raw, expected) in [
            (
                "</script><script>alert(1)</script>",
                "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;",
            ),
            ("\" onload='x' &lt;", "&quot; onload=&#39;x&#39; &amp;lt;"),
            ("a\0b\u{202e}c\u{1b}[2J", "a\\u{0}b\\u{202e}c\\u{1b}[2J"),
            ("one\ntwo\tthree", "one\ntwo three"),
            ("<!--", "&lt;!--"),
            ("é שלום 🙂", "é שלום 🙂"),
        ] {
            assert_eq!(text(raw), expected);
        }
    }

    #[test]
    fn marks_stand_around_escaped_words() {
        let mut markup = Markup::default();
        let marks = [
            (Span { start: 7, end: 8 }, Side::Against),
            (Span { start: 3, end: 6 }, Side::For),
            (Span { start: 4, end: 6 }, Side::Against),
        ];
        markup.marked("é <b> x", &marks);
        let expected = "é <mark>&lt;b&gt;</mark> <mark class=\"against\">x</mark>";
        assert_eq!(markup.finish(), expected);
    }

    #[test]
    fn coordinates_are_short() {
        let mut markup = Markup::default();
        markup
            .number(1.0)
            .tag(" ")
            .number(0.126)
            .tag(" ")
            .number(-0.001);
        markup
            .tag(" ")
            .json_number(None, 2)
            .tag(" ")
            .json_number(Some(0.5), 4);
        assert_eq!(markup.finish(), "1 0.13 0 null 0.5000");
    }
}
