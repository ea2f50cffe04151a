//! Keeps a spreadsheet from running a comment as a formula.
//!
//! A cell that begins with `=`, `@`, `+`, `-`, tab or carriage return and is not a plain number is
//! written with a leading `'`, and read without it. A cell that already begins with one or more `'`
//! before such a character gets one more, so that every text comes back as it was:
//! `unguard(guard(s)) = s` for all s. JSONL needs none of this.
//!
//! # References
//! OWASP, "CSV Injection".

use std::borrow::Cow;

/// What happens to cells that a spreadsheet would run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Formulas {
    /// Put a `'` before them on writing and take it off on reading (`=1+1` becomes `'=1+1`).
    #[default]
    Guard,
    /// Leave cells as they are.
    Keep,
}

/// A cell as it is written.
pub(super) fn guard(cell: &str) -> Cow<'_, str> {
    if needs_guard(cell) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

/// A cell as it was before it was written.
pub(super) fn unguard(cell: &str) -> &str {
    cell.strip_prefix('\'')
        .filter(|rest| needs_guard(rest))
        .unwrap_or(cell)
}

fn needs_guard(cell: &str) -> bool {
    let bare = cell.trim_start_matches('\'');
    bare.starts_with(['=', '@', '+', '-', '\t', '\r']) && !is_plain_number(bare)
}

fn is_plain_number(text: &str) -> bool {
    let numeric = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    text.bytes().all(numeric) && text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_a_spreadsheet_runs_is_guarded() {
        for (cell, written) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("- genau", "'- genau"),
            ("+49 30 1234", "'+49 30 1234"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("-", "'-"),
            ("-inf", "'-inf"),
            ("'=1", "''=1"),
            ("''=1", "'''=1"),
            ("-3.5e2", "-3.5e2"),
            ("+7", "+7"),
            ("'+7", "'+7"),
            ("'tis", "'tis"),
            ("a=b", "a=b"),
            ("", ""),
        ] {
            assert_eq!(guard(cell), written, "{cell:?}");
            assert_eq!(unguard(written), cell, "{cell:?}");
        }
    }

    proptest! {
        #[test]
        fn every_cell_comes_back(cell in "['=@+\\-\t\r0-9a]{0,6}") {
            let written = guard(&cell);
            prop_assert_eq!(unguard(&written), cell.as_str());
        }

        #[test]
        fn a_guarded_file_passes_through_unchanged(cell in "['=@+\\-\t\r0-9a]{0,6}") {
            let written = guard(&cell);
            let again = guard(unguard(&written));
            prop_assert_eq!(&*again, &*written);
        }
    }
}
