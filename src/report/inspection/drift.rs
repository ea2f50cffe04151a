//! Whether the comments measured resemble those the model learnt from, as far as the model knows: it keeps
//! the languages, labels and rows of its training and the measurement made after it, and no texts, lengths or
//! scores.

use std::collections::BTreeMap;

use serde::Serialize;

use super::groups::LENGTHS;
use crate::model::Provenance;
use crate::report::evaluation::{Evaluation, LabelReport};

/// Rare languages are more likely wrong guesses; below this they are counted together.
const MIN_LANGUAGE_SHARE: f64 = 0.02;
/// In place of the code of rare languages.
pub const OTHER: &str = "other";

/// What was seen of all comments measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// Comments.
    pub n: u64,
    /// By ISO 639-3 code, how many.
    pub languages: BTreeMap<&'static str, u64>,
    /// By class of [`LENGTHS`], how many.
    pub lengths: [u64; LENGTHS.len()],
}

/// These comments against those of the training.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Drift {
    /// Languages, the most frequent here first.
    pub languages: Vec<LanguageShare>,
    /// Comments long enough for their language to be guessed.
    pub n_language_told: u64,
    /// Share of the comments in each class of length. The model keeps none of its training.
    pub lengths: Vec<LengthShare>,
    /// One a label.
    pub labels: Vec<LabelDrift>,
    /// How the comments of the model's own measurement were chosen, if it has one.
    pub measured_on: Option<String>,
}

/// One language.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LanguageShare {
    /// ISO 639-3 code; `other` for the rare ones.
    pub language: String,
    /// Share of the comments whose language could be guessed.
    pub here: f64,
    /// Share in the training; `None` below 2 %.
    pub training: Option<f64>,
}

/// One class of length.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LengthShare {
    /// Name of the class.
    pub length: &'static str,
    /// Share of the comments.
    pub here: f64,
}

/// One label.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LabelDrift {
    /// The label.
    pub label: String,
    /// Share of these comments that has it.
    pub positives_here: f64,
    /// Share of the training rows that had it.
    pub positives_training: Option<f64>,
    /// Share of these comments that is flagged.
    pub flagged_here: Option<f64>,
    /// The same in the model's own measurement.
    pub flagged_measured: Option<f64>,
    /// At which threshold there; it may have been moved since.
    pub threshold_measured: Option<f64>,
    /// Mean score of these comments.
    pub mean_score_here: f64,
    /// The same in the model's own measurement.
    pub mean_score_measured: Option<f64>,
}

impl Drift {
    /// Compares with what the model keeps; `measured` is the measurement made after training.
    pub fn new(
        observed: &Observed,
        labels: &[LabelReport],
        provenance: &Provenance,
        measured: Option<&Evaluation>,
    ) -> Self {
        let share = |n: u64| n as f64 / (observed.n.max(1) as f64);
        let length = |(&(length, _), &n): (&(&'static str, usize), &u64)| LengthShare {
            length,
            here: share(n),
        };
        let label = |report: &LabelReport| {
            let measured = measured.map(|measured| &measured.labels);
            let measured = measured.and_then(|labels| {
                labels
                    .iter()
                    .find(|measured| measured.label == report.label)
            });
            LabelDrift::new(report, provenance, measured)
        };
        Self {
            languages: languages(observed, provenance),
            n_language_told: observed.languages.values().sum(),
            lengths: LENGTHS.iter().zip(&observed.lengths).map(length).collect(),
            labels: labels.iter().map(label).collect(),
            measured_on: measured.map(|measured| measured.split.clone()),
        }
    }
}

fn languages(observed: &Observed, provenance: &Provenance) -> Vec<LanguageShare> {
    let total: u64 = observed.languages.values().sum();
    let here = |n: u64| n as f64 / (total.max(1) as f64);
    let training = |code: &str| provenance.languages.get(code).copied();
    let is_shown = |code: &str, n: u64| here(n) >= MIN_LANGUAGE_SHARE || training(code).is_some();
    let found = observed.languages.iter().map(|(&code, &n)| (code, n));
    let (shown, rest): (Vec<_>, Vec<_>) = found.partition(|&(code, n)| is_shown(code, n));
    let unseen = provenance.languages.keys().map(String::as_str);
    let unseen = unseen.filter(|code| !observed.languages.contains_key(code));
    let all = shown.into_iter().chain(unseen.map(|code| (code, 0)));
    let mut shares: Vec<LanguageShare> = all
        .map(|(code, n)| LanguageShare {
            language: code.to_owned(),
            here: here(n),
            training: training(code),
        })
        .collect();
    shares.sort_by(|a, b| b.here.total_cmp(&a.here));
    let rest: u64 = rest.iter().map(|&(_, n)| n).sum();
    if rest > 0 {
        shares.push(LanguageShare {
            language: OTHER.to_owned(),
            here: here(rest),
            training: None,
        });
    }
    shares
}

impl LabelDrift {
    fn new(report: &LabelReport, provenance: &Provenance, measured: Option<&LabelReport>) -> Self {
        let figures = &report.report;
        let training = provenance.labels.get(&report.label);
        let training = training.filter(|training| training.rows > 0);
        let flagged =
            |report: &LabelReport| report.report.queue_per_1000.map(|queue| queue / 1000.0);
        Self {
            label: report.label.clone(),
            positives_here: figures.positives / figures.total_weight,
            positives_training: training.map(|training| training.positives / training.rows as f64),
            flagged_here: flagged(report),
            flagged_measured: measured.and_then(flagged),
            threshold_measured: measured.map(|measured| measured.report.threshold),
            mean_score_here: mean_score(report),
            mean_score_measured: measured.map(mean_score),
        }
    }
}

/// The mean score, from the reliability table, which has the means of its bins.
fn mean_score(report: &LabelReport) -> f64 {
    let bins = report.reliability.iter();
    let (weight, sum) = bins.fold((0.0, 0.0), |(weight, sum), bin| {
        (weight + bin.weight, sum + bin.weight * bin.mean_score)
    });
    sum / weight
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_that_only_one_side_has_are_shown() {
        let observed = Observed {
            n: 200,
            languages: BTreeMap::from([("deu", 96), ("eng", 2), ("fra", 1), ("spa", 1)]),
            lengths: [50, 50, 100, 0, 0],
        };
        let provenance = Provenance {
            languages: BTreeMap::from([("eng".to_owned(), 0.9), ("por".to_owned(), 0.1)]),
            ..Provenance::default()
        };
        let drift = Drift::new(&observed, &[], &provenance, None);
        let shown: Vec<(&str, f64, Option<f64>)> = drift
            .languages
            .iter()
            .map(|share| (share.language.as_str(), share.here, share.training))
            .collect();
        assert_eq!(
            shown,
            [
                ("deu", 0.96, None),
                ("eng", 0.02, Some(0.9)),
                ("por", 0.0, Some(0.1)),
                ("other", 0.02, None)
            ]
        );
        assert_eq!(drift.lengths[2].here, 0.5);
        assert_eq!(drift.n_language_told, 100);
    }
}
