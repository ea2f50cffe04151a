//! Tells layout and delimiter from the first bytes of the text.

use super::error::Error;
use super::format::Format;
use super::scan::Syntax;

/// Rows compared to tell the delimiter.
const SNIFFED_ROWS: usize = 20;

/// The layout of a file whose name does not tell it.
pub(super) fn sniff_format(file: &str, head: &[u8]) -> Result<Format, Error> {
    match head.trim_ascii_start().first() {
        Some(b'{') => Ok(Format::Jsonl),
        Some(b'[') => Err(Error::JsonArray {
            file: file.to_owned(),
        }),
        _ => Ok(Format::Csv),
    }
}

/// The separators of a layout, as asked for or as the first rows tell.
pub(super) fn find_syntax(
    format: Format,
    head: &[u8],
    complete: bool,
    asked: Option<u8>,
) -> Syntax {
    // Old Macintosh files end lines with a return only.
    let is_old_mac = memchr::memchr(b'\n', head).is_none() && head.contains(&b'\r');
    let newline = if is_old_mac { b'\r' } else { b'\n' };
    let delimiter = match format {
        Format::Jsonl => return Syntax::Lines { newline: b'\n' },
        Format::Tsv => asked.unwrap_or(b'\t'),
        Format::Csv => asked.unwrap_or_else(|| sniff_delimiter(head, complete, newline)),
    };
    Syntax::Quoted { newline, delimiter }
}

/// The delimiter under which most of the first rows have as many cells as the header; the one
/// with more cells on a tie, comma if none gives two.
fn sniff_delimiter(head: &[u8], complete: bool, newline: u8) -> u8 {
    let score = |delimiter: u8| {
        let counts = cell_counts(head, complete, newline, delimiter);
        let n_columns = counts.first().copied().unwrap_or(0);
        let n_rows = counts.len().saturating_sub(1);
        let n_equal = counts
            .iter()
            .skip(1)
            .filter(|count| **count == n_columns)
            .count();
        // Of 20 equal to the header; a header alone is judged by its cells.
        let share = (n_equal * SNIFFED_ROWS)
            .checked_div(n_rows)
            .unwrap_or(SNIFFED_ROWS);
        if n_columns < 2 {
            (0, 0)
        } else {
            (share, n_columns)
        }
    };
    let (mut best, mut best_score) = (b',', score(b','));
    for delimiter in [b';', b'\t'] {
        let its_score = score(delimiter);
        if its_score > best_score {
            (best, best_score) = (delimiter, its_score);
        }
    }
    best
}

/// Cells of the header and of the first whole rows.
fn cell_counts(head: &[u8], complete: bool, newline: u8, delimiter: u8) -> Vec<usize> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .terminator(csv::Terminator::Any(newline))
        .from_reader(head);
    let records = reader.byte_records().map_while(Result::ok);
    let mut counts: Vec<usize> = records
        .map(|record| record.len())
        .take(SNIFFED_ROWS + 2)
        .collect();
    if counts.len() > SNIFFED_ROWS + 1 || !complete && counts.len() > 1 {
        counts.pop();
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_the_one_that_fits_header_and_rows() {
        for (text, delimiter) in [
            ("id,text\n1,a;b;c\n2,d;e;f\n", b','),
            ("id;text\n1;\"a, b\"\n2;c, d, e\n", b';'),
            ("id\ttext\n1\ta,b\n", b'\t'),
            ("id;text, plain\n1;x\n2;y\n", b';'),
            ("text\nhello, you\n", b','),
            ("text\n", b','),
            ("id;text\n", b';'),
            ("id;text\r1;x\r", b';'),
        ] {
            let syntax = find_syntax(Format::Csv, text.as_bytes(), true, None);
            let Syntax::Quoted {
                delimiter: found, ..
            } = syntax
            else {
                panic!("{syntax:?}")
            };
            assert_eq!(char::from(found), char::from(delimiter), "{text:?}");
        }
    }
}
