//! Which languages a training set is in, so that `flag` can say when a comment is in another.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::TrainingSet;

/// Shortest text whose language is guessed, in letters; a guess on less is noise.
pub const MIN_LETTERS: usize = 20;
/// A language below this share is more likely a wrong guess than a part of the set.
const MIN_SHARE: f64 = 0.02;

/// Bytes looked at: enough to tell the language of what a person wrote, at a tenth of scoring's time.
const MAX_BYTES: usize = 512;

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

/// Languages of at least 2 % of the rows whose language can be told, with their shares.
pub fn languages(set: &TrainingSet) -> BTreeMap<String, f64> {
    let found: Vec<&str> = set
        .rows
        .par_iter()
        .filter_map(|row| language(&row.text))
        .collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for code in &found {
        *counts.entry(code).or_default() += 1;
    }
    let share = |n: usize| n as f64 / found.len() as f64;
    counts
        .into_iter()
        .filter(|&(_, n)| share(n) >= MIN_SHARE)
        .map(|(code, n)| (code.to_owned(), (share(n) * 1e4).round() / 1e4))
        .collect()
}
