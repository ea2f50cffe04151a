//! Words for people: reasons, tables, coloured text. Everything that came from outside is escaped
//! before it reaches a terminal.

pub mod evaluation;
pub mod label_details;
pub mod number;
pub mod table;

use std::fmt::Write as _;

/// Makes a hostile text harmless on a terminal and in a log: control, bidirectional, zero-width and
/// other invisible characters become visible escapes; line breaks become `\n`.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push(' '),
            c if c.is_control() || crate::text::is_invisible(c) => {
                let _ = write!(escaped, "\\u{{{:x}}}", u32::from(c));
            }
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_shown_not_obeyed() {
        assert_eq!(escape("a\u{1b}[31mb\u{202e}c\nd\u{200b}é"), "a\\u{1b}[31mb\\u{202e}c\\nd\\u{200b}é");
    }
}
