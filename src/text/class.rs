//! What is known of a word by itself, in sixteen bits: which closed lists and which lexicon have it.
//!
//! Looked up once, by the hash that the features know the word by, when a token is cut; every later step asks the
//! token. Two words of one 64-bit hash would count as one.

use rustc_hash::FxHashMap;

use super::lists;
use super::tables::LexiconCategory;
use crate::features::hashing::{WORD_SALT, hash_bytes};

/// What the lists and the lexicon say of a word; nothing of most words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WordClass(u16);

/// Where the category stands: 0 for none, else one more than its position.
const CATEGORY_SHIFT: u32 = 12;

/// The closed lists and their bits.
const LISTS: [(u16, &[&str]); 11] = [
    (WordClass::FUNCTION, lists::FUNCTION),
    (WordClass::SECOND_PERSON, lists::SECOND_PERSON),
    (WordClass::FIRST_PERSON, lists::FIRST_PERSON),
    (WordClass::THIRD_PERSON, lists::THIRD_PERSON),
    (WordClass::NEGATION, lists::NEGATION),
    (WordClass::SITE, lists::SITE),
    (WordClass::SELLING, lists::SELLING),
    (WordClass::POINTING, lists::POINTING),
    (WordClass::TWIN, lists::TWIN),
    (WordClass::WHOLE, lists::WHOLE),
    (WordClass::PIECE, lists::PIECE),
];

impl WordClass {
    pub(crate) const FUNCTION: u16 = 1;
    pub(crate) const SECOND_PERSON: u16 = 1 << 1;
    pub(crate) const FIRST_PERSON: u16 = 1 << 2;
    pub(crate) const THIRD_PERSON: u16 = 1 << 3;
    pub(crate) const NEGATION: u16 = 1 << 4;
    pub(crate) const SITE: u16 = 1 << 5;
    pub(crate) const SELLING: u16 = 1 << 6;
    pub(crate) const POINTING: u16 = 1 << 7;
    pub(crate) const TWIN: u16 = 1 << 8;
    pub(crate) const WHOLE: u16 = 1 << 9;
    pub(crate) const PIECE: u16 = 1 << 10;

    /// Whether a list has the word.
    #[inline]
    pub(crate) fn is(self, list: u16) -> bool {
        self.0 & list != 0
    }

    /// 1 if a list has the word, else 0.
    #[inline]
    pub(crate) fn count(self, list: u16) -> u32 {
        u32::from(self.is(list))
    }

    /// The category of the lexicon.
    #[inline]
    pub fn category(self) -> Option<LexiconCategory> {
        let at = usize::from(self.0 >> CATEGORY_SHIFT);
        LexiconCategory::ALL.get(at.wrapping_sub(1)).copied()
    }
}

/// The classes of all words that have one.
#[derive(Clone, Debug)]
pub(super) struct Classes(FxHashMap<u64, WordClass>);

impl Default for Classes {
    /// The closed lists alone.
    fn default() -> Self {
        let mut classes = Self(FxHashMap::default());
        for (bit, words) in LISTS {
            for word in words {
                classes.entry(word).0 |= bit;
            }
        }
        classes
    }
}

impl Classes {
    fn entry(&mut self, word: &str) -> &mut WordClass {
        self.0.entry(word_hash(word)).or_default()
    }

    /// Puts a word of the lexicon in; the last category counts.
    pub(super) fn insert(&mut self, word: &str, category: LexiconCategory) {
        let class = self.entry(word);
        let lists = class.0 & ((1 << CATEGORY_SHIFT) - 1);
        class.0 = lists | (category as u16 + 1) << CATEGORY_SHIFT;
    }

    /// The class of a word by its hash.
    #[inline]
    pub(super) fn get(&self, hash: u64) -> WordClass {
        self.0.get(&hash).copied().unwrap_or_default()
    }
}

/// The hash that tables and features know a word by.
pub(super) fn word_hash(word: &str) -> u64 {
    hash_bytes(word.as_bytes(), WORD_SALT)
}

/// Whether a normalised word is an English function word.
pub(crate) fn is_function_word(word: &str) -> bool {
    lists::FUNCTION.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_and_short() {
        for (bit, words) in LISTS {
            assert!(words.is_sorted(), "{bit}");
            assert!(bit.is_power_of_two() && bit < 1 << CATEGORY_SHIFT);
        }
    }

    #[test]
    fn a_word_has_its_lists_and_its_category() {
        let mut classes = Classes::default();
        classes.insert("his", LexiconCategory::Praise);
        let his = classes.get(word_hash("his"));
        assert!(his.is(WordClass::FUNCTION) && his.is(WordClass::THIRD_PERSON));
        assert!(his.is(WordClass::POINTING) && !his.is(WordClass::SITE));
        assert_eq!(his.category(), Some(LexiconCategory::Praise));
        assert_eq!(classes.get(word_hash("idiot")), WordClass::default());
        for category in LexiconCategory::ALL {
            classes.insert("x", category);
            assert_eq!(classes.get(word_hash("x")).category(), Some(category));
        }
    }

    #[test]
    fn function_words_are_told_from_others() {
        for word in ["the", "doesn't", "yours", "a"] {
            assert!(is_function_word(word), "{word}");
        }
        for word in ["idiot", "", "t", "themselves", "abou"] {
            assert!(!is_function_word(word), "{word}");
        }
    }
}
