//! Labelled files scored by a model: of each row only scores, labels and group are kept.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;
use rayon::prelude::*;

use super::input::InputArgs;
use super::progress::Bar;
use super::stream::{Scorers, stream};
use super::train::checksum;
use crate::data::{
    ArticleStore, CommentReader, LabelColumn, LabelMap, OwnedComment, RowError, RowResult, Table,
};
use crate::model::Model;
use crate::report::evaluation::{EvaluatedFile, LabelScores};
use crate::train::Progress;

/// Which labels of a model to look at, and where they stand.
#[derive(Clone, Debug)]
pub(crate) struct LabelChoice {
    map: LabelMap,
    /// By label of `map`: whether it was asked for by name, so that its absence is an error.
    named: Vec<bool>,
    /// By label of `map`: its position in the model.
    label_idx: Vec<usize>,
}

/// Labelled rows with a model's scores.
#[derive(Debug)]
pub(crate) struct Scored {
    /// Labels that the data knows, in the model's order.
    pub(crate) labels: Vec<ScoredLabel>,
    /// The files.
    pub(crate) files: Vec<EvaluatedFile>,
    /// Whether one of them is among the files the model was trained on.
    pub(crate) in_training: bool,
}

/// Rows of one label that are labelled.
#[derive(Debug)]
pub(crate) struct ScoredLabel {
    pub(crate) label: String,
    /// Its position in the model.
    pub(crate) label_idx: usize,
    scores: Vec<f64>,
    shares: Vec<f32>,
    groups: Option<Vec<u32>>,
}

impl ScoredLabel {
    /// As the report takes it.
    pub(crate) fn rows(&self) -> LabelScores<'_> {
        LabelScores {
            label: &self.label,
            scores: &self.scores,
            shares: &self.shares,
            groups: self.groups.as_deref(),
        }
    }

    /// Says so if all rows are on one side, since most figures compare both.
    pub(crate) fn note_one_class(&self) {
        let which = if self.shares.iter().all(|&share| share == 0.0) {
            "none"
        } else if self.shares.iter().all(|&share| share == 1.0) {
            "every one"
        } else {
            return;
        };
        super::notices(&[format!(
            "label `{}`: {which} of the {} labelled comments has it; figures that compare comments \
             with and without it mean nothing",
            self.label,
            self.shares.len()
        )]);
    }
}

impl LabelChoice {
    /// The labels named, or all of the model if none is; mapped ones count as named.
    pub(crate) fn new(model: &Model, labels: &str, label_map: &str) -> anyhow::Result<Self> {
        let named = LabelMap::parse(labels, label_map)?;
        let of_model: Vec<&str> = model.labels().collect();
        if let Some(label) = named.labels().find(|label| !of_model.contains(label)) {
            let known = of_model.join(", ");
            bail!("the model has no label `{label}`; its labels are {known}");
        }
        let all = if labels.trim().is_empty() {
            of_model.join(",")
        } else {
            labels.to_owned()
        };
        let map = LabelMap::parse(&all, label_map)?;
        let is_named = |label: &str| named.labels().any(|name| name == label);
        Ok(Self {
            named: map.labels().map(is_named).collect(),
            label_idx: map
                .labels()
                .filter_map(|label| model.label_idx(label))
                .collect(),
            map,
        })
    }
}

/// Scores files of labelled comments.
///
/// # Errors
/// A file that cannot be read, a label named without a column, no label or no row at all.
pub(crate) fn score_labelled(
    model: &Model,
    data: &[PathBuf],
    choice: &LabelChoice,
    input: &InputArgs,
) -> anyhow::Result<Scored> {
    let articles = input.articles()?;
    // All headers before any row: a mistake shows at once.
    let tables: Vec<Table> = data
        .iter()
        .map(|path| input.open(path))
        .collect::<Result<_, _>>()?;
    check_columns(choice, &tables)?;
    let mut collector = Collector::new(choice);
    let scorers = Scorers::new(model);
    let bar = Bar::counter("scoring");
    let mut files = Vec::new();
    for (path, table) in data.iter().zip(tables) {
        if choice
            .map
            .resolve_present(table.schema())
            .iter()
            .all(Option::is_none)
        {
            super::notices(&[format!(
                "{}: no column for any label; left out",
                path.display()
            )]);
            continue;
        }
        files.push(collector.read(path, table, input, &articles, &scorers, &bar)?);
    }
    drop(bar);
    Ok(Scored {
        labels: collector.finish(data)?,
        files,
        in_training: is_in_training(model, data)?,
    })
}

/// A label that was named must have a column in some file, and some label must in any case.
fn check_columns(choice: &LabelChoice, tables: &[Table]) -> anyhow::Result<()> {
    let mut found = vec![false; choice.named.len()];
    for table in tables {
        for (found, present) in found.iter_mut().zip(choice.map.is_present(table.schema())) {
            *found |= present;
        }
    }
    let missed = (0..found.len()).find(|&idx| choice.named[idx] && !found[idx]);
    let missed = missed.and_then(|idx| choice.map.labels().nth(idx));
    if missed.is_some() || found.iter().all(|&found| !found) {
        let map = missed.map_or_else(|| choice.map.clone(), |label| choice.map.only(label));
        map.resolve(tables[0].schema())?;
    }
    for (label, _) in choice
        .map
        .labels()
        .zip(&found)
        .filter(|(_, found)| !**found)
    {
        super::notices(&[format!("no column for label `{label}`; left out")]);
    }
    Ok(())
}

fn is_in_training(model: &Model, data: &[PathBuf]) -> anyhow::Result<bool> {
    let mut any = false;
    for path in data {
        let sha256 = checksum(path)?;
        let known = |file: &crate::model::DataFile| !sha256.is_empty() && file.sha256 == sha256;
        if model.provenance().data.iter().any(known) {
            let file = path.display();
            super::notices(&[format!(
                "{file}: the model was trained on it, so its figures flatter"
            )]);
            any = true;
        }
    }
    Ok(any)
}

/// Gathers scores and labels over files.
struct Collector<'a> {
    choice: &'a LabelChoice,
    labels: Vec<ScoredLabel>,
    groups: Groups,
}

/// One row read: a comment and what its label cells say.
#[derive(Debug)]
pub(crate) struct LabelledComment {
    pub(crate) comment: OwnedComment,
    pub(crate) shares: Vec<Option<f32>>,
}

impl<'a> Collector<'a> {
    fn new(choice: &'a LabelChoice) -> Self {
        let label = |(label, &label_idx): (&str, &usize)| ScoredLabel {
            label: label.to_owned(),
            label_idx,
            scores: Vec::new(),
            shares: Vec::new(),
            groups: Some(Vec::new()),
        };
        let labels = choice
            .map
            .labels()
            .zip(&choice.label_idx)
            .map(label)
            .collect();
        Self {
            choice,
            labels,
            groups: Groups::default(),
        }
    }

    fn read(
        &mut self,
        path: &Path,
        table: Table,
        input: &InputArgs,
        articles: &Arc<ArticleStore>,
        scorers: &Scorers<'_>,
        bar: &Bar,
    ) -> anyhow::Result<EvaluatedFile> {
        let columns = self.choice.map.resolve_present(table.schema());
        let mut reader = input.reader(&table, articles)?;
        let mut rows = 0;
        let bad = stream(
            table,
            |row| read_row(row, &columns, &mut reader),
            |batch| {
                let scores = scorers.score_all(batch.par_iter().map(|row| &row.comment));
                for (row, scores) in batch.iter().zip(&scores) {
                    self.push(row, &scores.probabilities().collect::<Vec<_>>());
                }
                rows += batch.len() as u64;
                bar.advance(batch.len());
            },
        )?;
        super::notices(reader.notice().as_slice());
        let name = path.display().to_string();
        bad.judge(&name, rows, input.strict())?;
        Ok(EvaluatedFile {
            name,
            rows,
            bad_rows: bad.n(),
        })
    }

    fn push(&mut self, row: &LabelledComment, probabilities: &[f64]) {
        let group = self.groups.of(row.comment.group.as_deref());
        for (label, share) in self.labels.iter_mut().zip(&row.shares) {
            let Some(share) = *share else { continue };
            label.scores.push(probabilities[label.label_idx]);
            label.shares.push(share);
            if let Some(groups) = &mut label.groups {
                groups.push(group);
            }
        }
    }

    fn finish(self, data: &[PathBuf]) -> anyhow::Result<Vec<ScoredLabel>> {
        let (empty, mut labels): (Vec<_>, Vec<_>) = self
            .labels
            .into_iter()
            .partition(|label| label.scores.is_empty());
        if labels.is_empty() {
            bail!(
                "{}: no row is labelled; every label cell is empty or there are no rows",
                super::list(data)
            );
        }
        for label in empty.iter().map(|label| &label.label) {
            super::notices(&[format!("no row is labelled for `{label}`; left out")]);
        }
        if self.groups.known.is_empty() {
            for label in &mut labels {
                label.groups = None;
            }
        }
        labels.sort_by_key(|label| label.label_idx);
        Ok(labels)
    }
}

/// Reads a row; its label cells must say something or be empty.
pub(crate) fn read_row(
    row: RowResult,
    columns: &[Option<LabelColumn>],
    reader: &mut CommentReader,
) -> Result<LabelledComment, RowError> {
    let row = row?;
    let share = |column: &Option<LabelColumn>| column.as_ref().map_or(Ok(None), |c| c.share(&row));
    let shares: Result<_, _> = columns.iter().map(share).collect();
    let shares = shares.map_err(|fault| row.error(fault))?;
    Ok(LabelledComment {
        comment: reader.read(&row)?,
        shares,
    })
}

/// Numbers of articles or threads; a row without one is a group of its own.
#[derive(Default)]
struct Groups {
    known: HashMap<String, u32>,
    next: u32,
}

impl Groups {
    fn of(&mut self, name: Option<&str>) -> u32 {
        if let Some(&known) = name.and_then(|name| self.known.get(name)) {
            return known;
        }
        let new = self.next;
        self.next += 1;
        if let Some(name) = name {
            self.known.insert(name.to_owned(), new);
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_without_a_group_stand_alone() {
        let mut groups = Groups::default();
        let names = [Some("a"), None, Some("b"), Some("a"), None];
        assert_eq!(names.map(|name| groups.of(name)), [0, 1, 2, 0, 3]);
    }
}
