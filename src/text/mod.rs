//! Raw comment → normalised text, tokens, and the words somebody tried to hide.
//!
//! Flow: `markup` (what a reader sees) → `normalize` → [`tokenize`] → [`deobfuscate`]. Every step
//! keeps its alignment, so that any range of the normalised text can be shown on the raw one.
//! Nothing here knows labels, weights or files; every valid UTF-8 text has a view, and nothing panics.

pub mod align;
pub mod class;
pub mod deobfuscate;
mod known;
pub(crate) mod lanes;
pub mod language;
mod lists;
pub(crate) mod markup;
pub(crate) mod normalize;
pub mod tables;
pub mod tokenize;

pub use class::WordClass;
pub use deobfuscate::{Evasion, Recovered};
pub use tables::{LexiconCategory, TableSource, TextTables};
pub use tokenize::{Token, TokenKind};

pub(crate) use class::is_function_word;
pub(crate) use normalize::is_removed as is_invisible;

use crate::comment::Span;
use align::ByteMap;
use known::KnownWords;

/// Longest text read, in bytes; the rest of a longer one is not looked at (it is kept in outputs).
/// Chosen: three times Perspective's limit of 20,480; bounds time and memory per comment.
pub const MAX_TEXT_BYTES: usize = 65_536;

/// What the features read. Reused from comment to comment, so that scoring does not allocate.
#[derive(Clone, Debug, Default)]
pub struct TextView {
    /// The normalised text.
    pub normalized: String,
    /// Its tokens, in order.
    pub tokens: Vec<Token>,
    /// Hidden words, in order, not overlapping.
    pub recovered: Vec<Recovered>,
    /// Bytes of the raw text that were read.
    pub n_raw_bytes: usize,
    plain: String,
    map: ByteMap,
    known: KnownWords,
    /// Looks for no hidden words: to measure what the second view is worth, nothing else.
    literal: bool,
}

impl TextView {
    /// Reads a raw text for scoring; spans are not kept.
    pub fn parse(&mut self, raw: &str, tables: &TextTables) {
        let raw = bounded(raw);
        if markup::may_have_markup(raw) {
            self.plain.clear();
            markup::strip(raw, &mut self.plain, &mut ());
            normalize::normalize(&self.plain, &mut self.normalized, &mut ());
        } else {
            normalize::normalize(raw, &mut self.normalized, &mut ());
        }
        self.finish(raw, tables);
    }

    /// Reads a raw text for explaining; [`Self::raw_span`] works afterwards.
    pub fn parse_aligned(&mut self, raw: &str, tables: &TextTables) {
        let raw = bounded(raw);
        self.normalize_aligned(raw);
        self.finish(raw, tables);
    }

    /// Finds where the normalised text comes from, of the raw text that was just [parsed](Self::parse): its tokens and
    /// hidden words stay as they are.
    pub(crate) fn align(&mut self, raw: &str) {
        let raw = bounded(raw);
        debug_assert_eq!(self.n_raw_bytes, raw.len(), "another text was parsed");
        self.normalize_aligned(raw);
    }

    fn normalize_aligned(&mut self, raw: &str) {
        self.map.clear();
        if markup::may_have_markup(raw) {
            let mut from_raw = ByteMap::default();
            self.plain.clear();
            markup::strip(raw, &mut self.plain, &mut from_raw);
            normalize::normalize(&self.plain, &mut self.normalized, &mut self.map);
            self.map.compose(&from_raw);
        } else {
            normalize::normalize(raw, &mut self.normalized, &mut self.map);
        }
    }

    /// Leaves hidden words hidden from now on; for measurements alone.
    pub(crate) fn read_literally(&mut self) {
        self.literal = true;
    }

    /// The raw range behind a range of the normalised text; needs [`Self::parse_aligned`], or `align` after
    /// [`Self::parse`].
    pub fn raw_span(&self, start: u32, end: u32) -> Span {
        self.map.source(start as usize, end as usize)
    }

    fn finish(&mut self, raw: &str, tables: &TextTables) {
        self.n_raw_bytes = raw.len();
        let signs = tokenize::tokenize(&self.normalized, tables, &mut self.known, &mut self.tokens);
        if self.literal {
            self.recovered.clear();
            return;
        }
        deobfuscate::recover(
            &self.normalized,
            &self.tokens,
            signs,
            tables,
            &mut self.recovered,
        );
    }
}

/// The first [`MAX_TEXT_BYTES`] bytes, cut at a character.
pub(crate) fn bounded(raw: &str) -> &str {
    &raw[..raw.floor_char_boundary(MAX_TEXT_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn aligned_afterwards_is_as_parsed_aligned(
            texts in prop::collection::vec("(\\PC{0,20}|<b>i d i o t</b> &amp; 1d10t ＩＤ|é́ 🤡 @jack ){1,3}", 1..4)
        ) {
            let tables = TextTables::shipped();
            let (mut afterwards, mut at_once) = (TextView::default(), TextView::default());
            for text in texts {
                afterwards.parse(&text, &tables);
                afterwards.align(&text);
                at_once.parse_aligned(&text, &tables);
                prop_assert_eq!(&afterwards.normalized, &at_once.normalized);
                prop_assert_eq!(&afterwards.tokens, &at_once.tokens);
                prop_assert_eq!(&afterwards.recovered, &at_once.recovered);
                for token in &at_once.tokens {
                    let spans = [&afterwards, &at_once].map(|view| view.raw_span(token.start, token.end));
                    prop_assert_eq!(spans[0], spans[1]);
                }
            }
        }
    }
}
