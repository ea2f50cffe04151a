//! Which decisions change from one model to another on a file of comments.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::cli::input::InputArgs;
use crate::cli::progress::Bar;
use crate::cli::stream::{BadRows, stream};
use crate::comment::Decision;
use crate::data::OwnedComment;
use crate::model::{Model, Scorer};
use crate::policy::decide;
use crate::report::number::{count, percent};
use crate::report::table::TextTable;
use crate::report::{escape, number};
use crate::train::Progress as _;

/// Examples shown.
const N_EXAMPLES: usize = 10;
/// Characters of an example's text shown.
const MAX_CHARS: usize = 160;

/// Decisions of two models on the same comments.
#[derive(Debug, Default)]
pub(super) struct DecisionDiff {
    file: String,
    n_rows: u64,
    changes: BTreeMap<(Decision, Decision), u64>,
    /// Comments whose decision changes, the greatest changes first.
    examples: Vec<Example>,
}

/// A comment whose decision changes.
#[derive(Debug)]
struct Example {
    line: u64,
    text: String,
    decisions: (Decision, Decision),
    /// The label that took the severer decision, and its scores where the models have it.
    label: String,
    scores: (Option<f64>, Option<f64>),
}

impl Example {
    /// How far it moved: first by decision, then by score.
    fn size(&self) -> (u8, f64) {
        let (before, after) = self.decisions;
        let score = |score: Option<f64>| score.unwrap_or(0.0);
        let steps = (before as u8).abs_diff(after as u8);
        (steps, (score(self.scores.1) - score(self.scores.0)).abs())
    }

    /// Order of showing: what moved farthest first, then by place in the file.
    fn order(&self, other: &Self) -> Ordering {
        let ((steps, score), (other_steps, other_score)) = (self.size(), other.size());
        let farthest = other_steps.cmp(&steps).then(other_score.total_cmp(&score));
        farthest.then(self.line.cmp(&other.line))
    }
}

impl DecisionDiff {
    /// Scores a file with both models.
    pub(super) fn of_file(
        before: &Model,
        after: &Model,
        path: &Path,
        input: &InputArgs,
    ) -> anyhow::Result<Self> {
        let articles = input.articles()?;
        let table = input.open(path)?;
        let mut reader = input.reader(&table, &articles)?;
        let mut diff = Self {
            file: path.display().to_string(),
            ..Self::default()
        };
        let bar = Bar::counter("comparing");
        let mut bad = BadRows::default();
        stream(
            table,
            |row| {
                let row = row?;
                Ok((row.line(), reader.read(&row)?))
            },
            || Pair {
                models: (before, after),
                scorers: (before.scorer(), after.scorer()),
            },
            |pair, (line, comment)| pair.compare(line, comment),
            |batch| {
                bar.advance(batch.len());
                let compared: Vec<Option<Example>> = bad.sift(batch).collect();
                diff.n_rows += compared.len() as u64;
                diff.add(compared.into_iter().flatten());
                Ok(())
            },
        )?;
        drop(bar);
        crate::cli::notices(reader.notice().as_slice());
        bad.judge(&diff.file, diff.n_rows, input.strict())?;
        Ok(diff)
    }

    fn add(&mut self, changed: impl IntoIterator<Item = Example>) {
        for example in changed {
            *self.changes.entry(example.decisions).or_default() += 1;
            self.examples.push(example);
        }
        self.examples.sort_by(Example::order);
        self.examples.truncate(N_EXAMPLES);
    }

    /// In words.
    pub(super) fn text(&self) -> String {
        let n_changed: u64 = self.changes.values().sum();
        let share = n_changed as f64 / (self.n_rows.max(1)) as f64;
        let (changed, rows) = (count(n_changed as f64), count(self.n_rows as f64));
        let file = escape(&self.file);
        let mut text = format!(
            "Decisions on {file}: {changed} of {rows} comments change ({})\n",
            percent(share)
        );
        if n_changed == 0 {
            return text;
        }
        let mut table = TextTable::new(&["before", "after", "comments"]).text(&[0, 1]);
        for ((before, after), n) in &self.changes {
            table.row([before.to_string(), after.to_string(), count(*n as f64)]);
        }
        let _ = write!(text, "{table}\nExamples, the greatest changes first\n");
        self.examples
            .iter()
            .for_each(|example| text.push_str(&example.text()));
        text
    }
}

impl Example {
    fn text(&self) -> String {
        let (before, after) = self.decisions;
        let (old, new) = (number::figure(self.scores.0), number::figure(self.scores.1));
        let (label, line) = (escape(&self.label), self.line);
        let cut = if self.text.chars().count() > MAX_CHARS {
            "…"
        } else {
            ""
        };
        let shown: String = self.text.chars().take(MAX_CHARS).collect();
        format!(
            "  line {line}: {before} → {after}, {label} {old} → {new}\n    {}{cut}\n",
            escape(&shown)
        )
    }
}

struct Pair<'m> {
    models: (&'m Model, &'m Model),
    scorers: (Scorer<'m>, Scorer<'m>),
}

impl Pair<'_> {
    /// The comment as an example if its decision changes.
    fn compare(&mut self, line: u64, comment: OwnedComment) -> Option<Example> {
        let judge = |model: &Model, scorer: &mut Scorer<'_>| {
            let scores = scorer.score(&comment.as_comment());
            let scores: Vec<f64> = scores.probabilities().collect();
            (decide(&scores, model.policy(), &[]), scores)
        };
        let (before, old) = judge(self.models.0, &mut self.scorers.0);
        let (after, new) = judge(self.models.1, &mut self.scorers.1);
        if before.decision == after.decision {
            return None;
        }
        let severer = if before.decision > after.decision {
            (self.models.0, before)
        } else {
            (self.models.1, after)
        };
        let label = severer
            .1
            .label
            .and_then(|idx| severer.0.labels().nth(idx))
            .unwrap_or_default();
        let score = |model: &Model, scores: &[f64]| model.label_idx(label).map(|idx| scores[idx]);
        Some(Example {
            line,
            decisions: (before.decision, after.decision),
            scores: (score(self.models.0, &old), score(self.models.1, &new)),
            label: label.to_owned(),
            text: comment.text,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(line: u64, decisions: (Decision, Decision), scores: (f64, f64)) -> Example {
        let scores = (Some(scores.0), Some(scores.1));
        Example {
            line,
            text: "so\n".repeat(100),
            decisions,
            label: "insult".to_owned(),
            scores,
        }
    }

    #[test]
    fn greatest_changes_come_first_and_texts_are_short_and_harmless() {
        use Decision::{Approve, Reject, Review};
        let mut diff = DecisionDiff {
            file: "a.csv".to_owned(),
            n_rows: 300,
            ..DecisionDiff::default()
        };
        diff.add(vec![
            example(7, (Approve, Review), (0.2, 0.3)),
            example(5, (Review, Approve), (0.9, 0.1)),
            example(9, (Approve, Reject), (0.2, 0.3)),
        ]);
        let text = diff.text();
        assert!(
            text.starts_with("Decisions on a.csv: 3 of 300 comments change (1.0 %)\n"),
            "{text}"
        );
        let lines: Vec<&str> = text.lines().filter(|line| line.contains("line ")).collect();
        assert_eq!(
            lines,
            [
                "  line 9: approve → reject, insult 0.200 → 0.300",
                "  line 5: review → approve, insult 0.900 → 0.100",
                "  line 7: approve → review, insult 0.200 → 0.300",
            ]
        );
        assert!(text.contains("so\\nso\\n") && text.contains('…'), "{text}");
    }
}
