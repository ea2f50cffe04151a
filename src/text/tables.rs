//! The tables that the text stage reads: lexicon, look-alikes, leetspeak.
//!
//! A model carries the tables it was trained with, so that its scores do not change when a later
//! version of the program ships better ones. Format: the CSV files of `data/lexicon` and
//! `data/confusables`.

use std::sync::atomic::{AtomicU64, Ordering};

use rustc_hash::FxHashMap;

use super::class::{Classes, WordClass, word_hash};
use super::deobfuscate::masked::MaskedWords;
use super::deobfuscate::misspelt::LookAlikes;
use super::deobfuscate::sieve::Halves;

/// What kind of word a lexicon entry is. A hit is evidence, not a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LexiconCategory {
    /// Made to demean a person: `idiot`.
    Insult,
    /// Swearing, whomever it is aimed at: `bloody`.
    Profanity,
    /// Sexual terms used to offend.
    Sexual,
    /// Demeans by group.
    Slur,
    /// Threats and wishes of harm.
    Threat,
    /// Belittles: `clueless`.
    Ridicule,
    /// Mostly innocent, sometimes not: `clown`.
    Mild,
    /// Praises mind or character: `smart`. Belittles once negated.
    Praise,
}

impl LexiconCategory {
    /// All, in the order of the columns they become.
    pub const ALL: [Self; 8] = [
        Self::Insult,
        Self::Profanity,
        Self::Sexual,
        Self::Slur,
        Self::Threat,
        Self::Ridicule,
        Self::Mild,
        Self::Praise,
    ];

    /// Whether the word alone may offend; `mild` and `praise` need a context for it.
    pub fn is_offensive(self) -> bool {
        !matches!(self, Self::Mild | Self::Praise)
    }

    /// Its name in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Insult => "insult",
            Self::Profanity => "profanity",
            Self::Sexual => "sexual",
            Self::Slur => "slur",
            Self::Threat => "threat",
            Self::Ridicule => "ridicule",
            Self::Mild => "mild",
            Self::Praise => "praise",
        }
    }
}

/// Lexicon, look-alikes and leetspeak, parsed.
#[derive(Clone, Debug, Default)]
pub struct TextTables {
    /// Another for tables of another source; 0 without any.
    id: u64,
    source: TableSource,
    classes: Classes,
    /// Offensive words by what they look like.
    look_alike_words: LookAlikes,
    /// What offensive words are split into.
    halves: Halves,
    /// Offensive words, for the search behind masks (`f*ck`).
    masked: MaskedWords,
    look_alikes: FxHashMap<char, char>,
    leet: FxHashMap<char, Vec<char>>,
}

/// The tables as text, as a model file carries them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableSource {
    /// `word,category,strength`
    pub lexicon: String,
    /// `char,latin,…`
    pub look_alikes: String,
    /// `char,latin`: one or several letters a character may stand for, likeliest first
    pub leet: String,
}

impl TableSource {
    /// The tables this version ships.
    pub fn shipped() -> Self {
        Self {
            lexicon: include_str!("../../data/lexicon/en.csv").to_owned(),
            look_alikes: include_str!("../../data/confusables/latin.csv").to_owned(),
            leet: include_str!("../../data/confusables/leet.csv").to_owned(),
        }
    }
}

/// Tables parsed so far, and one.
static N_PARSED: AtomicU64 = AtomicU64::new(1);

impl TextTables {
    /// Parses the tables; rows it does not understand are left out.
    pub fn new(source: TableSource) -> Self {
        let mut tables = Self::default();
        let mut words: Vec<_> = rows(&source.lexicon)
            .filter_map(|(word, category)| Some((mask_rank(category)?, word)))
            .collect();
        let strengths: FxHashMap<&str, u32> = strengths(&source.lexicon).collect();
        words.sort_by_cached_key(|((rank, _), word)| {
            (*rank, std::cmp::Reverse(strengths.get(word).copied()))
        });
        let offensive = words.iter().filter(|word| word.0.1.is_offensive());
        tables.look_alike_words.reserve(offensive.count());
        for ((_, category), word) in words {
            if category.is_offensive() {
                tables.masked.insert(word);
                tables.look_alike_words.insert(word);
                tables.halves.insert(word);
            }
            tables.classes.insert(word, category);
        }
        for (from, to) in rows(&source.look_alikes) {
            if let (Some(from), Some(to)) = (single(from), single(to)) {
                tables.look_alikes.insert(from, to);
            }
        }
        for (from, to) in rows(&source.leet) {
            if let Some(from) = single(from) {
                tables.leet.entry(from).or_default().extend(to.chars());
            }
        }
        tables.source = source;
        tables.id = N_PARSED.fetch_add(1, Ordering::Relaxed);
        tables
    }

    /// Tells these tables from all others of this process that hold something else.
    #[inline]
    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// The tables this version ships.
    pub fn shipped() -> Self {
        Self::new(TableSource::shipped())
    }

    /// The text the tables were parsed from.
    pub fn source(&self) -> &TableSource {
        &self.source
    }

    /// What is known of a word by its hash, see [`WordClass`].
    #[inline]
    pub(super) fn class(&self, hash: u64) -> WordClass {
        self.classes.get(hash)
    }

    /// Whether a word may be the first part of an offensive one; seldom yes for one that is not.
    #[inline]
    pub(super) fn may_begin(&self, hash: u64) -> bool {
        self.halves.may_have(hash)
    }

    /// The category of a normalised word, if the lexicon has it.
    pub fn category(&self, word: &str) -> Option<LexiconCategory> {
        self.class(word_hash(word)).category()
    }

    /// Whether the lexicon calls the word offensive by itself.
    pub(crate) fn is_offensive(&self, word: &str) -> bool {
        self.category(word)
            .is_some_and(LexiconCategory::is_offensive)
    }

    /// The Latin letter that `c` looks like.
    pub(crate) fn look_alike(&self, c: char) -> Option<char> {
        self.look_alikes.get(&c).copied()
    }

    /// The offensive word that a word looks like; itself, if it is one.
    pub(crate) fn look_alike_word(&self, word: &str, hash: u64) -> Option<&str> {
        self.look_alike_words.get(word, hash)
    }

    /// The letters that a digit or symbol may stand for, likeliest first.
    pub(crate) fn leet(&self, c: char) -> &[char] {
        self.leet.get(&c).map_or(&[], Vec::as_slice)
    }

    /// The likeliest offensive word that fits a pattern of known and masked
    /// characters (`None` = masked).
    pub(crate) fn unmask(&self, pattern: &[Option<char>]) -> Option<&str> {
        self.masked.find(pattern)
    }
}

/// The category and how early its words are tried behind a mask: what people mask most comes first.
fn mask_rank(category: &str) -> Option<(usize, LexiconCategory)> {
    use LexiconCategory::{Insult, Mild, Praise, Profanity, Ridicule, Sexual, Slur, Threat};
    [
        Profanity, Sexual, Slur, Insult, Ridicule, Threat, Mild, Praise,
    ]
    .into_iter()
    .enumerate()
    .find(|(_, known)| known.as_str() == category)
}

/// First two cells of every row but the header and comment lines; these files hold no quotes.
fn rows(csv: &str) -> impl Iterator<Item = (&str, &str)> {
    csv.lines().skip(1).filter_map(|line| {
        let mut cells = line.split(',');
        Some((cells.next()?, cells.next()?.trim()))
    })
}

/// Word and strength (third cell) of every row that has one.
fn strengths(csv: &str) -> impl Iterator<Item = (&str, u32)> {
    csv.lines().skip(1).filter_map(|line| {
        let mut cells = line.split(',');
        Some((cells.next()?, cells.nth(1)?.trim().parse().ok()?))
    })
}

fn single(cell: &str) -> Option<char> {
    let mut chars = cell.chars();
    chars.next().filter(|_| chars.next().is_none())
}
