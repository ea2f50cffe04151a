//! Words met lately and what the tables say of them.
//!
//! Most words of a text are among a few thousand, and what is known of a word is a function of the word and the tables:
//! asked for once, it is kept.

use super::class::WordClass;
use super::tables::TextTables;
use crate::features::hashing::{WORD_SALT, hash_range, short_key};

/// What a word is by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// Its hash, see [`super::Token::hash`].
    pub(super) hash: u64,
    pub(super) class: WordClass,
    pub(super) traits: Traits,
}

/// What else matters of a word, in bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traits(u8);

impl Traits {
    /// More than `a` to `z` and apostrophes.
    pub(super) const ODD: Self = Self(1);
    /// Offensive words may begin with it.
    pub(super) const BEGINNING: Self = Self(1 << 1);
    /// Looks like an offensive word without being a usual one.
    pub(super) const LOOK_ALIKE: Self = Self(1 << 2);
    /// One character.
    pub(super) const LONE: Self = Self(1 << 3);
    /// Negates what follows: `not`, `isn't`.
    pub(super) const NEGATING: Self = Self(1 << 4);

    #[inline]
    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    #[inline]
    pub(super) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn when(self, is: bool) -> Self {
        if is { self } else { Self::default() }
    }
}

impl Known {
    /// Asks the tables about the word at `start..end`.
    #[cold]
    #[inline(never)]
    fn of(text: &str, start: usize, end: usize, tables: &TextTables) -> Self {
        let word = &text[start..end];
        let hash = hash_range(text.as_bytes(), start, end, WORD_SALT);
        let class = tables.class(hash);
        let is_plain = word
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'\'');
        let is_open = is_plain && !class.is(WordClass::TWIN) && class.category().is_none();
        let negates = class.is(WordClass::NEGATION) || word.ends_with("n't");
        let looks = is_open && tables.look_alike_word(word, hash).is_some();
        Self {
            hash,
            class,
            traits: Traits::ODD
                .when(!is_plain)
                .with(Traits::LONE.when(word.chars().nth(1).is_none()))
                .with(Traits::BEGINNING.when(tables.may_begin(hash)))
                .with(Traits::LOOK_ALIKE.when(looks))
                .with(Traits::NEGATING.when(negates)),
        }
    }
}

/// Places for two words, as a power of two: 256 kB, near the core. Of Wikipedia's talk they miss 11.5 %.
const PLACE_BITS: u32 = 12;

/// 2^64 over the golden ratio: the top bits of a product with it depend on all bits (Knuth, "Sorting and searching", 6.4).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// A word's bytes and what is known of it.
#[derive(Clone, Copy, Debug, Default)]
struct Kept {
    /// 0 where there is no word.
    key: [u64; 2],
    known: Known,
}

/// Remembers words. What it says never depends on what it was asked before.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownWords {
    /// Which tables were asked.
    tables: u64,
    /// By a hash of the bytes; the last one asked for before the other.
    kept: Vec<[Kept; 2]>,
}

impl KnownWords {
    /// Makes ready for words of a text; forgets what other tables said.
    #[inline]
    pub(super) fn ask(&mut self, tables: &TextTables) {
        if self.tables != tables.id() || self.kept.is_empty() {
            self.kept.clear();
            self.kept.resize(1 << PLACE_BITS, Default::default());
            self.tables = tables.id();
        }
    }

    /// What is known of the word at `start..end`; [`Self::ask`] comes first.
    #[inline]
    pub(super) fn get(
        &mut self,
        text: &str,
        start: usize,
        end: usize,
        tables: &TextTables,
    ) -> Known {
        let Some(key) = short_key(text.as_bytes(), start, end) else {
            return Known::of(text, start, end, tables);
        };
        let place = (key[0] ^ key[1].rotate_left(32)).wrapping_mul(SPREAD) >> (64 - PLACE_BITS);
        let kept = &mut self.kept[place as usize];
        if kept[0].key != key {
            kept.swap(0, 1);
            if kept[0].key != key {
                let known = Known::of(text, start, end, tables);
                kept[0] = Kept { key, known };
            }
        }
        kept[0].known
    }
}
