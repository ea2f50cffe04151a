//! Words whose letters stand apart as chunks of their own: `i d i o t`.

use super::{Evasion, MAX_CHUNK, MIN_SPACED, Recovered, trim};
use crate::text::tables::TextTables;

/// A run of chunks that are one letter each.
#[derive(Default)]
pub(super) struct SpacedRun {
    letters: String,
    /// How many of them are letters as they stand.
    n_alphabetic: usize,
    start: usize,
    end: usize,
}

impl SpacedRun {
    /// Takes the chunk in if it is one letter; `false` ends the run.
    pub(super) fn extend(&mut self, chunk: &str, start: usize, tables: &TextTables) -> bool {
        if chunk.len() > 4 {
            return false;
        }
        let trimmed = trim(chunk);
        let mut chars = trimmed.chars();
        let (Some(c), None) = (chars.next(), chars.next()) else {
            return false;
        };
        let letter = if c.is_ascii_lowercase() {
            Some(c)
        } else {
            tables
                .look_alike(c)
                .or_else(|| tables.leet(c).first().copied())
        };
        let Some(letter) = letter else { return false };
        if self.letters.is_empty() {
            self.start = start;
        }
        self.letters.push(letter);
        self.n_alphabetic += usize::from(c.is_alphabetic());
        self.end = start + chunk.len();
        true
    }

    /// Ends the run; a run of digits or of two letters is none.
    pub(super) fn take(&mut self, tables: &TextTables) -> Option<Recovered> {
        let word = std::mem::take(&mut self.letters);
        let n_alphabetic = std::mem::take(&mut self.n_alphabetic);
        if word.len() < MIN_SPACED || word.len() > MAX_CHUNK || n_alphabetic < 2 {
            return None;
        }
        let offensive = tables.is_offensive(&word);
        let (start, end) = (self.start as u32, self.end as u32);
        Some(Recovered {
            start,
            end,
            word: word.into(),
            evasion: Evasion::Spaced,
            offensive,
        })
    }
}
