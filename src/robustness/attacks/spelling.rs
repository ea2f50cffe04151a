//! Words spelled another way.

use super::Strength;
use super::draw::Draw;

/// Fewest letters of a word that still reads without a vowel, and of one that reads with two swapped.
const MIN_LETTERS: usize = 5;
/// From here on two pairs are swapped.
const LONG: usize = 8;
const MASKS: [char; 5] = ['*', '#', '-', '_', '•'];

pub(super) fn doubled(word: &[char], strength: Strength, draw: &mut Draw) -> Vec<char> {
    let only = draw.below(word.len());
    let mut out = Vec::with_capacity(word.len() * 2);
    for (i, &c) in word.iter().enumerate() {
        let n = match strength {
            Strength::Weak if i == only => 2,
            Strength::Medium if i == only => 3 + draw.below(3),
            Strength::Strong if i % 2 == 1 => 2 + draw.below(3),
            _ => 1,
        };
        out.extend(std::iter::repeat_n(c, n));
    }
    out
}

pub(super) fn dropped_vowel(word: &[char], strength: Strength, draw: &mut Draw) -> Vec<char> {
    let vowels = inner_vowels(word);
    if vowels.is_empty() || word.len() < MIN_LETTERS || strength == Strength::None {
        return word.to_owned();
    }
    let dropped = match strength {
        Strength::Weak => vec![draw.pick(&vowels)],
        Strength::Medium if vowels.len() > 1 => vowels[1..].to_owned(),
        _ => vowels,
    };
    let kept = (0..word.len()).filter(|i| !dropped.contains(i));
    kept.map(|i| word[i]).collect()
}

/// Neighbours change places; the first and the last letter stay, and capitals keep their place.
pub(super) fn swapped(word: &[char], strength: Strength, draw: &mut Draw) -> Vec<char> {
    let n = word.len();
    let swaps = |i: &usize| !word[*i].eq_ignore_ascii_case(&word[i + 1]);
    let pairs: Vec<usize> = (1..n.saturating_sub(2)).filter(swaps).collect();
    let min = if strength == Strength::Weak {
        MIN_LETTERS
    } else {
        4
    };
    if pairs.is_empty() || n < min || strength == Strength::None {
        return word.to_owned();
    }
    let mut chosen = vec![draw.pick(&pairs)];
    let apart: Vec<usize> = pairs
        .iter()
        .copied()
        .filter(|i| i.abs_diff(chosen[0]) > 1)
        .collect();
    if strength == Strength::Medium && n >= LONG && !apart.is_empty() {
        chosen.push(draw.pick(&apart));
    }
    let in_steps: Vec<usize> = (1..n.saturating_sub(2)).step_by(2).filter(swaps).collect();
    if strength == Strength::Strong && !in_steps.is_empty() {
        chosen = in_steps;
    }
    let mut out = word.to_owned();
    for i in chosen {
        out.swap(i, i + 1);
    }
    for (c, was) in out.iter_mut().zip(word) {
        *c = with_case_of(*was, *c);
    }
    out
}

pub(super) fn masked(word: &[char], strength: Strength, draw: &mut Draw) -> Vec<char> {
    let vowels = inner_vowels(word);
    if vowels.is_empty() {
        return word.to_owned();
    }
    let mut out = word.to_owned();
    match strength {
        Strength::None => {}
        Strength::Weak => out[draw.pick(&vowels)] = '*',
        Strength::Medium => vowels.iter().for_each(|&i| out[i] = '*'),
        Strength::Strong => {
            let sign = draw.pick(&MASKS);
            let inner = 1..word.len() - 1;
            // A word of three letters has one inside, and that one is masked.
            let kept = (inner.len() > 1).then(|| 1 + draw.below(inner.len()));
            inner
                .filter(|i| kept != Some(*i))
                .for_each(|i| out[i] = sign);
        }
    }
    out
}

/// By ear.
pub(super) fn phonetic(word: &[char], strength: Strength, draw: &mut Draw) -> Vec<char> {
    let small: Vec<char> = word.iter().map(char::to_ascii_lowercase).collect();
    let mut sounds = sounds(&small, strength);
    let ys: Vec<Sound> = (0..small.len())
        .filter(|&i| small[i] == 'i')
        .map(|i| (i, 1, "y"))
        .collect();
    if strength == Strength::Weak {
        sounds.extend(&ys);
    }
    if sounds.is_empty() {
        sounds = ys;
        sounds.truncate(1);
    }
    if sounds.is_empty() || strength == Strength::None {
        return word.to_owned();
    }
    if strength == Strength::Weak {
        sounds = vec![draw.pick(&sounds)];
    }
    respell(word, &sounds)
}

/// First letter, letters, and what is written for them.
type Sound = (usize, usize, &'static str);

fn sounds(small: &[char], strength: Strength) -> Vec<Sound> {
    let first_vowel = small.iter().position(|&c| is_vowel(c));
    let mut found = Vec::new();
    let mut at = 0;
    while at < small.len() {
        let rest = &small[at..];
        let is_last = |n: usize| rest.len() == n;
        let always = match rest {
            ['f', 'f', ..] => Some((2, "ph")),
            ['f', ..] => Some((1, "ph")),
            ['c', 'k', ..] => Some((2, "k")),
            _ => None,
        };
        let full = match rest {
            _ if strength < Strength::Medium => None,
            ['c', 'a' | 'o' | 'u', ..] => Some((1, "k")),
            ['s', 's'] => Some((2, "z")),
            ['s'] if at > 0 => Some((1, "z")),
            ['o', 'o', ..] => Some((2, "u")),
            ['e', 'e', ..] => Some((2, "ea")),
            ['e', 'r'] if is_last(2) => Some((2, "a")),
            ['x', ..] => Some((1, "cks")),
            _ => None,
        };
        let by_ear = match rest {
            _ if strength < Strength::Strong || first_vowel != Some(at) => None,
            ['u', ..] => Some((1, "oo")),
            ['i', ..] => Some((1, "ee")),
            _ => None,
        };
        let sound = always.or(full).or(by_ear);
        found.extend(sound.map(|(n, written)| (at, n, written)));
        at += sound.map_or(1, |(n, _)| n);
    }
    found
}

/// Letters in the order of `sounds`, or of any one of them.
fn respell(word: &[char], sounds: &[Sound]) -> Vec<char> {
    let is_shouted = word
        .iter()
        .filter(|c| c.is_ascii_alphabetic())
        .all(char::is_ascii_uppercase);
    let mut out = Vec::with_capacity(word.len() + 4);
    let mut at = 0;
    for &(start, n, written) in sounds {
        out.extend_from_slice(&word[at..start]);
        for (i, c) in written.chars().enumerate() {
            let is_capital = is_shouted || i == 0 && word[start].is_ascii_uppercase();
            out.push(if is_capital {
                c.to_ascii_uppercase()
            } else {
                c
            });
        }
        at = start + n;
    }
    out.extend_from_slice(&word[at..]);
    out
}

pub(super) fn is_vowel(c: char) -> bool {
    matches!(c.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u')
}

/// Vowels that are neither first nor last.
pub(super) fn inner_vowels(word: &[char]) -> Vec<usize> {
    let inner = 1..word.len().saturating_sub(1);
    inner.filter(|&i| is_vowel(word[i])).collect()
}

fn with_case_of(was: char, c: char) -> char {
    if was.is_ascii_uppercase() {
        c.to_ascii_uppercase()
    } else {
        c.to_ascii_lowercase()
    }
}
