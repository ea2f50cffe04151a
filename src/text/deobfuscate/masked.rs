//! Words behind marks: `f*ck`.

use rustc_hash::FxHashMap;

/// Shortest and longest word looked for, in characters.
const MIN_CHARS: usize = 3;
const MAX_CHARS: usize = 16;

/// Offensive words by what a mask leaves of them: their length, and nearly always the first letter.
#[derive(Clone, Debug, Default)]
pub(in crate::text) struct MaskedWords {
    /// By number of characters and first character, the likeliest first.
    by_shape: FxHashMap<(usize, char), Vec<Ranked>>,
    n_words: usize,
}

#[derive(Clone, Debug)]
struct Ranked {
    /// Position among all words.
    rank: usize,
    word: Box<str>,
}

impl MaskedWords {
    /// Takes a word in; words come in order, the likeliest first.
    pub(in crate::text) fn insert(&mut self, word: &str) {
        let n_chars = word.chars().count();
        if let (MIN_CHARS..=MAX_CHARS, Some(first)) = (n_chars, word.chars().next()) {
            let words = self.by_shape.entry((n_chars, first)).or_default();
            words.push(Ranked {
                rank: self.n_words,
                word: word.into(),
            });
            self.n_words += 1;
        }
    }

    /// The likeliest word that fits a pattern of known and masked characters (`None` = masked).
    ///
    /// # Complexity  O(words of this length and first character)
    pub(in crate::text) fn find(&self, pattern: &[Option<char>]) -> Option<&str> {
        let n_chars = pattern.len();
        let found = if let Some(first) = pattern.first()? {
            first_fit(self.by_shape.get(&(n_chars, *first))?, pattern)
        } else {
            let of_length = self.by_shape.iter().filter(|((n, _), _)| *n == n_chars);
            of_length
                .filter_map(|(_, words)| first_fit(words, pattern))
                .min_by_key(|ranked| ranked.rank)
        };
        found.map(|ranked| &*ranked.word)
    }
}

fn first_fit<'a>(words: &'a [Ranked], pattern: &[Option<char>]) -> Option<&'a Ranked> {
    let fits = |ranked: &&Ranked| {
        let mut both = ranked.word.chars().zip(pattern);
        both.all(|(c, known)| known.is_none_or(|known| known == c))
    };
    words.iter().find(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likeliest_word_that_fits_is_found() {
        let mut words = MaskedWords::default();
        for word in ["fuck", "suck", "feck", "as", "dück"] {
            words.insert(word);
        }
        for (pattern, expected) in [
            ("f*ck", Some("fuck")),
            ("fe*k", Some("feck")),
            ("*uck", Some("fuck")),
            ("**ck", Some("fuck")),
            ("s***", Some("suck")),
            ("d*ck", Some("dück")),
            ("*ü**", Some("dück")),
            ("a*", None),
            ("f*cks", None),
            ("", None),
        ] {
            let pattern: Vec<_> = pattern.chars().map(|c| (c != '*').then_some(c)).collect();
            assert_eq!(words.find(&pattern), expected, "{pattern:?}");
        }
    }
}
