//! `ombuds train`: labelled comments → model, with an honest figure for it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::Outcome;
use super::input::{InputArgs, load_model};
use super::progress::Bar;
use crate::comment::Article;
use crate::data::{ArticleStore, LabelColumn, LabelMap, RowError};
use crate::model::card::model_card;
use crate::model::{DataFile, Model, Provenance};
use crate::report::evaluation::{
    EvaluatedFile, Evaluation, EvaluationOptions, LabelReport, LabelScores, evaluate_scores,
    summary_table,
};
use crate::text::TextTables;
use crate::train::{
    Alpha, Features, Progress, TrainOptions, TrainRow, TrainingSet, are_named, fit, groups,
    languages, test_split,
};

/// Train a model on labelled comments
///
/// Each label is a column of 0/1, true/false or shares between 0 and 1; an empty cell means unknown.
/// A part of the articles (or threads, or clusters of similar comments) is held out for an honest
/// figure; then the model is trained on all rows.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ombuds train --data comments.csv --labels insult --model models/mine
  ombuds train --data a.csv b.jsonl.gz --labels insult,off_topic --articles articles.csv --model m
  ombuds train --data civil.csv --label-map insult=insult_share --test held_out.csv --model m
  ombuds train --base default --data reviewed.csv --labels insult --model models/ours")]
pub(crate) struct TrainArgs {
    /// Files of labelled comments: csv, tsv or jsonl, also .gz or .zst; - is standard input
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    data: Vec<PathBuf>,
    /// Labels to learn, each a column of that name
    #[arg(long, default_value = "", value_name = "LABEL,...")]
    labels: String,
    /// Columns of labels that are named otherwise
    #[arg(long, default_value = "", value_name = "LABEL=COLUMN,...")]
    label_map: String,
    /// Folder to write the model into
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    /// Model to start from and stay close to: a folder, or `default`
    #[arg(long, value_name = "DIR")]
    base: Option<PathBuf>,
    /// File to measure on, instead of a part of the data
    #[arg(long, value_name = "FILE", conflicts_with = "test_fraction")]
    test: Option<PathBuf>,
    /// Part of the data to measure on; 0 to measure nothing
    #[arg(long, default_value_t = 0.2, value_name = "SHARE", value_parser = share)]
    test_fraction: f64,
    /// Strength of the penalty on weights: auto, or a number (1/C of liblinear)
    #[arg(long, default_value = "auto", value_parser = alpha)]
    alpha: Alpha,
    /// Buckets for n-grams, as a power of two
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(10..=24))]
    bits: u32,
    /// Seed of splits and orders
    #[arg(long, default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    input: InputArgs,
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=0.9).contains(&share) {
        Ok(share)
    } else {
        Err("must be between 0 and 0.9".to_owned())
    }
}

fn alpha(text: &str) -> Result<Alpha, String> {
    if text == "auto" {
        return Ok(Alpha::Auto);
    }
    match text.parse::<f64>() {
        Ok(alpha) if alpha.is_finite() && alpha > 0.0 => Ok(Alpha::Fixed(alpha)),
        _ => Err("must be `auto` or a number above 0".to_owned()),
    }
}

/// Positives below which a figure means little.
const FEW_POSITIVES: f64 = 50.0;
/// Bad rows that are still an accident and not a misunderstanding.
const MAX_BAD_SHARE: f64 = 0.01;

impl TrainArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let labels = LabelMap::parse(&self.labels, &self.label_map)?;
        let base = self
            .base
            .as_deref()
            .map(|path| load_model(Some(path)))
            .transpose()?;
        let articles = self.input.articles()?;
        let mut data = Loader::new(&labels, &self.input, &articles, self.data.len() == 1);
        for path in &self.data {
            data.load(path)?;
        }
        let loaded = data.finish()?;
        let bar = Bar::new();
        let tables = base
            .as_ref()
            .map_or_else(TextTables::shipped, |base| base.tables().clone());
        let options = TrainOptions {
            seed: self.seed,
            alpha: self.alpha,
            bits: base.as_ref().map_or(self.bits, |base| base.table().bits()),
            ..TrainOptions::default()
        };
        let set = &loaded.set;
        let features = Features::extract(set, &tables, options.bits, &bar);
        let provenance = self.provenance(&loaded, base.as_ref());
        let groups = groups(set);
        let fit = |rows: &[usize]| {
            let (base, provenance) = (base.as_ref(), provenance.clone());
            fit(
                set, &features, &groups, rows, base, provenance, &options, &bar,
            )
        };
        let all: Vec<usize> = (0..set.rows.len()).collect();
        let (model, evaluation) = match &self.test {
            Some(path) => {
                let model = fit(&all)?;
                let mut test = Loader::new(&labels, &self.input, &articles, true);
                test.load(path)?;
                let Loaded { set: test, files } = test.finish()?;
                let rows: Vec<usize> = (0..test.rows.len()).collect();
                let groups = crate::train::groups(&test);
                let labels = measure(&model, &test, &rows, &groups, &bar)?;
                (
                    model,
                    Some((labels, "rows of another file".to_owned(), files)),
                )
            }
            None if self.test_fraction > 0.0 => {
                let (train, test) = test_split(&groups, self.test_fraction, self.seed);
                let labels = measure(&fit(&train)?, set, &test, &groups, &bar)?;
                let split = format!(
                    "{} of {} rows held out by {}, seed {}",
                    test.len(),
                    all.len(),
                    grouping(set),
                    self.seed
                );
                (fit(&all)?, Some((labels, split, loaded.files.clone())))
            }
            None => (fit(&all)?, None),
        };
        drop(bar);
        let evaluation = evaluation.map(|(labels, split, files)| Evaluation {
            program: provenance.program.clone(),
            model: model.hash().to_owned(),
            split,
            data: files.into_iter().map(evaluated).collect(),
            labels,
        });
        self.write(&model, evaluation.as_ref())
    }

    fn provenance(&self, loaded: &Loaded, base: Option<&Model>) -> Provenance {
        Provenance {
            program: concat!("ombuds ", env!("CARGO_PKG_VERSION")).to_owned(),
            data: loaded.files.clone(),
            seed: self.seed,
            base: base.map(|base| base.hash().to_owned()),
            languages: languages::languages(&loaded.set),
            ..Provenance::default()
        }
    }

    fn write(&self, model: &Model, evaluation: Option<&Evaluation>) -> anyhow::Result<Outcome> {
        model.write(&self.model)?;
        let metrics = serde_json::to_string_pretty(&evaluation)? + "\n";
        crate::model::format::write_whole(&self.model.join("metrics.json"), metrics.as_bytes())?;
        let card = model_card(model, evaluation);
        crate::model::format::write_whole(&self.model.join("MODEL_CARD.md"), card.as_bytes())?;
        for (label, training) in &model.provenance().labels {
            if training.positives < FEW_POSITIVES {
                anstream::eprintln!(
                    "warning: label `{label}` has {:.0} positives; figures on so few mean little, label more \
                     (`ombuds flag --to-review 200` picks the most useful comments)",
                    training.positives
                );
            }
            if !training.converged {
                anstream::eprintln!(
                    "warning: label `{label}`: the solver did not reach its tolerance; try a larger --alpha"
                );
            }
        }
        if let Some(evaluation) = evaluation {
            super::print(&summary_table(&evaluation.labels))?;
        }
        anstream::eprintln!("wrote model {} to {}", model.hash(), self.model.display());
        Ok(Outcome::Done)
    }
}

fn evaluated(file: DataFile) -> EvaluatedFile {
    EvaluatedFile {
        name: file.name,
        rows: file.rows,
        bad_rows: 0,
    }
}

/// By what a split keeps rows together, in words.
fn grouping(set: &TrainingSet) -> &'static str {
    if are_named(set) {
        "article or thread"
    } else {
        "clusters of similar comments"
    }
}

/// Scores rows that the model has not seen and reports on each label.
fn measure(
    model: &Model,
    set: &TrainingSet,
    rows: &[usize],
    groups: &[u32],
    bar: &Bar,
) -> anyhow::Result<Vec<LabelReport>> {
    bar.start("measuring", rows.len());
    let scores: Vec<Vec<f64>> = rows
        .par_iter()
        .map_init(
            || model.scorer(),
            |scorer, &row| {
                bar.advance(1);
                scorer.score(&set.comment(row)).probabilities().collect()
            },
        )
        .collect();
    let mut reports = Vec::new();
    for (label_idx, label) in set.labels.iter().enumerate() {
        let known: Vec<(f64, f32, u32)> = rows
            .iter()
            .zip(&scores)
            .filter_map(|(&row, scores)| {
                Some((
                    scores[label_idx],
                    set.rows[row].shares[label_idx]?,
                    groups[row],
                ))
            })
            .collect();
        let scores: Vec<f64> = known.iter().map(|row| row.0).collect();
        let shares: Vec<f32> = known.iter().map(|row| row.1).collect();
        let groups: Vec<u32> = known.iter().map(|row| row.2).collect();
        let scores = LabelScores {
            label,
            scores: &scores,
            shares: &shares,
            groups: Some(&groups),
        };
        let policy = model.policy()[label_idx];
        reports.push(evaluate_scores(
            &scores,
            policy,
            &EvaluationOptions::default(),
        )?);
    }
    Ok(reports)
}

/// What was read for a training.
struct Loaded {
    set: TrainingSet,
    files: Vec<DataFile>,
}

/// Reads files of labelled comments into one training set.
struct Loader<'a> {
    labels: &'a LabelMap,
    input: &'a InputArgs,
    articles: &'a Arc<ArticleStore>,
    /// Every file must have a column for every label; else it is enough that some file has.
    all_labels: bool,
    loaded: Loaded,
    /// Index of each article in the set, by its address: readers share articles.
    article_idx: HashMap<*const Article, usize>,
    /// Keeps the addresses valid.
    kept: Vec<Arc<Article>>,
    /// Labels that some file has a column for.
    found: Vec<bool>,
    bad: Vec<RowError>,
}

/// Rows read at a time.
const BATCH: usize = 4096;

impl<'a> Loader<'a> {
    fn new(
        labels: &'a LabelMap,
        input: &'a InputArgs,
        articles: &'a Arc<ArticleStore>,
        all_labels: bool,
    ) -> Self {
        let names: Vec<String> = labels.labels().map(str::to_owned).collect();
        let found = vec![false; names.len()];
        let set = TrainingSet {
            labels: names,
            ..TrainingSet::default()
        };
        Self {
            labels,
            input,
            articles,
            all_labels,
            loaded: Loaded {
                set,
                files: Vec::new(),
            },
            article_idx: HashMap::new(),
            kept: Vec::new(),
            found,
            bad: Vec::new(),
        }
    }

    fn load(&mut self, path: &Path) -> anyhow::Result<()> {
        let mut table = self.input.open(path)?;
        if self.labels.is_empty() {
            let columns = table.columns().join(", ");
            bail!(
                "name the labels to learn with --labels or --label-map; {} has the columns {columns}",
                path.display()
            );
        }
        let columns = if self.all_labels {
            self.labels
                .resolve(table.schema())?
                .into_iter()
                .map(Some)
                .collect()
        } else {
            self.labels.resolve_present(table.schema())
        };
        for (found, column) in self.found.iter_mut().zip(&columns) {
            *found |= column.is_some();
        }
        let mut reader = self.input.reader(&table, self.articles)?;
        let (n_before, bad_before) = (self.loaded.set.rows.len(), self.bad.len());
        loop {
            let batch = table.read_batch(BATCH)?;
            if batch.is_empty() {
                break;
            }
            for row in batch {
                match row {
                    Ok(row) => match shares(&columns, &row) {
                        Ok(shares) => self.push(reader.read(&row), shares),
                        Err(fault) => self.bad.push(row.error(fault)),
                    },
                    Err(error) => self.bad.push(error),
                }
            }
        }
        let rows = (self.loaded.set.rows.len() - n_before) as u64;
        self.check_bad(bad_before, rows)?;
        self.loaded.files.push(DataFile {
            name: file_name(path),
            sha256: checksum(path)?,
            rows,
        });
        Ok(())
    }

    /// A few bad rows are told and left out; many mean that something is misunderstood.
    fn check_bad(&self, bad_before: usize, rows: u64) -> anyhow::Result<()> {
        let bad = &self.bad[bad_before..];
        super::bad_rows(bad);
        if bad.len() as f64 > MAX_BAD_SHARE * (rows as f64 + bad.len() as f64) {
            let first = bad.first().map(ToString::to_string).unwrap_or_default();
            bail!(
                "{} of {} rows cannot be used; the first: {first}",
                bad.len(),
                rows as usize + bad.len()
            );
        }
        Ok(())
    }

    fn push(&mut self, comment: crate::data::OwnedComment, shares: Vec<Option<f32>>) {
        let article_idx = comment.article.map(|article| {
            let next = self.loaded.set.articles.len();
            let idx = *self
                .article_idx
                .entry(Arc::as_ptr(&article))
                .or_insert(next);
            if idx == next {
                self.loaded.set.articles.push((*article).clone());
                self.kept.push(article);
            }
            idx
        });
        self.loaded.set.rows.push(TrainRow {
            text: comment.text,
            author: comment.author,
            article_idx,
            parent: comment.parent.map(|parent| parent.to_string()),
            group: comment.group,
            shares,
        });
    }

    fn finish(self) -> anyhow::Result<Loaded> {
        if let Some(i) = self.found.iter().position(|found| !found) {
            let label = &self.loaded.set.labels[i];
            bail!(
                "no file has a column for label `{label}`; map one with --label-map {label}=COLUMN"
            );
        }
        if self.loaded.set.rows.is_empty() {
            bail!("no labelled comments: the data has a header and no rows");
        }
        Ok(self.loaded)
    }
}

pub(super) fn shares(
    columns: &[Option<LabelColumn>],
    row: &crate::data::Row,
) -> Result<Vec<Option<f32>>, crate::data::Fault> {
    let share = |column: &Option<LabelColumn>| column.as_ref().map_or(Ok(None), |c| c.share(row));
    columns.iter().map(share).collect()
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// SHA-256 of a file's bytes; empty for standard input, which cannot be read twice.
pub(super) fn checksum(path: &Path) -> anyhow::Result<String> {
    if path.as_os_str() == "-" {
        return Ok(String::new());
    }
    let mut file = std::fs::File::open(path).with_context(|| format!("{}", path.display()))?;
    let mut digest = Sha256::new();
    std::io::copy(&mut file, &mut digest)?;
    Ok(format!("{:x}", digest.finalize()))
}
