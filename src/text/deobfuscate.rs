//! The second view of a text: words that somebody tried to hide.
//!
//! Finds look-alike letters (`idiоt` with a Cyrillic о), leetspeak (`1d10t`), spaced-out letters
//! (`i d i o t`, `i.d.i.o.t`), masked letters (`f*ck`) and split words (`id iot`), and gives the
//! word behind each. It stands next to the first view and never replaces it, so that a wrong guess
//! costs a little noise and not the text. That somebody hid a word is itself evidence.
//!
//! A guess is only made where the writing is unusual; text of another script is left alone
//! (decancer turns `ты идиот` into `tbi nanot`; we want the Russian words).

use unicode_normalization::char::decompose_canonical;

use super::stopwords::is_stopword;
use super::tables::TextTables;
use super::tokenize::{Token, TokenKind};

/// How a word was hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evasion {
    /// Letters of another script, or accents, that look like Latin ones.
    LookAlike,
    /// Digits and symbols for letters.
    Leet,
    /// Letters apart: `i d i o t`.
    Spaced,
    /// Letters replaced by a mark: `f*ck`.
    Masked,
    /// A word in two pieces: `id iot`.
    Split,
}

/// A hidden word and what stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// First byte of the writing in the normalised text.
    pub start: u32,
    /// One past its last byte.
    pub end: u32,
    /// The word behind it.
    pub word: Box<str>,
    /// How it was hidden.
    pub evasion: Evasion,
    /// Whether the lexicon calls the word offensive.
    pub offensive: bool,
}

/// Longest chunk looked at, in bytes: hidden words are short, and this bounds the work.
const MAX_CHUNK: usize = 40;
/// Fewest letters of a spaced-out word.
const MIN_SPACED: usize = 3;

/// Finds the hidden words of a normalised text, in order; `found` is emptied first.
///
/// # Complexity  O(bytes) plus, for each masked chunk, one pass over the lexicon's words of its length.
pub(crate) fn recover(
    normalized: &str,
    tokens: &[Token],
    tables: &TextTables,
    found: &mut Vec<Recovered>,
) {
    found.clear();
    let finder = Finder { normalized, tables };
    finder.chunks(found);
    finder.split_words(tokens, found);
    found.sort_by_key(|recovered| (recovered.start, recovered.end));
    // One writing, one guess: later finds that overlap an earlier one are dropped.
    let mut end = 0;
    found.retain(|recovered| {
        let keep = recovered.start >= end;
        end = if keep { recovered.end } else { end };
        keep
    });
}

struct Finder<'a> {
    normalized: &'a str,
    tables: &'a TextTables,
}

impl Finder<'_> {
    /// Looks at every run of non-space characters, and at runs of single letters.
    fn chunks(&self, found: &mut Vec<Recovered>) {
        let mut spaced = SpacedRun::default();
        let mut at = 0;
        for chunk in self.normalized.split(' ') {
            let start = at;
            at += chunk.len() + 1;
            if !spaced.extend(chunk, start, self.tables) {
                found.extend(spaced.take(self.tables));
            }
            if chunk.len() >= MIN_SPACED && chunk.len() <= MAX_CHUNK && is_unusual(chunk) {
                found.extend(self.chunk(chunk, start));
            }
        }
        found.extend(spaced.take(self.tables));
    }

    fn chunk(&self, chunk: &str, start: usize) -> Option<Recovered> {
        let trimmed = trim(chunk);
        let start = start + (trimmed.as_ptr() as usize - chunk.as_ptr() as usize);
        let reading = Reading::of(trimmed, self.tables)?;
        let (word, evasion) = reading
            .spaced()
            .or_else(|| reading.unmask(self.tables))
            .or_else(|| reading.spelled(self.tables))?;
        Some(self.recovered(start, start + trimmed.len(), word, evasion))
    }

    /// Two neighbouring words that are one offensive word.
    fn split_words(&self, tokens: &[Token], found: &mut Vec<Recovered>) {
        let mut joined = String::new();
        for pair in tokens.windows(2) {
            let [left, right] = [pair[0], pair[1]];
            let total = (left.end - left.start + right.end - right.start) as usize;
            if right.start != left.end + 1 || !(4..=16).contains(&total) {
                continue;
            }
            if left.kind != TokenKind::Word || right.kind != TokenKind::Word {
                continue;
            }
            let (a, b) = (left.text(self.normalized), right.text(self.normalized));
            let by_space = self.normalized.as_bytes()[left.end as usize] == b' ';
            if by_space && (is_stopword(a) || is_stopword(b)) {
                continue;
            }
            joined.clear();
            joined.extend([a, b]);
            if self.tables.is_offensive(&joined) {
                let (start, end) = (left.start as usize, right.end as usize);
                found.push(self.recovered(start, end, joined.clone(), Evasion::Split));
            }
        }
    }

    fn recovered(&self, start: usize, end: usize, word: String, evasion: Evasion) -> Recovered {
        let offensive = self.tables.is_offensive(&word);
        Recovered {
            start: start as u32,
            end: end as u32,
            word: word.into(),
            evasion,
            offensive,
        }
    }
}

/// Whether a chunk holds anything but letters inside its outer punctuation.
#[inline]
fn is_unusual(chunk: &str) -> bool {
    // Trailing and leading punctuation is usual; a symbol or digit next to a letter on both sides,
    // a star anywhere, or any non-ASCII byte is not.
    let bytes = chunk.as_bytes();
    let is_letter = |byte: u8| byte.is_ascii_lowercase();
    let mut n_letters = 0;
    let mut n_odd = 0;
    for (i, &byte) in bytes.iter().enumerate() {
        if is_letter(byte) {
            n_letters += 1;
        } else if byte >= 128 || byte == b'*' || byte == b'$' || byte == b'@' {
            n_odd += 1;
        } else if byte != b'\'' {
            let inner = bytes[..i].iter().any(|&b| is_letter(b)) || byte.is_ascii_digit();
            n_odd += usize::from(inner && bytes[i + 1..].iter().any(|&b| is_letter(b)));
        }
    }
    n_odd > 0 && (n_letters > 0 || !chunk.is_ascii())
}

/// The chunk without outer punctuation; a star at the end of a word is a mask and stays, unless
/// stars stand on both ends (`*emphasis*`).
fn trim(chunk: &str) -> &str {
    let ordinary = |c: char| {
        matches!(
            c,
            '"' | '\''
                | '('
                | ')'
                | '['
                | ']'
                | '{'
                | '}'
                | '.'
                | ','
                | ';'
                | ':'
                | '?'
                | '!'
                | '-'
                | '_'
                | '~'
        )
    };
    let mut trimmed = chunk.trim_matches(ordinary);
    if trimmed.starts_with('*') {
        trimmed = trimmed.trim_matches('*');
    }
    trimmed
}

/// A chunk read character by character as Latin letters.
#[derive(Default)]
struct Reading {
    /// First and second choice of letter; `None` is a mask or separator.
    letters: Vec<(Option<char>, Option<char>)>,
    n_plain: usize,
    n_look_alike: usize,
    n_accent: usize,
    n_leet: usize,
    n_masked: usize,
    /// A leet character between two letters: `1d10t`, not `covid19`.
    leet_inside: bool,
}

impl Reading {
    /// `None` where a character is neither letter, look-alike, leet nor mask.
    fn of(chunk: &str, tables: &TextTables) -> Option<Self> {
        let mut reading = Self::default();
        let mut after_letter = false;
        let mut pending_leet = false;
        for c in chunk.chars() {
            let is_leet = !c.is_alphabetic() && !tables.leet(c).is_empty();
            let letter = reading.read(c, is_leet, tables)?;
            if letter.0.is_some() && !is_leet {
                reading.leet_inside |= pending_leet;
                (after_letter, pending_leet) = (true, false);
            } else if is_leet {
                pending_leet |= after_letter;
            }
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
    fn spaced(&self) -> Option<(String, Evasion)> {
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
    fn unmask(&self, tables: &TextTables) -> Option<(String, Evasion)> {
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
    fn spelled(&self, tables: &TextTables) -> Option<(String, Evasion)> {
        if self.n_masked > 0 {
            return None;
        }
        let first: String = self.letters.iter().filter_map(|letter| letter.0).collect();
        let second: String = self.letters.iter().filter_map(|letter| letter.1).collect();
        let word = if !tables.is_offensive(&first) && tables.is_offensive(&second) {
            second
        } else {
            first
        };
        let mixed = self.n_plain > 0 && self.n_look_alike > 0;
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

/// The letter under its accents.
fn base_letter(c: char) -> Option<char> {
    let mut base = None;
    decompose_canonical(c, |d| base = base.or(Some(d)));
    base
}

/// A run of chunks that are one letter each.
#[derive(Default)]
struct SpacedRun {
    letters: String,
    /// How many of them are letters as they stand.
    n_alphabetic: usize,
    start: usize,
    end: usize,
}

impl SpacedRun {
    /// Takes the chunk in if it is one letter; `false` ends the run.
    fn extend(&mut self, chunk: &str, start: usize, tables: &TextTables) -> bool {
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
    fn take(&mut self, tables: &TextTables) -> Option<Recovered> {
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

#[cfg(test)]
mod tests {
    use super::super::TextView;
    use super::*;

    fn recovered(raw: &str) -> Vec<(String, Evasion)> {
        let tables = TextTables::shipped();
        let mut view = TextView::default();
        view.parse(raw, &tables);
        view.recovered
            .iter()
            .map(|r| (r.word.to_string(), r.evasion))
            .collect()
    }

    #[test]
    fn finds_the_word_behind_the_writing() {
        for (raw, word, evasion) in [
            ("you 1d10t!", "idiot", Evasion::Leet),
            ("what a m0ron.", "moron", Evasion::Leet),
            ("1oser", "loser", Evasion::Leet),
            ("idi\u{43e}t", "idiot", Evasion::LookAlike),
            ("ïdïöt", "idiot", Evasion::LookAlike),
            ("you i d i o t you", "idiot", Evasion::Spaced),
            ("such an i.d.i.o.t...", "idiot", Evasion::Spaced),
            ("f*ck off", "fuck", Evasion::Masked),
            ("f**k", "fuck", Evasion::Masked),
            ("sh!t", "shit", Evasion::Leet),
            ("id iot", "idiot", Evasion::Split),
            ("mor-on", "moron", Evasion::Masked),
            ("@sshole", "asshole", Evasion::Leet),
        ] {
            let found = recovered(raw);
            assert!(found.iter().any(|(w, _)| w == word), "{raw}: {found:?}");
            if word != "moron" {
                assert_eq!(found[0].1, evasion, "{raw}");
            }
        }
    }

    #[test]
    fn leaves_ordinary_writing_alone() {
        for raw in [
            "Don't worry, it's well-known (see p. 4).",
            "COVID19, B2B and mp3 in 2024, the 4th time",
            "ты идиот",
            "für Größe und Maß",
            "the pen is mine",
            "*really* good",
            "a, b",
            "@jack hello",
            "12:30 3.5% $40 #news",
            "1 2 3",
            "$ $ $",
            "a 1 0",
            "你好世界",
        ] {
            let found = recovered(raw);
            assert!(found.is_empty(), "{raw}: {found:?}");
        }
    }
}
