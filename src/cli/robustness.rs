//! `ombuds evaluate --robustness DIR`: functional tests, identity templates and, with `--data`, attacks.

mod sample;

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::input::InputArgs;
use super::labelled::LabelChoice;
use super::progress::Bar;
use crate::linear::loss::sigmoid;
use crate::model::Model;
use crate::robustness::attacks::{self, Kind, Strength};
use crate::robustness::functional::{FunctionalReport, read_cases};
use crate::robustness::{Judge, Robustness, View, bias, functional};
use crate::train::Progress as _;

/// The label that cases and templates ask about.
const LABEL: &str = "insult";

/// Measures a model on the cases under `dir` and on some labelled comments.
///
/// # Errors
/// A model without the label, files that cannot be read or are not of the form, or none at all.
pub(super) fn measure(
    model: &Model,
    dir: &Path,
    data: &[PathBuf],
    [labels, label_map]: [&str; 2],
    input: &InputArgs,
) -> anyhow::Result<Robustness> {
    let label = if labels.is_empty() { LABEL } else { labels };
    let Some(label_idx) = model.label_idx(label) else {
        let known: Vec<&str> = model.labels().collect();
        bail!(
            "the model has no label `{label}`; name the one of {} that answers for it with --labels",
            known.join(", ")
        );
    };
    if model.relation_idx() == Some(label_idx) {
        bail!("`{label}` is about articles, and cases have none");
    }
    let judge = Judge::of_model(model, label_idx);
    let comments = if data.is_empty() {
        None
    } else {
        let choice = LabelChoice::new(model, label, label_map)?;
        Some(sample::read(data, &choice, input)?)
    };
    let civil_scores = comments.as_ref().map_or_else(Vec::new, |comments| {
        let logits = judge.logits(&comments.civil(), View::Recovered);
        logits.into_iter().map(sigmoid).collect()
    });
    let functional = functional_report(model, label_idx, dir)?;
    let bias = bias_report(&judge, dir, &civil_scores)?;
    if functional.is_none() && bias.is_none() {
        let dir = dir.display();
        bail!("{dir}: holds neither functional/*.csv nor bias/templates.csv");
    }
    Ok(Robustness {
        program: concat!("ombuds ", env!("CARGO_PKG_VERSION")).to_owned(),
        model: model.version().into_owned(),
        label: label.to_owned(),
        threshold: judge.threshold(),
        functional,
        attacks: comments.map(|comments| {
            let bar = Bar::new();
            bar.start("attacking", Kind::ALL.len() * Strength::ALL.len());
            let (insults, civil) = (comments.insults(), comments.civil());
            attacks::bench::measure(&insults, &civil, &judge, || bar.advance(1))
        }),
        bias,
    })
}

fn functional_report(
    model: &Model,
    label_idx: usize,
    dir: &Path,
) -> anyhow::Result<Option<FunctionalReport>> {
    let mut cases = Vec::new();
    for path in tables(&dir.join("functional"))? {
        let read = read_cases(open(&path)?);
        cases.extend(read.with_context(|| path.display().to_string())?);
    }
    if cases.is_empty() {
        return Ok(None);
    }
    let judge = |label: &str| {
        let idx = match label {
            LABEL => Some(label_idx),
            other => model.label_idx(other),
        };
        idx.map(|idx| Judge::of_model(model, idx))
    };
    Ok(Some(functional::measure(&cases, judge)))
}

fn bias_report(
    judge: &Judge,
    dir: &Path,
    civil_scores: &[f64],
) -> anyhow::Result<Option<bias::BiasReport>> {
    let [templates, identities] =
        ["templates.csv", "identities.csv"].map(|name| dir.join("bias").join(name));
    if !templates.exists() {
        return Ok(None);
    }
    let name = |path: &Path| path.display().to_string();
    let read = bias::read_templates(open(&templates)?);
    let read_templates = read.with_context(|| name(&templates))?;
    let read = bias::read_identities(open(&identities)?);
    let read_identities = read.with_context(|| name(&identities))?;
    Ok(Some(bias::measure(
        &read_templates,
        &read_identities,
        judge,
        civil_scores,
    )))
}

fn open(path: &Path) -> anyhow::Result<File> {
    File::open(path).with_context(|| format!("could not open {}", path.display()))
}

/// The CSV files of a folder by name; none if there is no such folder.
fn tables(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !dir.exists() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(dir).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let entries = entries.with_context(|| format!("could not list {}", dir.display()))?;
    let paths = entries.into_iter().map(|entry| entry.path());
    let is_csv = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "csv");
    let mut paths: Vec<PathBuf> = paths.filter(is_csv).collect();
    paths.sort();
    Ok(paths)
}
