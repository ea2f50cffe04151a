//! `ombuds evaluate`: how good a model is on labelled comments.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use super::Outcome;
use super::gate::Gate;
use super::input::{InputArgs, load_model};
use super::labelled::{LabelChoice, Scored, ScoredLabel, score_labelled};
use super::{mispairing, robustness};
use crate::data::Sink;
use crate::metrics::Resampling;
use crate::model::Model;
use crate::report::evaluation::{Evaluation, EvaluationOptions, evaluate_scores, summary_table};
use crate::report::label_details::label_details;
use crate::report::mispairing::mispairing_text;
use crate::report::robustness::robustness_text;
use crate::report::{escape, number};

/// Measure a model on labelled comments
///
/// For each label: the areas under both curves with bootstrap intervals, precision and recall at the
/// model's threshold, calibration, and what other thresholds would do. An empty label cell means
/// unknown and is left out for that label. Files larger than memory are fine.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ombuds evaluate --model models/mine --data held_out.csv
  ombuds evaluate --data a.csv b.jsonl.gz --label-map insult=insult_share --json report.json
  ombuds evaluate --data held_out.csv --at-precision 0.9 --at-recall 0.8
  ombuds evaluate --data held_out.csv --gate insult.roc_auc=0.9 --gate insult.recall=0.7
  ombuds evaluate --robustness tests --data held_out.csv --json robustness.json")]
pub(crate) struct EvaluateArgs {
    /// Folder of the model [default: the one built in]
    #[arg(long, value_name = "DIR", env = "OMBUDS_MODEL")]
    model: Option<PathBuf>,
    /// Files of labelled comments: csv, tsv or jsonl, also .gz or .zst; - is standard input
    #[arg(long, required_unless_present = "robustness", num_args = 1.., value_name = "FILE")]
    data: Vec<PathBuf>,
    /// Labels to measure [default: all of the model that the data has]
    #[arg(long, default_value = "", value_name = "LABEL,...")]
    labels: String,
    /// Columns of labels that are named otherwise; a file without the column is read by the label's
    /// own name
    #[arg(long, default_value = "", value_name = "LABEL=COLUMN,...")]
    label_map: String,
    /// Write the whole report as JSON to a file; - is standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Also find the threshold of highest recall with at least this precision
    #[arg(long, value_name = "PRECISION", value_parser = proportion)]
    at_precision: Vec<f64>,
    /// Also find the highest threshold with at least this recall
    #[arg(long, value_name = "RECALL", value_parser = proportion)]
    at_recall: Vec<f64>,
    /// Measure instead whether off_topic tells a comment's own article or parent from a foreign one; needs
    /// no labels
    #[arg(long, conflicts_with_all = ["labels", "gates", "at_precision", "at_recall"])]
    mispairing: bool,
    /// Exit with status 1 unless the ROC AUC against random articles is at least this
    #[arg(long, value_name = "X", requires = "mispairing")]
    mispairing_gate: Option<f64>,
    /// Measure instead how the model takes hard cases: DIR/functional/*.csv and DIR/bias (tests/ in the source
    /// holds ours); with --data also what hiding words costs. --labels names the label that stands for insult
    #[arg(long, value_name = "DIR", conflicts_with_all = ["mispairing", "gates", "at_precision", "at_recall"])]
    robustness: Option<PathBuf>,
    /// Bootstrap replicates behind the intervals; 0 for no intervals
    #[arg(long, default_value_t = 1000, value_name = "N")]
    replicates: usize,
    /// Seed of the bootstrap
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Exit with status 1 unless the figure is at least (calibration, queue: at most) this
    #[arg(long = "gate", value_name = "LABEL.FIGURE=X")]
    gates: Vec<Gate>,
    #[command(flatten)]
    input: InputArgs,
}

/// A share above 0.
pub(super) fn proportion(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value > 0.0 && value <= 1.0 => Ok(value),
        _ => Err("must be a number above 0 and at most 1".to_owned()),
    }
}

impl EvaluateArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let mut model = load_model(self.model.as_deref())?;
        self.input.give_recent(&mut model)?;
        if self.mispairing {
            return self.run_mispairing(&model);
        }
        if let Some(dir) = &self.robustness {
            return self.run_robustness(&model, dir);
        }
        let choice = LabelChoice::new(&model, &self.labels, &self.label_map)?;
        self.check_gates(&model)?;
        // Before the work: a report that cannot be written should not cost an hour.
        let sink = self.sink()?;
        let scored = score_labelled(&model, &self.data, &choice, &self.input)?;
        scored.labels.iter().for_each(ScoredLabel::note_one_class);
        let evaluation = self.evaluate(&model, &scored)?;
        self.report(&evaluation, &text(&model, &evaluation), sink)?;
        Ok(self.pass_gates(&evaluation))
    }

    fn run_mispairing(&self, model: &Model) -> anyhow::Result<Outcome> {
        let sink = self.sink()?;
        let mispairing = mispairing::measure(model, &self.data, &self.input, &self.resampling())?;
        self.report(&mispairing, &mispairing_text(&mispairing), sink)?;
        let found = mispairing.kinds.first().and_then(|kind| kind.roc_auc.value);
        match self.mispairing_gate {
            Some(least) if found.is_none_or(|found| found < least) => {
                let found = number::figure(found);
                anstream::eprintln!(
                    "gate failed: mispairing {found}, at least {least} is asked for"
                );
                Ok(Outcome::GateFailed)
            }
            _ => Ok(Outcome::Done),
        }
    }

    fn run_robustness(&self, model: &Model, dir: &Path) -> anyhow::Result<Outcome> {
        let sink = self.sink()?;
        let labels = [self.labels.trim(), &self.label_map];
        let robustness = robustness::measure(model, dir, &self.data, labels, &self.input)?;
        self.report(&robustness, &robustness_text(&robustness), sink)?;
        Ok(Outcome::Done)
    }

    /// Where the JSON goes, if anywhere.
    fn sink(&self) -> anyhow::Result<Option<Sink>> {
        let path = self.json.as_ref();
        path.map(|path| self.input.create(path, &self.data, self.model.as_deref()))
            .transpose()
    }

    fn resampling(&self) -> Resampling {
        Resampling {
            n_replicates: self.replicates,
            seed: self.seed,
            ..Resampling::default()
        }
    }

    fn writes_json_to_output(&self) -> bool {
        self.json
            .as_ref()
            .is_some_and(|path| path.as_os_str() == "-")
    }

    fn check_gates(&self, model: &Model) -> anyhow::Result<()> {
        if let Some(gate) = self
            .gates
            .iter()
            .find(|gate| model.label_idx(&gate.label).is_none())
        {
            let known: Vec<&str> = model.labels().collect();
            bail!(
                "--gate: the model has no label `{}`; its labels are {}",
                gate.label,
                known.join(", ")
            );
        }
        Ok(())
    }

    fn evaluate(&self, model: &Model, scored: &Scored) -> anyhow::Result<Evaluation> {
        let options = EvaluationOptions {
            at_precision: self.at_precision.clone(),
            at_recall: self.at_recall.clone(),
            resampling: self.resampling(),
        };
        let labels = scored.labels.iter().map(|label| {
            evaluate_scores(&label.rows(), model.policy()[label.label_idx], &options)
                .with_context(|| format!("label `{}`", label.label))
        });
        let names: Vec<&str> = scored.files.iter().map(|file| file.name.as_str()).collect();
        let training = if scored.in_training {
            ", some of which the model was trained on"
        } else {
            ""
        };
        Ok(Evaluation {
            program: concat!("ombuds ", env!("CARGO_PKG_VERSION")).to_owned(),
            model: model.version().into_owned(),
            split: format!("All labelled comments of {}{training}", names.join(", ")),
            labels: labels.collect::<Result<_, _>>()?,
            data: scored.files.clone(),
        })
    }

    /// The report on standard output, unless that is where the JSON goes.
    fn report(
        &self,
        report: &impl serde::Serialize,
        text: &str,
        sink: Option<Sink>,
    ) -> anyhow::Result<()> {
        if let Some(mut sink) = sink {
            write_json(&mut sink, report).context("could not write the JSON report")?;
            sink.finish()?;
        }
        if !self.writes_json_to_output() {
            super::print(text)?;
        }
        Ok(())
    }

    fn pass_gates(&self, evaluation: &Evaluation) -> Outcome {
        let failures = self
            .gates
            .iter()
            .filter_map(|gate| gate.failure(&evaluation.labels));
        let failures: Vec<String> = failures.collect();
        for failure in &failures {
            anstream::eprintln!("gate failed: {failure}");
        }
        if failures.is_empty() {
            Outcome::Done
        } else {
            Outcome::GateFailed
        }
    }
}

fn write_json(sink: &mut Sink, evaluation: &impl serde::Serialize) -> std::io::Result<()> {
    serde_json::to_writer_pretty(&mut *sink, evaluation)?;
    writeln!(sink)
}

fn text(model: &Model, evaluation: &Evaluation) -> String {
    let mut text = format!("model {}\n", model.version());
    for file in &evaluation.data {
        let (rows, bad_rows) = (
            number::count(file.rows as f64),
            number::count(file.bad_rows as f64),
        );
        let bad = if file.bad_rows > 0 {
            format!(", {bad_rows} bad ones left out")
        } else {
            String::new()
        };
        let _ = writeln!(text, "{}: {rows} comments{bad}", escape(&file.name));
    }
    text.push('\n');
    text.push_str(&summary_table(&evaluation.labels));
    for label in &evaluation.labels {
        text.push('\n');
        text.push_str(&label_details(label));
    }
    text
}
