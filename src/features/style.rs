//! How a comment is written: a few named numbers that belong to no single span.
//!
//! They enter the verdict as they are, one coefficient each, so an explanation can name them.
//! Counts enter as `ln(1 + n)` (the tenth exclamation mark says less than the first), shares as
//! fractions. All are finite for every text.

mod letters;

use std::sync::LazyLock;

use letters::Letters;

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
/// How many words a negation reaches: "not exactly the brightest".
const NEGATION_REACH: u32 = 3;

/// Measures a raw text and its view.
///
/// # Complexity  O(bytes)
pub fn style(raw: &str, view: &TextView, tables: &TextTables) -> StyleRow {
    let letters = Letters::count(bounded(raw));
    let words = Words::count(view, tables);
    let mut row = [0.0; STYLE_COLUMNS.len()];
    row[0] = log_count(words.n_words);
    row[1] = f64::from(u8::from(words.n_words <= 1));
    row[2] = letters.capital_share();
    let counts = [
        letters.n_shouted,
        letters.n_exclamation,
        letters.n_question,
        words.second,
        words.first,
        words.n_emoji,
        words.n_links,
        words.n_mentions,
        letters.n_quotes,
    ];
    let rest = [
        words.n_hidden,
        words.negated_praise,
        words.negated_insults,
        words.third,
        letters.n_quoted_words,
    ];
    let counts = counts.into_iter().chain(words.hits).chain(rest);
    for (column, n) in row[3..].iter_mut().zip(counts) {
        *column = log_count(n);
    }
    row
}

/// `ln(1 + n)`; of small numbers, which nearly all are, worked out once.
#[inline]
fn log_count(n: u32) -> f64 {
    static SMALL: LazyLock<[f64; 256]> =
        LazyLock::new(|| std::array::from_fn(|n| (n as f64).ln_1p()));
    SMALL
        .get(n as usize)
        .copied()
        .unwrap_or_else(|| f64::from(n).ln_1p())
}

/// What tokens and hidden words show.
#[derive(Default)]
struct Words {
    n_words: u32,
    second: u32,
    first: u32,
    third: u32,
    n_emoji: u32,
    n_links: u32,
    n_mentions: u32,
    n_hidden: u32,
    negated_praise: u32,
    negated_insults: u32,
    /// By category of the lexicon.
    hits: [u32; LexiconCategory::ALL.len()],
}

impl Words {
    fn count(view: &TextView, tables: &TextTables) -> Self {
        let mut words = Self::default();
        // The last words that a negation reaches.
        let mut reached = 0;
        for token in &view.tokens {
            match token.kind {
                TokenKind::Word => {
                    words.n_words += 1;
                    if token.class != WordClass::default() {
                        words.known(token.class, words.n_words <= reached);
                    }
                    if token.negates() {
                        reached = words.n_words + NEGATION_REACH;
                    }
                }
                TokenKind::Emoji => words.n_emoji += 1,
                TokenKind::Link => words.n_links += 1,
                TokenKind::Mention => words.n_mentions += 1,
            }
        }
        for hidden in &view.recovered {
            if let Some(category) = tables.category(&hidden.word) {
                words.hits[category as usize] += 1;
            }
            let sure = hidden.offensive || hidden.evasion == Evasion::Spaced;
            words.n_hidden += u32::from(sure);
        }
        words
    }

    /// Takes a word in of which the tables know something.
    fn known(&mut self, class: WordClass, negated: bool) {
        self.second += class.count(WordClass::SECOND_PERSON);
        self.first += class.count(WordClass::FIRST_PERSON);
        self.third += class.count(WordClass::THIRD_PERSON);
        let Some(category) = class.category() else {
            return;
        };
        self.hits[category as usize] += 1;
        match category {
            LexiconCategory::Praise => self.negated_praise += u32::from(negated),
            _ if category.is_offensive() => self.negated_insults += u32::from(negated),
            _ => {}
        }
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
