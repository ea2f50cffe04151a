//! Words for people: reasons, tables, coloured text. Everything that came from outside is escaped
//! before it reaches a terminal.

pub mod card;
pub mod comparison;
pub mod evaluation;
pub mod explanation;
pub mod html;
pub mod inspection;
pub mod label_details;
mod marked;
mod matches;
pub mod mispairing;
pub mod number;
pub mod reasons;
pub mod robustness;
mod span_value;
pub mod spans;
pub mod table;
pub mod threshold_map;

pub use marked::marked;
pub(crate) use span_value::span_value;

use std::fmt::Write as _;

/// Makes a hostile text harmless on a terminal and in a log: control, bidirectional, zero-width and
/// other invisible characters become visible escapes; line breaks become `\n`.
pub fn escape(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut escaped = String::with_capacity(text.len());
    text.chars().for_each(|c| push_escaped(&mut escaped, c));
    escaped
}

/// Whether a text is of ASCII's printable characters alone, of which none is escaped.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

fn push_escaped(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\t' => out.push(' '),
        c if c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}')
            || crate::text::is_invisible(c) =>
        {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
        c => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_shown_not_obeyed() {
        assert_eq!(
            escape("a\u{1b}[31mb\u{202e}c\nd\u{200b}é"),
            "a\\u{1b}[31mb\\u{202e}c\\nd\\u{200b}é"
        );
    }
}
