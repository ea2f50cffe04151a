//! What a training says beside its bars: what to know before it, and of what it wrote.

use std::path::Path;

use crate::cli::Outcome;
use crate::cli::model::write_with;
use crate::cli::notices;
use crate::model::{DataFile, Model};
use crate::relation;
use crate::report::card::CardParts;
use crate::report::evaluation::{Evaluation, summary_table};
use crate::report::number::threshold;
use crate::train::{ENOUGH_FOR_VERDICT, keeps_verdict};

use super::loader::Loaded;

/// Positives below which a figure means little.
const FEW_POSITIVES: f64 = 50.0;

/// Writes a model and says what to know about it.
pub(super) fn write(model: &Model, folder: &Path, parts: &CardParts) -> anyhow::Result<Outcome> {
    write_with(parts, model, folder)?;
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
    if let Some(evaluation) = &parts.measured {
        crate::cli::print(&summary_table(&evaluation.labels))?;
        notices(other_thresholds(model, evaluation).as_slice());
    }
    anstream::eprintln!("wrote model {} to {}", model.hash(), folder.display());
    Ok(Outcome::Done)
}

/// Says what a user who adapts a model may not expect.
pub(super) fn note_base(base: &Model, loaded: &Loaded) {
    let labels = &loaded.set.labels;
    let known = |file: &&DataFile| {
        let same = |other: &DataFile| !file.sha256.is_empty() && other.sha256 == file.sha256;
        base.provenance().data.iter().any(same)
    };
    let trained_on = loaded.files.iter().filter(known).map(|file| {
        format!(
            "{}: the base model was trained on it, so figures on a part of it flatter",
            file.name
        )
    });
    let new = labels
        .iter()
        .filter(|label| base.label_idx(label).is_none());
    let new =
        new.map(|label| format!("the base model has no label `{label}`; it is learnt afresh"));
    let lost = base
        .labels()
        .filter(|&label| labels.iter().all(|other| other != label));
    let lost = lost
        .map(|label| format!("label `{label}` of the base model is not learnt here and left out"));
    let few = (labels.iter().enumerate()).filter_map(|(label_idx, label)| {
        let known = base.label_idx(label).is_some() && label != relation::LABEL;
        let shares = loaded.set.rows.iter().filter_map(|row| row.shares[label_idx]);
        let (n_rows, n_positive) = shares.fold((0, 0.0), |(n_rows, n_positive), share| {
            (n_rows + 1, n_positive + f64::from(share))
        });
        (known && keeps_verdict(n_rows, n_positive)).then(|| {
            format!(
                "label `{label}`: {n_positive:.0} of {n_rows} comments have it, too few for thresholds and a rule over style of their \
                 own ({ENOUGH_FOR_VERDICT} of either kind are enough): those of the base stay, words are learnt"
            )
        })
    });
    let notes: Vec<String> = trained_on.chain(new).chain(lost).chain(few).collect();
    notices(&notes);
}

/// Thresholds of the model written, where they are not those of the table: that is of a model without what was held out.
fn other_thresholds(model: &Model, evaluation: &Evaluation) -> Option<String> {
    let differ = evaluation.labels.iter().filter_map(|report| {
        let point = &model.policy()[model.label_idx(&report.label)?];
        let (written, measured) = (threshold(point.flag), threshold(report.report.threshold));
        (written != measured).then(|| format!("{} {written}", report.label))
    });
    let differ: Vec<String> = differ.collect();
    (!differ.is_empty()).then(|| {
        format!(
            "the table is of a model without the rows held out; the one written has learnt them too and flags from {}",
            differ.join(", ")
        )
    })
}
