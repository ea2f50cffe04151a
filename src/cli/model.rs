//! `ombuds model`: what is in a model, what changed between two, its card, a copy of the built-in one.

mod decisions;
mod diff;
mod show;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};

use super::Outcome;
use super::input::load_model;
use crate::model::Model;
use crate::model::folder::write_whole;
use crate::model::format::WEIGHTS_FILE;
use crate::report::card::{CARD_FILE, METRICS_FILE, model_card};
use crate::report::evaluation::Evaluation;
use diff::DiffArgs;

/// Look into a model, compare two, print its card, copy the built-in one
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ombuds model show models/mine
  ombuds model diff models/old models/new --data comments.csv
  ombuds model card models/mine > MODEL_CARD.md
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
            ModelCommand::Card { model: folder } => {
                let model = load_model(folder.as_deref())?;
                let measured = measurement(own_folder(folder.as_deref()), &model)?;
                super::print(&model_card(&model, measured.as_ref()))?;
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
    measurement(own_folder(folder), model)
}

/// The measurement kept with a model, if it is of this model.
fn measurement(folder: Option<&Path>, model: &Model) -> anyhow::Result<Option<Evaluation>> {
    let Some(folder) = folder else {
        return Ok(built_in_measurement());
    };
    let path = folder.join(METRICS_FILE);
    let json = match fs::read(&path) {
        Ok(json) => json,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    let left_out = match serde_json::from_slice::<Option<Evaluation>>(&json) {
        Ok(None) => return Ok(None),
        Ok(Some(evaluation)) if evaluation.model == model.hash() => return Ok(Some(evaluation)),
        Ok(Some(evaluation)) => format!("is of model {}", evaluation.model),
        Err(error) => format!("cannot be read: {error}"),
    };
    super::notices(&[format!("{}: {left_out}; figures left out", path.display())]);
    Ok(None)
}

#[cfg(feature = "default-model")]
fn built_in_measurement() -> Option<Evaluation> {
    serde_json::from_str(Model::embedded_metrics())
        .ok()
        .flatten()
}

#[cfg(not(feature = "default-model"))]
fn built_in_measurement() -> Option<Evaluation> {
    None
}

/// Renders a card that is there anew, since it tells the thresholds.
pub(super) fn refresh_card(folder: &Path, model: &Model) -> anyhow::Result<()> {
    let path = folder.join(CARD_FILE);
    if path.exists() {
        let measured = measurement(Some(folder), model)?;
        write_whole(&path, model_card(model, measured.as_ref()).as_bytes())?;
    }
    Ok(())
}

/// Writes a model with its measurement and its card.
pub(super) fn write_measured(
    model: &Model,
    folder: &Path,
    measured: Option<&Evaluation>,
) -> anyhow::Result<()> {
    let metrics = serde_json::to_string_pretty(&measured)? + "\n";
    let card = model_card(model, measured);
    Ok(model.write_with(folder, &[(METRICS_FILE, &metrics), (CARD_FILE, &card)])?)
}

fn export(folder: &Path, overwrite: bool) -> anyhow::Result<()> {
    let model = load_model(None)?;
    if folder.join(WEIGHTS_FILE).exists() && !overwrite {
        bail!(
            "{}: has a model already; name another folder or add --overwrite",
            folder.display()
        );
    }
    let measured = measurement(None, &model)?;
    write_measured(&model, folder, measured.as_ref())?;
    super::notices(&[format!(
        "wrote model {} to {}",
        model.hash(),
        folder.display()
    )]);
    Ok(())
}
