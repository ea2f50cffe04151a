//! Which words of a text are hit first.

use std::collections::BTreeMap;

use super::draw::{Draw, seed};
use super::{Kind, Strength};
use crate::text::is_function_word;

/// Fewest letters of a bad or listed word, and of a plain one.
const MIN_LISTED: usize = 3;
const MIN_PLAIN: usize = 4;

/// What a word is to somebody who hides words; first hit first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    Bad,
    Listed,
    Plain,
}

/// A word that may be hit.
#[derive(Clone, Debug)]
pub(super) struct Target<'a> {
    pub(super) start: usize,
    pub(super) word: &'a str,
    pub(super) class: Class,
    /// The attack it gets: its own among mixed ones.
    pub(super) kind: Kind,
    pub(super) draw: Draw,
    order: u64,
}

/// Words of the lexicon.
#[derive(Clone, Debug)]
pub(super) struct Words {
    classes: BTreeMap<String, Class>,
}

impl Words {
    /// From `word,category,strength`.
    pub(super) fn new(lexicon: &str) -> Self {
        let class = |line: &str| {
            let mut cells = line.split(',');
            let (word, category) = (cells.next()?, cells.next()?);
            let is_strong = cells.next().is_some_and(|cell| cell.trim() != "1");
            let is_bad = is_strong && !matches!(category, "mild" | "praise");
            Some((
                word.to_owned(),
                if is_bad { Class::Bad } else { Class::Listed },
            ))
        };
        Self {
            classes: lexicon.lines().skip(1).filter_map(class).collect(),
        }
    }

    fn class(&self, word: &str) -> Option<Class> {
        let word = word.to_lowercase().replace('’', "'");
        let class = self.classes.get(&word).copied();
        let class = class.filter(|_| word.len() >= MIN_LISTED);
        let is_plain = word.len() >= MIN_PLAIN && !is_function_word(&word);
        class.or(is_plain.then_some(Class::Plain))
    }
}

/// The words that may be hit, in the order they are.
pub(super) fn rank<'a>(text: &'a str, kind: Kind, words: &Words) -> Vec<Target<'a>> {
    let seed = seed(kind.as_str(), text);
    let found = find(text).into_iter().enumerate();
    let mut targets: Vec<Target> = found
        .filter_map(|(idx, (start, word))| {
            let class = words.class(word)?;
            let mut draw = Draw::of_word(seed, idx);
            let order = draw.number();
            Some(Target {
                start,
                word,
                class,
                kind: match kind {
                    Kind::Mixed => draw.pick(&Kind::ALL[..Kind::ALL.len() - 1]),
                    other => other,
                },
                draw,
                order,
            })
        })
        .collect();
    targets.sort_by_key(|target| (target.class, target.order, target.start));
    targets
}

/// How many of them are hit.
pub(super) fn n_hit(targets: &[Target], strength: Strength) -> usize {
    let n_of = |class| targets.iter().filter(|it| it.class <= class).count();
    let percent = |percent: usize| (targets.len() * percent).div_ceil(100);
    match strength {
        Strength::None => 0,
        Strength::Weak => 1,
        Strength::Medium => n_of(Class::Bad).max(percent(15)),
        Strength::Strong => n_of(Class::Listed).max(percent(40)),
    }
}

/// Words of ASCII letters, apostrophes inside, with their first bytes.
fn find(text: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    for chunk in text.split_whitespace().filter(|chunk| !is_special(chunk)) {
        for piece in chunk.split(is_between) {
            let word = piece.trim_matches(|c: char| !c.is_alphanumeric());
            if is_word(word) {
                words.push((word.as_ptr() as usize - text.as_ptr() as usize, word));
            }
        }
    }
    words
}

/// Addresses, names, tags and mark-up.
fn is_special(chunk: &str) -> bool {
    let start = chunk.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '#');
    start.starts_with('#')
        || start.starts_with("www.")
        || chunk.contains("://")
        || chunk.contains(['@', '<', '>', '&', '\\'])
}

/// Punctuation that ends a word though no blank follows.
fn is_between(c: char) -> bool {
    matches!(
        c,
        '—' | '–' | '/' | '…' | '"' | '“' | '”' | '(' | ')' | '[' | ']' | ',' | ';' | ':' | '?'
    )
}

fn is_word(word: &str) -> bool {
    let is_inside = |c: char| c.is_ascii_alphabetic() || matches!(c, '\'' | '’');
    !word.is_empty() && word.chars().all(is_inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_signs_names_and_addresses_are_left_alone() {
        let text = "You’re \"wrong\", @jack: see www.a.example, f*ck #tag 1d10t m.o.r.o.n café <strong>—\
                    don't/won't... 'quoted' top-down";
        let found: Vec<&str> = find(text).into_iter().map(|(_, word)| word).collect();
        assert_eq!(found, ["You’re", "wrong", "see", "quoted"], "{found:?}");
    }

    #[test]
    fn bad_words_come_first() {
        let words = Words::new("word,category,strength\nidiot,insult,3\nclown,mild,1\n");
        let targets = rank("That clown council idiot yesterday", Kind::Leet, &words);
        let classes: Vec<Class> = targets.iter().map(|it| it.class).collect();
        assert_eq!(
            classes,
            [Class::Bad, Class::Listed, Class::Plain, Class::Plain],
            "`that` is a function word"
        );
        let n = |strength| n_hit(&targets, strength);
        assert_eq!(Strength::ALL.map(n), [1, 1, 2]);
    }
}
