//! One chunk of unusual writing, read letter by letter: `1d10t`, `idiоt`, `f*ck`, `i.d.i.o.t`.

use unicode_normalization::char::decompose_canonical;

use super::{Evasion, MIN_SPACED};
use crate::text::tables::TextTables;

/// A chunk read character by character as Latin letters.
#[derive(Default)]
pub(super) struct Reading {
    /// First and second choice of letter; `None` is a mask or separator.
    letters: Vec<(Option<char>, Option<char>)>,
    n_plain: usize,
    n_look_alike: usize,
    n_accent: usize,
    n_leet: usize,
    n_masked: usize,
    /// Emoji between the letters, which stand for none.
    n_pictographs: usize,
    /// A leet character between two letters: `1d10t`, not `covid19`.
    leet_inside: bool,
}

impl Reading {
    /// `None` where a character is neither letter, look-alike, leet nor mask.
    pub(super) fn of(chunk: &str, tables: &TextTables) -> Option<Self> {
        let mut reading = Self::default();
        let mut after_letter = false;
        let (mut pending_leet, mut pending_pictograph) = (false, false);
        for c in chunk.chars() {
            if is_pictograph(c) && after_letter {
                pending_pictograph = true;
                continue;
            }
            let is_leet = !c.is_alphabetic() && !tables.leet(c).is_empty();
            let letter = reading.read(c, is_leet, tables)?;
            if letter.0.is_some() && !is_leet {
                reading.leet_inside |= pending_leet;
                (after_letter, pending_leet) = (true, false);
            } else if is_leet {
                pending_leet |= after_letter;
            }
            reading.n_pictographs += usize::from(std::mem::take(&mut pending_pictograph));
            reading.letters.push(letter);
        }
        Some(reading)
    }

    fn read(
        &mut self,
        c: char,
        is_leet: bool,
        tables: &TextTables,
    ) -> Option<(Option<char>, Option<char>)> {
        if c.is_ascii_lowercase() || c == '\'' {
            self.n_plain += 1;
            Some((Some(c), Some(c)))
        } else if is_leet {
            self.n_leet += 1;
            let candidates = tables.leet(c);
            Some((candidates.first().copied(), candidates.last().copied()))
        } else if let Some(latin) = tables.look_alike(c) {
            self.n_look_alike += 1;
            Some((Some(latin), Some(latin)))
        } else if c.is_alphabetic() {
            let base = base_letter(c).filter(char::is_ascii_lowercase)?;
            self.n_accent += 1;
            Some((Some(base), Some(base)))
        } else if matches!(
            c,
            '*' | '#' | '%' | '_' | '.' | '-' | '~' | '^' | '=' | '?' | '&'
        ) {
            self.n_masked += 1;
            Some((None, None))
        } else {
            None
        }
    }

    /// `i.d.i.o.t`: single letters with separators between.
    pub(super) fn spaced(&self) -> Option<(String, Evasion)> {
        let alternates = self
            .letters
            .iter()
            .enumerate()
            .all(|(i, l)| l.0.is_some() == (i % 2 == 0));
        if !alternates || self.n_masked + 1 < MIN_SPACED {
            return None;
        }
        Some((
            self.letters.iter().filter_map(|letter| letter.0).collect(),
            Evasion::Spaced,
        ))
    }

    /// `f*ck`: an offensive word fits the known letters. A single run of stars may stand for up to
    /// two more letters than it has marks.
    pub(super) fn unmask(&self, tables: &TextTables) -> Option<(String, Evasion)> {
        if self.n_masked == 0 || self.n_plain == 0 {
            return None;
        }
        let pattern: Vec<_> = self.letters.iter().map(|letter| letter.0).collect();
        let first = pattern.iter().position(Option::is_none)?;
        let one_run = pattern[first..].iter().take_while(|l| l.is_none()).count() == self.n_masked;
        let longest = if one_run { 2 } else { 0 };
        (0..=longest).find_map(|extra| {
            let mut longer = pattern.clone();
            longer.splice(first..first, std::iter::repeat_n(None, extra));
            tables
                .unmask(&longer)
                .map(|word| (word.to_owned(), Evasion::Masked))
        })
    }

    /// Look-alikes, accents and leet, letter for letter.
    pub(super) fn spelled(&self, tables: &TextTables) -> Option<(String, Evasion)> {
        let is_plain = self.n_look_alike + self.n_accent + self.n_leet + self.n_pictographs == 0;
        if self.n_masked > 0 || is_plain {
            return None;
        }
        let first: String = self.letters.iter().filter_map(|letter| letter.0).collect();
        let second: String = self.letters.iter().filter_map(|letter| letter.1).collect();
        let word = if !tables.is_offensive(&first) && tables.is_offensive(&second) {
            second
        } else {
            first
        };
        let mixed = self.n_plain > 0 && self.n_look_alike > 0 && self.n_pictographs == 0;
        let leet = self.leet_inside && self.n_plain > 2 && self.n_leet <= self.n_plain;
        if !(mixed || leet || tables.is_offensive(&word)) {
            return None;
        }
        let evasion = if self.n_leet > 0 {
            Evasion::Leet
        } else {
            Evasion::LookAlike
        };
        Some((word, evasion))
    }
}

/// Emoji, signs like them, and what modifies them.
fn is_pictograph(c: char) -> bool {
    matches!(c, '\u{2600}'..='\u{27bf}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}')
}

/// The letter under its accents.
fn base_letter(c: char) -> Option<char> {
    let mut base = None;
    decompose_canonical(c, |d| base = base.or(Some(d)));
    base
}
