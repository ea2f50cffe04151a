//! How a comment is written: a few named numbers that belong to no single span.
//!
//! They enter the verdict as they are, one coefficient each, so an explanation can name them.
//! Counts enter as `ln(1 + n)` (the tenth exclamation mark says less than the first), shares as
//! fractions. All are finite for every text.

use crate::text::{Evasion, LexiconCategory, TextTables, TextView, TokenKind, WordClass, bounded};

/// Names of the style columns, in order; a model file carries them.
pub const STYLE_COLUMNS: [&str; 25] = [
    "length",
    "one word",
    "capitals",
    "shouted words",
    "exclamation marks",
    "question marks",
    "second person",
    "first person",
    "emoji",
    "links",
    "mentions",
    "quotation marks",
    "insult words",
    "profanity",
    "sexual words",
    "slurs",
    "threat words",
    "ridicule words",
    "double-edged words",
    "praise",
    "hidden words",
    "negated praise",
    "negated insults",
    "third person",
    "words in quotation marks",
];

/// Values in the order of [`STYLE_COLUMNS`].
pub type StyleRow = [f64; STYLE_COLUMNS.len()];

/// Positions of what is a matter of the place: how long comments are there, whom and what they speak of, and whether
/// words are hidden. In a corpus where hardly anybody hides words, hiding would come to speak for a comment.
pub(crate) const MANNER: [usize; 12] = [0, 5, 6, 7, 8, 9, 10, 11, 19, 20, 23, 24];
/// Position of the first lexicon column.
const LEXICON: usize = 12;
/// Position of the column after the last lexicon column.
const AFTER_LEXICON: usize = LEXICON + LexiconCategory::ALL.len();
/// How many words a negation reaches: "not exactly the brightest".
const NEGATION_REACH: u32 = 3;

/// Measures a raw text and its view.
///
/// # Complexity  O(bytes)
pub fn style(raw: &str, view: &TextView, tables: &TextTables) -> StyleRow {
    let mut row = [0.0; STYLE_COLUMNS.len()];
    let letters = Letters::count(bounded(raw));
    let mut n_words = 0.0_f64;
    let mut hits = [0.0_f64; LexiconCategory::ALL.len()];
    let (mut second, mut first, mut third) = (0, 0, 0);
    let (mut hidden_words, mut negated_praise, mut negated_insults) = (0.0_f64, 0.0_f64, 0.0_f64);
    // Words since the last negation.
    let mut since_negation = u32::MAX;
    for token in &view.tokens {
        match token.kind {
            TokenKind::Word => {
                n_words += 1.0;
                let class = token.class;
                second += class.count(WordClass::SECOND_PERSON);
                first += class.count(WordClass::FIRST_PERSON);
                third += class.count(WordClass::THIRD_PERSON);
                if let Some(category) = class.category() {
                    hits[category as usize] += 1.0;
                    if since_negation < NEGATION_REACH {
                        match category {
                            LexiconCategory::Praise => negated_praise += 1.0,
                            _ if category.is_offensive() => negated_insults += 1.0,
                            _ => {}
                        }
                    }
                }
                let word = token.text(&view.normalized);
                since_negation = if class.is(WordClass::NEGATION) || word.ends_with("n't") {
                    0
                } else {
                    since_negation.saturating_add(1)
                };
            }
            TokenKind::Emoji => row[8] += 1.0,
            TokenKind::Link => row[9] += 1.0,
            TokenKind::Mention => row[10] += 1.0,
        }
    }
    for hidden in &view.recovered {
        if let Some(category) = tables.category(&hidden.word) {
            hits[category as usize] += 1.0;
        }
        let sure = hidden.offensive || hidden.evasion == Evasion::Spaced;
        hidden_words += f64::from(u8::from(sure));
    }
    row[0] = n_words.ln_1p();
    row[1] = f64::from(u8::from(n_words <= 1.0));
    row[2] = letters.capital_share();
    row[3] = f64::from(letters.n_shouted).ln_1p();
    row[4] = f64::from(letters.n_exclamation).ln_1p();
    row[5] = f64::from(letters.n_question).ln_1p();
    row[6] = f64::from(second).ln_1p();
    row[7] = f64::from(first).ln_1p();
    for count in &mut row[8..=10] {
        *count = count.ln_1p();
    }
    row[11] = f64::from(letters.n_quotes).ln_1p();
    for (column, n) in row[LEXICON..].iter_mut().zip(hits) {
        *column = n.ln_1p();
    }
    let rest = [
        hidden_words,
        negated_praise,
        negated_insults,
        f64::from(third),
        f64::from(letters.n_quoted_words),
    ];
    for (column, n) in row[AFTER_LEXICON..].iter_mut().zip(rest) {
        *column = n.ln_1p();
    }
    row
}

/// What only the raw text shows.
#[derive(Default)]
struct Letters {
    n_letters: u32,
    n_upper: u32,
    n_shouted: u32,
    n_exclamation: u32,
    n_question: u32,
    n_quotes: u32,
    /// Single words or pairs in quotation marks: distance or mockery, seldom quotation.
    n_quoted_words: u32,
}

impl Letters {
    fn count(raw: &str) -> Self {
        let mut letters = Self::default();
        // Upper-case letters of the word at hand, and whether it has a lower-case one.
        let (mut n_upper, mut is_calm) = (0, false);
        let mut quoted = QuotedWords::default();
        let mut rest = raw;
        loop {
            // Most of a text is runs of small letters, of which the last leaves all as the first did.
            let n_lower = rest.bytes().take_while(u8::is_ascii_lowercase).count();
            if n_lower > 0 {
                letters.n_letters += n_lower as u32;
                is_calm = true;
                quoted.letter(true);
                rest = &rest[n_lower..];
            }
            let Some(c) = rest.chars().next() else {
                break;
            };
            rest = &rest[c.len_utf8()..];
            let kind = Kind::of(c);
            letters.n_upper += u32::from(kind.is(Kind::UPPER));
            letters.n_letters += u32::from(kind.is(Kind::UPPER | Kind::LOWER));
            if kind.is(Kind::MARK) {
                match c {
                    '!' => letters.n_exclamation += 1,
                    '?' => letters.n_question += 1,
                    _ => {
                        letters.n_quotes += 1;
                        letters.n_quoted_words += u32::from(quoted.mark());
                    }
                }
            }
            // Exclamation and question marks leave a quoted word as it is.
            if !kind.is(Kind::MARK) {
                quoted.letter(kind.is(Kind::WORD));
            }
            if kind.is(Kind::UPPER | Kind::LOWER) {
                n_upper += u32::from(kind.is(Kind::UPPER));
                is_calm |= kind.is(Kind::LOWER);
            } else {
                letters.n_shouted += u32::from(!is_calm && n_upper > 2);
                (n_upper, is_calm) = (0, false);
            }
        }
        letters.n_shouted += u32::from(!is_calm && n_upper > 2);
        letters
    }

    /// Share of capitals among letters with case; 0 where there are too few letters to tell.
    fn capital_share(&self) -> f64 {
        if self.n_letters < 5 {
            0.0
        } else {
            f64::from(self.n_upper) / f64::from(self.n_letters)
        }
    }
}

fn is_quotation_mark(c: char) -> bool {
    matches!(c, '“' | '”' | '„' | '«' | '»')
}

/// What matters of a character here, in bits.
#[derive(Clone, Copy)]
struct Kind(u8);

impl Kind {
    const UPPER: u8 = 1;
    const LOWER: u8 = 1 << 1;
    /// Letters, digits and the apostrophe.
    const WORD: u8 = 1 << 2;
    /// `!`, `?` and quotation marks.
    const MARK: u8 = 1 << 3;

    const ASCII: [Self; 128] = {
        let mut kinds = [Self(0); 128];
        let mut byte = 0;
        while byte < 128 {
            kinds[byte] = Self(match byte as u8 {
                b'A'..=b'Z' => Self::UPPER | Self::WORD,
                b'a'..=b'z' => Self::LOWER | Self::WORD,
                b'0'..=b'9' | b'\'' => Self::WORD,
                b'!' | b'?' | b'"' => Self::MARK,
                _ => 0,
            });
            byte += 1;
        }
        kinds
    };

    #[inline]
    fn of(c: char) -> Self {
        Self::ASCII
            .get(c as usize)
            .copied()
            .unwrap_or_else(|| Self::of_other(c))
    }

    fn of_other(c: char) -> Self {
        let bit = |is: bool, bit: u8| if is { bit } else { 0 };
        Self(
            bit(c.is_uppercase(), Self::UPPER)
                | bit(c.is_lowercase(), Self::LOWER)
                | bit(c.is_alphanumeric(), Self::WORD)
                | bit(is_quotation_mark(c), Self::MARK),
        )
    }

    #[inline]
    fn is(self, bits: u8) -> bool {
        self.0 & bits != 0
    }
}

/// Counts the words since the last quotation mark.
#[derive(Default)]
struct QuotedWords {
    open: bool,
    n_words: u32,
    in_word: bool,
}

impl QuotedWords {
    /// Takes a quotation mark; whether it closes one or two words.
    fn mark(&mut self) -> bool {
        let closes = self.open && (1..=2).contains(&self.n_words);
        *self = Self {
            open: !closes,
            ..Self::default()
        };
        closes
    }

    /// Takes any other character.
    #[inline]
    fn letter(&mut self, in_word: bool) {
        self.n_words += u32::from(in_word && !self.in_word);
        self.in_word = in_word;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(raw: &str, name: &str) -> f64 {
        let tables = TextTables::shipped();
        let mut view = TextView::default();
        view.parse(raw, &tables);
        let at = STYLE_COLUMNS
            .iter()
            .position(|&column| column == name)
            .expect("known column");
        style(raw, &view, &tables)[at]
    }

    #[test]
    fn columns_measure_what_they_name() {
        for (raw, name, expected) in [
            ("YOU ARE an idiot", "shouted words", 2.0_f64.ln_1p()),
            ("What?! No!!", "exclamation marks", 3.0_f64.ln_1p()),
            ("you and your friends", "second person", 2.0_f64.ln_1p()),
            ("idiot 1d10t", "insult words", 2.0_f64.ln_1p()),
            ("1d10t", "hidden words", 1.0_f64.ln_1p()),
            ("ok", "one word", 1.0),
            ("", "length", 0.0),
            ("🤡🤡 hi", "emoji", 2.0_f64.ln_1p()),
            ("not exactly the brightest", "negated praise", 2.0_f64.ln()),
            ("not that it matters, but bright", "negated praise", 0.0),
            ("he isn't stupid", "negated insults", 2.0_f64.ln()),
            ("she told him", "third person", 2.0_f64.ln_1p()),
            (
                "the “expert” says \"no such thing at all\"",
                "words in quotation marks",
                2.0_f64.ln(),
            ),
        ] {
            assert!(
                (value(raw, name) - expected).abs() < 1e-12,
                "{raw}: {name} {}",
                value(raw, name)
            );
        }
    }
}
