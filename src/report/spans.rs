//! How well a model's spans agree with those that raters marked, in figures and words.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::table::TextTable;
use super::{escape, number};
use crate::metrics::interval::{Resampling, Units, bootstrap};
use crate::metrics::{Estimate, MetricError};

/// Agreement of a model's spans with raters' spans.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpanReport {
    /// Version of the program.
    pub program: String,
    /// Content hash of the model.
    pub model: String,
    /// The label whose score is explained.
    pub label: String,
    /// Its flag: a segment that alone takes an empty comment most of the way there is a span.
    pub flag: f64,
    /// The file of comments, and whether the model was trained on it.
    pub file: String,
    /// See there.
    pub in_training: bool,
    /// All comments, and both halves of them by hash.
    pub parts: Vec<SpanPart>,
}

/// Figures of some of the comments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpanPart {
    /// Which.
    pub name: String,
    /// How many.
    pub n: usize,
    /// Share of them in which fewer than half of the raters marked any one character.
    pub unmarked: f64,
    /// Mean F1 over characters of the model's spans.
    pub model: Estimate,
    /// The same of all words that the lexicon calls offensive.
    pub lexicon: Estimate,
    /// Model less lexicon, on the same comments.
    pub difference: Estimate,
}

/// F1 of one comment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpanScore {
    /// Of the model's spans.
    pub model: f64,
    /// Of the lexicon's.
    pub lexicon: f64,
    /// Whether the raters marked anything.
    pub is_marked: bool,
    /// The half it is in: 0 if the first byte of the SHA-256 of its text is even, else 1.
    pub half: usize,
}

impl SpanPart {
    /// Means over comments.
    ///
    /// # Errors
    /// No comments.
    pub fn new(
        name: &str,
        scores: &[SpanScore],
        resampling: &Resampling,
    ) -> Result<Self, MetricError> {
        if scores.is_empty() {
            return Err(MetricError::Empty);
        }
        let means = |multiplicity: &[u32]| {
            let drawn: u32 = multiplicity.iter().sum();
            let mean = |of: fn(&SpanScore) -> f64| {
                let times = scores.iter().zip(multiplicity);
                let sum: f64 = times.map(|(score, &n)| of(score) * f64::from(n)).sum();
                Some(sum / f64::from(drawn))
            };
            [
                mean(|it| it.model),
                mean(|it| it.lexicon),
                mean(|it| it.model - it.lexicon),
            ]
        };
        let values = means(&vec![1; scores.len()]);
        let replicates = bootstrap(&Units::rows(scores.len()), resampling, means);
        let estimate = |i: usize| Estimate {
            value: values[i],
            interval: replicates[i].percentile_interval(resampling.level),
            n_undefined: 0,
        };
        let n_unmarked = scores.iter().filter(|score| !score.is_marked).count();
        Ok(Self {
            name: name.to_owned(),
            n: scores.len(),
            unmarked: n_unmarked as f64 / scores.len() as f64,
            model: estimate(0),
            lexicon: estimate(1),
            difference: estimate(2),
        })
    }
}

/// The report as text.
pub fn spans_text(report: &SpanReport) -> String {
    let training = if report.in_training {
        ", which the model was trained on"
    } else {
        ""
    };
    let mut text = format!(
        "model {}, spans of {}, flagged from {} on\n{}{training}\n\nMean F1 over characters; 1 where neither side \
         marks any\n",
        report.model,
        escape(&report.label),
        number::threshold(report.flag),
        escape(&report.file),
    );
    let header = [
        "comments",
        "n",
        "unmarked",
        "model",
        "lexicon",
        "difference",
    ];
    let mut table = TextTable::new(&header);
    for part in &report.parts {
        table.row([
            part.name.clone(),
            number::count(part.n as f64),
            number::percent(part.unmarked),
            number::estimate(&part.model),
            number::estimate(&part.lexicon),
            number::estimate(&part.difference),
        ]);
    }
    let _ = write!(text, "{table}");
    text
}
