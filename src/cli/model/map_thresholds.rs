//! `ombuds model map-thresholds`: Perspective's thresholds in a model's scores.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;

use crate::cli::input::{InputArgs, load_model};
use crate::cli::labelled::{LabelChoice, ScoredLabel, score_labelled};
use crate::data::LabelMap;
use crate::metrics::Resampling;
use crate::metrics::threshold_map::TwoScores;
use crate::report::threshold_map::{
    LabelMapping, ThresholdMap, USUAL_THRESHOLDS, threshold_map_text,
};

/// Translate thresholds of Perspective into those of a model
///
/// Takes comments with Perspective's scores beside their text and finds, for each of its thresholds, the one of
/// the model that flags as many and, where labels are known, the one that is right as often.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ombuds model map-thresholds --data scored.csv --scores toxicity=TOXICITY,insult=INSULT
  ombuds model map-thresholds models/mine --data scored.csv --scores toxicity=api --truth toxicity=label")]
pub(super) struct MapThresholdsArgs {
    /// Folder of the model [default: the one built in]
    #[arg(value_name = "DIR")]
    model: Option<PathBuf>,
    /// File of comments with Perspective's scores
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Columns of Perspective's scores, between 0 and 1, by label of the model
    #[arg(long, value_name = "LABEL=COLUMN,...")]
    scores: String,
    /// Columns of what people said, for thresholds of the same precision
    #[arg(long, default_value = "", value_name = "LABEL=COLUMN,...")]
    truth: String,
    /// Thresholds of Perspective [default: 0.5,0.6,0.7,0.8,0.9,0.95]
    #[arg(long, value_delimiter = ',', value_name = "X,...", value_parser = crate::cli::evaluate::proportion)]
    at: Vec<f64>,
    /// Write the map as JSON to a file; - is standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Bootstrap replicates behind the intervals; 0 for no intervals
    #[arg(long, default_value_t = 1000, value_name = "N")]
    replicates: usize,
    #[command(flatten)]
    input: InputArgs,
}

impl MapThresholdsArgs {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        if self.data.as_os_str() == "-" && !self.truth.is_empty() {
            bail!("--truth reads the comments twice, so not from standard input; name a file");
        }
        let model = load_model(self.model.as_deref())?;
        let data = std::slice::from_ref(&self.data);
        let sink = self.json.as_ref();
        let sink = sink.map(|path| self.input.create(path, data, self.model.as_deref()));
        let sink = sink.transpose()?;
        let read = |columns: &str| {
            let named = LabelMap::parse("", columns)?;
            let labels: Vec<&str> = named.labels().collect();
            let choice = LabelChoice::new(&model, &labels.join(","), columns)?;
            let scored = score_labelled(&model, data, &choice, &self.input, None)?;
            anyhow::Ok(scored.labels)
        };
        if self.scores.trim().is_empty() {
            bail!("--scores: name the column of a label, such as toxicity=TOXICITY");
        }
        let scored = read(&self.scores)?;
        let truth = if self.truth.trim().is_empty() {
            Vec::new()
        } else {
            read(&self.truth)?
        };
        if let Some(of) = truth
            .iter()
            .find(|it| scored.iter().all(|s| s.label != it.label))
        {
            bail!("--truth: --scores names no column for label `{}`", of.label);
        }
        let mapping = |label: &ScoredLabel| {
            let truth = truth.iter().find(|of| of.label == label.label);
            self.map_label(label, truth)
        };
        let map = ThresholdMap {
            model: model.version().into_owned(),
            labels: scored.iter().map(mapping).collect::<Result<_, _>>()?,
        };
        if let Some(mut sink) = sink {
            super::write_json(&mut sink, &map).context("could not write the JSON")?;
            sink.finish()?;
        }
        if self
            .json
            .as_ref()
            .is_none_or(|path| path.as_os_str() != "-")
        {
            crate::cli::print(&threshold_map_text(&map))?;
        }
        Ok(())
    }

    fn map_label(
        &self,
        label: &ScoredLabel,
        truth: Option<&ScoredLabel>,
    ) -> anyhow::Result<LabelMapping> {
        let rows = label.rows();
        let theirs: Vec<f64> = rows.shares.iter().copied().map(exact).collect();
        let usual = self.at.is_empty().then_some(&USUAL_THRESHOLDS[..]);
        let mapping = LabelMapping::new(
            &label.label,
            &self.data.display().to_string(),
            &TwoScores {
                theirs: &theirs,
                ours: rows.scores,
                truth: &truth.map_or_else(Vec::new, |truth| label.shares_in(truth)),
            },
            usual.unwrap_or(&self.at),
            &Resampling {
                n_replicates: self.replicates,
                ..Resampling::default()
            },
        );
        mapping.with_context(|| format!("label `{}`", label.label))
    }
}

/// The number that a score of single precision was written as, as far as six digits say: else .7 would be below .7.
pub(in crate::cli) fn exact(score: f32) -> f64 {
    (f64::from(score) * 1e6).round() / 1e6
}
