//! Rows of which two models have told a label.

use super::ScoredLabel;

/// What both have scored, in the order of the files.
#[derive(Debug, Default)]
pub(crate) struct CommonRows {
    pub(crate) scores: [Vec<f64>; 2],
    pub(crate) shares: Vec<f32>,
    pub(crate) groups: Option<Vec<u32>>,
}

impl ScoredLabel {
    /// The rows of this label that another model has scored, too. Both must have read the same files.
    pub(crate) fn common(&self, other: &Self) -> CommonRows {
        let mut common = CommonRows {
            groups: self.groups.as_ref().map(|_| Vec::new()),
            ..CommonRows::default()
        };
        let mut theirs = other.rows.iter().zip(&other.scores).peekable();
        for (i, row) in self.rows.iter().enumerate() {
            while theirs.next_if(|(their_row, _)| *their_row < row).is_some() {}
            let Some((_, &score)) = theirs.next_if(|(their_row, _)| *their_row == row) else {
                continue;
            };
            common.scores[0].push(self.scores[i]);
            common.scores[1].push(score);
            common.shares.push(self.shares[i]);
            if let (Some(into), Some(groups)) = (&mut common.groups, &self.groups) {
                into.push(groups[i]);
            }
        }
        common
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(rows: &[u32]) -> ScoredLabel {
        ScoredLabel {
            label: "insult".to_owned(),
            label_idx: 0,
            column: 0,
            scores: rows.iter().map(|&row| f64::from(row)).collect(),
            shares: rows.iter().map(|_| 0.5).collect(),
            groups: None,
            rows: rows.to_vec(),
            n_untold: 0,
        }
    }

    #[test]
    fn only_rows_of_both_are_paired() {
        let common = scored(&[0, 2, 3, 7]).common(&scored(&[1, 2, 7, 9]));
        assert_eq!(common.scores, [vec![2.0, 7.0], vec![2.0, 7.0]]);
        assert!(scored(&[]).common(&scored(&[1])).shares.is_empty());
    }
}
