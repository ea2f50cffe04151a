//! `ombuds train --recipe FILE`: how a model of several corpora is made, in one file that says it all.
//!
//! A recipe names each source with its licence and checksum, which of its columns is which label (one visible
//! table), and the files on which thresholds are set and figures measured. Paths are relative to the recipe;
//! those of a `corpus` to the folder of the corpora.

mod judge;
mod loans;
mod perspective;
mod rows;
mod source;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use serde::Deserialize;

use super::loader::{Memory, SetBuilder};
use super::vectors;
use crate::cli::Outcome;
use crate::cli::labelled::LabelledComment;
use crate::cli::model::read_text;
use crate::cli::progress::Bar;
use crate::data::{ArticleStore, InputOptions};
use crate::linear::stored::Room;
use crate::model::{DataFile, Precision, Provenance};
use crate::relation;
use crate::report::card::{CardParts, NOTES_FILE};
use crate::text::TextTables;
use crate::train::discussion::lend_comments;
use crate::train::{Alpha, Features, TrainOptions, TrainingSet, fit, groups, languages, lenders};
use source::{Exclusions, Source, bare};

/// A recipe.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Recipe {
    /// Labels of the model, in order.
    labels: Vec<String>,
    /// Strength of the penalty, fixed so that a change of the data does not change it.
    alpha: f64,
    bits: u32,
    #[serde(default)]
    seed: u64,
    /// Weights in a byte each.
    #[serde(default)]
    quantize: bool,
    /// Whether the model is meant for comments of other sources.
    #[serde(default)]
    transfer: bool,
    /// By label, of which other label how much counts as its own evidence.
    #[serde(default)]
    borrow: loans::Borrow,
    /// Word vectors.
    vectors: Option<PathBuf>,
    /// Articles of the comments.
    articles: Option<PathBuf>,
    /// Files whose texts may stand in no source: what is measured on must not be learnt.
    #[serde(default)]
    exclude: Vec<Source>,
    source: Vec<Source>,
    /// Labelled comments on which thresholds are set (texts whose SHA-256 begins with an even byte) and the
    /// model is measured (the others).
    #[serde(default)]
    dev: Vec<Source>,
    /// Comments with Perspective's scores, on which its thresholds are mapped to the model's.
    #[serde(default)]
    perspective: Vec<perspective::Beside>,
    /// What the figures are of, in a sentence.
    #[serde(default)]
    dev_note: String,
}

/// Where a recipe's files are.
pub(super) struct Places {
    recipe: PathBuf,
    corpora: Option<PathBuf>,
}

impl Places {
    fn of(&self, source: &Source) -> anyhow::Result<PathBuf> {
        match (&source.file, &source.corpus) {
            (Some(file), None) => Ok(self.beside(file)),
            (None, Some(corpus)) => match &self.corpora {
                Some(folder) => Ok(folder.join(corpus)),
                None => bail!(
                    "{}: needs the corpora; name their folder with --corpora or OMBUDS_CORPORA",
                    corpus.display()
                ),
            },
            _ => bail!("a source of the recipe has either `file` or `corpus`"),
        }
    }

    fn beside(&self, file: &Path) -> PathBuf {
        self.recipe.parent().unwrap_or(Path::new("")).join(file)
    }
}

/// What is asked of a recipe beside its model.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct RecipeArgs {
    /// Names of sources of the recipe that are not learnt, to see how the model does on them
    #[arg(
        long,
        value_name = "SOURCE,...",
        value_delimiter = ',',
        requires = "recipe"
    )]
    without: Vec<String>,
    /// Also write what is learnt, and the sources left out, into this folder: learnt.jsonl, held_out.jsonl
    #[arg(long, value_name = "DIR", requires = "recipe")]
    rows: Option<PathBuf>,
}

/// Makes the model of a recipe and writes it.
///
/// # Errors
/// A file that is missing, has another checksum or lacks a column; a label without both classes.
pub(super) fn run(
    path: &Path,
    args: &RecipeArgs,
    corpora: Option<&Path>,
    folder: &Path,
) -> anyhow::Result<Outcome> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("could not read {}", path.display()))?;
    let mut recipe: Recipe =
        toml::from_str(&text).with_context(|| format!("{} is no recipe", path.display()))?;
    // Told now, and not after minutes of reading.
    let all_labels = recipe.labels.clone();
    let loans = loans::loans(&recipe.borrow, &all_labels, &all_labels);
    lenders(&all_labels, &loans)?;
    recipe.check_shares()?;
    let places = Places {
        recipe: path.to_owned(),
        corpora: corpora.map(Path::to_owned),
    };
    let Loaded {
        mut set,
        files,
        names,
        held_out,
    } = recipe.load(&places, &args.without)?;
    if let Some(folder) = &args.rows {
        rows::write(folder, &recipe.labels, &set, &names, &held_out)?;
    }
    drop(held_out);
    if !args.without.is_empty() {
        recipe.drop_unlearnable(&mut set);
    }
    let bar = Bar::new();
    let tables = TextTables::shipped();
    let rows: Vec<usize> = (0..set.rows.len()).collect();
    let vectors = recipe
        .vectors
        .as_ref()
        .map(|file| vectors::VectorSource::File(places.beside(file)));
    let vectors = vectors::obtain(vectors.as_ref(), &set, &rows, &tables, None, &bar)?;
    if set.relation_idx().is_some() {
        lend_comments(&mut set);
    }
    let room = Room::Memory;
    let features = Features::extract(&set, &tables, &vectors, recipe.bits, &room, &bar)?;
    let provenance = Provenance {
        program: concat!("ombuds ", env!("CARGO_PKG_VERSION")).to_owned(),
        data: files,
        seed: recipe.seed,
        languages: languages::languages(&set)?,
        ..Provenance::default()
    };
    let options = TrainOptions {
        transfer: recipe.transfer,
        loans: loans::loans(&recipe.borrow, &all_labels, &set.labels),
        seed: recipe.seed,
        alpha: Alpha::Fixed(recipe.alpha),
        bits: recipe.bits,
        precision: if recipe.quantize {
            Precision::Byte
        } else {
            Precision::Short
        },
        ..TrainOptions::default()
    };
    let groups = groups(&set)?;
    let mut model = fit(
        &set, &features, &groups, &rows, None, provenance, &options, &bar,
    )?;
    drop((features, set));
    let evaluation = recipe.judge(&mut model, &places, &bar)?;
    let threshold_map = recipe.map_thresholds(&model, &places)?;
    drop(bar);
    let parts = CardParts {
        measured: evaluation,
        threshold_map,
        notes: read_text(&places.beside(Path::new(NOTES_FILE)))?,
        recipe: Some(text),
    };
    super::write(&model, folder, &parts)
}

/// What the sources of a recipe come to.
struct Loaded {
    set: TrainingSet,
    files: Vec<DataFile>,
    /// Of each source number.
    names: Vec<String>,
    /// Rows of the sources that are left out.
    held_out: Vec<(String, LabelledComment)>,
}

impl Recipe {
    fn load(&self, places: &Places, without: &[String]) -> anyhow::Result<Loaded> {
        let articles = match &self.articles {
            Some(file) => ArticleStore::load(places.beside(file), &InputOptions::default())?,
            None => ArticleStore::default(),
        };
        let articles = Arc::new(articles);
        let known: Vec<String> = self.source.iter().map(Source::name).collect();
        if let Some(name) = without.iter().find(|name| !known.contains(name)) {
            let known = known.join(", ");
            bail!("--without {name}: the recipe has no such source; it has {known}");
        }
        let is_out = |source: &&Source| without.contains(&source.name());
        let mut excluded = Exclusions::read(&self.exclude, places)?;
        // First, so that no other source teaches a text that is measured on.
        let mut held_out = Vec::new();
        for source in self.source.iter().filter(is_out) {
            let mut texts = Vec::new();
            source.read(places, &self.labels, &articles, &excluded, |row| {
                texts.push(bare(&row.comment.text));
                held_out.push((source.name(), row));
                Ok(())
            })?;
            excluded.extend(texts);
        }
        let mut builder = SetBuilder::new(self.labels.clone(), &Memory::default());
        let mut files: Vec<DataFile> = Vec::new();
        let mut names: Vec<String> = Vec::new();
        for source in self.source.iter().filter(|source| !is_out(source)) {
            let mut texts = Vec::new();
            let file = source.read(places, &self.labels, &articles, &excluded, |row| {
                texts.push(bare(&row.comment.text));
                let name = source.name();
                let number = names.iter().position(|known| *known == name);
                let number = number.unwrap_or_else(|| {
                    names.push(name);
                    names.len() - 1
                });
                for _ in 1..source.repeat.times {
                    builder.push(source.again(&row, &self.labels), number)?;
                }
                Ok(builder.push(row, number)?)
            })?;
            files.push(file);
            // A text that several sources have counts in the first.
            excluded.extend(texts);
        }
        Ok(Loaded {
            set: builder.finish()?.0,
            files,
            names,
            held_out,
        })
    }

    /// Drops the labels of which the sources that are left know one class alone. The map of thresholds goes, too: it
    /// is for a model to be used.
    fn drop_unlearnable(&mut self, set: &mut TrainingSet) {
        self.perspective.clear();
        let has_both = |label_idx: usize| {
            let shares = set.rows.iter().filter_map(|row| row.shares[label_idx]);
            let (lowest, highest) = shares.fold((1.0_f32, 0.0_f32), |(low, high), share| {
                (low.min(share), high.max(share))
            });
            lowest < 1.0 && highest > 0.0
        };
        let kept: Vec<bool> = (0..self.labels.len())
            .map(|i| self.labels[i] == relation::LABEL || has_both(i))
            .collect();
        let mut is_kept = kept.iter().copied();
        self.labels.retain(|label| {
            let is_kept = is_kept.next().unwrap_or(true);
            if !is_kept {
                crate::cli::notices(&[format!(
                    "label `{label}`: one class alone is left; left out"
                )]);
            }
            is_kept
        });
        set.labels.clone_from(&self.labels);
        for row in &mut set.rows {
            let mut is_kept = kept.iter().copied();
            row.shares.retain(|_| is_kept.next().unwrap_or(true));
        }
    }
}
