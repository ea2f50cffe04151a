//! Which insults and civil comments of streamed files are attacked: those of the lowest hashes of their
//! texts, so that neither the order of the rows nor a text given twice matters, and memory is bounded.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::bail;

use crate::cli::input::InputArgs;
use crate::cli::labelled::{LabelChoice, read_row};
use crate::cli::stream::BadRows;
use crate::data::Table;
use crate::features::hashing::hash_bytes;
use crate::report::number;

/// Comments of either answer at most. Chosen: the share of 2,000 is known to two points, and 45 attacks
/// on both take minutes.
const MAX_COMMENTS: usize = 2_000;
/// Rows read at a time.
const BATCH: usize = 4096;
/// Keeps the sample apart from other uses of the hash.
const SALT: u64 = 0x726f_6275;

/// Comments of both answers.
#[derive(Debug, Default)]
pub(super) struct Comments {
    insults: Kept,
    civil: Kept,
}

/// The texts of the lowest hashes so far.
#[derive(Debug, Default)]
struct Kept {
    texts: BTreeSet<(u64, Box<str>)>,
    n_met: usize,
}

impl Comments {
    pub(super) fn insults(&self) -> Vec<&str> {
        self.insults.texts()
    }

    pub(super) fn civil(&self) -> Vec<&str> {
        self.civil.texts()
    }
}

impl Kept {
    fn push(&mut self, text: &str) {
        self.n_met += 1;
        let hash = hash_bytes(text.as_bytes(), SALT);
        self.texts.insert((hash, text.into()));
        if self.texts.len() > MAX_COMMENTS {
            self.texts.pop_last();
        }
    }

    fn texts(&self) -> Vec<&str> {
        self.texts.iter().map(|(_, text)| &**text).collect()
    }
}

/// Reads labelled comments; a share of one half or more is an insult.
///
/// # Errors
/// Files that cannot be read, no column of the label, or not both answers.
pub(super) fn read(
    paths: &[PathBuf],
    choice: &LabelChoice,
    input: &InputArgs,
) -> anyhow::Result<Comments> {
    let articles = input.articles()?;
    let tables: Vec<Table> = paths
        .iter()
        .map(|path| input.open(path))
        .collect::<Result<_, _>>()?;
    let map = choice.present_in(&tables)?;
    let mut comments = Comments::default();
    for (path, mut table) in paths.iter().zip(tables) {
        let columns = map.resolve_present(table.schema());
        let mut reader = input.reader(&table, &articles)?;
        let mut bad = BadRows::default();
        let mut n_good = 0;
        loop {
            let batch = table.read_batch(BATCH)?;
            if batch.is_empty() {
                break;
            }
            let rows = batch
                .into_iter()
                .map(|row| read_row(row, &columns, &mut reader));
            for row in bad.sift(rows.collect()) {
                n_good += 1;
                let kept = match row.shares.first().copied().flatten() {
                    Some(share) if share >= 0.5 => &mut comments.insults,
                    Some(_) => &mut comments.civil,
                    None => continue,
                };
                kept.push(&row.comment.text);
            }
        }
        bad.judge(&path.display().to_string(), n_good, input.strict())?;
    }
    comments.check()?;
    Ok(comments)
}

impl Comments {
    fn check(&self) -> anyhow::Result<()> {
        for (what, kept) in [("insults", &self.insults), ("civil comments", &self.civil)] {
            if kept.n_met == 0 {
                bail!("--data: no {what} to attack");
            }
            if kept.n_met > MAX_COMMENTS {
                let [n, of] = [kept.texts.len(), kept.n_met].map(|n| number::count(n as f64));
                crate::cli::notices(&[format!("{n} of {of} {what}, picked by a hash of the text")]);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_rows_and_repetition_do_not_matter() {
        let texts: Vec<String> = (0..3_000).map(|i| format!("comment {i}")).collect();
        let mut forward = Kept::default();
        let mut backward = Kept::default();
        texts.iter().for_each(|text| forward.push(text));
        texts
            .iter()
            .rev()
            .chain(&texts)
            .for_each(|text| backward.push(text));
        assert_eq!(forward.texts.len(), MAX_COMMENTS);
        assert_eq!(forward.texts, backward.texts);
    }
}
