//! Learning what belongs together without labels: the same comment under its own article and under
//! another one.
//!
//! A comment that stands under an article is nearly always about it, and nearly never about another
//! that was picked at random. Every such pair is a row for the verdict of
//! [`relation::LABEL`](crate::relation::LABEL). What the comment is by itself is the same on both sides, so
//! the fit learns from them how little that says. Contexts are cut to the headline, or headline and lead, in two of three pairs, since many sites score with
//! no more than that.

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
const PER_LABELLED: usize = 4;
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
    /// The rows with an article, by section.
    by_section: HashMap<&'a str, Vec<usize>>,
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
        for &row in rows {
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
                    .entry(&article.section)
                    .or_default()
                    .push(row);
            }
        }
        donors
    }

    /// The comment of `row` under a foreign context of the same kind, or `None` if there is none.
    pub fn mispair(&self, row: usize, donor: Donor) -> Option<Comment<'a>> {
        let own = self.set.comment(row);
        let kind = kind(&own)?;
        let pool = match donor {
            Donor::Any => &self.with_context[kind],
            Donor::SameSection => self.by_section.get(own.article?.section.as_str())?,
        };
        let start = self.number(row, donor as u64);
        (0..MAX_TRIES)
            .map(|i| pool[(mix(start.wrapping_add(i)) % pool.len() as u64) as usize])
            .find(|&other| {
                let foreign = self.set.comment(other);
                self.groups[other] != self.groups[row] && !is_same(&own, &foreign)
            })
            .map(|other| {
                let foreign = self.set.comment(other);
                Comment {
                    article: foreign.article,
                    parent: own.parent.and(foreign.parent),
                    ..own
                }
            })
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

/// Whether two contexts are one article under two identifiers, or one parent.
fn is_same(a: &Comment, b: &Comment) -> bool {
    match (a.article, b.article) {
        (Some(a), Some(b)) => {
            std::ptr::eq(a, b)
                || (!a.title.is_empty() && a.title == b.title)
                || a.body == b.body && !a.body.is_empty()
        }
        _ => a.parent == b.parent,
    }
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
            rows.into_iter().step_by(step)
        })
        .collect();
    let of_row = |reader: &mut CommentFeatures, row: usize| {
        let own = set.comment(row);
        reader.text.parse(own.text, tables);
        let depth = donors.number(row, 7) % 3;
        let foreign = [Donor::Any, Donor::SameSection].map(|donor| donors.mispair(row, donor));
        let mut found = Vec::with_capacity(3);
        for (comment, share) in [(Some(own), 0.0), (foreign[0], 1.0), (foreign[1], 1.0)] {
            let Some(comment) = comment else { continue };
            let cut = comment.article.map(|article| cut(article, depth));
            let comment = Comment {
                article: cut.as_ref(),
                ..comment
            };
            let relation = reader.relate(&comment, tables, space);
            if relation.silence.is_none() {
                found.push(PairRow {
                    row,
                    source: set.rows[row]
                        .source
                        .saturating_mul(3)
                        .saturating_add(depth as u16),
                    relation: relation.row,
                    share,
                });
            }
        }
        // Its own context alone would teach that everything belongs.
        if found.len() < 2 { Vec::new() } else { found }
    };
    let pieces: Vec<Vec<PairRow>> = picked
        .par_chunks(256)
        .map_init(
            || CommentFeatures::new(1),
            |reader, rows| rows.iter().flat_map(|&row| of_row(reader, row)).collect(),
        )
        .collect();
    pieces.concat()
}

/// Headline alone, headline and lead, or all.
fn cut(article: &Article, depth: u64) -> Article {
    let mut cut = article.clone();
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
mod tests {
    use super::*;
    use crate::train::TrainRow;

    fn set() -> TrainingSet {
        let article = |id: &str, title: &str, section: &str| Article {
            id: id.into(),
            title: title.into(),
            section: section.into(),
            body: format!("All about {title}."),
            ..Article::default()
        };
        let articles = vec![
            article("a", "Cats", "pets"),
            article("b", "Dogs", "pets"),
            article("c", "Taxes", "money"),
            article("d", "Cats", "pets"),
        ];
        let rows = (0..40).map(|i| TrainRow {
            text: format!("comment number {i} says something"),
            article_idx: Some(i % 4),
            group: Some(i.to_string()),
            shares: vec![(i % 5 == 0).then_some(1.0)],
            ..TrainRow::default()
        });
        TrainingSet {
            labels: vec!["off_topic".into()],
            rows: rows.collect(),
            articles,
        }
    }

    fn groups() -> Vec<u32> {
        (0..40).map(|i| i % 4).collect()
    }

    #[test]
    fn foreign_is_never_ones_own() {
        let (set, groups) = (set(), groups());
        let rows: Vec<usize> = (0..40).collect();
        let donors = Donors::new(&set, &groups, &rows, 1);
        for row in 0..40 {
            let own = set.comment(row).article.unwrap();
            for donor in [Donor::Any, Donor::SameSection] {
                let Some(foreign) = donors.mispair(row, donor) else {
                    assert_eq!((own.title.as_str(), donor), ("Taxes", Donor::SameSection));
                    continue;
                };
                let foreign = foreign.article.unwrap();
                assert_ne!(
                    own.title, foreign.title,
                    "the same headline under another id"
                );
                if donor == Donor::SameSection {
                    assert_eq!(own.section, foreign.section);
                }
            }
        }
    }

    #[test]
    fn pairs_leave_off_topic_comments_out_and_need_a_foreign_side() {
        let (set, groups) = (set(), groups());
        let tables = TextTables::shipped();
        let of = |rows: &[usize]| pairs(&set, 0, &groups, rows, &tables, &Space::default(), 3);
        let all = of(&(0..40).collect::<Vec<_>>());
        assert!(all.iter().all(|pair| pair.row % 5 != 0));
        let foreign = all.iter().filter(|pair| pair.share == 1.0).count();
        assert!(
            foreign > 32 && all.len() - foreign == 32,
            "{foreign} {}",
            all.len()
        );
        // Only rows of one article: nothing is foreign, so nothing is learnt.
        assert!(of(&[1, 5 + 4, 13, 17]).is_empty());
    }

    #[test]
    fn picks_do_not_depend_on_the_rows_before() {
        let (set, groups) = (set(), groups());
        let rows: Vec<usize> = (0..40).collect();
        let title = |donors: &Donors, row| {
            let foreign = donors.mispair(row, Donor::Any)?;
            Some(foreign.article?.title.clone())
        };
        let donors = Donors::new(&set, &groups, &rows, 1);
        let again = Donors::new(&set, &groups, &rows, 1);
        let backwards: Vec<_> = (0..40).rev().map(|row| title(&again, row)).collect();
        let forwards: Vec<_> = (0..40).map(|row| title(&donors, row)).collect();
        assert!(forwards.iter().eq(backwards.iter().rev()));
    }
}
