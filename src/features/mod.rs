//! Text → token features. One extractor for training, scoring and explaining.
//!
//! [`extract`] emits every feature of a [`TextView`] to a closure: words 1–3, character n-grams 2–6
//! inside word bounds. An offensive word recovered from hiding stands in place of its writing, so that `1d10t`
//! counts as `idiot` without ever having been seen in training; other recovered words stand beside theirs.
//!
//! Features are hashed (Weinberger et al. 2009, "Feature hashing for large scale multitask
//! learning"): no vocabulary is held, so any corpus fits; an explanation needs none either, because
//! it hashes this comment's own n-grams again.

pub mod hashing;
pub mod rows;
pub mod style;

use crate::text::{Recovered, TextView, Token, TokenKind};
use hashing::{WORD_SALT, combine, hash_bytes, hash_range, hash_short, load_range};

/// Kind of n-gram; each kind is normalised by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// Words: `you`, `you are`, `you are an`.
    Word,
    /// Characters inside a word and its bounds: ` id`, `diot `.
    Char,
}

/// One occurrence of an n-gram.
#[derive(Clone, Copy, Debug)]
pub struct Feature {
    /// Its kind.
    pub block: Block,
    /// Its hash; the bucket is the hash's top bits.
    pub hash: u64,
    /// First byte in the normalised text.
    pub start: u32,
    /// One past its last byte.
    pub end: u32,
}

/// Longest word n-gram.
const MAX_WORDS: usize = 3;
/// Shortest and longest character n-gram, word bounds included.
const MIN_CHARS: usize = 2;
const MAX_CHARS: usize = 6;

/// See [`WORD_SALT`].
const CHAR_SALT: u64 = 0x3c6e_f372_fe94_f82b;

/// Emits every feature of a view, word n-grams first, an n-gram once per occurrence.
///
/// # Complexity  O(bytes): about 19 features per word of five letters
pub fn extract(view: &TextView, emit: &mut impl FnMut(Feature)) {
    extract_new(view, &mut |_| true, emit);
}

/// The same, but character n-grams of those words only whose hash `is_new`: a word said twice has no others.
#[inline]
pub(crate) fn extract_new(
    view: &TextView,
    is_new: &mut impl FnMut(u64) -> bool,
    emit: &mut impl FnMut(Feature),
) {
    let mut scratch = CharScratch::default();
    let mut window = WordWindow::default();
    let mut push = |hash, start, end| window.push(hash, false, start, end, emit);
    if view.recovered.is_empty() {
        view.tokens
            .iter()
            .for_each(|token| push(token.hash, token.start, token.end));
    } else {
        for_each_unit(view, |unit| match unit {
            Unit::Token(token) => push(token.hash, token.start, token.end),
            Unit::Hidden(hidden) => push(hidden_hash(hidden), hidden.start, hidden.end),
        });
    }
    let mut chars = |token: &Token, emit: &mut _| {
        if token.kind == TokenKind::Word && is_new(token.hash) {
            scratch.emit_token(&view.normalized, token, emit);
        }
    };
    if view.recovered.is_empty() {
        view.tokens.iter().for_each(|token| chars(token, emit));
        return;
    }
    for_each_unit(view, |unit| {
        if let Unit::Token(token) = unit {
            chars(token, emit);
        }
    });
    for hidden in &view.recovered {
        scratch.emit_hidden(hidden, emit);
    }
    extract_guesses(view, emit);
}

/// A token, or an offensive word in place of its writing.
enum Unit<'a> {
    Token(&'a Token),
    Hidden(&'a Recovered),
}

/// The words of a text with offensive ones in place of their writings: beside each other, the odd n-grams of a
/// writing would dilute the word.
fn for_each_unit<'a>(view: &'a TextView, mut each: impl FnMut(Unit<'a>)) {
    let mut tokens = view.tokens.iter().peekable();
    for hidden in view.recovered.iter().filter(|hidden| hidden.offensive) {
        while let Some(token) = tokens.next_if(|token| token.end <= hidden.start) {
            each(Unit::Token(token));
        }
        while tokens.next_if(|token| token.start < hidden.end).is_some() {}
        each(Unit::Hidden(hidden));
    }
    tokens.for_each(|token| each(Unit::Token(token)));
}

fn hidden_hash(hidden: &Recovered) -> u64 {
    hash_bytes(hidden.word.as_bytes(), WORD_SALT)
}

/// The second view, of words that are no offensive ones and so less sure: each in its surroundings, beside its
/// writing.
fn extract_guesses(view: &TextView, emit: &mut impl FnMut(Feature)) {
    let mut window = WordWindow {
        only_recovered: true,
        ..WordWindow::default()
    };
    let mut tokens = view.tokens.iter().peekable();
    for hidden in view.recovered.iter().filter(|hidden| !hidden.offensive) {
        while let Some(token) = tokens.next_if(|token| token.end <= hidden.start) {
            window.push(token.hash, false, token.start, token.end, emit);
        }
        while tokens.next_if(|token| token.start < hidden.end).is_some() {}
        window.push(hidden_hash(hidden), true, hidden.start, hidden.end, emit);
    }
    for token in tokens.take(MAX_WORDS - 1) {
        window.push(token.hash, false, token.start, token.end, emit);
    }
}

/// The last words seen, so that each new one closes its 1-, 2- and 3-gram.
#[derive(Default)]
struct WordWindow {
    /// Hash, start, recovered; oldest first.
    last: [Option<(u64, u32, bool)>; MAX_WORDS - 1],
    /// Emit only n-grams that hold a recovered word.
    only_recovered: bool,
}

impl WordWindow {
    #[inline]
    fn push(
        &mut self,
        hash: u64,
        recovered: bool,
        start: u32,
        end: u32,
        emit: &mut impl FnMut(Feature),
    ) {
        let [older, newer] = self.last;
        let mut send = |hash, start, recovered: bool| {
            if recovered || !self.only_recovered {
                emit(Feature {
                    block: Block::Word,
                    hash,
                    start,
                    end,
                });
            }
        };
        send(hash, start, recovered);
        if let Some((second, second_start, second_recovered)) = newer {
            send(
                combine(second, hash),
                second_start,
                recovered || second_recovered,
            );
            if let Some((third, third_start, third_recovered)) = older {
                let any = recovered || second_recovered || third_recovered;
                send(combine(combine(third, second), hash), third_start, any);
            }
        }
        self.last = [newer, Some((hash, start, recovered))];
    }
}

/// Longest plain word that is read in a register, between its bounds.
const MAX_IN_REGISTER: usize = 6;

/// Words between their bounds, ready for eight-byte loads.
#[derive(Default)]
struct CharScratch {
    padded: Vec<u8>,
    offsets: Vec<u32>,
}

impl CharScratch {
    /// Emits the character n-grams of a word as it stands.
    #[inline]
    fn emit_token(&mut self, text: &str, token: &Token, emit: &mut impl FnMut(Feature)) {
        let (start, end) = (token.start, token.end);
        // One byte of padding before the word; the bounds themselves have no bytes.
        let span = |from: usize, to: usize| {
            let from = (start + from as u32).saturating_sub(1).max(start);
            (from, (start + to as u32 - 1).min(end))
        };
        let n_bytes = (end - start) as usize;
        if token.is_plain && n_bytes <= MAX_IN_REGISTER {
            let word = load_range(text.as_bytes(), start as usize, end as usize);
            let padded = u64::from(b' ') | word << 8 | u64::from(b' ') << (8 * (n_bytes + 1));
            for at in 0..=n_bytes {
                grams(padded >> (8 * at), at, n_bytes + 2 - at, span, emit);
            }
        } else {
            self.emit(token.text(text), span, emit);
        }
    }

    /// Emits those of a recovered word, which has no positions of its own: all span the whole writing.
    fn emit_hidden(&mut self, hidden: &Recovered, emit: &mut impl FnMut(Feature)) {
        self.emit(&hidden.word, |_, _| (hidden.start, hidden.end), emit);
    }

    fn emit(
        &mut self,
        word: &str,
        span: impl Fn(usize, usize) -> (u32, u32) + Copy,
        emit: &mut impl FnMut(Feature),
    ) {
        self.padded.clear();
        self.padded.push(b' ');
        self.padded.extend_from_slice(word.as_bytes());
        self.padded.push(b' ');
        if word.is_ascii() {
            self.ascii(span, emit);
        } else {
            self.unicode(word, span, emit);
        }
    }

    #[inline]
    fn ascii(
        &mut self,
        span: impl Fn(usize, usize) -> (u32, u32) + Copy,
        emit: &mut impl FnMut(Feature),
    ) {
        let len = self.padded.len();
        self.padded.extend_from_slice(&[0; 8]);
        for (at, word) in self.padded.windows(8).take(len).enumerate() {
            let word = word
                .first_chunk()
                .map_or(0, |word| u64::from_le_bytes(*word));
            grams(word, at, len - at, span, emit);
        }
    }

    fn unicode(
        &mut self,
        word: &str,
        span: impl Fn(usize, usize) -> (u32, u32),
        emit: &mut impl FnMut(Feature),
    ) {
        self.offsets.clear();
        self.offsets.push(0);
        self.offsets
            .extend(word.char_indices().map(|(i, _)| i as u32 + 1));
        self.offsets.push(word.len() as u32 + 1);
        self.offsets.push(word.len() as u32 + 2);
        let n_chars = self.offsets.len() - 1;
        for at in 0..n_chars {
            for n in MIN_CHARS..=MAX_CHARS.min(n_chars - at) {
                let (from, to) = (self.offsets[at] as usize, self.offsets[at + n] as usize);
                let (start, end) = span(from, to);
                let hash = hash_range(&self.padded, from, to, CHAR_SALT);
                emit(Feature {
                    block: Block::Char,
                    hash,
                    start,
                    end,
                });
            }
        }
    }
}

/// Emits the character n-grams that begin at byte `at` of a padded word, of which `n_left` bytes are left; `word`
/// holds the next eight.
#[inline]
fn grams(
    word: u64,
    at: usize,
    n_left: usize,
    span: impl Fn(usize, usize) -> (u32, u32),
    emit: &mut impl FnMut(Feature),
) {
    for n in MIN_CHARS..=MAX_CHARS.min(n_left) {
        let gram = word & ((1 << (8 * n)) - 1);
        let (start, end) = span(at, at + n);
        emit(Feature {
            block: Block::Char,
            hash: hash_short(gram, CHAR_SALT),
            start,
            end,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TextTables;
    use proptest::prelude::*;

    fn features(raw: &str) -> Vec<Feature> {
        let mut view = TextView::default();
        view.parse_aligned(raw, &TextTables::shipped());
        let mut all = Vec::new();
        extract(&view, &mut |feature| all.push(feature));
        all
    }

    fn n_features(raw: &str, block: Block) -> usize {
        features(raw)
            .iter()
            .filter(|feature| feature.block == block)
            .count()
    }

    #[test]
    fn counts_are_those_of_the_definition() {
        assert_eq!(n_features("you are an", Block::Word), 3 + 2 + 1);
        // " you ": 4 of 2, 3 of 3, 2 of 4, 1 of 5.
        assert_eq!(n_features("you", Block::Char), 10);
        assert_eq!(n_features("für", Block::Char), 10);
    }

    #[test]
    fn hidden_word_has_the_features_of_the_plain_one() {
        let plain: Vec<u64> = features("idiot").iter().map(|f| f.hash).collect();
        for hidden in ["1d10t", "i d i o t", "idi\u{43e}t", "i.d.i.o.t", "id1ot"] {
            let found: Vec<u64> = features(hidden).iter().map(|f| f.hash).collect();
            assert!(plain.iter().all(|hash| found.contains(hash)), "{hidden}");
        }
    }

    /// The paths through a register, through memory and for any script.
    #[test]
    fn paths_of_character_ngrams_agree() {
        for word in ["i", "it", "idiot", "idiots", "idiotic", "don't"] {
            let text = format!("you {word} you");
            let mut view = TextView::default();
            view.parse_aligned(&text, &TextTables::shipped());
            let token = view.tokens[1];
            let mut scratch = CharScratch::default();
            let span = |from: usize, to: usize| {
                (
                    (4 + from as u32 - u32::from(from > 0)).max(4),
                    (4 + to as u32 - 1).min(4 + word.len() as u32),
                )
            };
            let mut found: [Vec<_>; 3] = Default::default();
            let keep = |found: &mut Vec<_>, f: Feature| found.push((f.hash, f.start, f.end));
            scratch.emit_token(&view.normalized, &token, &mut |f| keep(&mut found[0], f));
            scratch.emit(word, span, &mut |f| keep(&mut found[1], f));
            scratch.padded.truncate(word.len() + 2);
            scratch.unicode(word, span, &mut |f| keep(&mut found[2], f));
            assert_eq!(found[0], found[1], "{word}");
            assert_eq!(found[1], found[2], "{word}");
        }
    }

    proptest! {
        #[test]
        fn every_span_slices_the_normalised_text(raw in "\\PC{0,40}|[a-z0-9@*. é你🤡]{0,40}") {
            let mut view = TextView::default();
            view.parse_aligned(&raw, &TextTables::shipped());
            let mut ok = true;
            extract(&view, &mut |f| ok &= view.normalized.get(f.start as usize..f.end as usize).is_some_and(|s| !s.is_empty()));
            prop_assert!(ok);
        }
    }
}
