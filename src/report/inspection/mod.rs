//! What a person asks after the usual figures: what each band does, which groups of comments fare worse, how
//! the curves run, which errors are the worst, whether these comments resemble those of the training.
//!
//! Pure: scores, labels and a model in, figures and cases out. The page ([`super::html`]) shows it, the JSON
//! has its figures.

mod account;
mod case;
mod curves;
mod drift;
mod groups;
mod high_scores;
mod worst;

pub use account::Account;
pub use case::Case;
pub use curves::{Curves, Distribution, SliderRow};
pub use drift::{Drift, LabelDrift, LanguageShare, LengthShare, OTHER, Observed};
pub use groups::{Grouping, GroupingReport, LENGTHS, Subgroup, length_idx};
pub use high_scores::{HighScores, Lean};
pub use worst::Worst;

use serde::Serialize;

use super::evaluation::LabelScores;
use crate::metrics::{MetricError, PointReport, Ranking, Resampling, Sample};
use crate::policy::OperatingPoint;

/// What there is beyond the figures of an evaluation.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Inspection {
    /// Whether the model was trained on some of these comments, so that all figures flatter.
    pub in_training: bool,
    /// In the order of the evaluation.
    pub labels: Vec<LabelInspection>,
    /// These comments against those of the training.
    pub drift: Drift,
}

/// One label.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LabelInspection {
    /// The label.
    pub label: String,
    /// Comments that people have labelled and of which the model cannot tell it; they are in no figure.
    pub n_untold: usize,
    /// What the model's thresholds do, the lowest first.
    pub bands: Vec<Band>,
    /// What high scores say beside what people say; `None` if too few score high.
    pub high_scores: Option<HighScores>,
    /// Figures by kind of comment.
    pub groupings: Vec<GroupingReport>,
    /// For drawing.
    #[serde(skip)]
    pub curves: Curves,
    /// For drawing.
    #[serde(skip)]
    pub distribution: Distribution,
    /// What the slider shows; thresholds rise.
    #[serde(skip)]
    pub slider: Vec<SliderRow>,
    /// Flagged without the label, the highest score first. Texts are no figures, so not in the JSON.
    #[serde(skip)]
    pub false_alarms: Vec<Case>,
    /// Not flagged with the label, the lowest score first.
    #[serde(skip)]
    pub misses: Vec<Case>,
}

/// What a band of the model does on these comments.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Band {
    /// `review`, `flag` or `reject`.
    pub name: &'static str,
    /// From its threshold on.
    pub point: PointReport,
}

/// Figures of one label beyond its report; cases are added by who has the texts.
///
/// # Errors
/// No rows, or scores and shares that do not fit each other.
///
/// # Complexity  O(n) a replicate for each band and each grouping
pub fn inspect(
    scored: &LabelScores<'_>,
    policy: OperatingPoint,
    groupings: &[Grouping<'_>],
    resampling: &Resampling,
) -> Result<LabelInspection, MetricError> {
    let sample = Sample::new(scored.scores, scored.shares)?;
    let units = scored.units();
    let ranking = Ranking::new(&sample);
    let band = |(name, threshold): (&'static str, f64)| {
        let point = PointReport::with_intervals(&sample, threshold, &units, resampling)?;
        Ok(Band { name, point })
    };
    let grouping = |grouping: &Grouping<'_>| grouping.report(scored, policy.flag, resampling);
    Ok(LabelInspection {
        label: scored.label.to_owned(),
        bands: bands(policy)
            .map(band)
            .collect::<Result<_, MetricError>>()?,
        high_scores: HighScores::new(&sample, policy),
        groupings: groupings.iter().map(grouping).collect::<Result<_, _>>()?,
        curves: Curves::new(&ranking),
        distribution: Distribution::new(&sample),
        slider: curves::slider(&ranking, policy),
        ..LabelInspection::default()
    })
}

fn bands(policy: OperatingPoint) -> impl Iterator<Item = (&'static str, f64)> {
    let reject = policy.reject.map(|reject| ("reject", reject));
    [("review", policy.review), ("flag", policy.flag)]
        .into_iter()
        .chain(reject)
}
