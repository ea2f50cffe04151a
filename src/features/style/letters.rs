//! Capitals, marks and words in quotation marks: what only the raw text shows.

use crate::text::lanes::{BLOCK, Block};

/// What only the raw text shows.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Letters {
    n_letters: u32,
    n_upper: u32,
    pub(super) n_shouted: u32,
    pub(super) n_exclamation: u32,
    pub(super) n_question: u32,
    pub(super) n_quotes: u32,
    /// Single words or pairs in quotation marks: distance or mockery, seldom quotation.
    pub(super) n_quoted_words: u32,
}

impl Letters {
    pub(super) fn count(raw: &str) -> Self {
        Self::count_blocks(raw.as_bytes()).unwrap_or_else(|| Self::count_each(raw))
    }

    /// Counts a block at a time, in a text of ASCII; `None` for others.
    fn count_blocks(bytes: &[u8]) -> Option<Self> {
        let mut letters = Self::default();
        // Whether the last two bytes were capitals.
        let mut last_two = 0;
        // Where a word ends that was looked at already, and what follows the last quotation mark.
        let (mut done, mut quoted) = (0, None);
        for at in (0..bytes.len()).step_by(BLOCK) {
            let block = Block::at(bytes, at);
            if block.beyond_ascii() != 0 {
                return None;
            }
            let upper = block.within(b'A', b'Z');
            letters.n_upper += upper.count_ones();
            letters.n_letters += (upper | block.within(b'a', b'z')).count_ones();
            letters.n_exclamation += block.equal(b'!').count_ones();
            letters.n_question += block.equal(b'?').count_ones();
            // Three together: the last of them, the two before this block included.
            let capitals = u64::from(upper) << 2 | last_two;
            last_two = capitals >> BLOCK;
            for last in bits((capitals & capitals >> 1 & capitals >> 2) as u32) {
                if at + last >= done {
                    let is_shouted;
                    (is_shouted, done) = shouted(bytes, at + last);
                    letters.n_shouted += u32::from(is_shouted);
                }
            }
            for mark in bits(block.equal(b'"')) {
                letters.n_quotes += 1;
                let closes = quoted.is_some_and(|from| is_short_quote(&bytes[from..at + mark]));
                letters.n_quoted_words += u32::from(closes);
                quoted = (!closes).then_some(at + mark + 1);
            }
        }
        Some(letters)
    }

    fn count_each(raw: &str) -> Self {
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
    pub(super) fn capital_share(&self) -> f64 {
        if self.n_letters < 5 {
            0.0
        } else {
            f64::from(self.n_upper) / f64::from(self.n_letters)
        }
    }
}

/// Positions of the bits that are set, in order.
#[inline]
fn bits(mut mask: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let at = (mask != 0).then(|| mask.trailing_zeros() as usize)?;
        mask &= mask - 1;
        Some(at)
    })
}

/// Whether the word around a capital that ends three of them is all capitals, and where it ends.
fn shouted(bytes: &[u8], at: usize) -> (bool, usize) {
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic();
    let n_after = bytes[at..]
        .iter()
        .take_while(|byte| is_letter(byte))
        .count();
    let before = bytes[..at].iter().rev().take_while(|byte| is_letter(byte));
    let start = at - before.count();
    let word = &bytes[start..at + n_after];
    (word.iter().all(u8::is_ascii_uppercase), at + n_after)
}

/// Whether one or two words stand between quotation marks, by the rules of [`QuotedWords`].
fn is_short_quote(between: &[u8]) -> bool {
    let mut quoted = QuotedWords::default();
    for &byte in between.iter().filter(|byte| !matches!(byte, b'!' | b'?')) {
        quoted.letter(Kind::of(char::from(byte)).is(Kind::WORD));
        if quoted.n_words > 2 {
            return false;
        }
    }
    quoted.n_words > 0
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
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn blocks_count_what_characters_do(raw in "[a-zA-Z!? ,.é\"]{0,120}|([A-Z]{1,2}[a-z !?]){20,60}|([A-Z]{2,40}|[a-z]|[a-z' ]{1,9}|\"|!| ){0,30}") {
            let each = Letters::count_each(&raw);
            prop_assert_eq!(Letters::count(&raw), each);
        }
    }
}
