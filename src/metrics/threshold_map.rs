//! Where the threshold of another score stands in ours: the same share flagged, or the same precision.
//!
//! Two scores of the same comments need not mean the same by 0.8. What carries over is what a threshold does:
//! how many comments it flags and, where labels are known, how many of them rightly. Which comments are flagged
//! may still differ; [`MappedThreshold::flagged_by_both`] says by how much.

use serde::{Deserialize, Serialize};

use super::report::Estimate;
use super::sample::{check_length, check_rows};
use super::{MetricError, Ranking, Resampling, Sample, Units, bootstrap};

/// Comments with two scores each.
#[derive(Clone, Copy, Debug)]
pub struct TwoScores<'a> {
    /// The other's scores.
    pub theirs: &'a [f64],
    /// Ours.
    pub ours: &'a [f64],
    /// Shares of raters who gave the label, where known; empty if of no row.
    pub truth: &'a [Option<f32>],
}

/// A threshold of the other and its counterparts among our scores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MappedThreshold {
    /// The other's threshold; a score at or above counts.
    pub theirs: f64,
    /// Comments that it flags.
    pub n_flagged: usize,
    /// Our threshold that flags as many; `value` is `None` if it flags none.
    pub same_flag_rate: Estimate,
    /// Share of them that ours flags as well, at that threshold.
    pub flagged_by_both: Option<f64>,
    /// The same precision, where labels are known.
    pub same_precision: Option<SamePrecision>,
}

/// Our threshold of the precision that the other has at its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SamePrecision {
    /// Labelled comments that the other flags.
    pub n_flagged: usize,
    /// Precision of the other there.
    pub precision: f64,
    /// Recall of the other there.
    pub recall: f64,
    /// Our threshold of highest recall with at least that precision, and as many flagged as `min_support` asks.
    pub threshold: Estimate,
    /// Our recall there.
    pub our_recall: Option<f64>,
}

impl TwoScores<'_> {
    /// Maps one threshold; a precision of ours counts from `min_support` flagged comments on.
    ///
    /// # Errors
    /// No rows, slices of different length, or a score that is not finite.
    ///
    /// # Complexity  O(n log n); as much a replicate with labels, O(n) without
    pub fn map(
        &self,
        theirs: f64,
        min_support: f64,
        resampling: &Resampling,
    ) -> Result<MappedThreshold, MetricError> {
        self.check()?;
        let is_flagged: Vec<bool> = self.theirs.iter().map(|&score| score >= theirs).collect();
        let mut order: Vec<usize> = (0..self.ours.len()).collect();
        order.sort_by(|&a, &b| self.ours[b].total_cmp(&self.ours[a]));
        let units = Units::rows(self.ours.len());
        let same_rate = |multiplicity: &[u32]| {
            let flagged = is_flagged.iter().zip(multiplicity);
            let mut left: u64 = flagged.map(|(&is, &n)| u64::from(is) * u64::from(n)).sum();
            // The score of the last comment that ours flags.
            order.iter().find_map(|&row| {
                let n = u64::from(multiplicity[row]);
                let last = left > 0 && n >= left;
                left = left.saturating_sub(n);
                last.then(|| self.ours[row])
            })
        };
        let same_flag_rate = estimate(&units, resampling, same_rate);
        let n_flagged = is_flagged.iter().filter(|&&is| is).count();
        let flagged_by_both = same_flag_rate.value.map(|ours| {
            let both = is_flagged.iter().zip(self.ours);
            both.filter(|&(&is, &score)| is && score >= ours).count() as f64 / n_flagged as f64
        });
        Ok(MappedThreshold {
            theirs,
            n_flagged,
            same_flag_rate,
            flagged_by_both,
            same_precision: self.same_precision(theirs, min_support, resampling)?,
        })
    }

    fn same_precision(
        &self,
        at: f64,
        min_support: f64,
        resampling: &Resampling,
    ) -> Result<Option<SamePrecision>, MetricError> {
        let known = |row: usize| Some((row, self.truth.get(row).copied().flatten()?));
        let (rows, truth): (Vec<usize>, Vec<f32>) = (0..self.ours.len()).filter_map(known).unzip();
        if rows.is_empty() {
            return Ok(None);
        }
        let pick = |scores: &[f64]| rows.iter().map(|&row| scores[row]).collect::<Vec<f64>>();
        let (theirs, ours) = (pick(self.theirs), pick(self.ours));
        let (theirs, ours) = (Sample::new(&theirs, &truth)?, Sample::new(&ours, &truth)?);
        let found = Ranking::new(&theirs).confusion_at(at);
        let (Some(precision), Some(recall)) = (found.precision(), found.recall()) else {
            return Ok(None);
        };
        let same = |precision: f64, ours: &Sample<'_>| {
            Ranking::new(ours).threshold_at_precision(precision, min_support)
        };
        let point = same(precision, &ours);
        let drawn = |multiplicity: &[u32]| {
            let (theirs, ours) = (
                theirs.resampled(multiplicity)?,
                ours.resampled(multiplicity)?,
            );
            let precision = Ranking::new(&theirs).confusion_at(at).precision()?;
            same(precision, &ours).map(|point| point.threshold)
        };
        Ok(Some(SamePrecision {
            n_flagged: theirs.scores().iter().filter(|&&score| score >= at).count(),
            precision,
            recall,
            threshold: estimate(&Units::rows(rows.len()), resampling, drawn),
            our_recall: point.and_then(|point| point.confusion.recall()),
        }))
    }

    fn check(&self) -> Result<(), MetricError> {
        check_length("their scores", self.ours.len(), self.theirs.len())?;
        if self.ours.is_empty() {
            return Err(MetricError::Empty);
        }
        let not_finite = |row, score| MetricError::Score { row, score };
        check_rows(self.ours, f64::is_finite, not_finite)?;
        check_rows(self.theirs, f64::is_finite, not_finite)
    }
}

/// A figure of the rows as they are, with its bootstrap interval.
fn estimate(
    units: &Units,
    resampling: &Resampling,
    figure: impl Fn(&[u32]) -> Option<f64> + Sync,
) -> Estimate {
    let value = figure(&vec![1; units.n_rows()]);
    let [replicates] = bootstrap(units, resampling, |multiplicity| [figure(multiplicity)]);
    Estimate {
        value,
        interval: value.and_then(|_| replicates.percentile_interval(resampling.level)),
        n_undefined: replicates.n_undefined(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(rows: &[(f64, f64, f32)], theirs: f64) -> MappedThreshold {
        let column = |pick: fn(&(f64, f64, f32)) -> f64| rows.iter().map(pick).collect::<Vec<_>>();
        let truth: Vec<Option<f32>> = rows.iter().map(|row| Some(row.2)).collect();
        let rows = TwoScores {
            theirs: &column(|row| row.0),
            ours: &column(|row| row.1),
            truth: &truth,
        };
        rows.map(theirs, 1.0, &Resampling::default()).unwrap()
    }

    /// Theirs flags two from 0.8 on, one of them rightly; ours ranks better.
    const ROWS: [(f64, f64, f32); 5] = [
        (0.9, 0.6, 1.0),
        (0.8, 0.1, 0.0),
        (0.7, 0.5, 1.0),
        (0.2, 0.4, 0.0),
        (0.1, 0.3, 0.0),
    ];

    #[test]
    fn as_many_are_flagged_and_as_rightly() {
        let mapped = map(&ROWS, 0.8);
        assert_eq!(mapped.n_flagged, 2);
        assert_eq!(mapped.same_flag_rate.value, Some(0.5));
        assert_eq!(mapped.flagged_by_both, Some(0.5));
        let same = mapped.same_precision.unwrap();
        assert_eq!((same.precision, same.recall), (0.5, 0.5));
        // From 0.5 on both are right; of equal recall the highest threshold is taken.
        assert_eq!(
            (same.threshold.value, same.our_recall),
            (Some(0.5), Some(1.0))
        );
    }

    #[test]
    fn a_threshold_that_flags_nothing_has_no_counterpart() {
        let mapped = map(&ROWS, 0.95);
        assert_eq!((mapped.n_flagged, mapped.same_flag_rate.value), (0, None));
        assert_eq!(
            (mapped.flagged_by_both, mapped.same_precision),
            (None, None)
        );
    }

    #[test]
    fn equal_scores_map_to_themselves() {
        let rows: Vec<_> = (0..200)
            .map(|i| (f64::from(i) / 200.0, f64::from(i) / 200.0, 0.0))
            .collect();
        let mapped = map(&rows, 0.9);
        assert_eq!(mapped.same_flag_rate.value, Some(0.9));
        let interval = mapped.same_flag_rate.interval.unwrap();
        // Both are thresholds on the same draw, so only gaps between scores blur it.
        assert!(
            interval.lower >= 0.9 && interval.upper < 0.95,
            "{interval:?}"
        );
    }
}
