//! Files beside the comments: cells by a key, held in memory.

use std::collections::{BTreeMap, BTreeSet};

use super::{Counts, Error, Rows, Source, Unmatched, key_of, not_of};
use crate::data::row::Row;
use crate::data::schema::ColumnRef;
use crate::data::table::Table;

/// Cells of the files beside, by the key that rows of comments share with them.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// Names of the cells.
    pub(super) columns: Vec<String>,
    cells: BTreeMap<String, Cells>,
    /// Comments that asked in vain.
    n_missing: u64,
}

/// The cells of a key.
#[derive(Debug, Default)]
struct Cells {
    cells: Vec<String>,
    is_matched: bool,
}

impl Beside {
    /// Reads the files that hold no comments.
    pub(super) fn read(
        source: &Source,
        tables: Vec<Table>,
        counts: &mut Counts<'_>,
    ) -> Result<Self, Error> {
        match source.rows {
            Rows::Beside { key, .. } => Self::by_key(source, key, tables, counts),
            Rows::Raters => Self::by_votes(source, tables, counts),
            Rows::Alone | Rows::Categories => match tables.first() {
                Some(table) => Err(source.lacks_required(table.schema(), &[])),
                None => Ok(Self::default()),
            },
        }
    }

    /// The cells of a comment's key, in the order of `columns`.
    pub(super) fn take(&mut self, key: &str) -> Option<&[String]> {
        let Some(found) = self.cells.get_mut(key) else {
            self.n_missing += 1;
            return None;
        };
        found.is_matched = true;
        Some(&found.cells)
    }

    /// What found no partner.
    pub(super) fn unmatched(self) -> Unmatched {
        let alone = self
            .cells
            .into_iter()
            .filter(|(_, found)| !found.is_matched);
        let mut keys = alone.map(|(key, _)| key);
        let first_key = keys.next();
        Unmatched {
            comments: self.n_missing,
            keys: keys.count() as u64 + u64::from(first_key.is_some()),
            first_key,
        }
    }

    fn by_key(
        source: &Source,
        key: &[&str],
        tables: Vec<Table>,
        counts: &mut Counts<'_>,
    ) -> Result<Self, Error> {
        let mut beside = Self::default();
        for table in tables {
            let schema = table.schema();
            let key = schema
                .usual(key)
                .ok_or_else(|| source.lacks_required(schema, &[]))?;
            let wanted = |column: &ColumnRef| *column != key && source.takes(column.name());
            let columns = schema
                .columns()
                .iter()
                .filter_map(|name| schema.column(name));
            let columns: Vec<ColumnRef> = columns.filter(wanted).collect();
            if columns.is_empty() {
                return Err(source.lacks_required(schema, &[]));
            }
            let names: Vec<usize> = columns
                .iter()
                .map(|c| beside.column_idx(c.name()))
                .collect();
            for row in table {
                let Some(row) = counts.good(row?) else {
                    continue;
                };
                let found = beside.cells.entry(key_of(&cell(&row, &key))).or_default();
                let cells = &mut found.cells;
                for (column, idx) in columns.iter().zip(&names) {
                    cells.resize(cells.len().max(idx + 1), String::new());
                    cells[*idx] = cell(&row, column);
                }
            }
        }
        Ok(beside)
    }

    fn column_idx(&mut self, name: &str) -> usize {
        let known = self.columns.iter().position(|column| column == name);
        known.unwrap_or_else(|| {
            self.columns.push(name.to_owned());
            self.columns.len() - 1
        })
    }

    /// Raters (`annotation`, `comment_id`, `not toxic`) and the spans they marked (`annotation`,
    /// `type`) → the share of a comment's raters who marked each type at all.
    fn by_votes(
        source: &Source,
        tables: Vec<Table>,
        counts: &mut Counts<'_>,
    ) -> Result<Self, Error> {
        let (mut raters, mut marks) = (BTreeMap::new(), BTreeSet::new());
        let is_empty = tables.is_empty();
        for table in tables {
            let schema = table.schema().clone();
            let column = |name| schema.column(name);
            let annotation = column("annotation")
                .ok_or_else(|| not_of(source, &schema, &["annotation", "comment_text"]))?;
            match (column("comment_id"), column("not toxic"), column("type")) {
                (Some(comment), Some(not_toxic), _) => {
                    for row in table {
                        let Some(row) = counts.good(row?) else {
                            continue;
                        };
                        let is_civil = cell(&row, &not_toxic).eq_ignore_ascii_case("true");
                        let comment = key_of(&cell(&row, &comment));
                        raters.insert(key_of(&cell(&row, &annotation)), (comment, is_civil));
                    }
                }
                (_, _, Some(kind)) => {
                    for row in table {
                        let Some(row) = counts.good(row?) else {
                            continue;
                        };
                        marks.insert((key_of(&cell(&row, &annotation)), cell(&row, &kind)));
                    }
                }
                _ => return Err(not_of(source, &schema, &["not toxic", "type"])),
            }
        }
        if is_empty {
            return Ok(Self::default());
        }
        Ok(Self::shares(&raters, &marks))
    }

    fn shares(
        raters: &BTreeMap<String, (String, bool)>,
        marks: &BTreeSet<(String, String)>,
    ) -> Self {
        // The last cell counts the raters.
        let mut votes: BTreeMap<&str, [f32; N_KINDS + 2]> = BTreeMap::new();
        for (comment, is_civil) in raters.values() {
            let votes = votes.entry(comment).or_default();
            votes[N_KINDS] += f32::from(u8::from(*is_civil));
            votes[N_KINDS + 1] += 1.0;
        }
        for (annotation, kind) in marks {
            let kind = KINDS
                .iter()
                .position(|(name, _)| name.eq_ignore_ascii_case(kind));
            if let (Some((comment, _)), Some(kind)) = (raters.get(annotation), kind) {
                votes.entry(comment).or_default()[kind] += 1.0;
            }
        }
        let cells = |votes: &[f32; N_KINDS + 2]| {
            let n_raters = votes[N_KINDS + 1];
            let shares = votes[..=N_KINDS].iter().map(|n| (n / n_raters).to_string());
            Cells {
                cells: shares.chain([n_raters.to_string()]).collect(),
                is_matched: false,
            }
        };
        let columns = KINDS.iter().map(|(_, column)| *column);
        let columns = columns.chain(["not_toxic_share", "n_raters"]);
        Self {
            columns: columns.map(str::to_owned).collect(),
            cells: votes
                .iter()
                .map(|(comment, votes)| ((*comment).to_owned(), cells(votes)))
                .collect(),
            n_missing: 0,
        }
    }
}

const N_KINDS: usize = 5;
/// Types of spans and the columns of their shares.
const KINDS: [(&str, &str); N_KINDS] = [
    ("Insult", "insult_share"),
    ("Identity based Attack", "identity_based_attack_share"),
    ("Profane/Obscene", "profane_obscene_share"),
    ("Threat", "threat_share"),
    ("Other Toxicity", "other_toxicity_share"),
];

fn cell(row: &Row, column: &ColumnRef) -> String {
    row.get(column).unwrap_or_default().into_owned()
}
