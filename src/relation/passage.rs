//! A text as the relation features see it: content words with weights and directions.

use rustc_hash::FxHashSet;

use super::vectors::{Direction, WordDirection, WordVectors};
use crate::features::hashing::hash_bytes;
use crate::features::rows::SeenWords;
use crate::text::{TextView, Token, TokenKind, WordClass, is_function_word};

/// Words read of a comment, a headline or a parent: more change no mean, and pairs of words are compared.
pub(super) const MAX_WORDS: usize = 64;
/// Weight of a word that has no vector: a name, a rare word, another language. Chosen: that of the
/// rarest tenth of the words that have one.
const UNKNOWN_WEIGHT: f32 = 1.5;
/// From this weight on a shared word counts like a name.
const RARE: f32 = 1.4;
/// Characters of the stem that lexical comparisons use: joins `strike`, `strikes` and `striking`.
const STEM_CHARS: usize = 5;

/// A content word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    /// Hash of its first five characters.
    pub(super) stem: u64,
    /// How much it tells about the subject.
    pub(super) weight: f32,
    /// Whether it is a number, has no vector or is rare.
    pub(super) is_telling: bool,
    /// Whether it is the first of its stem in its passage.
    pub(super) is_first: bool,
    /// Where it points, if it is known.
    pub(super) direction: Option<WordDirection>,
}

impl Word {
    /// Reads a word; `None` for function words and lone letters.
    pub(super) fn read(word: &str, class: WordClass, vectors: &WordVectors) -> Option<Self> {
        let bare = bare(word, class)?;
        let found = vectors.get(bare);
        let weight = found.map_or(UNKNOWN_WEIGHT, |(_, weight)| weight);
        Some(Self {
            stem: stem(bare),
            weight,
            is_telling: found.is_none_or(|(_, weight)| weight > RARE)
                || bare.bytes().any(|byte| byte.is_ascii_digit()),
            is_first: true,
            direction: found.map(|(direction, _)| direction),
        })
    }
}

/// Distinct content words of a text, in order, and their mean direction.
#[derive(Clone, Debug, Default)]
pub(super) struct Passage {
    pub(super) words: Vec<Word>,
    /// Hashes of the four-byte n-grams of its words, with bounds, where they were asked for; distinct.
    pub(super) grams: Vec<u64>,
    pub(super) mean: Direction,
    pub(super) stems: FxHashSet<u64>,
    seen: FxHashSet<u64>,
    seen_grams: SeenWords,
}

impl Passage {
    /// Reads up to [`MAX_WORDS`] distinct content words; their n-grams only if asked for.
    pub(super) fn read(&mut self, view: &TextView, vectors: &WordVectors, with_grams: bool) {
        self.clear();
        for token in words(view) {
            if self.words.len() == MAX_WORDS {
                break;
            }
            let word = token.text(&view.normalized);
            if self.push(word, token, vectors) && with_grams {
                self.add_grams(word);
            }
        }
        self.finish();
    }

    pub(super) fn clear(&mut self) {
        self.words.clear();
        self.grams.clear();
        self.stems.clear();
        self.seen.clear();
        self.mean = Direction::default();
    }

    /// Takes a word in, if it is a new content word; `word` is the token's text.
    pub(super) fn push(&mut self, word: &str, token: &Token, vectors: &WordVectors) -> bool {
        if token.class.is(WordClass::FUNCTION) || !self.seen.insert(token.hash) {
            return false;
        }
        let Some(mut read) = Word::read(word, token.class, vectors) else {
            return false;
        };
        read.is_first = self.stems.insert(read.stem);
        if let Some(direction) = &read.direction {
            self.mean.add_word(direction, read.weight);
        }
        self.words.push(read);
        true
    }

    /// Takes the n-grams of a word in.
    pub(super) fn add_grams(&mut self, word: &str) {
        grams(word, &mut self.grams);
    }

    pub(super) fn finish(&mut self) {
        self.mean.normalize();
        self.seen_grams.clear(self.grams.len());
        self.grams.retain(|&gram| self.seen_grams.insert(gram));
    }

    /// Lets go of what reading alone needs: a passage that is kept would hold it for as long.
    pub(super) fn settle(&mut self) {
        (self.seen, self.seen_grams) = Default::default();
    }

    /// Sum of the weights.
    pub(super) fn weight(&self) -> f32 {
        self.words.iter().map(|word| word.weight).sum()
    }

    /// Share of the words that have a vector, or whose stem is found; 0 of no words.
    pub(super) fn known(&self, is_found: impl Fn(u64) -> bool) -> f32 {
        let known = |word: &&Word| word.direction.is_some() || is_found(word.stem);
        let n_known = self.words.iter().filter(known).count();
        share(n_known as f32, self.words.len() as f32)
    }

    /// Weight of the words whose stem is in a set, as a share of all.
    pub(super) fn coverage(&self, stems: &FxHashSet<u64>) -> f32 {
        let found = self.words.iter().filter(|word| stems.contains(&word.stem));
        share(found.map(|word| word.weight).sum(), self.weight())
    }
}

/// Hash of a word's first characters.
pub(super) fn stem(word: &str) -> u64 {
    let end = word.char_indices().nth(STEM_CHARS);
    let end = end.map_or(word.len(), |(end, _)| end);
    hash_bytes(&word.as_bytes()[..end], 0)
}

/// A word as vectors know it; `None` for function words and lone letters.
fn bare(word: &str, class: WordClass) -> Option<&str> {
    if class.is(WordClass::FUNCTION) || word.len() < 2 {
        return None;
    }
    // What English joins to a word by an apostrophe is grammar.
    let bare = match word.split_once('\'') {
        None => return Some(word),
        Some((bare, "s" | "ll" | "ve" | "re" | "d" | "m")) => bare,
        Some(_) => word,
    };
    let is_function = is_function_word(bare) || word.ends_with("n't");
    (bare.len() > 1 && !is_function).then_some(bare)
}

/// Content words of a text, in order, as vectors know them.
pub(crate) fn content_words(view: &TextView) -> impl Iterator<Item = &str> {
    words(view).filter_map(|token| bare(token.text(&view.normalized), token.class))
}

/// `part / whole`; 0 of nothing.
pub(super) fn share(part: f32, whole: f32) -> f32 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

/// The words of a text, in order.
pub(super) fn words(view: &TextView) -> impl Iterator<Item = &Token> {
    view.tokens
        .iter()
        .filter(|token| token.kind == TokenKind::Word)
}

fn grams(word: &str, grams: &mut Vec<u64>) {
    let mut bounded = [b' '; 34];
    let n_bytes = word.len().min(32);
    bounded[1..=n_bytes].copy_from_slice(&word.as_bytes()[..n_bytes]);
    grams.extend(
        bounded[..n_bytes + 2]
            .windows(4)
            .map(|gram| hash_bytes(gram, 0)),
    );
}
