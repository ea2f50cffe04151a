//! Which form of writing belongs to which attack, and the second one on top of a strong one.

use std::collections::BTreeMap;

use super::draw::Draw;
use super::{Kind, Strength, gaps, letters, spelling};

/// The word as this attack writes it; as it was, if the attack cannot change it.
pub(super) fn form(
    kind: Kind,
    strength: Strength,
    word: &[char],
    draw: &mut Draw,
    look_alikes: &BTreeMap<char, Vec<char>>,
) -> Vec<char> {
    match kind {
        Kind::Leet => letters::leet(word, strength, draw),
        Kind::Spacing => gaps::spacing(word, strength, draw),
        Kind::Dots => gaps::dots(word, strength, draw),
        Kind::Homoglyphs => letters::homoglyphs(word, strength, draw, look_alikes),
        Kind::ZeroWidth => gaps::zero_width(word, strength, draw),
        Kind::Doubled => spelling::doubled(word, strength, draw),
        Kind::DroppedVowel => spelling::dropped_vowel(word, strength, draw),
        Kind::Swapped => spelling::swapped(word, strength, draw),
        Kind::Masked => spelling::masked(word, strength, draw),
        Kind::Emoji => gaps::emoji(word, strength, draw),
        Kind::Fullwidth => letters::fullwidth(word, strength, draw),
        Kind::Combining => letters::combining(word, strength, draw),
        Kind::Split => gaps::split(word, strength, draw),
        Kind::Phonetic => spelling::phonetic(word, strength, draw),
        // Each word has been given one of the others.
        Kind::Mixed => word.to_owned(),
    }
}

/// Something of a second kind in a word that is hidden already.
pub(super) fn second(
    kind: Kind,
    writing: &mut Vec<char>,
    draw: &mut Draw,
    look_alikes: &BTreeMap<char, Vec<char>>,
) {
    match kind {
        Kind::Leet | Kind::Dots | Kind::Doubled => mix_case(writing, draw),
        Kind::Spacing => *writing = letters::leet(writing, Strength::Weak, draw),
        Kind::Homoglyphs | Kind::Fullwidth => {
            let place = gaps::inner(writing, draw);
            writing.insert(place, '\u{200b}');
        }
        Kind::ZeroWidth | Kind::Combining => {
            *writing = letters::homoglyphs(writing, Strength::Weak, draw, look_alikes);
        }
        Kind::Emoji => double_one(writing, draw),
        Kind::Phonetic => drop_one(writing, draw),
        // What these leave of a word would not be read any more.
        Kind::DroppedVowel => double_one(writing, draw),
        Kind::Swapped | Kind::Masked | Kind::Split | Kind::Mixed => {}
    }
}

/// Whether a word is joined to the one before it, of which `before` is the end: one in three, where
/// a single blank is between them.
pub(super) fn join(before: &str, draw: &mut Draw) -> bool {
    let is_word_before = before
        .strip_suffix(' ')
        .is_some_and(|before| before.ends_with(|c: char| c.is_alphanumeric()));
    draw.below(3) == 0 && is_word_before
}

fn mix_case(writing: &mut [char], draw: &mut Draw) {
    for c in writing.iter_mut() {
        if draw.below(2) == 0 {
            *c = c.to_ascii_uppercase();
        } else {
            *c = c.to_ascii_lowercase();
        }
    }
}

fn double_one(writing: &mut Vec<char>, draw: &mut Draw) {
    let letters: Vec<usize> = letters_of(writing);
    if !letters.is_empty() {
        let i = draw.pick(&letters);
        writing.insert(i, writing[i]);
    }
}

fn drop_one(writing: &mut Vec<char>, draw: &mut Draw) {
    let vowels = spelling::inner_vowels(writing);
    // One vowel must stay, or nobody reads it.
    if vowels.len() > 1 {
        writing.remove(draw.pick(&vowels));
    }
}

fn letters_of(writing: &[char]) -> Vec<usize> {
    let all = 0..writing.len();
    all.filter(|&i| writing[i].is_ascii_alphabetic()).collect()
}
