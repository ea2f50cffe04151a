//! `ombuds evaluate --compare A B`: two models on the same comments.

use std::path::Path;

use anyhow::{Context as _, bail};

use super::{EvaluateArgs, write_json};
use crate::cli::Outcome;
use crate::cli::input::load_model;
use crate::cli::labelled::{CommonRows, LabelChoice, Scored, ScoredLabel, score_labelled};
use crate::metrics::Units;
use crate::metrics::paired::{PairedReport, Pairs};
use crate::model::Model;
use crate::report::comparison::{ComparedModel, Comparison, LabelComparison, comparison_text};

impl EvaluateArgs {
    pub(super) fn run_comparison(&self, a: &Path, b: &Path) -> anyhow::Result<Outcome> {
        if self.data.iter().any(|path| path.as_os_str() == "-") {
            bail!("--compare reads the comments twice, so not from standard input; name a file");
        }
        let models = [self.load(a)?, self.load(b)?];
        let choice = self.shared_labels(&models)?;
        let sink = self.create(self.json.as_ref())?;
        let score = |model| score_labelled(model, &self.data, &choice, &self.input, None);
        let scored = [score(&models[0])?, score(&models[1])?];
        let comparison = self.compare([a, b], &models, &scored)?;
        if let Some(mut sink) = sink {
            write_json(&mut sink, &comparison).context("could not write the JSON report")?;
            sink.finish()?;
        }
        if !self.writes_to_output() {
            crate::cli::print(&comparison_text(&comparison))?;
        }
        Ok(Outcome::Done)
    }

    fn load(&self, folder: &Path) -> anyhow::Result<Model> {
        let mut model = load_model(Some(folder))?;
        self.input.give_recent(&mut model)?;
        Ok(model)
    }

    /// Labels that both have: so both read the same files and rows.
    fn shared_labels(&self, models: &[Model; 2]) -> anyhow::Result<LabelChoice> {
        let [a, b] = models
            .each_ref()
            .map(|model| LabelChoice::new(model, &self.labels, &self.label_map));
        let (a, b) = (a?, b?);
        let shared = a.only(|label| b.labels().any(|other| other == label));
        if shared.labels().next().is_none() {
            bail!("the models have no label in common; see `ombuds model show`");
        }
        Ok(shared)
    }

    fn compare(
        &self,
        paths: [&Path; 2],
        models: &[Model; 2],
        scored: &[Scored; 2],
    ) -> anyhow::Result<Comparison> {
        let model = |i: usize| ComparedModel {
            name: paths[i].display().to_string(),
            version: models[i].version().into_owned(),
            in_training: scored[i].in_training,
        };
        let mut labels = Vec::new();
        for first in &scored[0].labels {
            let second = scored[1]
                .labels
                .iter()
                .find(|label| label.label == first.label);
            let common = second.map(|second| (second, first.common(second)));
            let Some((second, rows)) = common.filter(|(_, rows)| !rows.shares.is_empty()) else {
                crate::cli::notices(&[format!(
                    "no comment of which both models can tell `{}`; left out",
                    first.label
                )]);
                continue;
            };
            let flag = |i: usize, label: &ScoredLabel| models[i].policy()[label.label_idx].flag;
            let thresholds = [flag(0, first), flag(1, second)];
            labels.push(self.compare_label(&first.label, &rows, thresholds)?);
        }
        Ok(Comparison {
            program: concat!("ombuds ", env!("CARGO_PKG_VERSION")).to_owned(),
            a: model(0),
            b: model(1),
            data: scored[0].files.clone(),
            labels,
        })
    }

    fn compare_label(
        &self,
        label: &str,
        rows: &CommonRows,
        thresholds: [f64; 2],
    ) -> anyhow::Result<LabelComparison> {
        let pairs = Pairs {
            scores: rows.scores.each_ref().map(Vec::as_slice),
            shares: &rows.shares,
            thresholds,
        };
        let units = match &rows.groups {
            Some(groups) => Units::clusters(groups),
            None => Units::rows(rows.shares.len()),
        };
        let report = PairedReport::new(&pairs, &units, &self.resampling());
        Ok(LabelComparison {
            label: label.to_owned(),
            flags_at: thresholds,
            resampled: if rows.groups.is_some() {
                "groups"
            } else {
                "rows"
            }
            .to_owned(),
            n_units: units.n_units(),
            report: report.with_context(|| format!("label `{label}`"))?,
        })
    }
}
