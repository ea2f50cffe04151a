//! Word vectors from the texts of a training set, in whatever language they are.
//!
//! A word is known by the texts that it stands in ([`crate::linear::subspace`]): words of the same subjects point
//! alike. A comment is never joined with its article to one text, for then closeness of the two would be
//! learnt by heart, and the verdict would trust it too much.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;
use thiserror::Error;

use super::{Progress, TrainingSet};
use crate::features::hashing::hash_bytes;
use crate::linear::subspace::{Bags, N_ITERATIONS};
use crate::relation::content_words;
use crate::relation::vectors::{N_DIMS, WordVectors};
use crate::text::{TextTables, TextView};

/// A word in fewer texts has no vector: it is told by chance what it goes with.
const MIN_DF: u32 = 5;
/// Words at most, the most frequent ones.
const MAX_WORDS: usize = 50_000;
/// Directions that are learnt, of the [`N_DIMS`] there is room for: a site's own texts are seldom so many as to fill more.
const N_LEARNT: usize = 50;
/// With fewer words directions are noise.
const MIN_WORDS: usize = 1_000;
/// Distinct content words of one text at most; longer ones are cut in pieces, lest long articles
/// outweigh comments.
const PIECE: usize = 100;
/// The first direction is the frequency of the words, and left out.
const N_COMMON: usize = 1;

/// Too few texts to learn from.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "only {n_words} words stand in {MIN_DF} or more of the {n_texts} texts, {MIN_WORDS} are needed"
)]
pub struct TooFewTexts {
    n_texts: usize,
    n_words: usize,
}

/// Learns vectors from the texts of some rows of a set: comments, parents and articles. The result depends
/// neither on the order of the rows nor on the number of threads.
///
/// # Errors
/// [`TooFewTexts`] of which too few share words.
///
/// # Complexity  O(content words x dimensions) for each of a few iterations; 4 bytes of memory for each
/// content word, and 1.5 kB for each word of the vocabulary
pub fn learn(
    set: &TrainingSet,
    rows: &[usize],
    tables: &TextTables,
    progress: &dyn Progress,
) -> Result<WordVectors, TooFewTexts> {
    let pieces = pieces(&texts(set, rows), tables, progress);
    let vocabulary = Vocabulary::of(&pieces);
    if vocabulary.df.len() < MIN_WORDS {
        return Err(TooFewTexts {
            n_texts: pieces.len(),
            n_words: vocabulary.df.len(),
        });
    }
    let weights = vocabulary.weights(pieces.len());
    let bags = vocabulary.bags(&pieces);
    drop(pieces);
    progress.start("word vectors", N_ITERATIONS);
    let directions = bags.directions(N_COMMON + N_LEARNT, &|| progress.advance(1));
    let rows = centred_rows(&directions[N_COMMON..][..N_LEARNT], &weights);
    Ok(vocabulary.vectors(&rows, &weights))
}

/// Distinct texts of some rows and of their articles.
fn texts<'a>(set: &'a TrainingSet, rows: &[usize]) -> Vec<[&'a str; 3]> {
    let mut seen = HashSet::new();
    let mut is_new = |texts: &[&str; 3]| {
        texts.iter().any(|text| !text.is_empty())
            && seen.insert(texts.map(|text| hash_bytes(text.as_bytes(), 0)))
    };
    let mut found = Vec::new();
    for &row in rows {
        let comment = set.comment(row);
        let article = comment
            .article
            .map(|article| [&*article.title, &article.lead, &article.body]);
        let alone = |text| [text, "", ""];
        let all = [
            Some(alone(comment.text)),
            comment.parent.map(alone),
            article,
        ];
        found.extend(all.into_iter().flatten().filter(&mut is_new));
    }
    found
}

/// Distinct content words of each text, by their keys, in pieces of at most [`PIECE`].
fn pieces(texts: &[[&str; 3]], tables: &TextTables, progress: &dyn Progress) -> Vec<Vec<u64>> {
    progress.start("words", texts.len());
    let of_text = |view: &mut TextView, parts: &[&str; 3]| {
        let (mut pieces, mut piece) = (Vec::new(), Vec::new());
        for part in parts {
            view.parse(part, tables);
            for word in content_words(view) {
                let key = WordVectors::key(word);
                if !piece.contains(&key) {
                    piece.push(key);
                }
                if piece.len() == PIECE {
                    pieces.push(std::mem::take(&mut piece));
                }
            }
        }
        pieces.push(piece);
        progress.advance(1);
        pieces
    };
    let found: Vec<Vec<Vec<u64>>> = texts
        .par_iter()
        .map_init(TextView::default, of_text)
        .collect();
    found.into_iter().flatten().collect()
}

/// Words with vectors, by their keys.
struct Vocabulary {
    /// The most frequent first.
    number: HashMap<u64, u32>,
    /// In how many texts each stands, by number.
    df: Vec<u32>,
}

impl Vocabulary {
    fn of(pieces: &[Vec<u64>]) -> Self {
        let mut counts: HashMap<u64, u32> = HashMap::new();
        for &key in pieces.iter().flatten() {
            *counts.entry(key).or_default() += 1;
        }
        let mut words: Vec<(u64, u32)> =
            counts.into_iter().filter(|word| word.1 >= MIN_DF).collect();
        words.sort_unstable_by_key(|&(key, df)| (std::cmp::Reverse(df), key));
        words.truncate(MAX_WORDS);
        let keys = words.iter().map(|word| word.0);
        Self {
            number: keys.zip(0..).collect(),
            df: words.iter().map(|word| word.1).collect(),
        }
    }

    /// Inverse document frequencies with a mean of 1, as in `models/words`.
    fn weights(&self, n_texts: usize) -> Vec<f64> {
        let idf = |&df: &u32| ((n_texts as f64 + 1.0) / (f64::from(df) + 1.0)).ln();
        let idf: Vec<f64> = self.df.iter().map(idf).collect();
        let mean = idf.iter().sum::<f64>() / idf.len() as f64;
        idf.iter().map(|idf| idf / mean).collect()
    }

    /// In an order that depends on the texts alone; the same words twice count once, since what many
    /// texts repeat word for word is boilerplate.
    fn bags(&self, pieces: &[Vec<u64>]) -> Bags {
        let bag = |piece: &Vec<u64>| {
            let numbers = piece.iter().filter_map(|key| self.number.get(key).copied());
            let mut bag: Vec<u32> = numbers.collect();
            bag.sort_unstable();
            bag
        };
        let mut all: Vec<Vec<u32>> = pieces.iter().map(bag).collect();
        all.sort_unstable();
        all.dedup();
        let mut bags = Bags::new(self.df.len());
        // A lone word tells of no other.
        all.iter()
            .filter(|bag| bag.len() > 1)
            .for_each(|bag| bags.push(bag));
        bags
    }

    /// Rows brought to bytes, each by its own largest component: only directions are used.
    fn vectors(&self, rows: &[[f64; N_LEARNT]], weights: &[f64]) -> WordVectors {
        let mut words: Vec<(u64, u32)> = self.number.iter().map(|(&key, &n)| (key, n)).collect();
        words.sort_unstable();
        let quantised = |n: u32| {
            let row = rows[n as usize];
            let largest = row.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
            let scale = if largest > 0.0 { 127.0 / largest } else { 0.0 };
            let learnt = row.map(|x| (x * scale).round() as i8);
            std::array::from_fn::<i8, N_DIMS, _>(|k| learnt.get(k).copied().unwrap_or(0))
        };
        let numbers = || words.iter().map(|word| word.1);
        WordVectors::new(
            words.iter().map(|word| word.0).collect(),
            numbers().flat_map(quantised).collect(),
            numbers().map(|n| weights[n as usize] as f32).collect(),
        )
        .expect("keys rise, and there are as many rows and weights")
    }
}

/// Directions by word, of unit length before their weighted mean is taken away.
fn centred_rows(directions: &[Vec<f64>], weights: &[f64]) -> Vec<[f64; N_LEARNT]> {
    let unit = |n: usize| -> [f64; N_LEARNT] {
        let row: [f64; N_LEARNT] = std::array::from_fn(|k| directions[k][n]);
        let norm = row.iter().map(|x| x * x).sum::<f64>().sqrt().max(1e-12);
        row.map(|x| x / norm)
    };
    let mut rows: Vec<[f64; N_LEARNT]> = (0..weights.len()).map(unit).collect();
    let total: f64 = weights.iter().sum();
    for k in 0..N_LEARNT {
        let sum: f64 = rows.iter().zip(weights).map(|(row, w)| w * row[k]).sum();
        rows.iter_mut().for_each(|row| row[k] -= sum / total);
    }
    rows
}

#[cfg(test)]
mod tests;
