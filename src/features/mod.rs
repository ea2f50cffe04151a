//! Text → token features. One extractor for training, scoring and explaining.
//!
//! [`extract`] hands a [`Sink`] every feature of a [`TextView`], sentence by sentence: n-grams of 1–3 words of a
//! sentence, and words, whose [characters](char_ngrams) count as n-grams 2–6 inside word bounds. An offensive word
//! recovered from hiding stands in place of its writing, so that `1d10t` counts as `idiot` without ever having
//! been seen in training; other recovered words stand beside theirs.
//!
//! Character n-grams are a property of the word, each once: a comment's are those of its distinct words, added up. So a
//! word's sums can be kept from comment to comment, and a comment costs some four look-ups a word instead of twenty.
//!
//! Features are hashed (Weinberger et al. 2009, "Feature hashing for large scale multitask
//! learning"): no vocabulary is held, so any corpus fits; an explanation needs none either, because
//! it hashes this comment's own n-grams again.

mod chars;
pub mod hashing;
pub mod rows;
pub mod style;

pub use chars::char_ngrams;

use crate::text::{Recovered, TextView, Token, TokenKind};
use hashing::{WORD_SALT, combine, hash_bytes, short_key};

/// A sequence of one to three words.
#[derive(Clone, Copy, Debug)]
pub struct WordNgram {
    /// Its hash; the bucket is the hash's top bits.
    pub hash: u64,
    /// First byte in the normalised text.
    pub start: u32,
    /// One past its last byte.
    pub end: u32,
}

/// A word whose characters count.
#[derive(Clone, Copy, Debug)]
pub struct Word<'a> {
    /// The normalised text, or a word that was meant.
    source: &'a str,
    /// Where the word stands in it.
    from: usize,
    to: usize,
    /// Its hash as a word.
    pub hash: u64,
    /// First byte in the normalised text.
    pub start: u32,
    /// One past its last byte.
    pub end: u32,
}

impl<'a> Word<'a> {
    /// As it is spelt, or was meant.
    pub fn text(&self) -> &'a str {
        &self.source[self.from..self.to]
    }

    /// See [`short_key`].
    #[inline]
    pub(crate) fn key(&self) -> Option<[u64; 2]> {
        short_key(self.source.as_bytes(), self.from, self.to)
    }
}

/// Takes in features in the order of the text, one call per occurrence.
pub trait Sink {
    /// Words in sequence.
    fn ngram(&mut self, ngram: WordNgram);
    /// A word, after the n-grams that end with it.
    fn word(&mut self, word: Word<'_>);
    /// What was handed in since the last call is a sentence.
    fn end_sentence(&mut self);
}

/// Longest word n-gram.
const MAX_WORDS: usize = 3;
/// A sentence of fewer words goes with the next one: `You. Are. An. Idiot.`
const MIN_SENTENCE: usize = 3;
/// Words after which a sentence ends by itself; it bounds a sentence's sums.
pub const MAX_SENTENCE: usize = 64;

/// Hands every feature of a view to a sink. No n-gram reaches over the end of a sentence.
///
/// # Complexity  O(bytes)
pub fn extract(view: &TextView, sink: &mut impl Sink) {
    let mut sentence = SentenceWindow::default();
    if view.recovered.is_empty() {
        for token in &view.tokens {
            sentence.token(view, token, sink);
        }
    } else {
        for_each_unit(view, |unit| match unit {
            Unit::Token(token) => sentence.token(view, token, sink),
            Unit::Hidden(hidden) => sentence.hidden(view, hidden, sink),
        });
    }
    sentence.finish(sink);
    if !view.recovered.is_empty() {
        extract_guesses(view, sink);
    }
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

fn hidden_word(hidden: &Recovered) -> Word<'_> {
    Word {
        source: &hidden.word,
        from: 0,
        to: hidden.word.len(),
        hash: hidden_hash(hidden),
        start: hidden.start,
        end: hidden.end,
    }
}

/// The second view, of words that are no offensive ones and so less sure: each in its surroundings, beside its
/// writing. The guesses of a text count as sentences of their own.
fn extract_guesses(view: &TextView, sink: &mut impl Sink) {
    let mut window = WordWindow::<true>::default();
    let mut tokens = view.tokens.iter().peekable();
    let mut n_guesses = 0;
    for hidden in view.recovered.iter().filter(|hidden| !hidden.offensive) {
        while let Some(token) = tokens.next_if(|token| token.end <= hidden.start) {
            window.push(token.hash, false, token.start, token.end, sink);
        }
        while tokens.next_if(|token| token.start < hidden.end).is_some() {}
        window.push(hidden_hash(hidden), true, hidden.start, hidden.end, sink);
        sink.word(hidden_word(hidden));
        n_guesses += 1;
        // At most as many n-grams as a sentence of so many words.
        if n_guesses % (MAX_SENTENCE / MAX_WORDS) == 0 {
            sink.end_sentence();
        }
    }
    if n_guesses > 0 {
        for token in tokens.take(MAX_WORDS - 1) {
            window.push(token.hash, false, token.start, token.end, sink);
        }
        sink.end_sentence();
    }
}

/// The words of one sentence.
#[derive(Default)]
struct SentenceWindow {
    window: WordWindow<false>,
    /// Where the last word ends.
    end: u32,
}

impl SentenceWindow {
    #[inline]
    fn token(&mut self, view: &TextView, token: &Token, sink: &mut impl Sink) {
        self.step(view, token.start, token.end, sink);
        self.window
            .push(token.hash, false, token.start, token.end, sink);
        if token.kind == TokenKind::Word {
            sink.word(Word {
                source: &view.normalized,
                from: token.start as usize,
                to: token.end as usize,
                hash: token.hash,
                start: token.start,
                end: token.end,
            });
        }
    }

    fn hidden(&mut self, view: &TextView, hidden: &Recovered, sink: &mut impl Sink) {
        self.step(view, hidden.start, hidden.end, sink);
        let word = hidden_word(hidden);
        self.window
            .push(word.hash, false, word.start, word.end, sink);
        sink.word(word);
    }

    /// Moves on to the next word, which begins another sentence if the gap before it holds the end of one.
    #[inline]
    fn step(&mut self, view: &TextView, start: u32, end: u32, sink: &mut impl Sink) {
        let n_words = self.window.n_words;
        let ends = n_words >= MIN_SENTENCE
            && (n_words >= MAX_SENTENCE
                || start > self.end + 1 && holds_end(&view.normalized, self.end, start));
        if ends {
            self.finish(sink);
        }
        self.end = end;
    }

    fn finish(&mut self, sink: &mut impl Sink) {
        if self.window.n_words > 0 {
            sink.end_sentence();
        }
        self.window = WordWindow::default();
    }
}

/// Whether the gap between two words holds the end of a sentence. `3.5` and `i.d.i.o.t` have gaps of one byte.
fn holds_end(normalized: &str, from: u32, to: u32) -> bool {
    normalized[from as usize..to as usize].contains(['.', '!', '?', '。', '！', '？', '؟'])
}

/// The last words seen, so that each new one closes its 1-, 2- and 3-gram. With `GUESSES`, only n-grams that hold a recovered
/// word are handed on.
#[derive(Default)]
struct WordWindow<const GUESSES: bool> {
    /// Words seen.
    n_words: usize,
    /// The last word and the last two, if there were so many.
    last: Sequence,
    last_two: Sequence,
}

#[derive(Clone, Copy, Default)]
struct Sequence {
    hash: u64,
    start: u32,
    recovered: bool,
}

impl<const GUESSES: bool> WordWindow<GUESSES> {
    #[inline]
    fn push(&mut self, hash: u64, recovered: bool, start: u32, end: u32, sink: &mut impl Sink) {
        let mut send = |sequence: Sequence| {
            if sequence.recovered || !GUESSES {
                sink.ngram(WordNgram {
                    hash: sequence.hash,
                    start: sequence.start,
                    end,
                });
            }
        };
        let extend = |first: Sequence| Sequence {
            hash: combine(first.hash, hash),
            start: first.start,
            recovered: first.recovered || recovered,
        };
        let word = Sequence {
            hash,
            start,
            recovered,
        };
        send(word);
        if self.n_words > 0 {
            let two = extend(self.last);
            send(two);
            if self.n_words > 1 {
                send(extend(self.last_two));
            }
            self.last_two = two;
        }
        self.last = word;
        self.n_words += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TextTables;
    use proptest::prelude::*;

    /// Hashes of word n-grams and character n-grams of each sentence, and all spans.
    #[derive(Default)]
    struct Found {
        ngrams: Vec<u64>,
        chars: Vec<u64>,
        spans: Vec<(u32, u32)>,
        sentences: Vec<usize>,
    }

    impl Sink for Found {
        fn ngram(&mut self, ngram: WordNgram) {
            self.ngrams.push(ngram.hash);
            self.spans.push((ngram.start, ngram.end));
        }
        fn word(&mut self, word: Word<'_>) {
            char_ngrams(word.text(), |hash| self.chars.push(hash));
            self.spans.push((word.start, word.end));
        }
        fn end_sentence(&mut self) {
            self.sentences.push(self.ngrams.len());
        }
    }

    fn found(raw: &str) -> (Found, TextView) {
        let mut view = TextView::default();
        view.parse_aligned(raw, &TextTables::shipped());
        let mut found = Found::default();
        extract(&view, &mut found);
        (found, view)
    }

    #[test]
    fn counts_are_those_of_the_definition() {
        assert_eq!(found("you are an").0.ngrams.len(), 3 + 2 + 1);
        // " you ": 4 of 2, 3 of 3, 2 of 4, 1 of 5.
        assert_eq!(found("you").0.chars.len(), 10);
        assert_eq!(found("für").0.chars.len(), 10);
        assert_eq!(found("ü").0.chars.len(), 3);
    }

    #[test]
    fn hidden_word_has_the_features_of_the_plain_one() {
        let plain = found("idiot").0;
        for hidden in ["1d10t", "i d i o t", "idi\u{43e}t", "i.d.i.o.t", "id1ot"] {
            let found = found(hidden).0;
            assert!(
                plain.ngrams.iter().all(|hash| found.ngrams.contains(hash)),
                "{hidden}"
            );
            assert!(
                plain.chars.iter().all(|hash| found.chars.contains(hash)),
                "{hidden}"
            );
        }
    }

    #[test]
    fn sentences_end_at_marks_and_when_they_grow_long() {
        let n_sentences = |raw: &str| found(raw).0.sentences.len();
        assert_eq!(n_sentences(""), 0);
        assert_eq!(n_sentences("no end"), 1);
        assert_eq!(n_sentences("It costs 3.5 euros. Who pays that? Not me!"), 3);
        assert_eq!(n_sentences("You. Are. An. Idiot."), 2);
        assert_eq!(n_sentences(&"word ".repeat(MAX_SENTENCE)), 1);
        assert_eq!(n_sentences(&"word ".repeat(MAX_SENTENCE + 1)), 2);
        // No n-gram of words from both.
        let both = found("one two three. four five six").0;
        assert_eq!(both.ngrams.len(), 2 * (3 + 2 + 1));
        assert_eq!(both.sentences, [6, 12]);
    }

    proptest! {
        #[test]
        fn every_span_slices_the_normalised_text(raw in "\\PC{0,40}|[a-z0-9@*. é你🤡]{0,40}") {
            let (found, view) = found(&raw);
            for (start, end) in found.spans {
                let text = view.normalized.get(start as usize..end as usize);
                prop_assert!(text.is_some_and(|text| !text.is_empty()));
            }
            prop_assert!(found.sentences.last().copied().unwrap_or(0) == found.ngrams.len());
        }
    }
}
