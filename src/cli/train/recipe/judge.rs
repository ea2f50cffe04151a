//! The operating points of a recipe's model and its figures, on comments kept apart for both.

use std::sync::Arc;

use super::source::{self, Exclusions};
use super::{Places, Recipe};
use crate::cli::progress::Bar;
use crate::cli::train::loader::{Memory, SetBuilder};
use crate::cli::train::measure;
use crate::metrics::{Ranking, Sample};
use crate::model::Model;
use crate::policy::OperatingPoint;
use crate::report::evaluation::{EvaluatedFile, Evaluation};
use crate::train::{TrainRow, TrainingSet, groups, thresholds};

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

    /// The operating point of a label on the comments kept apart. The flag is set by what people can read of the comments of
    /// a `queue`, for how common a label is elsewhere says nothing about them; without one, at the best F1. A label that
    /// no file knows has its flag where a file says how `rare` it is, or where training put it, and decides no more: a
    /// person looks at what is flagged.
    fn operating_point(
        &self,
        model: &Model,
        label_idx: usize,
        dev: &TrainingSet,
    ) -> OperatingPoint {
        let label = &model.heads()[label_idx].label;
        let scored = scored(model, label_idx, dev);
        let of = |wanted: &dyn Fn(usize) -> bool| -> (Vec<f64>, Vec<f32>) {
            let known = scored.iter().filter(|row| wanted(row.source));
            known
                .filter_map(|row| Some((row.score, row.share?)))
                .unzip()
        };
        let files = || self.dev.iter().enumerate();
        let (scores, shares) = of(&|_| true);
        if scores.is_empty() {
            let rare = files().filter_map(|(number, file)| {
                let scores = scored.iter().filter(|row| row.source == number);
                let scores: Vec<f64> = scores.map(|row| row.score).collect();
                flag_of_queue(&scores, &vec![0.0; scores.len()], *file.rare.get(label)?)
            });
            let trained = model.policy()[label_idx];
            let flag = rare.reduce(f64::max).unwrap_or(trained.flag);
            return OperatingPoint {
                flag,
                review: flag,
                reject: None,
            };
        }
        let pooled = thresholds::choose(label, &scores, &shares);
        // The fullest of several queues decides.
        let flags = files().filter_map(|(number, file)| {
            let (scores, shares) = of(&|it| it == number);
            flag_of_queue(&scores, &shares, file.queue?)
        });
        let flag = flags.reduce(f64::max).unwrap_or(pooled.flag);
        OperatingPoint {
            flag,
            review: pooled.review.min(flag),
            reject: pooled.reject.map(|reject| reject.max(flag)),
        }
    }
}

/// A comment kept apart.
struct Scored {
    /// Number of its file.
    source: usize,
    score: f64,
    /// Whether it has the label, where that is known.
    share: Option<f32>,
}

/// The comments that have a score.
fn scored(model: &Model, label_idx: usize, dev: &TrainingSet) -> Vec<Scored> {
    let mut scorer = model.scorer();
    let mut scored = |(i, row): (usize, &TrainRow)| {
        let score = scorer.score(&dev.comment(i));
        let score = score.probabilities().nth(label_idx)?;
        (!score.is_nan()).then(|| Scored {
            source: usize::from(row.source),
            score,
            share: row.shares[label_idx],
        })
    };
    let rows = dev.rows.iter().enumerate();
    rows.filter_map(&mut scored).collect()
}

/// The lowest threshold that flags no more than a share of the comments.
fn flag_of_queue(scores: &[f64], shares: &[f32], queue: f64) -> Option<f64> {
    let sample = Sample::new(scores, shares).ok()?;
    let point = Ranking::new(&sample).threshold_for_queue(queue, 1.0)?;
    Some(thresholds::round(point.threshold))
}
