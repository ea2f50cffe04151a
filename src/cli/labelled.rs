//! Labelled files scored by a model: of each row only scores, labels and group are kept.

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
use crate::train::Progress;

/// Which labels of a model to look at, and where they stand.
#[derive(Clone, Debug)]
pub(crate) struct LabelChoice {
    map: LabelMap,
    /// By label of `map`: whether it was asked for by name, so that its absence is an error.
    named: Vec<bool>,
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
            map,
        })
    }

    /// The labels that some file has a column for; says which others are left out.
    ///
    /// # Errors
    /// A label that was named must have a column in some file, and some label must in any case.
    pub(super) fn present_in(&self, tables: &[Table]) -> anyhow::Result<LabelMap> {
        let mut found = vec![false; self.named.len()];
        for table in tables {
            for (found, present) in found.iter_mut().zip(self.map.is_present(table.schema())) {
                *found |= present;
            }
        }
        let labels = self.map.labels().zip(&self.named).zip(found);
        let absent: Vec<(&str, &bool)> = labels
            .filter_map(|(label, found)| (!found).then_some(label))
            .collect();
        let missed = absent.iter().find(|(_, named)| **named);
        if missed.is_some() || absent.len() == self.named.len() {
            let is_missed = |label: &str| missed.is_none_or(|&(missed, _)| missed == label);
            self.map.only(is_missed).resolve(tables[0].schema())?;
        }
        for (label, _) in &absent {
            super::notices(&[format!("no column for label `{label}`; left out")]);
        }
        let is_present = |label: &str| absent.iter().all(|&(absent, _)| absent != label);
        Ok(self.map.only(is_present))
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
    let labels = choice.present_in(&tables)?;
    let mut collector = Collector::new(model, &labels);
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
    model: &'a Model,
    map: &'a LabelMap,
    labels: Vec<ScoredLabel>,
    groups: Groups,
    /// Labelled comments of which the label about their context cannot be told.
    n_untold: usize,
}

/// One row read: a comment and what its label cells say.
#[derive(Debug)]
pub(crate) struct LabelledComment {
    pub(crate) comment: OwnedComment,
    pub(crate) shares: Vec<Option<f32>>,
}

impl<'a> Collector<'a> {
    /// `map` holds labels of the model only.
    fn new(model: &'a Model, map: &'a LabelMap) -> Self {
        let label = |label: &str| {
            Some(ScoredLabel {
                label: label.to_owned(),
                label_idx: model.label_idx(label)?,
                scores: Vec::new(),
                shares: Vec::new(),
                groups: Some(Vec::new()),
            })
        };
        Self {
            model,
            map,
            labels: map.labels().filter_map(label).collect(),
            groups: Groups::default(),
            n_untold: 0,
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
        let mut rows = 0;
        let mut bad = BadRows::default();
        stream(
            table,
            |row| read_row(row, &columns, &mut reader),
            || model.scorer(),
            |scorer, row| {
                let scores = scorer.score(&row.comment.as_comment());
                (row, scores.probabilities().collect::<Vec<_>>())
            },
            |batch| {
                bar.advance(batch.len());
                for (row, probabilities) in bad.sift(batch) {
                    self.push(&row, &probabilities);
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

    fn push(&mut self, row: &LabelledComment, probabilities: &[f64]) {
        let group = self.groups.of(row.comment.group.as_deref());
        for (label, share) in self.labels.iter_mut().zip(&row.shares) {
            let Some(share) = *share else { continue };
            // Nothing can be told of it: no score, and no mistake.
            if probabilities[label.label_idx].is_nan() {
                self.n_untold += 1;
                continue;
            }
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
        if self.n_untold > 0 {
            super::notices(&[format!(
                "of {} labelled comments {} cannot be told (no context, or too short); left out",
                self.n_untold,
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
