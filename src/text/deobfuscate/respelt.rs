//! Other ways to write a word that are still read as it: `fuuck`, `fcuk`, `btch`, `azzhole`, `phuck`.
//!
//! A word's writings are made once, when its lexicon is read, so that finding one is a single look-up by hash.
//! English words among them are known (`WordClass::TWIN`) and left alone.

/// Fewest letters of a word.
const MIN_LETTERS: usize = 3;
/// Fewest letters of a writing: shorter ones are words or abbreviations too often.
const MIN_WRITTEN: usize = 4;
/// Longest word, in letters.
const MAX_LETTERS: usize = 16;
/// Of a word with more inner vowels not every choice of them is left out.
const MAX_VOWELS: usize = 4;

/// What is written for letters by ear.
const SOUNDS: [(&str, &str); 9] = [
    ("ff", "ph"),
    ("f", "ph"),
    ("ck", "k"),
    ("ca", "ka"),
    ("co", "ko"),
    ("cu", "ku"),
    ("oo", "u"),
    ("ee", "ea"),
    ("x", "cks"),
];
/// The same where it depends on the place: of `s` not the first, of these two the last letters only.
const ENDINGS: [(&str, &str); 2] = [("ss", "z"), ("er", "a")];

/// Calls `take` with the writings of a word in `a` to `z`, itself not among them, some of them twice; never for
/// other words. One buffer serves all: a lexicon has some twenty thousand, at every start.
pub(super) fn each_writing(word: &str, mut take: impl FnMut(&str)) {
    let is_plain = word.bytes().all(|byte| byte.is_ascii_lowercase());
    if !is_plain || !(MIN_LETTERS..=MAX_LETTERS).contains(&word.len()) {
        return;
    }
    let mut writing = String::with_capacity(4 * MAX_LETTERS);
    let mut emit = |write: &dyn Fn(&mut String)| {
        writing.clear();
        write(&mut writing);
        if writing != word && writing.len() >= MIN_WRITTEN {
            take(&writing);
        }
    };
    doubled(word, &mut emit);
    swapped(word, &mut emit);
    without_vowels(word, &mut emit);
    by_ear(word, &mut emit);
}

/// Takes a way to fill a buffer with a writing.
type Emit<'a> = dyn FnMut(&dyn Fn(&mut String)) + 'a;

/// A letter doubled; normalising squeezes longer runs to two.
fn doubled(word: &str, emit: &mut Emit) {
    let bytes = word.as_bytes();
    if bytes.windows(3).any(|it| it[0] == it[1] && it[1] == it[2]) {
        return;
    }
    for i in 0..bytes.len() {
        let is_same = |j: usize| bytes.get(j) == Some(&bytes[i]);
        if !is_same(i + 1) && !is_same(i.wrapping_sub(1)) {
            emit(&|writing| {
                writing.push_str(&word[..=i]);
                writing.push_str(&word[i..]);
            });
        }
    }
}

/// Two inner neighbours changed places.
fn swapped(word: &str, emit: &mut Emit) {
    for i in 1..word.len().saturating_sub(2) {
        emit(&|writing| {
            for part in [
                &word[..i],
                &word[i + 1..i + 2],
                &word[i..=i],
                &word[i + 2..],
            ] {
                writing.push_str(part);
            }
        });
    }
}

/// Inner vowels left out: any of them, of many one, all, or all but the first.
fn without_vowels(word: &str, emit: &mut Emit) {
    // Bits of the letters that are inner vowels, the first vowel lowest.
    let inner = 1..word.len() - 1;
    let vowels: u32 = inner
        .filter(|&i| b"aeiou".contains(&word.as_bytes()[i]))
        .map(|i| 1 << i)
        .sum();
    let mut without = |left_out: u32| {
        emit(&|writing| {
            let kept = word.char_indices().filter(|&(i, _)| left_out >> i & 1 == 0);
            writing.extend(kept.map(|(_, c)| c));
        });
    };
    if vowels.count_ones() as usize <= MAX_VOWELS {
        // All non-empty subsets, descending.
        let mut subset = vowels;
        while subset != 0 {
            without(subset);
            subset = (subset - 1) & vowels;
        }
    } else {
        let mut rest = vowels;
        while rest != 0 {
            without(rest & rest.wrapping_neg());
            rest &= rest - 1;
        }
        without(vowels);
        without(vowels & (vowels - 1));
    }
}

/// One sound written otherwise, or all, with or without `y` for `i`.
fn by_ear(word: &str, emit: &mut Emit) {
    let sounds = sounds(word);
    for sound in &sounds {
        emit(&|writing| respell(word, [sound].into_iter(), writing));
    }
    emit(&|writing| respell(word, sounds.iter().filter(|sound| sound.2 != "y"), writing));
    emit(&|writing| respell(word, sounds.iter(), writing));
}

/// First byte, bytes, and what is written for them.
type Sound = (usize, usize, &'static str);

fn sounds(word: &str) -> Vec<Sound> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < word.len() {
        let rest = &word[at..];
        let ending = ENDINGS.iter().find(|(letters, _)| rest == *letters);
        let anywhere = || SOUNDS.iter().find(|(letters, _)| rest.starts_with(letters));
        let sound = match rest.as_bytes()[0] {
            _ if ending.is_some() => ending.copied(),
            b's' if at > 0 => Some(("s", "z")),
            b'i' => Some(("i", "y")),
            _ => anywhere().copied(),
        };
        let n = sound.map_or(1, |(letters, _)| letters.len());
        found.extend(sound.map(|(_, written)| (at, n, written)));
        at += n;
    }
    found
}

fn respell<'a>(word: &str, sounds: impl Iterator<Item = &'a Sound>, out: &mut String) {
    let mut at = 0;
    for &(start, n, written) in sounds {
        out.push_str(&word[at..start]);
        out.push_str(written);
        at = start + n;
    }
    out.push_str(&word[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writings(word: &str) -> Vec<String> {
        let mut found = Vec::new();
        each_writing(word, |writing| found.push(writing.to_owned()));
        found.sort_unstable();
        found.dedup();
        found
    }

    #[test]
    fn words_are_written_as_people_do() {
        for (word, expected) in [
            ("fuck", vec!["fcuk", "phuck", "fuk", "fuuck"]),
            ("fag", vec!["faag", "fga"]),
            ("bitch", vec!["btch", "bithc"]),
            ("asshole", vec!["azzhole", "ashsole", "asshle", "asshol"]),
            ("moron", vec!["morn", "mron", "moorn"]),
            ("loser", vec!["loza", "losr", "loesr"]),
            ("coon", vec!["koon", "kun", "cun"]),
        ] {
            let found = writings(word);
            for writing in expected {
                let is_long = writing.len() >= MIN_WRITTEN;
                // The last letter stays, so does a word's own spelling.
                let is_wanted = is_long && !["bithc", "asshol"].contains(&writing);
                assert_eq!(
                    found.iter().any(|it| it == writing),
                    is_wanted,
                    "{word}: {writing}"
                );
            }
            assert!(!found.iter().any(|writing| writing == word));
        }
        for word in ["as", "", "idiót", "averylongwordindeed", "two words"] {
            assert_eq!(writings(word), Vec::<String>::new(), "{word}");
        }
    }

    #[test]
    fn words_of_vowels_have_a_bounded_number_of_writings() {
        assert!(writings("aeiouaeiouaeioua").len() < 64);
    }
}
