//! How well scores put positives above negatives: the areas under both curves.
//!
//! One sort serves all: [`SortedSample`] keeps the rows by falling score for repeated weighting
//! (the bootstrap), [`Ranking`] keeps one cumulative step per distinct score for everything else.
//!
//! # References
//! - Mann & Whitney (1947), On a test of whether one of two random variables is stochastically
//!   larger than the other; Hanley & McNeil (1982) for its reading as the area under the ROC curve.
//! - Davis & Goadrich (2006), The relationship between precision-recall and ROC curves: why average
//!   precision steps and does not interpolate.
//! - scikit-learn, `roc_auc_score`, `average_precision_score`: same numbers to 1e-12.

use serde::Serialize;

use super::Sample;

/// The two areas of one weighting of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Areas {
    /// Area under the ROC curve; `None` unless both classes have weight.
    pub roc_auc: Option<f64>,
    /// Average precision; `None` without positives.
    pub average_precision: Option<f64>,
}

/// What is flagged when the threshold is this score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// A score that occurs in the sample.
    pub threshold: f64,
    /// Weight of the positives with at least this score.
    pub true_positives: f64,
    /// Weight of the negatives with at least this score.
    pub false_positives: f64,
}

impl Step {
    /// Weight of everything with at least this score.
    pub fn flagged(&self) -> f64 {
        self.true_positives + self.false_positives
    }
}

/// Rows by falling score, for weighting them again and again without sorting again.
#[derive(Clone, Debug)]
pub struct SortedSample {
    rows: Vec<SortedRow>,
}

#[derive(Clone, Copy, Debug)]
struct SortedRow {
    score: f64,
    positive: f64,
    negative: f64,
    row: u32,
    last_of_tie: bool,
}

impl SortedSample {
    /// Sorts the rows; those of weight 0 are left out, as scikit-learn does.
    ///
    /// # Complexity
    /// O(n log n).
    pub fn new(sample: &Sample<'_>) -> Self {
        let mut rows: Vec<SortedRow> = (0..sample.len())
            .filter(|&row| sample.weight(row) > 0.0)
            .map(|row| SortedRow::new(sample, row))
            .collect();
        rows.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.row.cmp(&b.row)));
        for i in 1..rows.len() {
            // `==` and not `total_cmp`, so that 0.0 and -0.0 tie.
            rows[i - 1].last_of_tie = rows[i - 1].score != rows[i].score;
        }
        Self { rows }
    }

    /// Both areas when row `i` of the sample occurs `multiplicity[i]` times.
    ///
    /// # Panics
    /// If there are fewer multiplicities than rows.
    ///
    /// # Complexity
    /// O(n), no allocation.
    pub fn areas(&self, multiplicity: &[u32]) -> Areas {
        let mut sums = AreaSums::default();
        let (mut positive, mut negative) = (0.0, 0.0);
        for row in &self.rows {
            let times = f64::from(multiplicity[row.row as usize]);
            positive += row.positive * times;
            negative += row.negative * times;
            if row.last_of_tie {
                sums.add(positive, negative);
                (positive, negative) = (0.0, 0.0);
            }
        }
        sums.finish()
    }

    /// Weights of the flagged and of all, when row `i` occurs `multiplicity[i]` times:
    /// `[true positives, false positives, positives, negatives]`.
    pub(super) fn counts_at(&self, threshold: f64, multiplicity: &[u32]) -> [f64; 4] {
        let flagged = self.rows.partition_point(|row| row.score >= threshold);
        let weigh = |sums: [f64; 2], row: &SortedRow| {
            let times = f64::from(multiplicity[row.row as usize]);
            [
                sums[0] + row.positive * times,
                sums[1] + row.negative * times,
            ]
        };
        let above = self.rows[..flagged].iter().fold([0.0; 2], weigh);
        let all = self.rows[flagged..].iter().fold(above, weigh);
        [above[0], above[1], all[0], all[1]]
    }

    /// One cumulative step per distinct score.
    pub fn ranking(&self) -> Ranking {
        let mut ranking = Ranking::default();
        let (mut positive, mut negative) = (0.0, 0.0);
        for row in &self.rows {
            positive += row.positive;
            negative += row.negative;
            if row.last_of_tie {
                ranking.push(row.score, positive, negative);
                (positive, negative) = (0.0, 0.0);
            }
        }
        ranking
    }
}

impl SortedRow {
    fn new(sample: &Sample<'_>, row: usize) -> Self {
        let (label, weight) = (sample.label(row), sample.weight(row));
        Self {
            score: sample.scores()[row],
            positive: weight * label,
            negative: weight * (1.0 - label),
            row: row as u32,
            last_of_tie: true,
        }
    }
}

/// Cumulative counts at each distinct score, from the highest score down.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranking {
    steps: Vec<Step>,
}

impl Ranking {
    /// Sorts a sample and counts.
    ///
    /// # Complexity
    /// O(n log n).
    pub fn new(sample: &Sample<'_>) -> Self {
        SortedSample::new(sample).ranking()
    }

    /// Adds the weights of the next lower score; nothing happens if both are 0.
    pub(super) fn push(&mut self, threshold: f64, positive: f64, negative: f64) {
        if positive + negative > 0.0 {
            self.steps.push(Step {
                threshold,
                true_positives: self.positives() + positive,
                false_positives: self.negatives() + negative,
            });
        }
    }

    /// The steps, by falling threshold.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Weight of all positives.
    pub fn positives(&self) -> f64 {
        self.steps.last().map_or(0.0, |step| step.true_positives)
    }

    /// Weight of all negatives.
    pub fn negatives(&self) -> f64 {
        self.steps.last().map_or(0.0, |step| step.false_positives)
    }

    /// Area under the ROC curve: the chance that a positive scores above a negative, ties one half.
    ///
    /// ```text
    /// sum over pairs (i positive, j negative) of w_i w_j ([s_i > s_j] + [s_i = s_j] / 2)
    ///   / (sum_i w_i * sum_j w_j)
    /// ```
    ///
    /// `None` unless both classes occur.
    pub fn roc_auc(&self) -> Option<f64> {
        self.areas().roc_auc
    }

    /// Average precision: `sum_n (R_n - R_(n-1)) P_n` over the distinct scores, from the top.
    ///
    /// `None` without positives (scikit-learn: 0 and a warning). The chance level is the share of
    /// positives, so figures of two data sets compare only at equal shares.
    pub fn average_precision(&self) -> Option<f64> {
        self.areas().average_precision
    }

    /// Both areas.
    pub fn areas(&self) -> Areas {
        let mut sums = AreaSums::default();
        for (positive, negative) in self.increments() {
            sums.add(positive, negative);
        }
        sums.finish()
    }

    /// Weights of the positives and negatives of each distinct score, from the top.
    pub(super) fn increments(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let mut before = (0.0, 0.0);
        self.steps.iter().map(move |step| {
            let here = (step.true_positives, step.false_positives);
            let increment = (here.0 - before.0, here.1 - before.1);
            before = here;
            increment
        })
    }
}

/// Running sums of both areas, fed one tie at a time from the highest score down.
#[derive(Clone, Copy, Debug, Default)]
struct AreaSums {
    true_positives: f64,
    false_positives: f64,
    pairs_in_order: f64,
    precisions: f64,
}

impl AreaSums {
    fn add(&mut self, positive: f64, negative: f64) {
        self.pairs_in_order += negative * (self.true_positives + 0.5 * positive);
        self.true_positives += positive;
        self.false_positives += negative;
        if positive > 0.0 {
            let flagged = self.true_positives + self.false_positives;
            self.precisions += positive * (self.true_positives / flagged);
        }
    }

    fn finish(self) -> Areas {
        let (positives, negatives) = (self.true_positives, self.false_positives);
        Areas {
            roc_auc: (positives > 0.0 && negatives > 0.0)
                .then(|| self.pairs_in_order / positives / negatives),
            average_precision: (positives > 0.0).then(|| self.precisions / positives),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn areas(scores: &[f64], labels: &[bool]) -> (Option<f64>, Option<f64>) {
        let areas = Ranking::new(&Sample::new(scores, labels).unwrap()).areas();
        (areas.roc_auc, areas.average_precision)
    }

    #[test]
    fn one_class_has_no_area_under_the_roc_curve() {
        assert_eq!(areas(&[0.1, 0.2], &[true, true]), (None, Some(1.0)));
        assert_eq!(areas(&[0.1, 0.2], &[false, false]), (None, None));
    }

    #[test]
    fn equal_scores_know_nothing() {
        assert_eq!(
            areas(&[0.3; 4], &[true, false, false, false]),
            (Some(0.5), Some(0.25))
        );
        assert_eq!(areas(&[0.0, -0.0], &[true, false]), (Some(0.5), Some(0.5)));
    }

    #[test]
    fn a_soft_label_is_two_weighted_rows() {
        let soft = Sample::new(&[0.9, 0.4, 0.2], &[0.75_f32, 0.5, 0.0]).unwrap();
        let scores = [0.9, 0.9, 0.4, 0.4, 0.2];
        let split = Sample::new(&scores, &[true, false, true, false, false]).unwrap();
        let split = split.with_weights(&[0.75, 0.25, 0.5, 0.5, 1.0]).unwrap();
        assert_eq!(Ranking::new(&soft), Ranking::new(&split));
    }

    #[test]
    fn multiplicities_equal_repeated_rows() {
        let sample = Sample::new(&[0.9, 0.4, 0.4, 0.2], &[false, true, false, true]).unwrap();
        let sorted = SortedSample::new(&sample);
        let scores = [0.9, 0.4, 0.4, 0.4, 0.2];
        let repeated = Sample::new(&scores, &[false, true, true, true, true]).unwrap();
        let expected = Ranking::new(&repeated);
        assert_eq!(sorted.areas(&[1, 3, 0, 1]), expected.areas());
        assert_eq!(sorted.counts_at(0.4, &[1, 3, 0, 1]), [3.0, 1.0, 4.0, 1.0]);
    }
}
