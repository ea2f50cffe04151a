//! The part of a recipe that maps Perspective's thresholds to the model's.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use serde::Deserialize;

use super::source::{Exclusions, Source};
use super::{Places, Recipe};
use crate::cli::labelled::LabelledComment;
use crate::cli::model::map_thresholds::exact;
use crate::metrics::Resampling;
use crate::metrics::threshold_map::TwoScores;
use crate::model::Model;
use crate::report::threshold_map::{LabelMapping, ThresholdMap, USUAL_THRESHOLDS};

/// A file with Perspective's scores beside the comments.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Beside {
    /// Its `labels` are the columns of Perspective's scores.
    scores: Source,
    /// The same file, its `labels` what people said.
    truth: Option<Source>,
}

impl Recipe {
    /// Maps the usual thresholds on every file that the recipe names for it; `None` if it names none.
    pub(super) fn map_thresholds(
        &self,
        model: &Model,
        places: &Places,
    ) -> anyhow::Result<Option<ThresholdMap>> {
        let mut labels = Vec::new();
        for beside in &self.perspective {
            labels.extend(beside.map(&self.labels, model, places)?);
        }
        Ok((!labels.is_empty()).then(|| ThresholdMap {
            model: model.hash().to_owned(),
            labels,
        }))
    }
}

impl Beside {
    fn map(
        &self,
        labels: &[String],
        model: &Model,
        places: &Places,
    ) -> anyhow::Result<Vec<LabelMapping>> {
        let read = |source: &Source| {
            let (mut rows, nothing) = (Vec::new(), Exclusions::default());
            let articles = Arc::default();
            let file = source.read(places, labels, &articles, &nothing, |row| {
                rows.push(row);
                Ok(())
            })?;
            anyhow::Ok((file.name, rows))
        };
        let (file, scored) = read(&self.scores)?;
        let truth = match &self.truth {
            Some(source) => read(source)?.1,
            None => Vec::new(),
        };
        if self.truth.is_some() && truth.len() != scored.len() {
            bail!("{file}: `truth` is not of the same rows as `scores`");
        }
        let mut scorer = model.scorer();
        let ours = |row: &LabelledComment| -> Vec<f64> {
            let comment = row.comment.as_comment();
            scorer.score(&comment).probabilities().collect()
        };
        let ours: Vec<Vec<f64>> = scored.iter().map(ours).collect();
        let mut mappings = Vec::new();
        for (label_idx, label) in labels.iter().enumerate() {
            let known = |i: usize| {
                let score = ours[i][label_idx];
                let theirs = scored[i].shares[label_idx].filter(|_| !score.is_nan())?;
                let truth = truth.get(i).and_then(|row| row.shares[label_idx]);
                Some((exact(theirs), (score, truth)))
            };
            let rows = (0..scored.len()).filter_map(known);
            let (theirs, rows): (Vec<f64>, Vec<(f64, Option<f32>)>) = rows.unzip();
            if theirs.is_empty() {
                continue;
            }
            let (ours, truth): (Vec<f64>, Vec<Option<f32>>) = rows.into_iter().unzip();
            let rows = TwoScores {
                theirs: &theirs,
                ours: &ours,
                truth: &truth,
            };
            let resampling = Resampling::default();
            let mapping = LabelMapping::new(label, &file, &rows, &USUAL_THRESHOLDS, &resampling);
            mappings.push(mapping.with_context(|| format!("{file}: label `{label}`"))?);
        }
        Ok(mappings)
    }
}
