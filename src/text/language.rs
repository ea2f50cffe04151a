//! In which language a text is, so that a moderator learns when a model was not trained on it.

use super::{TextView, TokenKind, WordClass};

/// Shortest text whose language is guessed, in letters; a guess on less is noise.
pub const MIN_LETTERS: usize = 20;
/// Bytes looked at: enough to tell the language of what a person wrote.
const MAX_BYTES: usize = 512;
/// Words looked at by [`is_plainly_english`].
const MAX_WORDS: usize = 48;

/// The language of a text by its ISO 639-3 code, if the text is long enough to tell.
pub fn language(text: &str) -> Option<&'static str> {
    let text = &text[..text.floor_char_boundary(MAX_BYTES)];
    let long_enough = text
        .chars()
        .filter(|c| c.is_alphabetic())
        .nth(MIN_LETTERS - 1)
        .is_some();
    long_enough.then(|| whichlang::detect_language(text).three_letter_code())
}

/// Whether a sixth of the first words, and at least three, are English function words of three letters or more:
/// shorter ones stand in other languages too. It spares four English comments in five the slower question, and nearly
/// all long ones; of 20,000 German posts 28 pass, which quote English (a quarter: 63 %, 15; an eighth: 82 %, 64).
pub(crate) fn is_plainly_english(view: &TextView) -> bool {
    let tokens = view.tokens.iter().take(MAX_WORDS);
    let (mut n_words, mut n_function) = (0, 0);
    for token in tokens.filter(|token| token.kind == TokenKind::Word) {
        n_words += 1;
        let is_long = token.end - token.start > 2;
        n_function += usize::from(is_long && token.class.is(WordClass::FUNCTION));
    }
    n_function >= 3 && 6 * n_function >= n_words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TextTables;

    #[test]
    fn only_english_is_plainly_english() {
        let tables = TextTables::shipped();
        let mut view = TextView::default();
        for (text, expected) in [
            ("I have never been there but it was in the paper.", true),
            (
                "Ich war am Montag in der Stadt, also was so an mir lag, war gut.",
                false,
            ),
            ("Die man in den so genannten Parks was am Abend war", false),
            ("me no se a la casa de mi he as no me", false),
            ("Idiot!", false),
        ] {
            view.parse(text, &tables);
            assert_eq!(is_plainly_english(&view), expected, "{text}");
        }
    }
}
