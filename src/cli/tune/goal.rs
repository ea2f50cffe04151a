//! What a threshold is to achieve, and the threshold that does.

use anyhow::bail;

use crate::metrics::Ranking;
use crate::metrics::ranking::Step;
use crate::report::evaluation::{MIN_SUPPORT, Target};
use crate::report::number::{count, figure, threshold as shown};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Goal {
    /// A precision or a recall.
    Target(Target),
    /// A queue of at most so many of so many comments.
    Queue { reviews: f64, comments: f64 },
}

impl Goal {
    /// The threshold to set, as short a decimal as does the same on these comments.
    ///
    /// # Errors
    /// No threshold does it; the message says what can be reached.
    pub(super) fn find(self, ranking: &Ranking) -> anyhow::Result<f64> {
        let (positives, negatives) = (ranking.positives(), ranking.negatives());
        if matches!(self, Self::Target(_)) && (positives == 0.0 || negatives == 0.0) {
            bail!(
                "{} of {} comments have the label; name data with and without it",
                count(positives),
                count(positives + negatives)
            );
        }
        let found = match self {
            Self::Target(target) => target.find(ranking),
            Self::Queue { reviews, comments } => ranking
                .threshold_for_queue(reviews, comments)
                .map(|point| point.threshold),
        };
        match found {
            Some(threshold) => Ok(readable(ranking, threshold)),
            None => self.refuse(ranking),
        }
    }

    fn refuse(self, ranking: &Ranking) -> anyhow::Result<f64> {
        match self {
            Self::Target(Target::Recall(recall)) => bail!("a recall of {recall} is not reached"),
            Self::Target(Target::Precision(precision)) => refuse_precision(ranking, precision),
            Self::Queue { reviews, comments } => {
                let total = ranking.positives() + ranking.negatives();
                let fewest = ranking.steps().first().map_or(0.0, Step::flagged) / total * comments;
                bail!(
                    "{} reviews of {} comments a day are too few: comments with the same highest \
                     score make {} already",
                    count(reviews),
                    count(comments),
                    count(fewest)
                )
            }
        }
    }
}

fn refuse_precision(ranking: &Ranking, precision: f64) -> anyhow::Result<f64> {
    let total = ranking.positives() + ranking.negatives();
    if total < MIN_SUPPORT {
        bail!(
            "only {} comments are labelled; a precision takes at least {MIN_SUPPORT} flagged ones to \
             mean anything",
            count(total)
        );
    }
    let supported = ranking
        .steps()
        .iter()
        .filter(|step| step.flagged() >= MIN_SUPPORT);
    let precision_of = |step: &Step| step.true_positives / step.flagged();
    let best = supported.max_by(|a, b| precision_of(a).total_cmp(&precision_of(b)));
    let Some(best) = best else {
        bail!("nothing is labelled")
    };
    let recall = (ranking.positives() > 0.0).then(|| best.true_positives / ranking.positives());
    bail!(
        "a precision of {precision} is not reached where at least {MIN_SUPPORT} comments are flagged; \
         the highest there is {}, at a threshold of {} with a recall of {}",
        figure(Some(precision_of(best))),
        shown(best.threshold),
        figure(recall)
    )
}

/// The shortest decimal of at least two digits between the next lower score and this one: it flags
/// the same comments, and a person can read and type it.
fn readable(ranking: &Ranking, threshold: f64) -> f64 {
    let below = ranking
        .steps()
        .iter()
        .map(|step| step.threshold)
        .find(|&score| score < threshold);
    let below = below.unwrap_or(0.0);
    let shortened = (2..=15).map(|digits| {
        let scale = 10_f64.powi(digits);
        (threshold * scale).floor() / scale
    });
    shortened
        .into_iter()
        .find(|&short| below < short && short <= threshold)
        .unwrap_or(threshold)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Sample;

    fn ranking(scores: &[f64], shares: &[f32]) -> Ranking {
        Ranking::new(&Sample::new(scores, shares).unwrap())
    }

    /// 100 scores 0.005, 0.015 … 0.995; every second of the upper half is positive.
    fn half_right() -> Ranking {
        let scores: Vec<f64> = (0..100).map(|i| (f64::from(i) + 0.5) / 100.0).collect();
        let shares: Vec<f32> = (0..100)
            .map(|i| if i >= 50 && i % 2 == 1 { 1.0 } else { 0.0 })
            .collect();
        ranking(&scores, &shares)
    }

    #[test]
    fn thresholds_are_short_and_flag_the_same() {
        let scores = [0.123_456_789, 0.123_456_7, 0.9];
        let ranking = ranking(&scores, &[1.0, 0.0, 1.0]);
        assert_eq!(readable(&ranking, scores[0]), 0.123_456_78);
        assert_eq!(readable(&ranking, scores[1]), 0.12);
        assert_eq!(readable(&ranking, 0.9), 0.9);
    }

    #[test]
    fn goals_are_reached_or_refused_with_what_is_possible() {
        let ranking = half_right();
        let recall = Goal::Target(Target::Recall(1.0));
        assert_eq!(recall.find(&ranking).unwrap(), 0.51);
        let queue = Goal::Queue {
            reviews: 10.0,
            comments: 100.0,
        };
        assert_eq!(queue.find(&ranking).unwrap(), 0.90);
        let precision = Goal::Target(Target::Precision(0.9));
        let error = precision.find(&ranking).unwrap_err().to_string();
        assert_eq!(
            error,
            "a precision of 0.9 is not reached where at least 20 comments are flagged; the highest \
             there is 0.524, at a threshold of 0.795 with a recall of 0.440"
        );
    }

    #[test]
    fn refusals_name_what_is_missing() {
        for (second, goal, expected) in [
            (
                0.0,
                Goal::Target(Target::Recall(0.5)),
                "0 of 2 comments have the label; name data with and without it",
            ),
            (
                1.0,
                Goal::Target(Target::Precision(0.5)),
                "only 2 comments are labelled",
            ),
            (
                0.0,
                Goal::Queue {
                    reviews: 5.0,
                    comments: 1000.0,
                },
                "5 reviews of 1,000 comments a day are too few: comments with the same highest score \
                 make 1,000 already",
            ),
        ] {
            let ranking = ranking(&[0.9, 0.9], &[0.0, second]);
            let error = goal.find(&ranking).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
