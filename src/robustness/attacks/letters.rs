//! Letters written as other characters.

use std::collections::BTreeMap;

use super::Strength;
use super::draw::Draw;

/// Letter and digit for it.
const DIGITS: [(char, &str); 6] = [
    ('a', "4"),
    ('e', "3"),
    ('i', "1"),
    ('o', "0"),
    ('s', "5"),
    ('t', "7"),
];
/// Letter and what else stands for it.
const SIGNS: [(char, &str); 13] = [
    ('a', "4@"),
    ('b', "8"),
    ('c', "("),
    ('e', "3"),
    ('g', "9"),
    ('h', "#"),
    ('i', "1!"),
    ('l', "|"),
    ('o', "0"),
    ('s', "5$"),
    ('t', "7"),
    ('z', "2"),
    ('q', "9"),
];
/// Cyrillic letters that cannot be told from Latin ones, small and capital.
const CYRILLIC: [(char, &str); 20] = [
    ('a', "а"),
    ('c', "с"),
    ('e', "е"),
    ('i', "і"),
    ('o', "о"),
    ('p', "р"),
    ('s', "ѕ"),
    ('x', "х"),
    ('y', "у"),
    ('h', "һ"),
    ('A', "А"),
    ('C', "С"),
    ('E', "Е"),
    ('I', "І"),
    ('O', "О"),
    ('P', "Р"),
    ('S', "Ѕ"),
    ('X', "Х"),
    ('Y', "У"),
    ('H', "Н"),
];
/// Superscript letters; there is no q.
const SUPERSCRIPT: &str = "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖ_ʳˢᵗᵘᵛʷˣʸᶻ";
/// Marks over and under letters.
const FIRST_MARK: u32 = 0x300;
const N_MARKS: usize = 0x32;

/// Letter → the characters of `char,latin,…` that look like it.
pub(super) fn look_alikes(table: &str) -> BTreeMap<char, Vec<char>> {
    let mut found: BTreeMap<char, Vec<char>> = BTreeMap::new();
    for line in table.lines().skip(1) {
        let mut cells = line.split(',');
        let mut single = || cells.next().and_then(|cell| cell.parse::<char>().ok());
        if let (Some(from), Some(to)) = (single(), single()) {
            found.entry(to).or_default().push(from);
        }
    }
    found
}

pub(super) fn leet(word: &[char], strength: Strength, draw: &mut Draw) -> Vec<char> {
    let table: &[_] = if strength == Strength::Strong {
        &SIGNS
    } else {
        &DIGITS
    };
    substitute(word, strength == Strength::Weak, draw, |c| {
        listed(table, c.to_ascii_lowercase())
    })
}

pub(super) fn homoglyphs(
    word: &[char],
    strength: Strength,
    draw: &mut Draw,
    look_alikes: &BTreeMap<char, Vec<char>>,
) -> Vec<char> {
    substitute(word, strength == Strength::Weak, draw, |c| {
        let wide = look_alikes.get(&c.to_ascii_lowercase());
        match wide.filter(|_| strength == Strength::Strong) {
            Some(wide) => wide.clone(),
            None => listed(&CYRILLIC, c),
        }
    })
}

/// Fullwidth; the strong form draws of all the alphabets that Unicode has for show.
pub(super) fn fullwidth(word: &[char], strength: Strength, draw: &mut Draw) -> Vec<char> {
    if strength == Strength::Weak {
        let first = word.iter().position(char::is_ascii_alphabetic);
        let mut out = word.to_owned();
        if let Some(first) = first {
            out[first] = shifted(word[first], '！', '!');
        }
        return out;
    }
    substitute(word, false, draw, |c| {
        if !c.is_ascii_alphabetic() {
            return Vec::new();
        }
        let mut all = vec![shifted(c, '！', '!')];
        if strength == Strength::Strong {
            let (bold, circled) = if c.is_ascii_uppercase() {
                (shifted(c, '𝐀', 'A'), shifted(c, 'Ⓐ', 'A'))
            } else {
                (shifted(c, '𝐚', 'a'), shifted(c, 'ⓐ', 'a'))
            };
            let small = c.to_ascii_lowercase();
            all.extend([bold, circled, shifted(small, '🇦', 'a')]);
            let nth = (small as usize) - ('a' as usize);
            all.extend(SUPERSCRIPT.chars().nth(nth).filter(|&c| c != '_'));
        }
        all
    })
}

/// Marks on the letters, which stay as they are.
pub(super) fn combining(word: &[char], strength: Strength, draw: &mut Draw) -> Vec<char> {
    let only = draw.below(word.len());
    let mut out = Vec::with_capacity(word.len() * 3);
    for (i, &c) in word.iter().enumerate() {
        out.push(c);
        let n_marks = match strength {
            Strength::None => 0,
            Strength::Weak => usize::from(i == only),
            Strength::Medium => 1,
            Strength::Strong => 2 + draw.below(3),
        };
        out.extend(
            (0..n_marks).filter_map(|_| char::from_u32(FIRST_MARK + draw.below(N_MARKS) as u32)),
        );
    }
    out
}

/// Replaces one letter that has a stand-in, or each; `of` gives the stand-ins of a character.
pub(super) fn substitute(
    word: &[char],
    only_one: bool,
    draw: &mut Draw,
    of: impl Fn(char) -> Vec<char>,
) -> Vec<char> {
    let choices: Vec<Vec<char>> = word.iter().map(|&c| of(c)).collect();
    let fitting: Vec<usize> = (0..word.len())
        .filter(|&i| !choices[i].is_empty())
        .collect();
    if fitting.is_empty() {
        return word.to_owned();
    }
    let only = only_one.then(|| draw.pick(&fitting));
    let mut out = word.to_owned();
    for i in fitting
        .into_iter()
        .filter(|i| only.is_none_or(|only| only == *i))
    {
        out[i] = draw.pick(&choices[i]);
    }
    out
}

fn listed(table: &[(char, &str)], c: char) -> Vec<char> {
    let row = table.iter().find(|(letter, _)| *letter == c);
    row.map_or_else(Vec::new, |(_, signs)| signs.chars().collect())
}

/// As far from `to` as `c` is from `from`.
fn shifted(c: char, to: char, from: char) -> char {
    char::from_u32(u32::from(to) + u32::from(c) - u32::from(from)).unwrap_or(c)
}
