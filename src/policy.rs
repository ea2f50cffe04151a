//! Scores → decision. A pure function of scores, thresholds and the site's phrases.
//!
//! Each label has an operating point with three thresholds: `flag` sets the label's flag, from
//! `review` on a person should look, from `reject` on the comment is proposed for rejection. The
//! severest label decides. Doubt goes to review: the default has no `reject` where the training data
//! gave no precise enough one, and none for off-topic labels.

use serde::{Deserialize, Serialize};

use crate::comment::Decision;

/// Thresholds of one label, as probabilities; a score at or above counts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatingPoint {
    /// From here on the label's flag is set.
    pub flag: f64,
    /// From here on a person should look.
    pub review: f64,
    /// From here on rejection is proposed; never without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reject: Option<f64>,
}

impl Default for OperatingPoint {
    fn default() -> Self {
        Self {
            flag: 0.5,
            review: 0.5,
            reject: None,
        }
    }
}

impl OperatingPoint {
    /// Whether all thresholds are probabilities and in order `review <= flag <= reject`.
    pub fn is_valid(&self) -> bool {
        let within = |threshold: f64| (0.0..=1.0).contains(&threshold);
        let reject = self.reject.unwrap_or(1.0);
        within(self.flag)
            && within(self.review)
            && within(reject)
            && self.review <= self.flag
            && self.flag <= reject
    }

    /// Moves the flag, and the bands with it where they would fall out of order.
    #[must_use]
    pub fn with_flag(self, flag: f64) -> Self {
        Self {
            flag,
            review: self.review.min(flag),
            reject: self.reject.map(|reject| reject.max(flag)),
        }
    }

    /// Moves the review band, and the flag and the reject band with it where they would fall out of order.
    #[must_use]
    pub fn with_review(self, review: f64) -> Self {
        Self {
            review,
            flag: self.flag.max(review),
            reject: self.reject.map(|reject| reject.max(review)),
        }
    }

    /// Moves the reject band, and the flag and the review band with it where they would fall out of order.
    #[must_use]
    pub fn with_reject(self, reject: f64) -> Self {
        Self {
            reject: Some(reject),
            flag: self.flag.min(reject),
            review: self.review.min(reject),
        }
    }

    /// What this label alone proposes.
    pub fn decide(&self, score: f64) -> Decision {
        match self.reject {
            Some(reject) if score >= reject => Decision::Reject,
            _ if score >= self.review => Decision::Review,
            _ => Decision::Approve,
        }
    }
}

/// What a site's phrase does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhraseAction {
    /// Comments with it are approved, unless another phrase blocks.
    Allow,
    /// Comments with it go to review.
    Review,
    /// Comments with it are proposed for rejection.
    Block,
}

impl PhraseAction {
    /// The word for it in files of phrases and in reasons.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Review => "review",
            Self::Block => "block",
        }
    }
}

/// A decision and which rule took it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// The decision.
    pub decision: Decision,
    /// Index of the label that decided, if a label did.
    pub label: Option<usize>,
    /// The phrase action that decided, if one did.
    pub phrase: Option<PhraseAction>,
}

/// Ordered rules: a blocking phrase, then an allowing one, then the severest of labels and review phrases.
pub fn decide(scores: &[f64], points: &[OperatingPoint], phrases: &[PhraseAction]) -> Ruling {
    let by_phrase = |action, decision| Ruling {
        decision,
        label: None,
        phrase: Some(action),
    };
    if phrases.contains(&PhraseAction::Block) {
        return by_phrase(PhraseAction::Block, Decision::Reject);
    }
    if phrases.contains(&PhraseAction::Allow) {
        return by_phrase(PhraseAction::Allow, Decision::Approve);
    }
    let mut ruling = Ruling {
        decision: Decision::Approve,
        label: None,
        phrase: None,
    };
    for (label, (&score, point)) in scores.iter().zip(points).enumerate() {
        let decision = point.decide(score);
        if decision > ruling.decision {
            ruling = Ruling {
                decision,
                label: Some(label),
                phrase: None,
            };
        }
    }
    if ruling.decision < Decision::Review && phrases.contains(&PhraseAction::Review) {
        return by_phrase(PhraseAction::Review, Decision::Review);
    }
    ruling
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severest_label_decides_and_phrases_come_first() {
        let strict = OperatingPoint {
            flag: 0.5,
            review: 0.3,
            reject: Some(0.9),
        };
        let lenient = OperatingPoint {
            flag: 0.5,
            review: 0.4,
            reject: None,
        };
        let points = [strict, lenient];
        for (scores, phrases, decision, label) in [
            ([0.1, 0.1], vec![], Decision::Approve, None),
            ([0.3, 0.1], vec![], Decision::Review, Some(0)),
            ([0.2, 0.99], vec![], Decision::Review, Some(1)),
            ([0.9, 0.99], vec![], Decision::Reject, Some(0)),
            (
                [0.9, 0.9],
                vec![PhraseAction::Allow],
                Decision::Approve,
                None,
            ),
            (
                [0.0, 0.0],
                vec![PhraseAction::Allow, PhraseAction::Block],
                Decision::Reject,
                None,
            ),
            (
                [0.0, 0.0],
                vec![PhraseAction::Review],
                Decision::Review,
                None,
            ),
        ] {
            let ruling = decide(&scores, &points, &phrases);
            assert_eq!(
                (ruling.decision, ruling.label),
                (decision, label),
                "{scores:?} {phrases:?}"
            );
        }
    }

    #[test]
    fn moving_a_band_keeps_the_order() {
        let point = OperatingPoint {
            flag: 0.5,
            review: 0.3,
            reject: Some(0.9),
        };
        for flag in [0.1, 0.5, 0.95] {
            assert!(point.with_flag(flag).is_valid());
            assert!(point.with_review(flag).is_valid());
            assert!(point.with_reject(flag).is_valid());
        }
    }
}
