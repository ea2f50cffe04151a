//! What a split must not tear apart, and the splits.
//!
//! Comments on one article, or of one thread, resemble each other, and near-duplicates are the same
//! comment twice; if one half trains and the other tests, the figure flatters. So every split moves
//! whole groups: article or thread where the file says so, else clusters of near-duplicates.

use std::collections::{HashMap, HashSet};
use std::io;

use rustc_hash::FxHashMap;

use super::TrainingSet;
use crate::features::hashing::{combine, hash_bytes, mix};

/// Hash functions of the near-duplicate search: bands of rows each.
pub(crate) const N_BANDS: usize = 6;
const ROWS_PER_BAND: usize = 3;
/// Words per shingle.
const SHINGLE: usize = 3;

/// Gives every row the number of its group, numbered by first appearance.
///
/// # Errors
/// Texts that were put away and cannot be read.
///
/// # Complexity  O(words of the set)
pub fn groups(set: &TrainingSet) -> io::Result<Vec<u32>> {
    if are_named(set) {
        Ok(number(
            set.rows
                .iter()
                .filter_map(|row| row.group.as_deref())
                .collect(),
        ))
    } else {
        near_duplicates(set)
    }
}

/// Whether every row names its article or thread and there are enough of them: few groups cannot be
/// split, and then near-duplicates are kept together at least.
pub fn are_named(set: &TrainingSet) -> bool {
    let names: Option<HashSet<&str>> = set.rows.iter().map(|row| row.group.as_deref()).collect();
    names.is_some_and(|names| names.len() >= MIN_GROUPS)
}

/// Fewest named groups by which to split: twice the folds.
const MIN_GROUPS: usize = 10;

fn number<'a>(names: Vec<&'a str>) -> Vec<u32> {
    let mut numbers: HashMap<&'a str, u32> = HashMap::new();
    let mut of = |name| {
        let next = numbers.len() as u32;
        *numbers.entry(name).or_insert(next)
    };
    names.into_iter().map(&mut of).collect()
}

/// Clusters of comments whose word shingles have a Jaccard similarity of about 0.8 or more, by
/// MinHash with banding (Broder 1997; Leskovec, Rajaraman and Ullman, "Mining of massive datasets",
/// chapter 3): equal in all rows of one band → same cluster.
fn near_duplicates(set: &TrainingSet) -> io::Result<Vec<u32>> {
    let bands = set.map_texts(bands)?;
    let mut parent: Vec<u32> = (0..set.rows.len() as u32).collect();
    // Band by band, so that the table is one of so many rows and not of six times as many.
    let mut first: FxHashMap<u64, u32> = FxHashMap::default();
    for band in 0..N_BANDS {
        first.clear();
        for (row, bands) in (0..).zip(&bands) {
            let earlier = *first.entry(bands[band]).or_insert(row);
            let (a, b) = (root(&mut parent, earlier), root(&mut parent, row));
            parent[a.max(b) as usize] = a.min(b);
        }
    }
    Ok((0..parent.len() as u32)
        .map(|row| root(&mut parent, row))
        .collect())
}

fn root(parent: &mut [u32], mut row: u32) -> u32 {
    while parent[row as usize] != row {
        parent[row as usize] = parent[parent[row as usize] as usize];
        row = parent[row as usize];
    }
    row
}

/// One hash per band of minima over the shingles of a text; near-duplicates share at least one.
pub(crate) fn bands(text: &str) -> [u64; N_BANDS] {
    let mut minima = [u64::MAX; N_BANDS * ROWS_PER_BAND];
    let words: Vec<u64> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| hash_bytes(word.to_lowercase().as_bytes(), 0))
        .collect();
    let n_shingles = words.len().saturating_sub(SHINGLE - 1).max(1);
    for start in 0..n_shingles {
        let shingle = &words[start.min(words.len())..(start + SHINGLE).min(words.len())];
        let hash = shingle
            .iter()
            .fold(SHINGLE as u64, |hash, &word| combine(hash, word));
        for (i, minimum) in minima.iter_mut().enumerate() {
            *minimum = (*minimum).min(mix(hash ^ (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        }
    }
    std::array::from_fn(|band| {
        let rows = &minima[band * ROWS_PER_BAND..(band + 1) * ROWS_PER_BAND];
        rows.iter()
            .fold(band as u64, |hash, &minimum| combine(hash, minimum))
    })
}

/// Gives every position a fold, whole groups at a time: groups in a seeded order, largest first,
/// each to the fold that has the fewest positives, then the fewest rows.
pub fn folds(groups: &[u32], shares: &[f32], n_folds: usize, seed: u64) -> Vec<usize> {
    let mut sizes: HashMap<u32, (f64, usize)> = HashMap::new();
    for (&group, &share) in groups.iter().zip(shares) {
        let size = sizes.entry(group).or_default();
        size.0 += f64::from(share);
        size.1 += 1;
    }
    let mut order: Vec<(u32, f64, usize)> = sizes
        .into_iter()
        .map(|(group, (positives, rows))| (group, positives, rows))
        .collect();
    // Decreasing size; equal sizes in an order that the seed shuffles.
    order.sort_by_key(|&(group, positives, rows)| {
        (
            std::cmp::Reverse(((positives * 64.0) as u64, rows)),
            mix(u64::from(group) ^ mix(seed)),
        )
    });
    let mut loads = vec![(0.0_f64, 0_usize); n_folds];
    let mut fold_of: HashMap<u32, usize> = HashMap::with_capacity(order.len());
    for (group, positives, rows) in order {
        let lightest = |a: &usize, b: &usize| {
            let (left, right) = if positives > 0.0 {
                (loads[*a], loads[*b])
            } else {
                ((0.0, loads[*a].1), (0.0, loads[*b].1))
            };
            left.0.total_cmp(&right.0).then(left.1.cmp(&right.1))
        };
        let fold = (0..n_folds).min_by(lightest).unwrap_or(0);
        loads[fold].0 += positives;
        loads[fold].1 += rows;
        fold_of.insert(group, fold);
    }
    groups.iter().map(|group| fold_of[group]).collect()
}

/// Splits rows into train and test, whole groups by a seeded hash, until the test part holds
/// `fraction` of the rows.
pub fn test_split(groups: &[u32], fraction: f64, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let mut sizes: HashMap<u32, usize> = HashMap::new();
    for &group in groups {
        *sizes.entry(group).or_default() += 1;
    }
    let mut order: Vec<u32> = sizes.keys().copied().collect();
    order.sort_by_key(|&group| mix(u64::from(group).wrapping_add(mix(seed ^ 1))));
    let wanted = fraction * groups.len() as f64;
    let mut n_test = 0;
    let mut in_test: HashMap<u32, bool> = HashMap::with_capacity(order.len());
    for group in order {
        let take = (n_test as f64) < wanted;
        n_test += if take { sizes[&group] } else { 0 };
        in_test.insert(group, take);
    }
    (0..groups.len()).partition(|&row| !in_test[&groups[row]])
}

#[cfg(test)]
mod tests {
    use super::super::TrainRow;
    use super::*;

    fn set(texts: &[&str], group: Option<&str>) -> TrainingSet {
        let row = |text: &&str| TrainRow {
            text: (*text).to_owned(),
            group: group.map(str::to_owned),
            ..TrainRow::default()
        };
        TrainingSet {
            rows: texts.iter().map(row).collect(),
            ..TrainingSet::default()
        }
    }

    #[test]
    fn near_duplicates_share_a_group() {
        let long = "The council has decided to close the high street to all cars from next spring on, \
                    and the shops are against it";
        let edited = format!("{long}!!! Shame.");
        let set = set(
            &[
                long,
                &edited,
                "Something else entirely, about football",
                "ok",
                "OK!",
            ],
            None,
        );
        let groups = groups(&set).unwrap();
        assert_eq!(groups[0], groups[1]);
        assert_ne!(groups[0], groups[2]);
        assert_eq!(groups[3], groups[4]);
    }

    #[test]
    fn no_group_is_torn_and_folds_are_even() {
        let groups: Vec<u32> = (0..1000).map(|i| i / 7).collect();
        let shares: Vec<f32> = (0..1000).map(|i| f32::from(u8::from(i % 5 == 0))).collect();
        let fold_of = folds(&groups, &shares, 5, 3);
        for pair in (0..1000).collect::<Vec<_>>().windows(2) {
            if groups[pair[0]] == groups[pair[1]] {
                assert_eq!(fold_of[pair[0]], fold_of[pair[1]]);
            }
        }
        for fold in 0..5 {
            let n = fold_of.iter().filter(|&&f| f == fold).count();
            assert!((180..=220).contains(&n), "{n}");
        }
        let (train, test) = test_split(&groups, 0.2, 3);
        assert!((200..=206).contains(&test.len()));
        assert!(
            test.iter()
                .all(|&t| train.iter().all(|&r| groups[r] != groups[t]))
        );
    }
}
