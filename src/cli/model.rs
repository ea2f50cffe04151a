//! `ombuds model`: what is in a model, what changed between two, its card, its thresholds against Perspective's, a
//! copy of the built-in one.

mod decisions;
mod diff;
pub(super) mod map_thresholds;
mod show;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde::de::DeserializeOwned;

use super::Outcome;
use super::input::load_model;
use crate::data::Sink;
use crate::model::folder::{check_replaceable, write_whole};
use crate::model::format::WEIGHTS_FILE;
use crate::model::{CONFIG_FILE, Model};
use crate::report::card::{
    CARD_FILE, CardParts, METRICS_FILE, NOTES_FILE, RECIPE_FILE, model_card,
};
use crate::report::evaluation::Evaluation;
use crate::report::threshold_map::{THRESHOLD_MAP_FILE, ThresholdMap};
use diff::DiffArgs;
use map_thresholds::MapThresholdsArgs;

/// Look into a model, compare two, print its card, copy the built-in one
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ombuds model show models/mine
  ombuds model diff models/old models/new --data comments.csv
  ombuds model card models/mine > MODEL_CARD.md
  ombuds model map-thresholds --data scored.csv --scores toxicity=TOXICITY
  ombuds model export models/ours")]
pub(crate) struct ModelArgs {
    #[command(subcommand)]
    command: ModelCommand,
}

#[derive(Debug, Subcommand)]
enum ModelCommand {
    /// Labels, content hash, thresholds, training and strongest coefficients
    Show {
        /// Folder of the model [default: the one built in]
        #[arg(value_name = "DIR")]
        model: Option<PathBuf>,
    },
    Diff(Box<DiffArgs>),
    MapThresholds(Box<MapThresholdsArgs>),
    /// Print the model card: purpose, data, measured figures, limits
    Card {
        /// Folder of the model [default: the one built in]
        #[arg(value_name = "DIR")]
        model: Option<PathBuf>,
    },
    /// Write the built-in model to a folder, to tune it or to look at its files
    Export {
        /// Folder to write, made if need be
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Replace a model that is there
        #[arg(long)]
        overwrite: bool,
    },
}

impl ModelArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        match self.command {
            ModelCommand::Show { model } => {
                let model = load_model(model.as_deref())?;
                super::print(&show::text(&model))?;
            }
            ModelCommand::Diff(args) => args.run()?,
            ModelCommand::MapThresholds(args) => args.run()?,
            ModelCommand::Card { model: folder } => {
                let model = load_model(folder.as_deref())?;
                let parts = read_parts(own_folder(folder.as_deref()), &model)?;
                super::print(&model_card(&model, &parts))?;
            }
            ModelCommand::Export { folder, overwrite } => export(&folder, overwrite)?,
        }
        Ok(Outcome::Done)
    }
}

/// The folder of a model that is one: the built-in model has none.
fn own_folder(folder: Option<&Path>) -> Option<&Path> {
    folder.filter(|path| path.as_os_str() != "default" || path.exists())
}

/// The folder of a model to be changed.
pub(super) fn require_folder(folder: Option<&Path>) -> anyhow::Result<&Path> {
    own_folder(folder).context(
        "the built-in model cannot be changed; copy it with `ombuds model export DIR` and name the \
         copy with --model DIR",
    )
}

/// The measurement kept with the model of a folder, or of the built-in one.
pub(super) fn kept_measurement(
    folder: Option<&Path>,
    model: &Model,
) -> anyhow::Result<Option<Evaluation>> {
    Ok(read_parts(own_folder(folder), model)?.measured)
}

/// Of a folder, or of the built-in model; what is of another model is left out.
fn read_parts(folder: Option<&Path>, model: &Model) -> anyhow::Result<CardParts> {
    let Some(folder) = folder else {
        return Ok(built_in());
    };
    let hash = model.hash();
    let measured = |it: &Evaluation| it.model.clone();
    let mapped = |it: &ThresholdMap| it.model.clone();
    Ok(CardParts {
        measured: read_kept(&folder.join(METRICS_FILE), hash, measured)?,
        threshold_map: read_kept(&folder.join(THRESHOLD_MAP_FILE), hash, mapped)?,
        notes: read_text(&folder.join(NOTES_FILE))?,
        recipe: read_text(&folder.join(RECIPE_FILE))?,
    })
}

#[cfg(feature = "default-model")]
fn built_in() -> CardParts {
    CardParts {
        measured: serde_json::from_str(Model::embedded_metrics())
            .ok()
            .flatten(),
        threshold_map: serde_json::from_str(Model::embedded_threshold_map()).ok(),
        notes: Some(Model::embedded_notes().to_owned()),
        recipe: Some(Model::embedded_recipe().to_owned()),
    }
}

#[cfg(not(feature = "default-model"))]
fn built_in() -> CardParts {
    CardParts::default()
}

/// A text beside a model, if it is there.
pub(super) fn read_text(path: &Path) -> anyhow::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// Writes a model with all this and its card.
pub(super) fn write_with(parts: &CardParts, model: &Model, folder: &Path) -> anyhow::Result<()> {
    let metrics = serde_json::to_string_pretty(&parts.measured)? + "\n";
    let card = model_card(model, parts);
    let mut files = vec![(METRICS_FILE, &*metrics), (CARD_FILE, &*card)];
    let map = (parts.threshold_map.as_ref()).map(serde_json::to_string_pretty);
    let map = map.transpose()?.map(|map| map + "\n");
    if let Some(map) = &map {
        files.push((THRESHOLD_MAP_FILE, map));
    }
    let texts = [(NOTES_FILE, &parts.notes), (RECIPE_FILE, &parts.recipe)];
    files.extend(
        texts
            .into_iter()
            .filter_map(|(name, text)| Some((name, &**text.as_ref()?))),
    );
    Ok(model.write_with(folder, &files)?)
}

/// A file about the model of a hash; `None` if there is none, or of another model, which is said.
fn read_kept<T: DeserializeOwned>(
    path: &Path,
    hash: &str,
    model_of: impl Fn(&T) -> String,
) -> anyhow::Result<Option<T>> {
    let json = match fs::read(path) {
        Ok(json) => json,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    let left_out = match serde_json::from_slice::<Option<T>>(&json) {
        Ok(None) => return Ok(None),
        Ok(Some(kept)) if model_of(&kept) == hash => return Ok(Some(kept)),
        Ok(Some(kept)) => format!("is of model {}", model_of(&kept)),
        Err(error) => format!("cannot be read: {error}"),
    };
    super::notices(&[format!("{}: {left_out}; figures left out", path.display())]);
    Ok(None)
}

/// Renders a card that is there anew, since it tells the thresholds.
pub(super) fn refresh_card(folder: &Path, model: &Model) -> anyhow::Result<()> {
    let path = folder.join(CARD_FILE);
    if path.exists() {
        let card = model_card(model, &read_parts(Some(folder), model)?);
        write_whole(&path, card.as_bytes())?;
    }
    Ok(())
}

fn write_json(sink: &mut Sink, value: &impl serde::Serialize) -> std::io::Result<()> {
    serde_json::to_writer_pretty(&mut *sink, value)?;
    writeln!(sink)
}

fn export(folder: &Path, overwrite: bool) -> anyhow::Result<()> {
    let model = load_model(None)?;
    if folder.join(WEIGHTS_FILE).exists() && !overwrite {
        bail!(
            "{}: has a model already; name another folder or add --overwrite",
            folder.display()
        );
    }
    check_replaceable(
        folder,
        &[
            CONFIG_FILE,
            CARD_FILE,
            METRICS_FILE,
            NOTES_FILE,
            RECIPE_FILE,
        ],
    )?;
    write_with(&read_parts(None, &model)?, &model, folder)?;
    super::notices(&[format!(
        "wrote model {} to {}",
        model.hash(),
        folder.display()
    )]);
    Ok(())
}
