//! `ombuds tune`: thresholds of a model, set by what they are to achieve.

mod goal;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{ArgGroup, Args, ValueEnum};

use super::Outcome;
use super::evaluate::proportion;
use super::input::InputArgs;
use super::labelled::{LabelChoice, ScoredLabel, score_labelled};
use super::model::{refresh_card, require_folder};
use crate::metrics::{PointReport, Ranking, Resampling, Sample};
use crate::model::CONFIG_FILE;
use crate::model::Model;
use crate::policy::OperatingPoint;
use crate::report::evaluation::Target;
use crate::report::label_details::point_cells;
use crate::report::table::TextTable;
use crate::report::{escape, number};
use goal::Goal;

/// Set a threshold by what it is to achieve on labelled comments
///
/// Finds the threshold, shows what the model's thresholds mean before and after, and writes
/// config.toml of the model; scores do not change. The other bands move along where they would fall
/// out of order: review <= flag <= reject. Use comments that the model was not trained on.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("goal").required(true)
    .args(["target_precision", "target_recall", "reviews_per_day"])))]
#[command(after_help = "Examples:
  ombuds tune --model models/mine --data held_out.csv --label insult --target-precision 0.9
  ombuds tune --model models/mine --data held_out.csv --label insult --target-precision 0.95 --band reject
  ombuds tune --model models/mine --data held_out.csv --label insult --reviews-per-day 200 --comments-per-day 5000
  ombuds tune --model models/mine --data held_out.csv --label off_topic --target-recall 0.8 --dry-run")]
pub(crate) struct TuneArgs {
    /// Folder of the model to change; `ombuds model export DIR` makes one of the built-in model
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// Files of labelled comments: csv, tsv or jsonl, also .gz or .zst; - is standard input
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    data: Vec<PathBuf>,
    /// Label whose threshold to set
    #[arg(long)]
    label: String,
    /// Column of the label if it is named otherwise; a file without it is read by the label's own name
    #[arg(long, default_value = "", value_name = "LABEL=COLUMN")]
    label_map: String,
    /// At least this share of what the band holds has the label; recall is then as high as can be
    #[arg(long, value_name = "PRECISION", value_parser = proportion)]
    target_precision: Option<f64>,
    /// The band holds at least this share of the comments that have the label
    #[arg(long, value_name = "RECALL", value_parser = proportion)]
    target_recall: Option<f64>,
    /// The band holds at most so many comments a day
    #[arg(long, value_name = "N", requires = "comments_per_day", value_parser = amount)]
    reviews_per_day: Option<f64>,
    /// Comments that come in a day
    #[arg(long, value_name = "M", value_parser = amount)]
    comments_per_day: Option<f64>,
    /// Threshold to set [default: flag; review for --reviews-per-day]
    #[arg(long)]
    band: Option<Band>,
    /// Show what would change, write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    input: InputArgs,
}

/// Which threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Band {
    /// From here on the label's flag is set
    Flag,
    /// From here on a person should look
    Review,
    /// From here on rejection is proposed
    Reject,
}

fn amount(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value > 0.0 && value.is_finite() => Ok(value),
        _ => Err("must be a number above 0".to_owned()),
    }
}

impl TuneArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let folder = require_folder(self.model.as_deref())?;
        let mut model = Model::read(folder)?;
        let choice = LabelChoice::new(&model, &self.label, &self.label_map)?;
        let scored = score_labelled(&model, &self.data, &choice, &self.input, None)?;
        let label = scored
            .labels
            .iter()
            .find(|label| label.label == self.label.trim());
        let Some(label) = label else {
            bail!("no row has a value for label `{}`", self.label)
        };
        let before = model.policy()[label.label_idx];
        let after = self.tuned(before, label)?;
        super::print(&self.comparison(label, before, after)?)?;
        self.tell_moved(before, after);
        self.finish(&mut model, folder, label.label_idx, after)
    }

    fn goal(&self) -> anyhow::Result<Goal> {
        let precision = self
            .target_precision
            .map(|value| Goal::Target(Target::Precision(value)));
        let recall = self
            .target_recall
            .map(|value| Goal::Target(Target::Recall(value)));
        let queue = self.reviews_per_day.zip(self.comments_per_day);
        let queue = queue.map(|(reviews, comments)| Goal::Queue { reviews, comments });
        precision
            .or(recall)
            .or(queue)
            .context("name a goal, such as --target-precision 0.9")
    }

    fn band(&self) -> Band {
        let usual = if self.reviews_per_day.is_some() {
            Band::Review
        } else {
            Band::Flag
        };
        self.band.unwrap_or(usual)
    }

    fn tuned(&self, before: OperatingPoint, label: &ScoredLabel) -> anyhow::Result<OperatingPoint> {
        let rows = label.rows();
        let ranking = Ranking::new(&Sample::new(rows.scores, rows.shares)?);
        let threshold = self
            .goal()?
            .find(&ranking)
            .with_context(|| format!("label `{}`: thresholds left as they are", label.label))?;
        Ok(match self.band() {
            Band::Flag => before.with_flag(threshold),
            Band::Review => before.with_review(threshold),
            Band::Reject => before.with_reject(threshold),
        })
    }

    /// Bands that moved although nobody asked.
    fn tell_moved(&self, before: OperatingPoint, after: OperatingPoint) {
        let moved = [
            ("review", Band::Review, before.review != after.review),
            ("flag", Band::Flag, before.flag != after.flag),
            ("reject", Band::Reject, before.reject != after.reject),
        ];
        let moved = moved
            .into_iter()
            .filter(|&(_, band, moved)| moved && band != self.band());
        let moved: Vec<&str> = moved.map(|(name, ..)| name).collect();
        if !moved.is_empty() {
            let moved = moved.join(" and ");
            super::notices(&[format!(
                "{moved} moved along, to keep review <= flag <= reject"
            )]);
        }
    }

    /// What both sets of thresholds mean on these comments.
    fn comparison(
        &self,
        label: &ScoredLabel,
        before: OperatingPoint,
        after: OperatingPoint,
    ) -> anyhow::Result<String> {
        let rows = label.rows();
        let sample = Sample::new(rows.scores, rows.shares)?;
        let units = rows.units();
        let mut table = TextTable::new(&[
            "band",
            "",
            "threshold",
            "precision",
            "recall",
            "F1",
            "queue per 1,000",
            "a day",
        ])
        .text(&[0, 1]);
        let bands = [
            ("review", Some(before.review), Some(after.review)),
            ("flag", Some(before.flag), Some(after.flag)),
            ("reject", before.reject, after.reject),
        ];
        for (band, before, after) in bands {
            for (name, when, threshold) in [(band, "before", before), ("", "after", after)] {
                let cells = [name.to_owned(), when.to_owned()].into_iter();
                let Some(threshold) = threshold else {
                    table.row(cells.chain(["never".to_owned()]));
                    continue;
                };
                let point = PointReport::with_intervals(
                    &sample,
                    threshold,
                    &units,
                    &Resampling::default(),
                )?;
                table.row(cells.chain(point_cells(&point)).chain([self.a_day(&point)]));
            }
        }
        let (n, positives) = (number::count(sample.len() as f64), sample.positive_weight());
        Ok(format!(
            "{}: {} of {n} comments have it; in brackets: 95 % intervals\n\n{table}\nChosen and \
             measured on the same comments, so a little optimistic; `ombuds evaluate` on others \
             tells.\n",
            escape(&label.label),
            number::count(positives),
        ))
    }

    /// Comments a day in a band, where it is known how many come.
    fn a_day(&self, point: &PointReport) -> String {
        let queue = point.queue_per_1000.zip(self.comments_per_day);
        queue.map_or_else(String::new, |(per_1000, comments)| {
            number::count((per_1000 * comments / 1000.0).round())
        })
    }

    fn finish(
        &self,
        model: &mut Model,
        folder: &Path,
        label_idx: usize,
        after: OperatingPoint,
    ) -> anyhow::Result<Outcome> {
        if model.heads().len() > 1 && self.reviews_per_day.is_some() {
            super::notices(&["comments that other labels send to review come on top".to_owned()]);
        }
        if self.dry_run {
            super::notices(&["dry run: nothing was written".to_owned()]);
            return Ok(Outcome::Done);
        }
        model.set_policy(label_idx, after);
        model.write_config(folder)?;
        refresh_card(folder, model)?;
        super::notices(&[format!("wrote {}", folder.join(CONFIG_FILE).display())]);
        Ok(Outcome::Done)
    }
}
