//! What a run of `flag` says at its end, on standard error.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use super::pipeline::{Desk, Judged};
use crate::cli::stream::BadRows;
use crate::comment::Decision;
use crate::model::Model;
use crate::relation::{self, Silence};
use crate::report::escape;
use crate::report::number::{count, percent, threshold};
use crate::text::MAX_TEXT_BYTES;

/// Counts of a run.
#[derive(Debug)]
pub(super) struct Tally {
    n_good: u64,
    n_flagged: Vec<u64>,
    /// By severity.
    n_decided: [u64; 3],
    n_cut: u64,
    n_foreign: BTreeMap<&'static str, u64>,
    n_silent: BTreeMap<&'static str, u64>,
    bad: BadRows,
}

impl Tally {
    pub(super) fn new(model: &Model) -> Self {
        Self {
            n_good: 0,
            n_flagged: vec![0; model.heads().len()],
            n_decided: [0; 3],
            n_cut: 0,
            n_foreign: BTreeMap::new(),
            n_silent: BTreeMap::new(),
            bad: BadRows::default(),
        }
    }

    pub(super) fn count(&mut self, judged: &Judged) {
        let row = match judged {
            Err(error) => return self.bad.push(error),
            Ok(row) => row,
        };
        self.n_good += 1;
        self.n_decided[row.decision as usize] += 1;
        self.n_cut += u64::from(row.is_cut);
        for (n_flagged, &flag) in self.n_flagged.iter_mut().zip(&row.flags) {
            *n_flagged += u64::from(flag);
        }
        if let Some(silence) = row.silence {
            *self.n_silent.entry(silence.as_str()).or_default() += 1;
        }
        if let Some(language) = row.foreign_language {
            *self.n_foreign.entry(language).or_default() += 1;
        }
    }

    /// Rows that could not be read.
    pub(super) fn n_bad(&self) -> u64 {
        self.bad.n()
    }

    /// All rows.
    pub(super) fn n_rows(&self) -> u64 {
        self.n_good + self.bad.n()
    }

    /// Says it.
    pub(super) fn report(&self, desk: &Desk, n_written: u64, elapsed: Duration) {
        anstream::eprint!("{}", self.text(desk, n_written, elapsed));
    }

    fn text(&self, desk: &Desk, n_written: u64, elapsed: Duration) -> String {
        let mut text = String::new();
        for error in self.bad.first() {
            let _ = writeln!(text, "warning: {}", escape(error));
        }
        if self.bad.n() > 0 {
            let n_rows = number(self.bad.n());
            let _ = writeln!(
                text,
                "warning: {n_rows} bad rows in all, kept with the reason in the error column"
            );
        }
        if self.n_rows() == 0 {
            text.push_str("warning: there was no row; check how the input was made\n");
        }
        let (n_rows, seconds) = (self.n_rows(), elapsed.as_secs_f64());
        let rate = (n_rows as f64 / seconds.max(1e-3)) as u64;
        let _ = writeln!(
            text,
            "{} rows in {seconds:.1} s ({} rows/s), {} written, model {}",
            number(n_rows),
            number(rate),
            number(n_written),
            desk.model.version()
        );
        for ((label, n_flagged), point) in desk
            .model
            .labels()
            .zip(&self.n_flagged)
            .zip(desk.rules.points())
        {
            let _ = writeln!(
                text,
                "  {}: {} flagged at {}",
                escape(label),
                self.part(*n_flagged),
                threshold(point.flag)
            );
        }
        let decisions = [Decision::Approve, Decision::Review, Decision::Reject];
        let decisions = decisions.map(|decision| {
            format!(
                "{decision} {}",
                self.part(self.n_decided[decision as usize])
            )
        });
        let _ = writeln!(text, "  {}", decisions.join(", "));
        self.notes(&mut text);
        text
    }

    fn notes(&self, text: &mut String) {
        if self.n_cut > 0 {
            let (n_cut, limit) = (number(self.n_cut), number(MAX_TEXT_BYTES as u64));
            let _ = writeln!(
                text,
                "note: of {n_cut} longer texts only the first {limit} bytes were looked at"
            );
        }
        if !self.n_silent.is_empty() {
            let parts = self.n_silent.iter();
            let parts = parts.map(|(silence, n)| format!("{silence} {}", number(*n)));
            let parts = parts.collect::<Vec<_>>().join(", ");
            let n_silent = number(self.n_silent.values().sum());
            let remedy = if self.n_silent.contains_key(Silence::NoContext.as_str()) {
                "; --articles or --article gives context"
            } else {
                ""
            };
            let _ = writeln!(
                text,
                "note: of {n_silent} comments {} cannot be told ({parts}){remedy}",
                relation::LABEL
            );
        }
        if !self.n_foreign.is_empty() {
            let mut by_number: Vec<_> = self.n_foreign.iter().collect();
            by_number.sort_by_key(|&(language, n)| (std::cmp::Reverse(*n), *language));
            let languages = by_number
                .iter()
                .map(|(language, n)| format!("{language} {}", number(**n)));
            let languages = languages.collect::<Vec<_>>().join(", ");
            let n_foreign = number(self.n_foreign.values().sum());
            let _ = writeln!(
                text,
                "note: {n_foreign} comments look like a language the model was not trained on ({languages}); \
                 its scores mean little there"
            );
        }
    }

    /// A number and its share of the good rows.
    fn part(&self, n: u64) -> String {
        let share = percent(n as f64 / self.n_good.max(1) as f64);
        format!("{} ({share})", number(n))
    }
}

fn number(n: u64) -> String {
    count(n as f64)
}
