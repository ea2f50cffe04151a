//! Learning what belongs together without labels: the same comment under its own article and under
//! another one.
//!
//! A comment that stands under an article is nearly always about it, and nearly never about another
//! that was picked at random. Every such pair is a row for the verdict of
//! [`relation::LABEL`](crate::relation::LABEL). What the comment is by itself is the same on both sides, so
//! the fit learns from them how little that says. Contexts are cut to the headline, or headline and
//! lead, in two of three pairs, since many sites score with no more than that.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use super::TrainingSet;
use crate::comment::{Article, Comment};
use crate::evidence::CommentFeatures;
use crate::features::hashing::{hash_bytes, mix};
use crate::relation::{RelationRow, Space};
use crate::text::TextTables;

/// Comments paired at most, picked evenly: some tens of coefficients need no more.
const MAX_COMMENTS: usize = 20_000;
/// Of each file so many for each labelled row, where rows are labelled. Fewer, and what is off topic in a small
/// corpus drowns the relation elsewhere; all, and a long archive drowns what people said (ARCHITECTURE.md).
const PER_LABELLED: usize = 16;
/// Of each file at least so many, where rows are labelled.
const MIN_COMMENTS: usize = 500;
/// Rows looked at for a context that is foreign to a comment.
const MAX_TRIES: u64 = 32;

/// From where the context that does not belong to a comment is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Donor {
    /// Any other article or thread.
    Any,
    /// Another article of the same section.
    SameSection,
}

/// A comment with a context that is its own or not.
#[derive(Clone, Debug)]
pub(crate) struct PairRow {
    /// Row of the comment.
    pub(crate) row: usize,
    /// Group of the comment, and that of the row whose context it is given.
    pub(crate) groups: [u32; 2],
    /// File of the comment, and how deep its context is cut: rows with one intercept.
    pub(crate) source: u16,
    /// What it has to do with the context.
    pub(crate) relation: RelationRow,
    /// 0 for its own context, 1 for a foreign one.
    pub(crate) share: f32,
}

/// Picks foreign contexts.
#[derive(Debug)]
pub struct Donors<'a> {
    set: &'a TrainingSet,
    groups: &'a [u32],
    /// Rows with a context: without article, without parent, with both.
    with_context: [Vec<usize>; 3],
    /// The rows with an article, by section and by whether they have a parent too.
    by_section: HashMap<(&'a str, bool), Vec<usize>>,
    seed: u64,
}

impl<'a> Donors<'a> {
    /// From some rows of a set; `groups` as in training.
    pub fn new(set: &'a TrainingSet, groups: &'a [u32], rows: &[usize], seed: u64) -> Self {
        let mut donors = Self {
            set,
            groups,
            with_context: Default::default(),
            by_section: HashMap::new(),
            seed,
        };
        for row in donors.in_order(rows.to_vec()) {
            let comment = set.comment(row);
            if let Some(kind) = kind(&comment) {
                donors.with_context[kind].push(row);
            }
            if let Some(article) = comment
                .article
                .filter(|article| !article.section.is_empty())
            {
                donors
                    .by_section
                    .entry((&article.section, comment.parent.is_some()))
                    .or_default()
                    .push(row);
            }
        }
        donors
    }

    /// The comment of `row` under a foreign context of the same kind, or `None` if there is none.
    pub fn mispair(&self, row: usize, donor: Donor) -> Option<Comment<'a>> {
        self.foreign(row, donor).map(|(_, comment)| comment)
    }

    /// The same, with the row that gave the context.
    fn foreign(&self, row: usize, donor: Donor) -> Option<(usize, Comment<'a>)> {
        let own = self.set.comment(row);
        let kind = kind(&own)?;
        let pool = match donor {
            Donor::Any => &self.with_context[kind],
            Donor::SameSection => {
                let section = own.article?.section.as_str();
                self.by_section.get(&(section, own.parent.is_some()))?
            }
        };
        if pool.is_empty() {
            return None;
        }
        let start = self.number(row, donor as u64);
        (0..MAX_TRIES)
            .map(|i| pool[(mix(start.wrapping_add(i)) % pool.len() as u64) as usize])
            .find(|&other| {
                let foreign = self.set.comment(other);
                self.groups[other] != self.groups[row] && !is_same(&own, &foreign)
            })
            .map(|other| {
                let foreign = self.set.comment(other);
                let comment = Comment {
                    article: foreign.article,
                    parent: foreign.parent,
                    thread: foreign.thread,
                    parent_author: None,
                    ..own
                };
                (other, comment)
            })
    }

    /// Rows in an order that depends on seed and comments alone.
    fn in_order(&self, mut rows: Vec<usize>) -> Vec<usize> {
        rows.sort_by_cached_key(|&row| {
            let comment = self.set.comment(row);
            let article = comment.article.map(|article| {
                let texts = [&article.id, &article.title, &article.lead, &article.body];
                texts.map(|text| hash_bytes(text.as_bytes(), 0))
            });
            (self.number(row, 3), article, comment.parent)
        });
        rows
    }

    /// A number that depends on seed and comment alone, not on the order of the rows.
    fn number(&self, row: usize, salt: u64) -> u64 {
        let text = self.set.rows[row].text.as_bytes();
        hash_bytes(text, mix(self.seed ^ salt.wrapping_mul(0x9e37_79b9)))
    }
}

fn kind(comment: &Comment) -> Option<usize> {
    match (comment.article.is_some(), comment.parent.is_some()) {
        (false, true) => Some(0),
        (true, false) => Some(1),
        (true, true) => Some(2),
        (false, false) => None,
    }
}

/// Whether the context of `b` is that of `a` in part: one article under two identifiers, one parent, or
/// the comment itself as the parent.
fn is_same(a: &Comment, b: &Comment) -> bool {
    let is_same_parent = b.parent.is_some() && (a.parent == b.parent || b.parent == Some(a.text));
    let is_same_article = match (a.article, b.article) {
        (Some(a), Some(b)) => {
            std::ptr::eq(a, b)
                || (!a.title.is_empty() && a.title == b.title)
                || (!a.body.is_empty() && a.body == b.body)
        }
        _ => false,
    };
    is_same_parent || is_same_article
}

/// All pairs of some rows of a set. Comments labelled off topic (`label_idx`, if the set has the label)
/// have no context of their own and are left out.
///
/// # Complexity  as reading the comments three times
pub(crate) fn pairs(
    set: &TrainingSet,
    label_idx: usize,
    groups: &[u32],
    rows: &[usize],
    tables: &TextTables,
    space: &Space,
    seed: u64,
) -> Vec<PairRow> {
    let donors = Donors::new(set, groups, rows, seed);
    let is_on_topic = |row: &&usize| {
        let share = set.rows[**row].shares[label_idx];
        share.is_none_or(|share| share < 0.5) && kind(&set.comment(**row)).is_some()
    };
    let n_labelled = rows
        .iter()
        .filter(|&&row| set.rows[row].shares[label_idx].is_some())
        .count();
    // What is made must not drown what people said.
    let most = match n_labelled {
        0 => MAX_COMMENTS,
        n => (PER_LABELLED * n).clamp(MIN_COMMENTS, MAX_COMMENTS),
    };
    let mut by_source: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
    for &row in rows.iter().filter(is_on_topic) {
        by_source.entry(set.rows[row].source).or_default().push(row);
    }
    let picked: Vec<usize> = by_source
        .into_values()
        .flat_map(|rows| {
            let step = rows.len().div_ceil(most).max(1);
            donors.in_order(rows).into_iter().step_by(step)
        })
        .collect();
    let of_row = |reader: &mut CommentFeatures, row: usize| {
        let own = Comment {
            parent_author: None,
            ..set.comment(row)
        };
        reader.text.parse(own.text, tables);
        let depth = donors.number(row, 7) % 3;
        let foreign = [Donor::Any, Donor::SameSection].map(|donor| donors.foreign(row, donor));
        let mut found = Vec::with_capacity(3);
        // Which side a comment is on must not show in whether earlier comments are known.
        let sides = [Some((row, own)), foreign[0], foreign[1]];
        let articles = sides.iter().flatten().filter_map(|(_, side)| side.article);
        let is_discussed = articles.clone().all(|article| !article.approved.is_empty());
        for (context, share) in sides.into_iter().zip([0.0, 1.0, 1.0]) {
            let Some((other, comment)) = context else {
                continue;
            };
            let cut = comment
                .article
                .map(|article| cut(article, depth, is_discussed));
            let comment = Comment {
                article: cut.as_ref(),
                ..comment
            };
            let relation = reader.relate(&comment, tables, space);
            if relation.silence.is_none() {
                found.push(PairRow {
                    row,
                    groups: [groups[row], groups[other]],
                    source: set.rows[row]
                        .source
                        .saturating_mul(3)
                        .saturating_add(depth as u16),
                    relation: relation.row,
                    share,
                });
            }
        }
        // One side alone would teach that everything belongs, or nothing.
        let has = |share: f32| found.iter().any(|pair| pair.share == share);
        if has(0.0) && has(1.0) {
            found
        } else {
            Vec::new()
        }
    };
    let pieces: Vec<Vec<PairRow>> = picked
        .par_chunks(256)
        .map_init(CommentFeatures::default, |reader, rows| {
            rows.iter().flat_map(|&row| of_row(reader, row)).collect()
        })
        .collect();
    pieces.concat()
}

/// Headline alone, headline and lead, or all; with approved comments or without. Nobody is known by name: a comment names
/// those it stands beside, so its own context would be told by that.
fn cut(article: &Article, depth: u64, is_discussed: bool) -> Article {
    let mut cut = article.clone();
    cut.commenters.clear();
    if !is_discussed {
        cut.approved.clear();
    }
    let has_head = !article.title.is_empty();
    if depth < 2 && has_head {
        cut.body.clear();
    }
    if depth < 1 && has_head {
        cut.lead.clear();
    }
    cut
}

#[cfg(test)]
mod tests;
