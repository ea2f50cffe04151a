//! `ombuds model diff`: what changed from one model to another.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::decisions::DecisionDiff;
use super::show::bands;
use crate::cli::input::{InputArgs, load_model};
use crate::model::Model;
use crate::model::diff::{Change, HeadDiff, ModelDiff};
use crate::policy::OperatingPoint;
use crate::report::escape;
use crate::report::number::{count, percent};
use crate::report::table::TextTable;

/// Coefficients shown for each label.
const N_COEFS: usize = 10;

/// What changed from one model to another, and with --data which decisions do
#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// Folder of the first model; `default` is the built-in one
    #[arg(value_name = "BEFORE")]
    before: PathBuf,
    /// Folder of the second model; `default` is the built-in one
    #[arg(value_name = "AFTER")]
    after: PathBuf,
    /// File of comments, labelled or not, on which to compare decisions; - is standard input
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    #[command(flatten)]
    input: InputArgs,
}

impl DiffArgs {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let before = load_model(Some(&self.before))?;
        let after = load_model(Some(&self.after))?;
        let mut text = text(&before, &after);
        if let Some(path) = &self.data {
            let decisions = DecisionDiff::of_file(&before, &after, path, &self.input)?;
            text.push('\n');
            text.push_str(&decisions.text());
        }
        crate::cli::print(&text)?;
        Ok(())
    }
}

fn text(before: &Model, after: &Model) -> String {
    let diff = ModelDiff::new(before, after);
    let mut text = format!(
        "before  model {}\nafter   model {}\n",
        before.hash(),
        after.hash()
    );
    if before.hash() == after.hash() {
        text.push_str("\nThe same model: every score is the same.\n");
    }
    for (what, labels) in [
        ("added", &diff.labels_added),
        ("removed", &diff.labels_removed),
    ] {
        if !labels.is_empty() {
            let _ = writeln!(text, "\nLabels {what}: {}", escape(&labels.join(", ")));
        }
    }
    text.push_str(&thresholds(&diff.thresholds));
    text.push_str(&origin(&diff.origin));
    if before.hash() != after.hash() {
        diff.heads
            .iter()
            .for_each(|diff| text.push_str(&head(diff)));
    }
    text
}

fn thresholds(changes: &[Change<OperatingPoint>]) -> String {
    if changes.is_empty() {
        return "\nThresholds: the same for all labels that both have\n".to_owned();
    }
    let mut table = TextTable::new(&["label", "", "review", "flag", "reject"]).text(&[0, 1]);
    for Change {
        name,
        before,
        after,
    } in changes
    {
        for (label, when, point) in [(name.as_str(), "before", before), ("", "after", after)] {
            let cells = [label.to_owned(), when.to_owned()].into_iter();
            table.row(cells.chain(bands(point)));
        }
    }
    format!("\nThresholds\n{table}")
}

fn origin(changes: &[Change<String>]) -> String {
    if changes.is_empty() {
        return "\nData and settings: the same\n".to_owned();
    }
    let mut table = TextTable::new(&["", "before", "after"]).text(&[0, 1, 2]);
    for Change {
        name,
        before,
        after,
    } in changes
    {
        table.row([name.clone(), before.clone(), after.clone()]);
    }
    format!("\nData and settings\n{table}")
}

fn head(
    HeadDiff {
        label,
        coef,
        weights,
    }: &HeadDiff,
) -> String {
    let label = escape(label);
    let mut text = match weights {
        None => format!("\nWeights of {label}: not comparable, the numbers of buckets differ\n"),
        Some(weights) => format!(
            "\nWeights of {label}: {} of {} used ones differ ({}); greatest difference {:.4}, mean {:.6} \
             where the mean weight is {:.6}\n",
            count(weights.n_different as f64),
            count(weights.n_used as f64),
            percent(weights.n_different as f64 / weights.n_used.max(1) as f64),
            weights.greatest,
            weights.mean,
            weights.mean_before,
        ),
    };
    if coef.is_empty() {
        let _ = writeln!(text, "Verdict coefficients of {label}: the same");
        return text;
    }
    let header = [
        format!("coefficients of {label}"),
        "before".into(),
        "after".into(),
        "change".into(),
    ];
    let mut table = TextTable::new(&header.each_ref().map(String::as_str));
    for Change {
        name,
        before,
        after,
    } in coef.iter().take(N_COEFS)
    {
        let figures = [*before, *after, after - before].map(|value| format!("{value:+.4}"));
        table.row([name.clone()].into_iter().chain(figures));
    }
    let _ = write!(text, "{table}");
    if coef.len() > N_COEFS {
        let _ = writeln!(text, "… and {} smaller changes", coef.len() - N_COEFS);
    }
    text
}
