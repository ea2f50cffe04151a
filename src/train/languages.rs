//! Which languages a training set is in, so that `flag` can say when a comment is in another.

use std::collections::BTreeMap;
use std::io;

use super::TrainingSet;
use crate::text::language::language;

/// A language below this share is more likely a wrong guess than a part of the set.
const MIN_SHARE: f64 = 0.02;

/// Languages of at least 2 % of the rows whose language can be told, with their shares.
///
/// # Errors
/// Texts that were put away and cannot be read.
pub fn languages(set: &TrainingSet) -> io::Result<BTreeMap<String, f64>> {
    let found: Vec<&str> = set.map_texts(language)?.into_iter().flatten().collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for code in &found {
        *counts.entry(code).or_default() += 1;
    }
    let share = |n: usize| n as f64 / found.len() as f64;
    Ok(counts
        .into_iter()
        .filter(|&(_, n)| share(n) >= MIN_SHARE)
        .map(|(code, n)| (code.to_owned(), (share(n) * 1e4).round() / 1e4))
        .collect())
}
