//! What the rows of one file have in common: its name, layout and columns.

use super::error::Error;
use super::format::Format;
use super::formula::Formulas;

/// Name, layout and columns of a file; shared by its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    pub(super) file: String,
    pub(super) format: Format,
    pub(super) delimiter: u8,
    pub(super) formulas: Formulas,
    /// Whether the file began with a byte order mark; output then does too, for Excel's sake.
    pub(super) has_mark: bool,
    /// Header cells as they stand; for JSONL the same as `columns`.
    pub(super) header: Vec<String>,
    /// Header cells trimmed and without the `#` of commented headers.
    pub(super) columns: Vec<String>,
}

/// A column that exists, as a position and a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnRef {
    pub(super) idx: usize,
    pub(super) name: String,
}

impl ColumnRef {
    /// The column's name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Schema {
    /// The columns of a file that something else reads, so that they can be found by their usual names.
    pub fn of_columns(file: &str, columns: impl IntoIterator<Item = String>) -> Self {
        let columns: Vec<String> = columns.into_iter().collect();
        Self {
            file: file.to_owned(),
            format: Format::Jsonl,
            delimiter: b',',
            formulas: Formulas::Keep,
            has_mark: false,
            header: columns.clone(),
            columns,
        }
    }

    /// Name of the file, for messages.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Layout of the file.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Names of the columns; for JSONL, keys of the first 100 rows in order of appearance.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The column of that name, exactly or else but for case; of equal names the first.
    pub fn column(&self, name: &str) -> Option<ColumnRef> {
        let name = name.trim();
        let same_but_case = |column: &String| column.to_lowercase() == name.to_lowercase();
        let exact = self.columns.iter().position(|column| column == name);
        let idx = exact.or_else(|| self.columns.iter().position(same_but_case))?;
        Some(ColumnRef {
            idx,
            name: self.columns[idx].clone(),
        })
    }

    /// The column of that name, or an error that lists the columns and the nearest.
    pub fn require(&self, name: &str) -> Result<ColumnRef, Error> {
        self.column(name).ok_or_else(|| Error::NoColumn {
            file: self.file.clone(),
            column: name.to_owned(),
            hint: self.hint(name),
            columns: self.list(),
        })
    }

    /// The first column that has one of these names.
    pub(super) fn usual(&self, names: &[&str]) -> Option<ColumnRef> {
        names.iter().find_map(|name| self.column(name))
    }

    /// All columns, for messages.
    pub(super) fn list(&self) -> String {
        if self.columns.is_empty() {
            "none".to_owned()
        } else {
            self.columns.join(", ")
        }
    }

    /// "did you mean" for a name that is not there, or nothing if none is near.
    pub(super) fn hint(&self, name: &str) -> String {
        let wanted = name.to_lowercase();
        let distance = |column: &&String| strsim::levenshtein(&column.to_lowercase(), &wanted);
        let nearest = self.columns.iter().min_by_key(distance);
        // Within half of its length a name is a slip; beyond, another word.
        let near = nearest.filter(|column| distance(column) * 2 <= wanted.chars().count());
        near.map(|column| format!(", did you mean `{column}`?"))
            .unwrap_or_default()
    }
}

/// Names out of header cells.
pub(super) fn clean_header(header: &[String]) -> Vec<String> {
    let clean = |(idx, cell): (usize, &String)| {
        let cell = cell.trim();
        let cell = if idx == 0 {
            cell.trim_start_matches('#').trim_start()
        } else {
            cell
        };
        cell.to_owned()
    };
    header.iter().enumerate().map(clean).collect()
}

#[cfg(test)]
pub(super) fn schema_of(columns: &[&str]) -> Schema {
    let header: Vec<String> = columns.iter().map(|&column| column.to_owned()).collect();
    Schema {
        file: "a.csv".to_owned(),
        format: Format::Csv,
        delimiter: b',',
        formulas: Formulas::Guard,
        has_mark: false,
        columns: clean_header(&header),
        header,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_cells_are_cleaned() {
        let schema = schema_of(&["# id ", " Text", "#tag"]);
        assert_eq!(schema.columns(), ["id", "Text", "#tag"]);
        assert_eq!(
            schema.column("text").unwrap(),
            ColumnRef {
                idx: 1,
                name: "Text".into()
            }
        );
    }

    #[test]
    fn exact_names_come_before_others() {
        assert_eq!(schema_of(&["ID", "id"]).column("id").unwrap().idx, 1);
    }

    #[test]
    fn a_missing_column_lists_all_and_the_nearest() {
        for (name, expected) in [
            (
                "comment_txt",
                "a.csv: no column `comment_txt`, did you mean `comment_text`?; \
                 its columns are id, comment_text",
            ),
            (
                "zzz",
                "a.csv: no column `zzz`; its columns are id, comment_text",
            ),
        ] {
            let error = schema_of(&["id", "comment_text"])
                .require(name)
                .unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }
}
