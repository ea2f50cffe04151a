//! The verdicts of all labels at once, for scoring.

use super::Verdict;
use crate::evidence::N_COLUMNS;

/// Labels that go together.
const LANES: usize = 4;

/// Coefficients of several labels, column by column. A sum takes its terms in the order of [`Verdict::logit`], so that it is the
/// same to the last bit; but those of the labels run beside each other, and a number that is zero, as most are, costs
/// nothing.
#[derive(Clone, Debug)]
pub(crate) struct Verdicts {
    groups: Vec<Group>,
}

#[derive(Clone, Debug)]
struct Group {
    intercepts: [f64; LANES],
    /// By column.
    coefs: [[f64; LANES]; N_COLUMNS],
}

impl Verdicts {
    pub(crate) fn new(verdicts: &[&Verdict]) -> Self {
        let group = |verdicts: &[&Verdict]| {
            let by_lane = |value: &dyn Fn(&Verdict) -> f64| {
                std::array::from_fn(|lane| verdicts.get(lane).map_or(0.0, |it| value(it)))
            };
            Group {
                intercepts: by_lane(&|verdict| verdict.intercept),
                coefs: std::array::from_fn(|column| by_lane(&|verdict| verdict.coef[column])),
            }
        };
        Self {
            groups: verdicts.chunks(LANES).map(group).collect(),
        }
    }

    /// Appends the logit of each label to `logits`. The first numbers of a row are a label's own, the others of the comment.
    ///
    /// # Complexity  O(labels x numbers that are not zero)
    pub(crate) fn logits<const OWN: usize>(
        &self,
        own: impl Fn(usize) -> [f64; OWN],
        named: &[f64],
        n_labels: usize,
        logits: &mut Vec<f64>,
    ) {
        for (group, first) in self.groups.iter().zip((0..).step_by(LANES)) {
            let n = LANES.min(n_labels - first);
            // What `sum` begins with.
            let mut sums = [-0.0; LANES];
            let mut rows = [[0.0; OWN]; LANES];
            for (lane, row) in rows.iter_mut().take(n).enumerate() {
                *row = own(first + lane);
            }
            let (of_own, of_named) = group.coefs.split_at(OWN);
            for (column, coefs) in of_own.iter().enumerate() {
                for lane in 0..LANES {
                    sums[lane] += coefs[lane] * rows[lane][column];
                }
            }
            for (coefs, &value) in of_named.iter().zip(named) {
                if value != 0.0 {
                    for lane in 0..LANES {
                        sums[lane] += coefs[lane] * value;
                    }
                }
            }
            let finish = |lane: usize| group.intercepts[lane] + sums[lane];
            logits.extend((0..n).map(finish));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn logits_are_those_of_each_verdict(
            coefs in prop::collection::vec(prop::collection::vec(-9.0..9.0, N_COLUMNS), 1..10),
            named in prop::collection::vec(prop_oneof![Just(0.0), Just(-0.0), -4.0..4.0], N_COLUMNS - 3),
        ) {
            let verdicts: Vec<Verdict> = coefs.iter().map(|coef| Verdict {
                intercept: coef[0] - 1.0,
                coef: std::array::from_fn(|column| coef[column]),
            }).collect();
            let own = |label_idx: usize| [label_idx as f64 - 0.3, 0.0, 1.0 / (1.0 + label_idx as f64)];
            let mut found = Vec::new();
            Verdicts::new(&verdicts.iter().collect::<Vec<_>>()).logits(own, &named, verdicts.len(), &mut found);
            let expected = verdicts.iter().enumerate().map(|(label_idx, verdict)| {
                let mut row = [0.0; N_COLUMNS];
                row[..3].copy_from_slice(&own(label_idx));
                row[3..].copy_from_slice(&named);
                verdict.logit(&row)
            });
            prop_assert!(found.iter().map(|x| x.to_bits()).eq(expected.map(f64::to_bits)));
        }
    }
}
