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

/// The writings of a word in `a` to `z`, itself not among them; none of other words.
pub(super) fn writings(word: &str) -> Vec<String> {
    let is_plain = word.bytes().all(|byte| byte.is_ascii_lowercase());
    if !is_plain || !(MIN_LETTERS..=MAX_LETTERS).contains(&word.len()) {
        return Vec::new();
    }
    let mut found = doubled(word);
    found.extend(swapped(word));
    found.extend(without_vowels(word));
    found.extend(by_ear(word));
    found.retain(|writing| writing != word && writing.len() >= MIN_WRITTEN);
    found.sort_unstable();
    found.dedup();
    found
}

/// A letter doubled; normalising squeezes longer runs to two.
fn doubled(word: &str) -> Vec<String> {
    let double = |i: usize| format!("{}{}", &word[..=i], &word[i..]);
    let has_run = |writing: &String| {
        let letters = writing.as_bytes().windows(3);
        letters
            .into_iter()
            .any(|it| it[0] == it[1] && it[1] == it[2])
    };
    (0..word.len())
        .map(double)
        .filter(|writing| !has_run(writing))
        .collect()
}

/// Two inner neighbours changed places.
fn swapped(word: &str) -> Vec<String> {
    let swap = |i: usize| {
        let (head, tail) = (&word[..i], &word[i + 2..]);
        format!("{head}{}{}{tail}", &word[i + 1..i + 2], &word[i..=i])
    };
    (1..word.len().saturating_sub(2)).map(swap).collect()
}

/// Inner vowels left out: any of them, of many one, all, or all but the first.
fn without_vowels(word: &str) -> Vec<String> {
    let inner = 1..word.len() - 1;
    let vowels: Vec<usize> = inner
        .filter(|&i| b"aeiou".contains(&word.as_bytes()[i]))
        .collect();
    let n = vowels.len();
    let chosen: Vec<u32> = if n <= MAX_VOWELS {
        (1..1 << n).collect()
    } else {
        let all = (1 << n) - 1;
        (0..n).map(|i| 1 << i).chain([all, all - 1]).collect()
    };
    let without = |chosen: u32| {
        let is_kept = |i: usize| {
            let at = vowels.iter().position(|&vowel| vowel == i);
            at.is_none_or(|at| chosen >> at & 1 == 0)
        };
        word.char_indices()
            .filter(|&(i, _)| is_kept(i))
            .map(|(_, c)| c)
            .collect()
    };
    chosen.into_iter().map(without).collect()
}

/// First byte, bytes, and what is written for them.
type Sound = (usize, usize, &'static str);

/// One sound written otherwise, or all, with or without `y` for `i`.
fn by_ear(word: &str) -> Vec<String> {
    let sounds = sounds(word);
    let mut choices: Vec<Vec<Sound>> = sounds.iter().map(|&sound| vec![sound]).collect();
    choices.push(
        sounds
            .iter()
            .copied()
            .filter(|sound| sound.2 != "y")
            .collect(),
    );
    choices.push(sounds);
    choices.iter().map(|choice| respell(word, choice)).collect()
}

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

fn respell(word: &str, sounds: &[Sound]) -> String {
    let mut out = String::with_capacity(word.len() + sounds.len());
    let mut at = 0;
    for &(start, n, written) in sounds {
        out.push_str(&word[at..start]);
        out.push_str(written);
        at = start + n;
    }
    out.push_str(&word[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

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
