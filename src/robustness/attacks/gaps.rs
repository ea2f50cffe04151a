//! Characters put between the letters of a word.

use super::Strength;
use super::draw::Draw;

/// Signs between letters, and the further ones of the strong form.
const SIGNS: [char; 8] = ['.', '-', '_', '*', '/', '~', '·', ','];
const N_COMMON_SIGNS: usize = 4;
const BLANKS: [char; 3] = [' ', '\u{a0}', '\u{2009}'];
const INVISIBLE: [char; 7] = [
    '\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{ad}', '\u{fe0f}', '\u{180e}',
];
const N_COMMON_INVISIBLE: usize = 5;
/// Tags, which show nothing: `U+E0020` to `U+E007E`.
const FIRST_TAG: u32 = 0xe0020;
const N_TAGS: usize = 0x5f;
const EMOJI: [char; 8] = ['🤡', '💩', '🙂', '🔥', '👍', '😂', '🐷', '👀'];
const TONES: [char; 6] = ['\u{fe0f}', '🏻', '🏼', '🏽', '🏾', '🏿'];

pub(super) fn spacing(word: &[char], strength: Strength, draw: &mut Draw) -> Vec<char> {
    let mut n_blanks = 0;
    insert(word, |place| {
        let n = match strength {
            Strength::None => 0,
            Strength::Weak => usize::from(place == 1),
            Strength::Medium => 1,
            // One in six is left out, but never all of them.
            Strength::Strong if draw.below(6) == 0 && (n_blanks > 0 || place + 1 < word.len()) => 0,
            Strength::Strong => 1 + draw.below(3),
        };
        n_blanks += n;
        let mut blank = || match strength {
            Strength::Strong => draw.pick(&BLANKS),
            _ => ' ',
        };
        (0..n).map(|_| blank()).collect()
    })
}

pub(super) fn dots(word: &[char], strength: Strength, draw: &mut Draw) -> Vec<char> {
    let only = inner(word, draw);
    let same = draw.pick(&SIGNS[..N_COMMON_SIGNS]);
    insert(word, |place| match strength {
        Strength::Weak if place == only => vec!['.'],
        Strength::Medium => vec![same],
        Strength::Strong => vec![draw.pick(&SIGNS)],
        _ => Vec::new(),
    })
}

pub(super) fn zero_width(word: &[char], strength: Strength, draw: &mut Draw) -> Vec<char> {
    let only = inner(word, draw);
    insert(word, |place| match strength {
        Strength::Weak if place == only => vec![INVISIBLE[0]],
        Strength::Medium => vec![draw.pick(&INVISIBLE[..N_COMMON_INVISIBLE])],
        Strength::Strong => {
            let n = 1 + draw.below(3);
            (0..n).map(|_| invisible(draw)).collect()
        }
        _ => Vec::new(),
    })
}

fn invisible(draw: &mut Draw) -> char {
    let nth = draw.below(INVISIBLE.len() + 1);
    let tag = || char::from_u32(FIRST_TAG + draw.below(N_TAGS) as u32);
    INVISIBLE
        .get(nth)
        .copied()
        .or_else(tag)
        .unwrap_or(INVISIBLE[0])
}

pub(super) fn emoji(word: &[char], strength: Strength, draw: &mut Draw) -> Vec<char> {
    if strength == Strength::Weak {
        return [word, &[draw.pick(&EMOJI)]].concat();
    }
    let places = [inner(word, draw), inner(word, draw)];
    insert(word, |place| match strength {
        Strength::Medium if place == places[0] => vec![draw.pick(&EMOJI)],
        Strength::Strong if places.contains(&place) => {
            vec![draw.pick(&EMOJI), draw.pick(&TONES)]
        }
        _ => Vec::new(),
    })
}

/// In two pieces, or in three.
pub(super) fn split(word: &[char], strength: Strength, draw: &mut Draw) -> Vec<char> {
    let n = word.len();
    let middle = n.div_ceil(3) + draw.below((2 * n / 3).saturating_sub(n.div_ceil(3)) + 1);
    let mut places = vec![middle];
    let is_twice = match strength {
        Strength::Medium => n >= 8,
        Strength::Strong => n >= 5 && draw.below(2) == 1,
        _ => false,
    };
    if is_twice {
        places.push(inner(word, draw));
    }
    insert(word, |place| match strength {
        Strength::None => Vec::new(),
        _ if !places.contains(&place) => Vec::new(),
        Strength::Strong => vec![draw.pick(&[' ', '-', '\n'])],
        _ => vec![' '],
    })
}

/// A place between two letters, counted from 1.
pub(super) fn inner(word: &[char], draw: &mut Draw) -> usize {
    1 + draw.below(word.len().saturating_sub(1).max(1))
}

/// What `at` gives for the place before each letter but the first.
pub(super) fn insert(word: &[char], mut at: impl FnMut(usize) -> Vec<char>) -> Vec<char> {
    let mut out = Vec::with_capacity(word.len() * 2);
    for (place, &c) in word.iter().enumerate() {
        if place > 0 {
            out.extend(at(place));
        }
        out.push(c);
    }
    out
}
