//! `ombuds evaluate`: how good a model is on labelled comments.

mod compare;
mod inspect;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use super::Outcome;
use super::gate::Gate;
use super::input::{InputArgs, load_model};
use super::labelled::watch::Watch;
use super::labelled::{LabelChoice, Scored, ScoredLabel, score_labelled};
use super::{mispairing, robustness, spans};
use crate::data::Sink;
use crate::metrics::Resampling;
use crate::model::Model;
use crate::report::evaluation::{Evaluation, EvaluationOptions, evaluate_scores, summary_table};
use crate::report::label_details::label_details;
use crate::report::mispairing::mispairing_text;
use crate::report::robustness::robustness_text;
use crate::report::spans::spans_text;
use crate::report::{escape, number};
use inspect::{Inspected, write_page};

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
  ombuds evaluate --data held_out.csv --report report.html --group-by section
  ombuds evaluate --data held_out.csv --compare models/old models/new
  ombuds evaluate --data held_out.csv --gate insult.roc_auc=0.9 --gate insult.recall=0.7
  ombuds evaluate --robustness tests --data held_out.csv --json robustness.json
  ombuds evaluate --spans spans.csv annotations.csv --data comments.csv --labels toxicity")]
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
    /// Write a page to read and print, with plots, a threshold slider and the worst errors; it holds texts
    /// of comments
    #[arg(long, value_name = "FILE", conflicts_with_all = ["mispairing", "compare", "spans", "robustness"])]
    report: Option<PathBuf>,
    /// On the page and in the JSON, also tell comments apart by this column
    #[arg(long, value_name = "COLUMN", requires = "report")]
    group_by: Option<String>,
    /// Set two models side by side on the same comments, with paired tests; `default` is the built-in one
    #[arg(long, num_args = 2, value_names = ["A", "B"], conflicts_with_all = ["model", "mispairing", "gates", "at_precision", "at_recall"])]
    compare: Vec<PathBuf>,
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
    /// Measure instead whether a label's reasons stand where raters marked the text: a file of comment_id,
    /// annotation (the rater), start and end in characters; --data holds the comments, with n_raters. Or the
    /// publishers' spans.csv and annotations.csv of Toxic Spans, with comments.csv as --data. --labels names
    /// the label [default: toxicity]
    #[arg(long, num_args = 1..=2, value_name = "FILE", conflicts_with_all = ["mispairing", "robustness", "gates", "at_precision", "at_recall", "label_map"])]
    spans: Vec<PathBuf>,
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
        if let [a, b] = self.compare.as_slice() {
            return self.run_comparison(a, b);
        }
        let mut model = load_model(self.model.as_deref())?;
        self.input.give_recent(&mut model)?;
        if self.mispairing {
            return self.run_mispairing(&model);
        }
        if let Some(dir) = &self.robustness {
            return self.run_robustness(&model, dir);
        }
        if !self.spans.is_empty() {
            return self.run_spans(&model);
        }
        let choice = LabelChoice::new(&model, &self.labels, &self.label_map)?;
        self.check_gates(&model)?;
        // Before the work: a report that cannot be written should not cost an hour.
        if self.json.is_some() && self.json == self.report {
            bail!("--json and --report cannot be the same file");
        }
        let (sink, page) = (
            self.create(self.json.as_ref())?,
            self.create(self.report.as_ref())?,
        );
        let mut watch = page.is_some().then(|| Watch::new(self.group_by.clone()));
        let scored = score_labelled(&model, &self.data, &choice, &self.input, watch.as_mut())?;
        scored.labels.iter().for_each(ScoredLabel::note_one_class);
        let evaluation = self.evaluate(&model, &scored)?;
        let inspection = watch.map(|watch| self.inspect(&model, &scored, &evaluation, watch));
        let inspection = inspection.transpose()?;
        if let (Some(page), Some(inspection)) = (page, &inspection) {
            write_page(page, &evaluation, inspection)?;
        }
        let whole = Inspected {
            evaluation: &evaluation,
            inspection: inspection.as_ref(),
        };
        self.report(&whole, &text(&model, &evaluation), sink)?;
        Ok(self.pass_gates(&evaluation))
    }

    fn run_mispairing(&self, model: &Model) -> anyhow::Result<Outcome> {
        let sink = self.create(self.json.as_ref())?;
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
        let sink = self.create(self.json.as_ref())?;
        let labels = [self.labels.trim(), &self.label_map];
        let robustness = robustness::measure(model, dir, &self.data, labels, &self.input)?;
        self.report(&robustness, &robustness_text(&robustness), sink)?;
        Ok(Outcome::Done)
    }

    fn run_spans(&self, model: &Model) -> anyhow::Result<Outcome> {
        let [data] = self.data.as_slice() else {
            bail!("--spans: name one file of comments with --data");
        };
        let sink = self.create(self.json.as_ref())?;
        let label = self.labels.trim();
        let (input, resampling) = (&self.input, self.resampling());
        let report = spans::measure(model, &self.spans, data, label, input, &resampling)?;
        self.report(&report, &spans_text(&report), sink)?;
        Ok(Outcome::Done)
    }

    /// Opens an output, if there is to be one.
    fn create(&self, path: Option<&PathBuf>) -> anyhow::Result<Option<Sink>> {
        let inputs = [&self.data[..], &self.spans].concat();
        let open = |path: &PathBuf| self.input.create(path, &inputs, self.model.as_deref());
        path.map(open).transpose()
    }

    fn resampling(&self) -> Resampling {
        Resampling {
            n_replicates: self.replicates,
            seed: self.seed,
            ..Resampling::default()
        }
    }

    /// Whether standard output is taken, so that no text goes there.
    fn writes_to_output(&self) -> bool {
        let mut outputs = self.json.iter().chain(&self.report);
        outputs.any(|path| path.as_os_str() == "-")
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

    /// The report on standard output, unless that is where the JSON or the page goes.
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
        if !self.writes_to_output() {
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
