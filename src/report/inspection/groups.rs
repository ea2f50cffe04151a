//! Figures by kind of comment: whom a threshold for all serves worse.

use serde::Serialize;

use crate::metrics::{Estimate, MetricError, PointReport, Ranking, Resampling, Sample, Units};
use crate::report::evaluation::LabelScores;

/// Values of a column shown by themselves, the most frequent ones; a page with more is not read.
const MAX_GROUPS: usize = 20;
/// Articles or threads below which an interval over them is left out: that of two is often a single point.
const MIN_UNITS: usize = 10;
/// Name of what is left.
const OTHERS: &str = "all others";

/// Lengths in characters: the name of each class and the first length beyond it. Chosen: a retort, a
/// sentence, a paragraph, a page.
pub const LENGTHS: [(&str, usize); 5] = [
    ("under 50 characters", 50),
    ("50 to 149", 150),
    ("150 to 499", 500),
    ("500 to 1,499", 1500),
    ("1,500 and more", usize::MAX),
];

/// Position in [`LENGTHS`] of a text.
pub fn length_idx(text: &str) -> u8 {
    // Bytes bound characters from above, so that a long text is not counted to its end.
    let n_chars = text.chars().take(1500).count();
    LENGTHS
        .iter()
        .position(|&(_, beyond)| n_chars < beyond)
        .unwrap_or(LENGTHS.len() - 1) as u8
}

/// A column by whose values to tell comments apart.
#[derive(Clone, Debug)]
pub struct Grouping<'a> {
    /// What it is.
    pub name: &'a str,
    /// Its values.
    pub values: &'a [String],
    /// Row by row of the label's scores, a position in `values`.
    pub value_of_row: Vec<u32>,
    /// Whether the order of `values` means something; else the largest group comes first.
    pub is_ordered: bool,
}

/// Figures by the values of a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupingReport {
    /// The column.
    pub name: String,
    /// One a value.
    pub groups: Vec<Subgroup>,
}

/// Figures of the comments of one kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Subgroup {
    /// The value they share.
    pub value: String,
    /// Comments.
    pub n: usize,
    /// Sum of their shares.
    pub positives: f64,
    /// `None` unless both classes occur.
    pub roc_auc: Option<f64>,
    /// Of those without the label, the share flagged.
    pub false_positive_rate: Option<f64>,
    /// Flagged per 1,000.
    pub queue_per_1000: Option<f64>,
    /// Of the flagged, the share that has it.
    pub precision: Estimate,
    /// Of those that have it, the share flagged.
    pub recall: Estimate,
}

impl Grouping<'_> {
    pub(super) fn report(
        &self,
        scored: &LabelScores<'_>,
        threshold: f64,
        resampling: &Resampling,
    ) -> Result<GroupingReport, MetricError> {
        let subgroup = |(value, rows): (String, Vec<usize>)| {
            Subgroup::new(value, &rows, scored, threshold, resampling)
        };
        Ok(GroupingReport {
            name: self.name.to_owned(),
            groups: self
                .rows()
                .into_iter()
                .map(subgroup)
                .collect::<Result<_, _>>()?,
        })
    }

    /// Values that occur, in the order of showing, with their rows.
    fn rows(&self) -> Vec<(String, Vec<usize>)> {
        let mut rows = vec![Vec::new(); self.values.len()];
        for (row, &value) in self.value_of_row.iter().enumerate() {
            rows[value as usize].push(row);
        }
        let named = self.values.iter().cloned().zip(rows);
        let mut groups: Vec<(String, Vec<usize>)> =
            named.filter(|(_, rows)| !rows.is_empty()).collect();
        if !self.is_ordered {
            groups.sort_by(|(a, a_rows), (b, b_rows)| {
                b_rows.len().cmp(&a_rows.len()).then_with(|| a.cmp(b))
            });
        }
        if groups.len() > MAX_GROUPS {
            let rest = groups.split_off(MAX_GROUPS - 1);
            let mut rows: Vec<usize> = rest.into_iter().flat_map(|(_, rows)| rows).collect();
            rows.sort_unstable();
            groups.push((OTHERS.to_owned(), rows));
        }
        groups
    }
}

impl Subgroup {
    fn new(
        value: String,
        rows: &[usize],
        scored: &LabelScores<'_>,
        threshold: f64,
        resampling: &Resampling,
    ) -> Result<Self, MetricError> {
        let scores: Vec<f64> = rows.iter().map(|&row| scored.scores[row]).collect();
        let shares: Vec<f32> = rows.iter().map(|&row| scored.shares[row]).collect();
        let sample = Sample::new(&scores, &shares)?;
        let units = match scored.groups {
            None => Units::rows(rows.len()),
            Some(groups) => {
                let groups: Vec<u32> = rows.iter().map(|&row| groups[row]).collect();
                Units::clusters(&groups)
            }
        };
        let resampling = Resampling {
            n_replicates: if scored.groups.is_some() && units.n_units() < MIN_UNITS {
                0
            } else {
                resampling.n_replicates
            },
            ..*resampling
        };
        let mut point = PointReport::with_intervals(&sample, threshold, &units, &resampling)?;
        if resampling.n_replicates == 0 {
            // Wilson's, too, would take the few as a sample.
            point.precision.interval = None;
            point.recall.interval = None;
        }
        Ok(Self {
            value,
            n: rows.len(),
            positives: sample.positive_weight(),
            roc_auc: Ranking::new(&sample).roc_auc(),
            false_positive_rate: point.confusion.false_positive_rate(),
            queue_per_1000: point.queue_per_1000,
            precision: point.precision,
            recall: point.recall,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_count_characters() {
        let of = |n| LENGTHS[length_idx(&"é".repeat(n)) as usize].0;
        assert_eq!(of(0), "under 50 characters");
        assert_eq!(of(49), "under 50 characters");
        assert_eq!(of(50), "50 to 149");
        assert_eq!(of(1499), "500 to 1,499");
        assert_eq!(of(1500), "1,500 and more");
        assert_eq!(of(100_000), "1,500 and more");
    }

    #[test]
    fn the_rare_values_become_one_group_and_every_row_is_in_one() {
        let values: Vec<String> = (0..40).map(|i| format!("v{i}")).collect();
        let value_of_row: Vec<u32> = (0..40).chain(0..30).collect();
        let scores: Vec<f64> = (0..70).map(|i| f64::from(i) / 70.0).collect();
        let shares: Vec<f32> = (0..70).map(|i| f32::from(u8::from(i % 2 == 0))).collect();
        let scored = LabelScores {
            label: "insult",
            scores: &scores,
            shares: &shares,
            groups: None,
        };
        let grouping = Grouping {
            name: "section",
            values: &values,
            value_of_row,
            is_ordered: false,
        };
        let none = Resampling {
            n_replicates: 0,
            ..Resampling::default()
        };
        let report = grouping.report(&scored, 0.5, &none).unwrap();
        assert_eq!(report.groups.len(), MAX_GROUPS);
        assert_eq!(report.groups.iter().map(|group| group.n).sum::<usize>(), 70);
        assert_eq!(
            (report.groups[0].value.as_str(), report.groups[0].n),
            ("v0", 2)
        );
        assert_eq!(report.groups[MAX_GROUPS - 1].value, OTHERS);
    }

    #[test]
    fn few_articles_have_no_interval() {
        let scores = [0.2, 0.4, 0.6, 0.8].repeat(30);
        let shares = [0.0, 0.0, 1.0, 1.0].repeat(30);
        let rows: Vec<usize> = (0..120).collect();
        let interval = |groups: &[u32]| {
            let scored = LabelScores {
                label: "insult",
                scores: &scores,
                shares: &shares,
                groups: Some(groups),
            };
            let resampling = Resampling::default();
            let group = Subgroup::new("all".into(), &rows, &scored, 0.5, &resampling).unwrap();
            group.recall.interval
        };
        let of = |n: u32| (0..120).map(|row| row % n).collect::<Vec<u32>>();
        assert_eq!(interval(&of(2)), None);
        assert!(interval(&of(10)).is_some());
    }
}
