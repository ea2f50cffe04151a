//! What a page wants to know of labelled rows beyond their scores: of every row a few small numbers, of the
//! worst errors the whole comment.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::path::Path;

use super::{LabelledComment, ScoredLabel};
use crate::data::{ColumnRef, OwnedComment, Row, Table};
use crate::model::Model;
use crate::report::inspection::{
    Case, Grouping, LENGTHS, LabelInspection, Observed, Worst, length_idx,
};
use crate::text::language::language;
use crate::train::groups::{N_BANDS, bands};

/// Errors kept on each side of each label.
const N_WORST: usize = 10;
/// Longest value of a column kept, in characters.
const MAX_VALUE_CHARS: usize = 80;
/// What a row has that has no value.
const NONE: &str = "–";

/// Gathers over files.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// Column by which to tell comments apart.
    group_by: Option<String>,
    observed: Observed,
    lengths: Vec<u32>,
    sections: Values,
    by: Values,
    labels: Vec<Errors>,
    files: Vec<String>,
}

/// Values of a column, by number of the row.
#[derive(Debug, Default)]
struct Values {
    known: HashMap<String, u32>,
    names: Vec<String>,
    of_row: Vec<u32>,
}

/// The worst errors of a label.
#[derive(Debug)]
struct Errors {
    false_alarms: Worst<WrongRow>,
    misses: Worst<WrongRow>,
}

#[derive(Debug)]
struct WrongRow {
    /// Position among the files.
    file: usize,
    line: u64,
    bands: [u64; N_BANDS],
    score: f64,
    share: f32,
    comment: OwnedComment,
}

/// What of a row is looked at where it is read.
#[derive(Debug)]
pub(super) struct Glance {
    pub(super) line: u64,
    pub(super) by: Option<String>,
    pub(super) language: Option<&'static str>,
}

impl Glance {
    pub(super) fn of(row: &Row, by: Option<&ColumnRef>) -> Self {
        let cell = by.and_then(|column| row.get(column));
        Self {
            line: row.line(),
            by: cell.map(|cell| cell.trim().chars().take(MAX_VALUE_CHARS).collect()),
            language: None,
        }
    }

    /// The slow part, for the threads that work.
    pub(super) fn tell_language(&mut self, text: &str) {
        self.language = language(text);
    }
}

impl WrongRow {
    /// Near-duplicates: one of them is enough to read.
    fn resembles(&self, other: &Self) -> bool {
        self.bands.iter().zip(&other.bands).any(|(a, b)| a == b)
    }
}

impl Watch {
    pub(crate) fn new(group_by: Option<String>) -> Self {
        Self {
            group_by,
            ..Self::default()
        }
    }

    /// The column to tell comments apart by, if the file has it.
    ///
    /// # Errors
    /// It lacks the column: a mistake shows at once.
    pub(super) fn open(&mut self, table: &Table) -> anyhow::Result<Option<ColumnRef>> {
        self.files.push(table.schema().file().to_owned());
        let column = self.group_by.as_ref();
        Ok(column
            .map(|name| table.schema().require(name))
            .transpose()?)
    }

    /// Sees a row, whatever its labels.
    pub(super) fn see(&mut self, glance: &Glance, comment: &OwnedComment) {
        self.observed.n += 1;
        if let Some(language) = glance.language {
            *self.observed.languages.entry(language).or_default() += 1;
        }
        let length = length_idx(&comment.text);
        self.observed.lengths[usize::from(length)] += 1;
        self.lengths.push(u32::from(length));
        let section = comment
            .article
            .as_ref()
            .map(|article| article.section.as_str());
        self.sections.push(section);
        self.by.push(glance.by.as_deref());
    }

    /// Sees what one of its labels says.
    pub(super) fn judge(
        &mut self,
        (idx, flag): (usize, f64),
        (score, share): (f64, f32),
        (glance, row): (&Glance, &LabelledComment),
    ) {
        while self.labels.len() <= idx {
            self.labels.push(Errors::default());
        }
        let (errors, file) = (&mut self.labels[idx], self.files.len() - 1);
        let wrong = || WrongRow {
            file,
            line: glance.line,
            bands: bands(&row.comment.text),
            score,
            share,
            comment: row.comment.clone(),
        };
        if score >= flag && share < 0.5 {
            errors.false_alarms.offer(score, wrong);
        } else if score < flag && share > 0.5 {
            errors.misses.offer(-score, wrong);
        }
    }

    pub(crate) fn observed(&self) -> &Observed {
        &self.observed
    }

    /// By what the rows of a label can be told apart: length always, else what takes two values at least.
    pub(crate) fn groupings(&self, label: &ScoredLabel) -> Vec<Grouping<'_>> {
        let by = self.group_by.as_deref().unwrap_or_default();
        let named = [("section of the article", &self.sections), (by, &self.by)];
        let worth = named
            .into_iter()
            .filter(|(_, values)| values.names.len() > 1);
        worth
            .map(|(name, values)| Grouping {
                name,
                values: &values.names,
                value_of_row: label.pick(&values.of_row),
                is_ordered: false,
            })
            .collect()
    }

    /// The classes of length.
    pub(crate) fn lengths<'n>(&self, label: &ScoredLabel, names: &'n [String]) -> Grouping<'n> {
        Grouping {
            name: "length",
            values: names,
            value_of_row: label.pick(&self.lengths),
            is_ordered: true,
        }
    }

    /// Explains the worst errors of each label.
    pub(crate) fn explain(
        self,
        model: &Model,
        labels: &[ScoredLabel],
        inspections: &mut [LabelInspection],
    ) {
        let mut scorer = model.scorer();
        let files = short_names(&self.files);
        for errors in self.labels.into_iter().enumerate() {
            let (
                idx,
                Errors {
                    false_alarms,
                    misses,
                },
            ) = errors;
            let found = labels.iter().zip(&mut *inspections);
            let Some((label, inspection)) =
                found.into_iter().find(|(label, _)| label.column == idx)
            else {
                continue;
            };
            let mut case = |row: WrongRow| {
                let comment = row.comment.as_comment();
                let (_, explanations) = scorer.explain(&comment);
                let verdict = (row.score, f64::from(row.share));
                // The page names its files; which of them is only a question where there are several.
                let place = match files.as_slice() {
                    [_] => format!("line {}", row.line),
                    files => format!("{}, line {}", files[row.file], row.line),
                };
                Case::new(place, verdict, &comment, &explanations[label.label_idx])
            };
            inspection.false_alarms = false_alarms.into_items().map(&mut case).collect();
            inspection.misses = misses.into_items().map(&mut case).collect();
        }
    }
}

/// Files without their folders, unless two then have the same name.
fn short_names(files: &[String]) -> Vec<&str> {
    let names = files
        .iter()
        .map(|file| Path::new(file).file_name().and_then(OsStr::to_str));
    let short: Option<Vec<&str>> = names.collect();
    let is_distinct = |names: &Vec<&str>| names.iter().collect::<HashSet<_>>().len() == names.len();
    short
        .filter(is_distinct)
        .unwrap_or_else(|| files.iter().map(String::as_str).collect())
}

/// Names of the classes of length.
pub(crate) fn length_names() -> Vec<String> {
    LENGTHS.iter().map(|&(name, _)| name.to_owned()).collect()
}

impl Default for Errors {
    fn default() -> Self {
        Self {
            false_alarms: Worst::new(N_WORST, WrongRow::resembles),
            misses: Worst::new(N_WORST, WrongRow::resembles),
        }
    }
}

impl Values {
    fn push(&mut self, value: Option<&str>) {
        let value = value.filter(|value| !value.is_empty()).unwrap_or(NONE);
        if let Some(&known) = self.known.get(value) {
            return self.of_row.push(known);
        }
        let idx = self.names.len() as u32;
        self.names.push(value.to_owned());
        self.known.insert(value.to_owned(), idx);
        self.of_row.push(idx);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_left_out_where_names_tell_files_apart() {
        let names = |files: [&str; 2]| short_names(&files.map(str::to_owned)).join(" ");
        assert_eq!(names(["a/x.csv", "b/y.csv"]), "x.csv y.csv");
        assert_eq!(names(["a/x.csv", "b/x.csv"]), "a/x.csv b/x.csv");
    }
}
