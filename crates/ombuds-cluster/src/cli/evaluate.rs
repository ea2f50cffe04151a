//! `ombuds-cluster evaluate`: how good the scores of labelled archives are.

use std::io::Write as _;

use anyhow::bail;
use clap::Args;
use datafusion::execution::FunctionRegistry as _;
use serde_json::json;

use super::holdings::{ColumnArgs, EngineArgs, HoldingArgs};
use crate::engine::Source;
use crate::evaluate::{LabelCounts, LabelPair, evaluate};

/// Bins of the table of calibration; a divisor of those counted.
const CALIBRATION_BINS: usize = 20;

/// Measure scores against labels: ROC AUC, average precision, calibration
///
/// Scores are counted by bins of 1/10,000, in whole numbers: a cluster and one machine print the same digits. What the
/// bins can hide stands beside the figures.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ombuds-cluster evaluate labelled/ --label insult=insult_label
  ombuds-cluster evaluate labelled/ --label insult=insult --label threat=threat --by section --json")]
pub(super) struct EvaluateArgs {
    /// Files or folders: parquet, csv, tsv or jsonl
    #[arg(required = true, value_name = "IN")]
    inputs: Vec<String>,
    /// A label of the model and its column: numbers from 0 to 1 or booleans; empty ones are not counted
    #[arg(long, value_name = "LABEL=COLUMN", required = true, value_parser = pair)]
    label: Vec<LabelPair>,
    /// Column whose values are measured apart, such as section
    #[arg(long, value_name = "COLUMN")]
    by: Option<String>,
    /// One JSON object a line, with the table of calibration
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    columns: ColumnArgs,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    holdings: HoldingArgs,
}

pub(super) fn pair(text: &str) -> Result<LabelPair, String> {
    let (label, column) = text.split_once('=').unwrap_or((text, text));
    if label.is_empty() || column.is_empty() {
        return Err("write LABEL=COLUMN".to_owned());
    }
    Ok(LabelPair {
        label: label.to_owned(),
        column: column.to_owned(),
    })
}

impl EvaluateArgs {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let holdings = self.holdings.load(1)?;
        for pair in &self.label {
            ombuds::moderate::require_label(holdings.kernel.model(), &pair.label)?;
        }
        let context = (self.engine.engine())
            .session(&holdings.functions, self.engine.n_parallel())
            .await?;
        let source = Source::find(&context, &self.inputs).await?;
        let arguments = self.columns.arguments(&context, &holdings)?;
        let score = context.udf("score")?;
        let by = self.by.as_deref();
        let counts = evaluate(&context, &source, &arguments, &score, &self.label, by).await?;
        if counts.is_empty() {
            bail!("no rows");
        }
        let mut lines = String::new();
        for counts in &counts {
            let line = if self.json {
                json_line(counts)
            } else {
                line(counts)
            };
            lines.push_str(&line);
            lines.push('\n');
        }
        std::io::stdout().write_all(lines.as_bytes())?;
        Ok(())
    }
}

fn line(counts: &LabelCounts) -> String {
    let summary = counts.histogram.finish();
    let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |it| format!("{it:.4}"));
    let group = counts.group.as_deref().map(ombuds::report::escape);
    let group = group.map_or_else(String::new, |group| format!("{group}  "));
    format!(
        "{group}{}  rows {}  positive {}  ROC AUC {} ±{:.4}  AP {} [{}, {}]  Brier {}  log loss {}  calibration error {}",
        counts.label,
        summary.n,
        summary.positives,
        number(summary.roc_auc),
        summary.roc_auc_error,
        number(summary.average_precision),
        number(summary.average_precision_lower),
        number(summary.average_precision_upper),
        number(summary.brier),
        number(summary.log_loss),
        number(
            counts
                .histogram
                .expected_calibration_error(CALIBRATION_BINS)
        ),
    )
}

fn json_line(counts: &LabelCounts) -> String {
    json!({
        "group": counts.group,
        "label": counts.label,
        "figures": counts.histogram.finish(),
        "calibration_error": counts.histogram.expected_calibration_error(CALIBRATION_BINS),
        "calibration": counts.histogram.reliability(CALIBRATION_BINS),
    })
    .to_string()
}
