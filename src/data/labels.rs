//! Which columns hold labels, and what their cells say.

use super::error::Error;
use super::fault::Fault;
use super::row::Row;
use super::schema::{ColumnRef, Schema};

/// Labels and the names of their columns, as asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelMap {
    /// (label, column), in the order given.
    entries: Vec<(String, String)>,
}

/// A label and its column in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelColumn {
    /// The label.
    pub label: String,
    /// Its column.
    pub column: ColumnRef,
}

impl LabelMap {
    /// Reads `--labels insult,off_topic` and `--label-map insult=insult_share`, either of which
    /// may be empty. A label that is not mapped has a column of its own name; one that is only
    /// mapped is added.
    pub fn parse(labels: &str, label_map: &str) -> Result<Self, Error> {
        let mut map = Self::default();
        for label in parts(labels) {
            if !map.contains(label) {
                map.entries.push((label.to_owned(), label.to_owned()));
            }
        }
        let mut mapped: Vec<&str> = Vec::new();
        for pair in parts(label_map) {
            let (label, column) = split_pair(pair)?;
            if mapped.contains(&label) {
                return Err(bad_map(pair, "the only column of its label"));
            }
            mapped.push(label);
            match map.entries.iter_mut().find(|(known, _)| known == label) {
                Some((_, old)) => column.clone_into(old),
                None => map.entries.push((label.to_owned(), column.to_owned())),
            }
        }
        Ok(map)
    }

    /// The labels, in the order given.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(label, _)| label.as_str())
    }

    /// Whether no label was given.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Finds the columns in a file; all must be there.
    pub fn resolve(&self, schema: &Schema) -> Result<Vec<LabelColumn>, Error> {
        let find = |(label, column): &(String, String)| match schema.column(column) {
            Some(column) => Ok(LabelColumn {
                label: label.clone(),
                column,
            }),
            None => Err(Error::NoLabelColumn {
                file: schema.file.clone(),
                label: label.clone(),
                column: column.clone(),
                hint: schema.hint(column),
                columns: schema.list(),
            }),
        };
        self.entries.iter().map(find).collect()
    }

    /// Finds the columns that a file has; for files that together hold all labels. A file without
    /// the mapped column may hold the label under its own name.
    pub fn resolve_present(&self, schema: &Schema) -> Vec<Option<LabelColumn>> {
        let find = |(label, column): &(String, String)| {
            let column = schema.column(column).or_else(|| schema.column(label))?;
            Some(LabelColumn {
                label: label.clone(),
                column,
            })
        };
        self.entries.iter().map(find).collect()
    }

    /// Which column of a file serves which label, in a line; `None` where no label is mapped to a column
    /// of another name, since labels then stand under their own.
    pub fn serving(&self, schema: &Schema) -> Option<String> {
        let serves = |(label, column): &(String, String)| {
            if let Some(found) = schema.column(column) {
                return format!("`{label}` from `{}`", found.name());
            }
            match schema.column(label) {
                Some(own) => format!("`{label}` from `{}`, there is no `{column}`", own.name()),
                None => format!("`{label}` from none"),
            }
        };
        let is_mapped = self.entries.iter().any(|(label, column)| label != column);
        let serving: Vec<String> = self.entries.iter().map(serves).collect();
        is_mapped.then(|| format!("{}: {}", schema.file, serving.join("; ")))
    }

    /// Which labels have the very column asked for in a file: a mapped label under its own name
    /// alone may be a slip in the map.
    pub fn is_present(&self, schema: &Schema) -> Vec<bool> {
        let entries = self.entries.iter();
        entries
            .map(|(_, column)| schema.column(column).is_some())
            .collect()
    }

    /// The map of some of its labels alone.
    #[must_use]
    pub fn only(&self, is_wanted: impl Fn(&str) -> bool) -> Self {
        let entries = self.entries.iter().filter(|(label, _)| is_wanted(label));
        Self {
            entries: entries.cloned().collect(),
        }
    }

    fn contains(&self, label: &str) -> bool {
        self.labels().any(|known| known == label)
    }
}

impl LabelColumn {
    /// The share of annotators who gave the label, or `None` where it is unknown.
    ///
    /// # Errors
    /// [`Fault::Label`] for any other value; [`Row::error`] gives it its place.
    pub fn share(&self, row: &Row) -> Result<Option<f32>, Fault> {
        let cell = row.get(&self.column).unwrap_or_default();
        parse_share(&cell).ok_or_else(|| Fault::Label {
            label: self.label.clone(),
            value: cell.into_owned(),
        })
    }
}

/// A label cell: `Some(None)` is unknown (empty, NA, null, nan, none), `Some(Some(share))` is in
/// \[0, 1\], `None` is no label at all.
///
/// Accepted in any case: 0 and 1, shares such as 0.25 or 0,25, true and false, yes and no.
pub fn parse_share(cell: &str) -> Option<Option<f32>> {
    match cell.trim().to_ascii_lowercase().as_str() {
        "" | "na" | "n/a" | "null" | "nan" | "none" => Some(None),
        "true" | "yes" => Some(Some(1.0)),
        "false" | "no" => Some(Some(0.0)),
        number => {
            let share: f32 = number.replacen(',', ".", 1).parse().ok()?;
            (0.0..=1.0).contains(&share).then_some(Some(share))
        }
    }
}

fn parts(list: &str) -> impl Iterator<Item = &str> {
    list.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

fn split_pair(pair: &str) -> Result<(&str, &str), Error> {
    let (label, column) = pair.split_once('=').unwrap_or_default();
    match (label.trim(), column.trim()) {
        ("", _) | (_, "") => Err(bad_map(pair, "a pair such as insult=insult_share")),
        pair => Ok(pair),
    }
}

fn bad_map(pair: &str, expected: &'static str) -> Error {
    Error::BadOption {
        option: "--label-map",
        given: pair.to_owned(),
        expected,
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema::schema_of;
    use super::*;

    #[test]
    fn cells_say_yes_no_how_much_or_nothing() {
        for (cell, share) in [
            ("", Some(None)),
            (" NA ", Some(None)),
            ("NaN", Some(None)),
            ("None", Some(None)),
            ("null", Some(None)),
            ("0", Some(Some(0.0))),
            ("1", Some(Some(1.0))),
            ("1.0", Some(Some(1.0))),
            (" 0.25", Some(Some(0.25))),
            ("0,25", Some(Some(0.25))),
            ("TRUE", Some(Some(1.0))),
            ("False", Some(Some(0.0))),
            ("yes", Some(Some(1.0))),
            ("No", Some(Some(0.0))),
            ("3", None),
            ("-0.1", None),
            ("inf", None),
            ("insult", None),
            ("1,2,3", None),
        ] {
            assert_eq!(parse_share(cell), share, "{cell:?}");
        }
    }

    #[test]
    fn labels_and_maps_combine() {
        let map =
            LabelMap::parse("insult, off_topic,insult", "insult=insult_share,threat=t").unwrap();
        let schema = schema_of(&["text", "t", "off_topic", "Insult_Share"]);
        let found = map.resolve(&schema).unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|entry| (entry.label.as_str(), entry.column.name()))
            .collect();
        let expected = [
            ("insult", "Insult_Share"),
            ("off_topic", "off_topic"),
            ("threat", "t"),
        ];
        assert_eq!(found, expected);
        assert!(LabelMap::parse("", "").unwrap().is_empty());
    }

    #[test]
    fn a_mapped_label_says_where_it_is_read() {
        let serving = |label_map: &str, columns: &[&str]| {
            let map = LabelMap::parse("insult,threat", label_map).unwrap();
            map.serving(&schema_of(columns))
        };
        let line = "a.csv: `insult` from `Share`; `threat` from none";
        assert_eq!(
            serving("insult=share", &["text", "Share"]).as_deref(),
            Some(line)
        );
        let line = "a.csv: `insult` from `insult`, there is no `share`; `threat` from `threat`";
        assert_eq!(
            serving("insult=share", &["text", "insult", "threat"]).as_deref(),
            Some(line)
        );
        assert_eq!(serving("", &["text", "insult"]), None);
    }

    #[test]
    fn mistakes_are_explained() {
        for (label_map, expected) in [
            (
                "insult",
                "--label-map: `insult` is not a pair such as insult=insult_share",
            ),
            (
                "a=",
                "--label-map: `a=` is not a pair such as insult=insult_share",
            ),
            (
                "a=b,a=c",
                "--label-map: `a=c` is not the only column of its label",
            ),
        ] {
            assert_eq!(
                LabelMap::parse("", label_map).unwrap_err().to_string(),
                expected
            );
        }
        let map = LabelMap::parse("insults", "").unwrap();
        assert_eq!(
            map.resolve(&schema_of(&["text", "insult"]))
                .unwrap_err()
                .to_string(),
            "a.csv: no column for label `insults`: there is no `insults`, did you mean `insult`?; \
             map another with --label-map insults=COLUMN; its columns are text, insult"
        );
    }
}
