//! Plain tables in columns, for terminals and logs.

use std::fmt;

use super::escape;

/// Rows of cells under a header: first column to the left, the others, which hold numbers, to the
/// right. Cells are escaped.
#[derive(Clone, Debug)]
pub struct TextTable {
    n_columns: usize,
    /// Columns that stand to the left.
    text: Vec<usize>,
    rows: Vec<Vec<String>>,
}

impl TextTable {
    /// A table with these headings.
    pub fn new(header: &[&str]) -> Self {
        let mut table = Self::without_header(header.len());
        table.row(header.iter().map(|&cell| cell.to_owned()));
        table
    }

    /// A table of so many columns without headings.
    pub fn without_header(n_columns: usize) -> Self {
        Self {
            n_columns,
            text: vec![0],
            rows: Vec::new(),
        }
    }

    /// The columns, counted from 0, that stand to the left instead of the first alone.
    #[must_use]
    pub fn text(self, columns: &[usize]) -> Self {
        Self {
            text: columns.to_owned(),
            ..self
        }
    }

    /// Adds a row; missing cells are empty, surplus ones are dropped.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let cells = cells.into_iter().map(|cell| escape(&cell));
        let padded = cells.chain(std::iter::repeat(String::new()));
        self.rows.push(padded.take(self.n_columns).collect());
    }

    /// Widths in characters: wide letters in a label's name shift a line, nothing worse.
    fn widths(&self) -> Vec<usize> {
        let width = |column: usize| {
            self.rows
                .iter()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        };
        (0..self.n_columns).map(width).collect()
    }
}

impl fmt::Display for TextTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        for row in &self.rows {
            let cell = |(column, cell): (usize, &String)| {
                let width = widths[column];
                if self.text.contains(&column) {
                    format!("{cell:<width$}")
                } else {
                    format!("{cell:>width$}")
                }
            };
            let line: Vec<String> = row.iter().enumerate().map(cell).collect();
            writeln!(f, "{}", line.join("  ").trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_to_the_right_and_cells_are_escaped() {
        let mut table = TextTable::new(&["label", "rows"]);
        table.row(["insult".to_owned(), "12".to_owned(), "surplus".to_owned()]);
        table.row(["ö\u{1b}".to_owned()]);
        assert_eq!(
            table.to_string(),
            "label    rows\ninsult     12\nö\\u{1b}\n"
        );
    }
}
