//! Codes of languages: clients write ISO 639-1 or BCP 47, models keep ISO 639-3.

use crate::model::Model;

/// The languages that can be told, by both codes.
const CODES: [(&str, &str); 16] = [
    ("ar", "ara"),
    ("de", "deu"),
    ("en", "eng"),
    ("es", "spa"),
    ("fr", "fra"),
    ("hi", "hin"),
    ("it", "ita"),
    ("ja", "jpn"),
    ("ko", "kor"),
    ("nl", "nld"),
    ("pt", "por"),
    ("ru", "rus"),
    ("sv", "swe"),
    ("tr", "tur"),
    ("vi", "vie"),
    ("zh", "cmn"),
];

/// The code that clients know.
pub(super) fn short_code(three_letter: &str) -> &str {
    let found = CODES.iter().find(|(_, three)| *three == three_letter);
    found.map_or(three_letter, |(two, _)| two)
}

/// Whether the model has learnt a language, of which the first part of its code counts (`pt` of `pt-BR`). A model
/// that does not know what it has learnt is asked for all.
pub(super) fn is_learnt(model: &Model, code: &str) -> bool {
    let learnt = &model.provenance().languages;
    let primary = code
        .split(['-', '_'])
        .next()
        .unwrap_or(code)
        .to_ascii_lowercase();
    let found = CODES
        .iter()
        .find(|(two, three)| *two == primary || *three == primary);
    learnt.is_empty() || found.is_some_and(|(_, three)| learnt.contains_key(*three))
}

/// What is said of a text's language in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detected {
    /// It is this one, by ISO 639-1.
    Language(&'static str),
    /// Too little text to tell.
    TooShort,
    /// There is no letter in it.
    NoLetter,
}

impl Detected {
    /// From what the model's reader found in a text.
    pub(super) fn new(found: Option<&'static str>, text: &str) -> Self {
        match found {
            Some(code) => Self::Language(short_code(code)),
            None if text.contains(char::is_alphabetic) => Self::TooShort,
            None => Self::NoLetter,
        }
    }

    /// The codes, none or one.
    pub(super) fn codes(self) -> Option<&'static str> {
        match self {
            Self::Language(code) => Some(code),
            Self::TooShort | Self::NoLetter => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moderate::tests::tiny_model;

    #[test]
    fn regions_do_not_matter() {
        let mut model = tiny_model();
        model.provenance.languages = [("por".to_owned(), 1.0)].into();
        for (code, expected) in [
            ("pt", true),
            ("pt-BR", true),
            ("PT_br", true),
            ("por", true),
            ("en", false),
            ("om", false),
            ("", false),
        ] {
            assert_eq!(is_learnt(&model, code), expected, "{code}");
        }
    }
}
