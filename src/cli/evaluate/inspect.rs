//! What `evaluate --report` adds to an evaluation.

use std::io::Write as _;

use anyhow::Context as _;
use serde::Serialize;

use super::EvaluateArgs;
use crate::cli::labelled::watch::{Watch, length_names};
use crate::cli::labelled::{Scored, ScoredLabel};
use crate::cli::model::kept_measurement;
use crate::data::Sink;
use crate::model::Model;
use crate::report::evaluation::Evaluation;
use crate::report::html;
use crate::report::inspection::{Drift, Inspection, LabelInspection, inspect};

/// What `--json` writes.
#[derive(Serialize)]
pub(super) struct Inspected<'a> {
    #[serde(flatten)]
    pub(super) evaluation: &'a Evaluation,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) inspection: Option<&'a Inspection>,
}

impl EvaluateArgs {
    pub(super) fn inspect(
        &self,
        model: &Model,
        scored: &Scored,
        evaluation: &Evaluation,
        watch: Watch,
    ) -> anyhow::Result<Inspection> {
        let (lengths, resampling) = (length_names(), self.resampling());
        let of_label = |label: &ScoredLabel| -> anyhow::Result<LabelInspection> {
            let mut groupings = vec![watch.lengths(label, &lengths)];
            groupings.extend(watch.groupings(label));
            let policy = model.policy()[label.label_idx];
            Ok(LabelInspection {
                n_untold: label.n_untold,
                ..inspect(&label.rows(), policy, &groupings, &resampling)?
            })
        };
        let labels = scored.labels.iter().map(of_label);
        let mut labels: Vec<LabelInspection> = labels.collect::<Result<_, _>>()?;
        let measured = kept_measurement(self.model.as_deref(), model)?;
        let drift = Drift::new(
            watch.observed(),
            &evaluation.labels,
            model.provenance(),
            measured.as_ref(),
        );
        watch.explain(model, &scored.labels, &mut labels);
        Ok(Inspection {
            in_training: scored.in_training,
            labels,
            drift,
        })
    }
}

pub(super) fn write_page(
    mut sink: Sink,
    evaluation: &Evaluation,
    inspection: &Inspection,
) -> anyhow::Result<()> {
    let page = html::page(evaluation, inspection);
    sink.write_all(page.as_bytes())
        .context("could not write the page")?;
    Ok(sink.finish()?)
}
