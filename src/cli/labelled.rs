//! Labelled files scored by a model: of each row only scores, labels and group are kept.

mod choice;
mod common;
pub(crate) mod watch;

pub(crate) use choice::LabelChoice;
pub(crate) use common::CommonRows;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;

use super::input::InputArgs;
use super::progress::Bar;
use super::stream::{BadRows, Outcome, stream};
use super::train::checksum;
use crate::data::{
    ArticleStore, CommentReader, LabelColumn, LabelMap, OwnedComment, RowResult, Table,
};
use crate::model::Model;
use crate::relation;
use crate::report::evaluation::{EvaluatedFile, LabelScores};
use crate::train::{Progress, TrainRow};
use watch::{Glance, Watch};

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
    /// Its position among the labels looked for.
    column: usize,
    scores: Vec<f64>,
    shares: Vec<f32>,
    groups: Option<Vec<u32>>,
    /// Number of each row among all rows read.
    rows: Vec<u32>,
    /// Labelled rows of which the model cannot tell the label; they are in no figure.
    pub(crate) n_untold: usize,
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

    /// What another reading of the same files knows of this label's rows.
    pub(crate) fn shares_in(&self, other: &Self) -> Vec<Option<f32>> {
        let share = |row| other.rows.binary_search(row).ok().map(|i| other.shares[i]);
        self.rows.iter().map(share).collect()
    }

    /// Of values of all rows read, those of this label's rows.
    fn pick(&self, values: &[u32]) -> Vec<u32> {
        self.rows.iter().map(|&row| values[row as usize]).collect()
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

/// Scores files of labelled comments; `watch`, if given, sees every row.
///
/// # Errors
/// A file that cannot be read, a label named without a column, no label or no row at all.
pub(crate) fn score_labelled(
    model: &Model,
    data: &[PathBuf],
    choice: &LabelChoice,
    input: &InputArgs,
    watch: Option<&mut Watch>,
) -> anyhow::Result<Scored> {
    let articles = input.articles()?;
    // All headers before any row: a mistake shows at once.
    let tables: Vec<Table> = data
        .iter()
        .map(|path| input.open(path))
        .collect::<Result<_, _>>()?;
    let labels = choice.present_in(&tables)?;
    let mut collector = Collector::new(model, &labels, watch);
    let bar = Bar::counter("scoring");
    let mut files = Vec::new();
    for (path, table) in data.iter().zip(tables) {
        if labels
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
        let serving = labels.serving(table.schema());
        super::notices(serving.as_slice());
        files.push(collector.read(path, table, input, &articles, &bar)?);
    }
    drop(bar);
    Ok(Scored {
        labels: collector.finish(data)?,
        files,
        in_training: is_in_training(model, data)?,
    })
}

pub(crate) fn is_in_training(model: &Model, data: &[PathBuf]) -> anyhow::Result<bool> {
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
    model: &'a Model,
    map: &'a LabelMap,
    labels: Vec<ScoredLabel>,
    groups: Groups,
    watch: Option<&'a mut Watch>,
    n_rows: u32,
}

/// One row read: a comment and what its label cells say.
#[derive(Debug)]
pub(crate) struct LabelledComment {
    pub(crate) comment: OwnedComment,
    pub(crate) shares: Vec<Option<f32>>,
}

impl<'a> Collector<'a> {
    /// `map` holds labels of the model only.
    fn new(model: &'a Model, map: &'a LabelMap, watch: Option<&'a mut Watch>) -> Self {
        let label = |(column, label): (usize, &str)| {
            Some(ScoredLabel {
                label: label.to_owned(),
                label_idx: model.label_idx(label)?,
                column,
                scores: Vec::new(),
                shares: Vec::new(),
                groups: Some(Vec::new()),
                rows: Vec::new(),
                n_untold: 0,
            })
        };
        Self {
            model,
            map,
            labels: map.labels().enumerate().filter_map(label).collect(),
            groups: Groups::default(),
            watch,
            n_rows: 0,
        }
    }

    fn read(
        &mut self,
        path: &Path,
        table: Table,
        input: &InputArgs,
        articles: &Arc<ArticleStore>,
        bar: &Bar,
    ) -> anyhow::Result<EvaluatedFile> {
        let model = self.model;
        let columns = self.map.resolve_present(table.schema());
        let mut reader = input.reader(&table, articles)?;
        let by = match &mut self.watch {
            Some(watch) => watch.open(&table)?,
            None => None,
        };
        let is_watched = self.watch.is_some();
        let mut rows = 0;
        let mut bad = BadRows::default();
        stream(
            table,
            |row| {
                let row = row?;
                let glance = is_watched.then(|| Glance::of(&row, by.as_ref()));
                Ok((read_row(Ok(row), &columns, &mut reader)?, glance))
            },
            || model.scorer(),
            |scorer, (row, mut glance)| {
                let scores = scorer.score(&row.comment.as_comment());
                if let Some(glance) = &mut glance {
                    glance.tell_language(&row.comment.text);
                }
                let probabilities: Vec<f64> = scores.probabilities().collect();
                (row, glance, probabilities)
            },
            |batch| {
                bar.advance(batch.len());
                for (row, glance, probabilities) in bad.sift(batch) {
                    self.push(&row, glance.as_ref(), &probabilities);
                    rows += 1;
                }
                Ok(())
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

    fn push(&mut self, row: &LabelledComment, glance: Option<&Glance>, probabilities: &[f64]) {
        let group = self.groups.of(row.comment.group.as_deref());
        let mut watched = self.watch.as_deref_mut().zip(glance);
        if let Some((watch, glance)) = &mut watched {
            watch.see(glance, &row.comment);
        }
        for (label, share) in self.labels.iter_mut().zip(&row.shares) {
            let Some(share) = *share else { continue };
            // Nothing can be told of it: no score, and no mistake.
            let score = probabilities[label.label_idx];
            if score.is_nan() {
                label.n_untold += 1;
                continue;
            }
            if let Some((watch, glance)) = &mut watched {
                let flag = self.model.policy()[label.label_idx].flag;
                watch.judge((label.column, flag), (score, share), (glance, row));
            }
            label.scores.push(score);
            label.shares.push(share);
            label.rows.push(self.n_rows);
            if let Some(groups) = &mut label.groups {
                groups.push(group);
            }
        }
        self.n_rows += 1;
    }

    fn finish(self, data: &[PathBuf]) -> anyhow::Result<Vec<ScoredLabel>> {
        let n_untold: usize = self.labels.iter().map(|label| label.n_untold).sum();
        let (empty, mut labels): (Vec<_>, Vec<_>) = self
            .labels
            .into_iter()
            .partition(|label| label.scores.is_empty());
        if n_untold > 0 {
            super::notices(&[format!(
                "of {n_untold} labelled comments {} cannot be told (no context, too short, or unknown words); left out",
                relation::LABEL
            )]);
        }
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

/// The comment as trainings take it, with the number of its article.
pub(crate) fn train_row(
    comment: OwnedComment,
    article_idx: Option<usize>,
    source: u16,
    shares: Vec<Option<f32>>,
) -> TrainRow {
    TrainRow {
        text: comment.text,
        author: comment.author,
        article_idx,
        parent: comment.parent.map(|parent| parent.to_string()),
        parent_author: comment.parent_author.map(|name| name.to_string()),
        thread: comment.thread.map(|thread| thread.to_string()),
        group: comment.group,
        source,
        shares,
    }
}

/// Reads a row; its label cells must say something or be empty.
pub(crate) fn read_row(
    row: RowResult,
    columns: &[Option<LabelColumn>],
    reader: &mut CommentReader,
) -> Outcome<LabelledComment> {
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
