//! Which decisions change from one model to another on a file of comments.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use rayon::prelude::*;

use crate::cli::input::InputArgs;
use crate::cli::progress::Bar;
use crate::cli::stream::{Scorers, stream};
use crate::comment::Decision;
use crate::data::OwnedComment;
use crate::model::Model;
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
    /// The comments whose scores changed most, among those whose decision did.
    examples: Vec<Example>,
}

/// A comment whose decision changes.
#[derive(Debug)]
struct Example {
    line: u64,
    text: String,
    decisions: (Decision, Decision),
    /// The label whose score changed most, and its scores.
    label: String,
    scores: (f64, f64),
}

impl Example {
    fn size(&self) -> f64 {
        (self.scores.1 - self.scores.0).abs()
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
        let pair = Pair {
            models: (before, after),
            scorers: (Scorers::new(before), Scorers::new(after)),
        };
        let mut diff = Self {
            file: path.display().to_string(),
            ..Self::default()
        };
        let bar = Bar::counter("comparing");
        let bad = stream(
            table,
            |row| row.map(|row| (row.line(), reader.read(&row))),
            |batch: Vec<(u64, OwnedComment)>| {
                bar.advance(batch.len());
                diff.n_rows += batch.len() as u64;
                let changed = batch
                    .into_par_iter()
                    .filter_map(|(line, comment)| pair.compare(line, comment));
                diff.add(changed.collect());
            },
        )?;
        drop(bar);
        bad.report();
        Ok(diff)
    }

    fn add(&mut self, changed: Vec<Example>) {
        for example in changed {
            *self.changes.entry(example.decisions).or_default() += 1;
            self.examples.push(example);
        }
        self.examples
            .sort_by(|a, b| b.size().total_cmp(&a.size()).then(a.line.cmp(&b.line)));
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
        let _ = write!(
            text,
            "{table}\nExamples, the scores that change most first\n"
        );
        self.examples
            .iter()
            .for_each(|example| text.push_str(&example.text()));
        text
    }
}

impl Example {
    fn text(&self) -> String {
        let (before, after) = self.decisions;
        let (old, new) = (
            number::figure(Some(self.scores.0)),
            number::figure(Some(self.scores.1)),
        );
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
    scorers: (Scorers<'m>, Scorers<'m>),
}

impl Pair<'_> {
    /// The comment as an example if its decision changes.
    fn compare(&self, line: u64, comment: OwnedComment) -> Option<Example> {
        let judge = |model: &Model, scorers: &Scorers<'_>| {
            let scores: Vec<f64> = scorers.score(&comment).probabilities().collect();
            (decide(&scores, model.policy(), &[]).decision, scores)
        };
        let (before, old) = judge(self.models.0, &self.scorers.0);
        let (after, new) = judge(self.models.1, &self.scorers.1);
        if before == after {
            return None;
        }
        let (label, scores) = self.most_changed(&old, &new);
        Some(Example {
            line,
            text: comment.text,
            decisions: (before, after),
            label,
            scores,
        })
    }

    /// A label that only one model has scores 0 in the other, which never decides anything.
    fn most_changed(&self, old: &[f64], new: &[f64]) -> (String, (f64, f64)) {
        let of = |model: &Model, scores: &[f64], label: &str| {
            model.label_idx(label).map_or(0.0, |idx| scores[idx])
        };
        let labels = self.models.0.labels().chain(self.models.1.labels());
        let scored = labels.map(|label| {
            (
                label,
                (of(self.models.0, old, label), of(self.models.1, new, label)),
            )
        });
        let size = |scores: &(f64, f64)| (scores.1 - scores.0).abs();
        let most = scored.max_by(|(_, a), (_, b)| size(a).total_cmp(&size(b)));
        most.map_or_else(Default::default, |(label, scores)| {
            (label.to_owned(), scores)
        })
    }
}
