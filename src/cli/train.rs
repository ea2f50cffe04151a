//! `ombuds train`: labelled comments → model, with an honest figure for it.

mod loader;
mod measure;
mod notes;
mod recipe;
mod sample;
mod vectors;

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;

use super::Outcome;
use super::input::{InputArgs, load_model};
use super::model::read_text;
use super::progress::Bar;
use crate::data::LabelMap;
use crate::linear::stored::Room;
use crate::model::{CONFIG_FILE, DataFile, Model, Provenance, folder};
use crate::report::card::{CARD_FILE, CardParts, METRICS_FILE, NOTES_FILE};
use crate::report::evaluation::{EvaluatedFile, Evaluation};
use crate::text::TextTables;
use crate::train::{
    Alpha, Features, TrainError, TrainOptions, TrainingSet, are_named, discussion::lend_comments,
    fit, groups, languages, test_split,
};
pub(super) use loader::checksum;
use loader::{Loaded, Loader, Memory};
use measure::measure;
use notes::{note_base, write};
use vectors::VectorSource;

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
  ombuds train --data kommentare.csv --labels off_topic --vectors learn --model m
  ombuds train --base default --data reviewed.csv --labels insult --model models/ours
  ombuds train --recipe models/default/recipe.toml --corpora DIR --without paradetox --model models/m")]
pub(crate) struct TrainArgs {
    /// Files of labelled comments: csv, tsv or jsonl, also .gz or .zst; - is standard input
    #[arg(long, required_unless_present = "recipe", num_args = 1.., value_name = "FILE")]
    data: Vec<PathBuf>,
    /// Make the model of a recipe: sources, labels and settings all stand in that file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data", "labels", "label_map", "base", "test", "bits", "alpha", "vectors", "max_memory", "scratch"])]
    recipe: Option<PathBuf>,
    /// Folder of the corpora that the recipe names
    #[arg(long, value_name = "DIR", env = "OMBUDS_CORPORA")]
    corpora: Option<PathBuf>,
    #[command(flatten)]
    of_recipe: recipe::RecipeArgs,
    /// Labels to learn, each a column of that name
    #[arg(long, default_value = "", value_name = "LABEL,...")]
    labels: String,
    /// Columns of labels that are named otherwise; of several files, one without the column is read
    /// by the label's own name
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
    #[arg(conflicts_with = "base")]
    bits: u32,
    /// Seed of splits and orders
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Word vectors for the label off_topic: a file, or `learn` to learn them from the texts of the data, in
    /// whatever language they are [default: those of the base, else of the model compiled in]
    #[arg(long, value_name = "FILE|learn")]
    vectors: Option<VectorSource>,
    /// Memory that a training may take, as 800M or 4G. What does not fit is kept in files, as is, on Linux, what does not
    /// fit into half of the free memory without this; of more comments than fit even so, or than fit with the label
    /// off_topic, which needs them in memory, those are learnt that a hash of their text picks
    #[arg(long, value_name = "SIZE", value_parser = sample::parse_size)]
    max_memory: Option<u64>,
    /// Folder for what does not fit into memory: some six bytes for each byte of text [default: beside the model]
    #[arg(long, value_name = "DIR")]
    scratch: Option<PathBuf>,
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

impl TrainArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        // Before the work: a model that cannot be written should not cost an hour.
        folder::check_writable(&self.model)?;
        folder::check_replaceable(&self.model, &[CONFIG_FILE, CARD_FILE, METRICS_FILE])?;
        if let Some(recipe) = &self.recipe {
            return recipe::run(
                recipe,
                &self.of_recipe,
                self.corpora.as_deref(),
                &self.model,
            );
        }
        let memory = self.memory()?;
        let labels = LabelMap::parse(&self.labels, &self.label_map)?;
        let base = self
            .base
            .as_deref()
            .map(|path| load_model(Some(path)))
            .transpose()?;
        let articles = self.input.articles()?;
        let mut loaded = Loader::new(
            &labels,
            &self.input,
            &articles,
            self.data.len() == 1,
            &memory,
        )
        .load(&self.data)?;
        if let Some(base) = &base {
            note_base(base, &loaded);
        }
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
        if loaded.set.relation_idx().is_some() {
            lend_comments(&mut loaded.set);
        }
        let set = &loaded.set;
        let all: Vec<usize> = (0..set.rows.len()).collect();
        let read = |rows: &[usize]| -> anyhow::Result<Features> {
            let vectors = vectors::obtain(
                self.vectors.as_ref(),
                set,
                rows,
                &tables,
                base.as_ref(),
                &bar,
            )?;
            let (bits, room) = (options.bits, &loaded.room);
            let features = Features::extract(set, &tables, &vectors, bits, room, &bar);
            features.map_err(|error| TrainError::from(error).into())
        };
        // Vectors that are learnt must not have seen the rows held out; all others are the same for each fit.
        let learns = matches!(self.vectors, Some(VectorSource::Learn));
        let shared = (!learns).then(|| read(&all)).transpose()?;
        let provenance = self.provenance(&loaded, base.as_ref())?;
        let groups = groups(set).map_err(TrainError::from)?;
        let fit = |rows: &[usize]| {
            let own = if learns { Some(read(rows)?) } else { None };
            let features = shared
                .as_ref()
                .or(own.as_ref())
                .expect("one of them is there");
            let (base, provenance) = (base.as_ref(), provenance.clone());
            anyhow::Ok(fit(
                set, features, &groups, rows, base, provenance, &options, &bar,
            )?)
        };
        let (model, evaluation) = match &self.test {
            Some(path) => {
                let test = Loader::new(&labels, &self.input, &articles, true, &memory.for_test());
                let test = test.load(std::slice::from_ref(path))?;
                let model = fit(&all)?;
                let files = evaluated(&test);
                let test = test.set;
                let rows: Vec<usize> = (0..test.rows.len()).collect();
                let groups = crate::train::groups(&test)?;
                let labels = measure(&model, &test, &rows, &groups, &bar)?;
                (
                    model,
                    Some((labels, "rows of another file".to_owned(), files)),
                )
            }
            None if self.test_fraction > 0.0 => {
                let (train, test) = test_split(&groups, self.test_fraction, self.seed);
                let tried = fit(&train).with_context(|| {
                    format!(
                        "could not train without the {} of {} rows held out; --test-fraction 0 holds \
                         none out",
                        test.len(),
                        all.len()
                    )
                })?;
                let labels = measure(&tried, set, &test, &groups, &bar)?;
                let split = format!(
                    "{} of {} rows held out by {}, seed {}",
                    test.len(),
                    all.len(),
                    grouping(set),
                    self.seed
                );
                (fit(&all)?, Some((labels, split, evaluated(&loaded))))
            }
            None => (fit(&all)?, None),
        };
        drop(bar);
        let evaluation = evaluation.map(|(labels, split, files)| Evaluation {
            program: provenance.program.clone(),
            model: model.hash().to_owned(),
            split,
            data: files,
            labels,
        });
        let parts = CardParts {
            measured: evaluation,
            // They are of the folder, which a model is often trained into anew.
            notes: read_text(&self.model.join(NOTES_FILE))?,
            ..CardParts::default()
        };
        write(&model, &self.model, &parts)
    }

    /// How much memory may be taken, and the folder for what does not fit.
    fn memory(&self) -> anyhow::Result<Memory> {
        // The temporary folder of a system may be memory itself; where the model goes there is a disk.
        let folder = match &self.scratch {
            Some(folder) if !folder.is_dir() => {
                bail!(
                    "--scratch: {} is no folder; make it first",
                    folder.display()
                )
            }
            Some(folder) => folder,
            None => &self.model,
        };
        Ok(Memory {
            max_bytes: self.max_memory,
            files: Room::Folder(folder::check_writable(folder)?.to_owned()),
        })
    }

    fn provenance(&self, loaded: &Loaded, base: Option<&Model>) -> anyhow::Result<Provenance> {
        Ok(Provenance {
            program: concat!("ombuds ", env!("CARGO_PKG_VERSION")).to_owned(),
            data: loaded.files.clone(),
            seed: self.seed,
            base: base.map(|base| base.hash().to_owned()),
            languages: languages::languages(&loaded.set)?,
            ..Provenance::default()
        })
    }
}

fn evaluated(loaded: &Loaded) -> Vec<EvaluatedFile> {
    let files = loaded.files.iter().zip(&loaded.bad_rows);
    let file = |(file, &bad_rows): (&DataFile, &u64)| EvaluatedFile {
        name: file.name.clone(),
        rows: file.rows,
        bad_rows,
    };
    files.map(file).collect()
}

/// By what a split keeps rows together, in words.
fn grouping(set: &TrainingSet) -> &'static str {
    if are_named(set) {
        "article or thread"
    } else {
        "clusters of similar comments"
    }
}
