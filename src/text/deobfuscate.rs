//! The second view of a text: words that somebody tried to hide.
//!
//! Finds look-alike letters (`idiоt` with a Cyrillic о), leetspeak (`1d10t`), spaced-out letters
//! (`i d i o t`, `i.d.i.o.t`), masked letters (`f*ck`) and split words (`id iot`), and gives the
//! word behind each. It stands next to the first view and never replaces it, so that a wrong guess
//! costs a little noise and not the text. That somebody hid a word is itself evidence.
//!
//! A guess is only made where the writing is unusual; text of another script is left alone
//! (decancer turns `ты идиот` into `tbi nanot`; we want the Russian words).

pub(super) mod masked;
pub(super) mod misspelt;
mod reading;
mod respelt;
pub(super) mod sieve;
mod spaced;

use super::class::WordClass;
use super::known::Traits;
use super::tables::TextTables;
use super::tokenize::{Signs, Token, TokenKind};
use reading::Reading;
use spaced::SpacedRun;

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
    /// Letters doubled or swapped: `iddiot`, `idoit`.
    Misspelt,
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
/// # Complexity  O(bytes) plus, for each masked chunk, one pass over the lexicon's words of its length and first letter.
pub(super) fn recover(
    normalized: &str,
    tokens: &[Token],
    signs: Signs,
    tables: &TextTables,
    found: &mut Vec<Recovered>,
) {
    found.clear();
    let finder = Finder { normalized, tables };
    if signs.traits.has(Traits::LONE) {
        finder.spaced_words(tokens, found);
    }
    if signs.joined || signs.traits.has(Traits::ODD) {
        finder.unusual_chunks(tokens, found);
    }
    if signs.traits.has(Traits::BEGINNING) {
        finder.split_words(tokens, found);
    }
    if signs.traits.has(Traits::LOOK_ALIKE) {
        finder.misspelt_words(tokens, found);
    }
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
    /// Looks at runs of letters that stand alone.
    fn spaced_words(&self, tokens: &[Token], found: &mut Vec<Recovered>) {
        // Two of the letters are neighbours among the tokens, with a space between.
        let bytes = self.normalized.as_bytes();
        let are_apart = |pair: &[Token]| {
            pair.iter().all(|token| token.traits.has(Traits::LONE))
                && bytes[pair[0].end as usize..pair[1].start as usize].contains(&b' ')
        };
        if !tokens.windows(2).any(are_apart) {
            return;
        }
        let mut spaced = SpacedRun::default();
        let mut at = 0;
        for chunk in self.normalized.split(' ') {
            if !spaced.extend(chunk, at, self.tables) {
                found.extend(spaced.take(self.tables));
            }
            at += chunk.len() + 1;
        }
        found.extend(spaced.take(self.tables));
    }

    /// Looks at the runs of non-space characters that hold more than plain words with punctuation around them. In
    /// nearly all comments that is told by the tokens and what stands between two of them.
    fn unusual_chunks(&self, tokens: &[Token], found: &mut Vec<Recovered>) {
        let bytes = self.normalized.as_bytes();
        let (mut from, mut done) = (0, 0);
        let mut look = |at: usize, found: &mut Vec<Recovered>| {
            if at < done {
                return;
            }
            let start = bytes[..at]
                .iter()
                .rposition(|&byte| byte == b' ')
                .map_or(0, |i| i + 1);
            let rest = bytes[at..].iter().position(|&byte| byte == b' ');
            done = rest.map_or(bytes.len(), |n| at + n);
            let chunk = &self.normalized[start..done];
            if (MIN_SPACED..=MAX_CHUNK).contains(&chunk.len()) && is_unusual(chunk) {
                found.extend(self.chunk(chunk, start));
            }
        };
        for token in tokens {
            let (start, end) = (token.start as usize, token.end as usize);
            match &bytes[from..start] {
                [b' '] | [] if token.is_plain() => {}
                gap => {
                    for (i, _) in gap.iter().enumerate().filter(|&(_, &byte)| is_odd(byte)) {
                        look(from + i, found);
                    }
                    let joins = !gap.contains(&b' ') && from > 0;
                    if joins || !token.is_plain() {
                        look(start, found);
                    }
                }
            }
            from = end;
        }
        for (i, _) in bytes[from..]
            .iter()
            .enumerate()
            .filter(|&(_, &byte)| is_odd(byte))
        {
            look(from + i, found);
        }
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
        for (left, right) in tokens.iter().zip(tokens.iter().skip(1)) {
            if !left.traits.has(Traits::BEGINNING) || right.start != left.end + 1 {
                continue;
            }
            let total = (left.end - left.start + right.end - right.start) as usize;
            if !(4..=16).contains(&total) {
                continue;
            }
            if left.kind != TokenKind::Word || right.kind != TokenKind::Word {
                continue;
            }
            let (a, b) = (left.text(self.normalized), right.text(self.normalized));
            let by_space = self.normalized.as_bytes()[left.end as usize] == b' ';
            if by_space && !may_be_pieces(left, right) {
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

    /// Words that look like an offensive one.
    fn misspelt_words(&self, tokens: &[Token], found: &mut Vec<Recovered>) {
        let looks = |token: &&Token| token.traits.has(Traits::LOOK_ALIKE);
        for token in tokens.iter().filter(looks) {
            if let Some(meant) = self
                .tables
                .look_alike_word(token.text(self.normalized), token.hash)
            {
                let (start, end) = (token.start as usize, token.end as usize);
                found.push(self.recovered(start, end, meant.to_owned(), Evasion::Misspelt));
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

/// Whether two words may be pieces of one though a space is between them: not two words that are usual by
/// themselves (`be head`), nor a function word and two letters (`tw it`), but `sh it`.
fn may_be_pieces(left: &Token, right: &Token) -> bool {
    let is_function = |token: &Token| token.class.is(WordClass::FUNCTION);
    let is_piece = |token: &Token| {
        let is_short = token.end - token.start < 3 && !token.class.is(WordClass::PIECE);
        !(is_function(token) || is_short || token.class.is(WordClass::WHOLE))
    };
    match (is_function(left), is_function(right)) {
        (false, false) => true,
        (true, false) => is_piece(right),
        (false, true) => is_piece(left),
        (true, true) => false,
    }
}

/// Bytes that make a chunk unusual wherever they stand.
#[inline]
fn is_odd(byte: u8) -> bool {
    byte >= 128 || matches!(byte, b'*' | b'$' | b'@')
}

/// Whether a chunk holds anything but letters inside its outer punctuation.
#[inline]
fn is_unusual(chunk: &str) -> bool {
    // Trailing and leading punctuation is usual; a symbol or digit next to a letter on both sides,
    // a star anywhere, or any non-ASCII byte is not.
    let bytes = chunk.as_bytes();
    let is_letter = |byte: &u8| byte.is_ascii_lowercase();
    let first_letter = bytes.iter().position(is_letter).unwrap_or(bytes.len());
    let last_letter = bytes.iter().rposition(is_letter).unwrap_or(0);
    let is_inside =
        |i: usize, byte: u8| i < last_letter && (i > first_letter || byte.is_ascii_digit());
    let odd = |(i, &byte): (usize, &u8)| {
        is_odd(byte) || !is_letter(&byte) && byte != b'\'' && is_inside(i, byte)
    };
    bytes.iter().enumerate().any(odd) && (first_letter < bytes.len() || !chunk.is_ascii())
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

#[cfg(test)]
mod tests {
    use super::super::TextView;
    use super::*;
    use proptest::prelude::*;

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
            ("so stuipd of you", "stupid", Evasion::Misspelt),
            ("iddiiot", "idiot", Evasion::Misspelt),
            ("id🙂iot", "idiot", Evasion::LookAlike),
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
            "the countries of today demand parts",
            "great 🙂 thanks🙂",
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

    proptest! {
        #[test]
        fn signs_spare_nothing_but_work(raw in "[a-z '.,*$-]{0,60}|(idiot|id iot|[a-z] |1d|u\\.s|é|@x|well-known|, |\\. ){0,20}") {
            let tables = TextTables::shipped();
            let mut view = TextView::default();
            view.parse(&raw, &tables);
            let signs = Signs {
                traits: Traits::LONE.with(Traits::ODD).with(Traits::BEGINNING).with(Traits::LOOK_ALIKE),
                joined: true,
            };
            let mut found = Vec::new();
            recover(&view.normalized, &view.tokens, signs, &tables, &mut found);
            prop_assert_eq!(view.recovered, found);
        }
    }
}
