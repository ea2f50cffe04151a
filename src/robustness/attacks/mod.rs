#![doc = include_str!("README.md")]

pub mod bench;
mod draw;
mod forms;
mod gaps;
mod letters;
mod spelling;
mod words;

use std::collections::BTreeMap;

use crate::comment::Span;
use crate::text::TableSource;
use draw::Draw;
use forms::{form, join, second};
use words::{Words, rank};

/// How a word is hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `1d10t`
    Leet,
    /// `i d i o t`
    Spacing,
    /// `i.d.i.o.t`
    Dots,
    /// `idiоt`, with a Cyrillic о
    Homoglyphs,
    /// `idiot` with invisible characters inside
    ZeroWidth,
    /// `idioooot`
    Doubled,
    /// `idot`
    DroppedVowel,
    /// `idoit`
    Swapped,
    /// `id**t`
    Masked,
    /// `id🤡iot`
    Emoji,
    /// `ｉｄｉｏｔ`
    Fullwidth,
    /// Marks over and under the letters, `ïdïöt`.
    Combining,
    /// `id iot`
    Split,
    /// `ydiot`, `phool`
    Phonetic,
    /// Another of these for each word.
    Mixed,
}

impl Kind {
    /// All, the mixed one last.
    pub const ALL: [Self; 15] = [
        Self::Leet,
        Self::Spacing,
        Self::Dots,
        Self::Homoglyphs,
        Self::ZeroWidth,
        Self::Doubled,
        Self::DroppedVowel,
        Self::Swapped,
        Self::Masked,
        Self::Emoji,
        Self::Fullwidth,
        Self::Combining,
        Self::Split,
        Self::Phonetic,
        Self::Mixed,
    ];

    /// Its name in reports, and in the seed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Leet => "leet",
            Self::Spacing => "spacing",
            Self::Dots => "dots",
            Self::Homoglyphs => "homoglyphs",
            Self::ZeroWidth => "zero_width",
            Self::Doubled => "doubled",
            Self::DroppedVowel => "dropped_vowel",
            Self::Swapped => "swapped",
            Self::Masked => "masked",
            Self::Emoji => "emoji",
            Self::Fullwidth => "fullwidth",
            Self::Combining => "combining",
            Self::Split => "split",
            Self::Phonetic => "phonetic",
            Self::Mixed => "mixed",
        }
    }
}

/// How much is hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Nothing.
    None,
    /// One word, in the smallest way.
    Weak,
    /// Every bad word, in full.
    Medium,
    /// Every bad and listed word, in full, in two ways.
    Strong,
}

impl Strength {
    /// Those that change something, weakest first.
    pub const ALL: [Self; 3] = [Self::Weak, Self::Medium, Self::Strong];

    /// Its name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Weak => "weak",
            Self::Medium => "medium",
            Self::Strong => "strong",
        }
    }
}

/// A text after an attack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attacked {
    /// The whole text.
    pub text: String,
    /// What was hidden, in the order of the text.
    pub hits: Vec<Hit>,
}

/// A hidden word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Where it stood in the text as it was; with the blank before it, if that is gone.
    pub span: Span,
    /// The word in lower case, apostrophes straight.
    pub word: String,
    /// What stands in its place.
    pub writing: String,
}

/// Attacks with the tables they need. They are those this version ships, never a model's: all models
/// are attacked alike.
#[derive(Clone, Debug)]
pub struct Attacker {
    words: Words,
    /// Letter → what looks like it.
    look_alikes: BTreeMap<char, Vec<char>>,
}

impl Default for Attacker {
    fn default() -> Self {
        let source = TableSource::shipped();
        Self {
            words: Words::new(&source.lexicon),
            look_alikes: letters::look_alikes(&source.look_alikes),
        }
    }
}

impl Attacker {
    /// Hides words of a text. A pure function of its arguments.
    ///
    /// # Complexity  O(bytes + words log words)
    pub fn attack(&self, text: &str, kind: Kind, strength: Strength) -> Attacked {
        let targets = rank(text, kind, &self.words);
        let mut hit = vec![false; targets.len()];
        for strength in Strength::ALL.into_iter().filter(|it| *it <= strength) {
            let mut n_left = words::n_hit(&targets, strength);
            for (target, hit) in targets.iter().zip(&mut hit) {
                if n_left > 0 && self.write(target, strength).is_some() {
                    *hit = true;
                    n_left -= 1;
                }
            }
        }
        let mut edits: Vec<Edit> = targets
            .iter()
            .zip(hit)
            .filter(|(_, hit)| *hit)
            .filter_map(|(target, _)| self.edit(text, target, strength))
            .collect();
        edits.sort_by_key(|edit| edit.start);
        apply(text, edits)
    }

    /// The writing of a word, unless this kind of attack cannot change it.
    fn write(&self, target: &words::Target, strength: Strength) -> Option<(String, Draw)> {
        let mut draw = target.draw.clone();
        let word: Vec<char> = target.word.chars().collect();
        let mut writing = form(target.kind, strength, &word, &mut draw, &self.look_alikes);
        if writing == word {
            return None;
        }
        if strength == Strength::Strong {
            second(target.kind, &mut writing, &mut draw, &self.look_alikes);
        }
        Some((writing.into_iter().collect(), draw))
    }

    fn edit(&self, text: &str, target: &words::Target, strength: Strength) -> Option<Edit> {
        let (writing, mut draw) = self.write(target, strength)?;
        let is_joined = target.kind == Kind::Split
            && strength == Strength::Strong
            && join(&text[..target.start], &mut draw);
        Some(Edit {
            start: target.start - usize::from(is_joined),
            end: target.start + target.word.len(),
            // As the normaliser writes it.
            word: target.word.to_lowercase().replace('’', "'"),
            writing,
        })
    }
}

/// A range of the text that is written anew.
struct Edit {
    start: usize,
    end: usize,
    word: String,
    writing: String,
}

fn apply(text: &str, edits: Vec<Edit>) -> Attacked {
    let mut attacked = Attacked::default();
    let mut at = 0;
    for edit in edits {
        attacked.text.push_str(&text[at..edit.start]);
        attacked.text.push_str(&edit.writing);
        at = edit.end;
        attacked.hits.push(Hit {
            span: Span {
                start: edit.start,
                end: edit.end,
            },
            word: edit.word,
            writing: edit.writing,
        });
    }
    attacked.text.push_str(&text[at..]);
    attacked
}

#[cfg(test)]
mod tests;
