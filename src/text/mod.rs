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
        self.align(raw);
        self.finish(bounded(raw), tables);
    }

    /// Finds where the normalised text comes from, of the raw text that was just [parsed](Self::parse): its tokens and
    /// hidden words stay as they are.
    pub(crate) fn align(&mut self, raw: &str) {
        let raw = bounded(raw);
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

    /// The raw range behind a range of the normalised text; needs [`Self::parse_aligned`].
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
