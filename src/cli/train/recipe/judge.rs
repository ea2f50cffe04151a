//! The operating points of a recipe's model and its figures, on comments kept apart for both.

use std::sync::Arc;

use anyhow::bail;

use super::source::{self, Exclusions};
use super::{Places, Recipe};
use crate::cli::progress::Bar;
use crate::cli::train::loader::{Memory, SetBuilder};
use crate::cli::train::measure;
use crate::metrics::{Ranking, Sample};
use crate::model::Model;
use crate::policy::OperatingPoint;
use crate::report::evaluation::{EvaluatedFile, Evaluation};
use crate::train::{TrainingSet, groups, thresholds};

impl Recipe {
    /// Sets the thresholds on one half of the labelled comments that are kept apart for it, and measures on the
    /// other.
    pub(super) fn judge(
        &self,
        model: &mut Model,
        places: &Places,
        bar: &Bar,
    ) -> anyhow::Result<Option<Evaluation>> {
        let nothing = Exclusions::default();
        let mut halves = [
            SetBuilder::new(self.labels.clone(), &Memory::default()),
            SetBuilder::new(self.labels.clone(), &Memory::default()),
        ];
        let mut data = Vec::new();
        for (number, source) in self.dev.iter().enumerate() {
            let file = source.read(places, &self.labels, &Arc::default(), &nothing, |row| {
                Ok(halves[source::half(&row.comment.text)].push(row, number)?)
            })?;
            data.push(EvaluatedFile {
                name: file.name,
                rows: file.rows,
                bad_rows: 0,
            });
        }
        if data.is_empty() {
            return Ok(None);
        }
        let [dev, test] = halves.map(SetBuilder::finish);
        let (dev, test) = (dev?.0, test?.0);
        for label_idx in 0..self.labels.len() {
            let point = self.operating_point(model, label_idx, &dev);
            model.set_policy(label_idx, point);
        }
        let rows: Vec<usize> = (0..test.rows.len()).collect();
        let labels = measure(model, &test, &rows, &groups(&test)?, bar)?;
        Ok(Some(Evaluation {
            program: concat!("ombuds ", env!("CARGO_PKG_VERSION")).to_owned(),
            model: model.hash().to_owned(),
            split: self.dev_note.clone(),
            data,
            labels,
        }))
    }

    /// The operating point of a label on the comments kept apart. The flag is set by what people can read of the comments
    /// of a `queue`, for how common a label is elsewhere says nothing about them; without one, at the best F1. A label
    /// that no file knows decides no more than its flag: a person looks at what is flagged.
    fn operating_point(
        &self,
        model: &Model,
        label_idx: usize,
        dev: &TrainingSet,
    ) -> OperatingPoint {
        let label = &model.heads()[label_idx].label;
        let rows = scored_rows(model, label_idx, dev);
        let of = |wanted: &dyn Fn(usize) -> bool| -> (Vec<f64>, Vec<f32>) {
            let known = rows.iter().filter(|row| wanted(row.source));
            known
                .filter_map(|row| Some((row.score, row.share?)))
                .unzip()
        };
        let (scores, shares) = of(&|_| true);
        if scores.is_empty() {
            let rare = self.flag_of_rare(label, &rows);
            let flag = rare.unwrap_or(model.policy()[label_idx].flag);
            return OperatingPoint {
                flag,
                review: flag,
                reject: None,
            };
        }
        let pooled = thresholds::choose(label, &scores, &shares);
        // The fullest of several queues decides.
        let flags = self.dev.iter().enumerate().filter_map(|(number, file)| {
            let (scores, shares) = of(&|it| it == number);
            let threshold = threshold_of_queue(&scores, &shares, file.queue?)?;
            Some(thresholds::round(threshold))
        });
        let flag = flags.reduce(f64::max).unwrap_or(pooled.flag);
        OperatingPoint {
            flag,
            review: pooled.review.min(flag),
            reject: pooled.reject.map(|reject| reject.max(flag)),
        }
    }

    /// Where a label is flagged as rarely as the files say in `rare`, by the strictest of them.
    fn flag_of_rare(&self, label: &str, rows: &[ScoredRow]) -> Option<f64> {
        let flags = self.dev.iter().enumerate().filter_map(|(number, file)| {
            let scores = rows.iter().filter(|row| row.source == number);
            let scores: Vec<f64> = scores.map(|row| row.score).collect();
            // How many are flagged does not depend on who is right.
            let shares = vec![0.0; scores.len()];
            let threshold = threshold_of_queue(&scores, &shares, *file.rare.get(label)?)?;
            // Up: rare labels have scores so small that the next digit down may flag many more.
            Some(1.0_f64.min((threshold * 1e4).ceil() / 1e4))
        });
        flags.reduce(f64::max)
    }

    /// # Errors
    /// A file that says how rare a label is that the recipe does not have, or a share that is none.
    pub(super) fn check_shares(&self) -> anyhow::Result<()> {
        for source in &self.dev {
            for label in source.rare.keys() {
                if !self.labels.contains(label) {
                    bail!("the recipe says how rare `{label}` is, and has no such label");
                }
            }
            for &share in source.queue.iter().chain(source.rare.values()) {
                if !(share > 0.0 && share < 1.0) {
                    bail!(
                        "the recipe flags a share of {share} of a file: it must be between 0 and 1"
                    );
                }
            }
        }
        Ok(())
    }
}

/// A comment kept apart that has a score.
struct ScoredRow {
    /// Number of its file.
    source: usize,
    score: f64,
    /// Whether it has the label, where that is known.
    share: Option<f32>,
}

fn scored_rows(model: &Model, label_idx: usize, dev: &TrainingSet) -> Vec<ScoredRow> {
    let mut scorer = model.scorer();
    let rows = dev.rows.iter().enumerate();
    rows.filter_map(|(i, row)| {
        let scores = scorer.score(&dev.comment(i));
        let score = scores.probabilities().nth(label_idx)?;
        (!score.is_nan()).then(|| ScoredRow {
            source: usize::from(row.source),
            score,
            share: row.shares[label_idx],
        })
    })
    .collect()
}

/// The lowest threshold that flags no more than a share of the comments.
fn threshold_of_queue(scores: &[f64], shares: &[f32], queue: f64) -> Option<f64> {
    let sample = Sample::new(scores, shares).ok()?;
    let point = Ranking::new(&sample).threshold_for_queue(queue, 1.0)?;
    Some(point.threshold)
}
