//! Which comments of streamed files are measured: those of the lowest hashes, so that the order of the rows
//! does not matter, long files are sampled evenly, and memory is bounded.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::cli::labelled::train_row;
use crate::comment::Article;
use crate::data::OwnedComment;
use crate::features::hashing::{combine, hash_bytes};
use crate::relation;
use crate::train::TrainingSet;

/// Comments kept at most.
const MAX_COMMENTS: usize = 20_000;
/// Keeps the pick apart from other uses of the hash.
const SALT: u64 = 0x7069_636b;

/// Hash of article and text, by which comments are picked; hash of all the rest, which tells comments with the
/// same ones apart; and a number for rows that are equal.
type Key = (u64, u64, u64);

/// The comments of the lowest hashes so far.
#[derive(Debug)]
pub(super) struct Pick {
    kept: BTreeMap<Key, OwnedComment>,
    capacity: usize,
    n_met: u64,
}

impl Default for Pick {
    fn default() -> Self {
        Self {
            kept: BTreeMap::new(),
            capacity: MAX_COMMENTS,
            n_met: 0,
        }
    }
}

impl Pick {
    /// Comments met, kept or not.
    pub(super) fn n_met(&self) -> u64 {
        self.n_met
    }

    /// Meets a comment.
    ///
    /// # Complexity  O(bytes + log kept)
    pub(super) fn push(&mut self, comment: OwnedComment) {
        self.n_met += 1;
        let article = comment.article.as_deref();
        let name = article.map_or("", |article| match &*article.id {
            "" => &article.title,
            id => id,
        });
        let of_article = hash_bytes(name.as_bytes(), SALT);
        let picks = combine(of_article, hash_bytes(comment.text.as_bytes(), SALT));
        let is_full = self.kept.len() >= self.capacity;
        let last = self.kept.last_key_value();
        if is_full && last.is_none_or(|(last, _)| picks > last.0) {
            return;
        }
        self.kept
            .insert((picks, of_rest(&comment), self.n_met), comment);
        if is_full {
            self.kept.pop_last();
        }
    }

    /// What was kept, in the order of the hashes; an article that rows repeat is there once.
    pub(super) fn into_set(self) -> TrainingSet {
        let mut set = TrainingSet {
            labels: vec![relation::LABEL.to_owned()],
            ..TrainingSet::default()
        };
        let mut known: HashMap<Arc<Article>, usize> = HashMap::new();
        for mut comment in self.kept.into_values() {
            let article_idx = comment.article.take().map(|article| {
                *known.entry(article).or_insert_with_key(|article| {
                    set.articles.push((**article).clone());
                    set.articles.len() - 1
                })
            });
            set.rows
                .push(train_row(comment, article_idx, 0, vec![None]));
        }
        set
    }
}

fn of_rest(comment: &OwnedComment) -> u64 {
    let article = comment.article.as_deref().into_iter().flat_map(
        |Article {
             id,
             title,
             lead,
             body,
             section,
             ..
         }| [id, title, lead, body, section].map(|text| Some(text.as_str())),
    );
    let parts = article.chain([
        comment.author.as_deref(),
        comment.parent.as_deref(),
        comment.group.as_deref(),
    ]);
    parts.fold(SALT, |hash, part| {
        combine(hash, part.map_or(0, |part| hash_bytes(part.as_bytes(), 1)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::TrainRow;

    /// Two comments of each text, under seven articles.
    fn comments() -> Vec<OwnedComment> {
        let comment = |i: usize| {
            let article = Article {
                id: format!("a{}", i % 7),
                body: "The whole story.".to_owned(),
                ..Article::default()
            };
            OwnedComment {
                text: format!("comment {}", i / 2),
                article: Some(Arc::new(article)),
                ..OwnedComment::default()
            }
        };
        (0..700).map(comment).collect()
    }

    fn picked(comments: impl IntoIterator<Item = OwnedComment>) -> TrainingSet {
        let mut pick = Pick {
            capacity: 100,
            ..Pick::default()
        };
        for comment in comments {
            pick.push(comment);
            assert!(pick.kept.len() <= 100);
        }
        assert_eq!(pick.n_met(), 700);
        pick.into_set()
    }

    #[test]
    fn the_order_of_rows_changes_nothing() {
        let set = picked(comments());
        assert_eq!((set.rows.len(), set.articles.len()), (100, 7));
        let backwards = picked(comments().into_iter().rev());
        assert_eq!(format!("{set:?}"), format!("{backwards:?}"));
    }

    #[test]
    fn all_parts_of_a_file_are_picked_from() {
        let set = picked(comments());
        let number = |row: &TrainRow| row.text["comment ".len()..].parse::<usize>();
        for part in 0..7 {
            let of_part = set
                .rows
                .iter()
                .filter(|row| number(row).unwrap() / 50 == part);
            let n = of_part.count();
            assert!((5..=25).contains(&n), "{part}: {n}");
        }
    }

    #[test]
    fn a_comment_stays_under_its_article() {
        let set = picked(comments());
        for i in 0..set.rows.len() {
            let comment = set.comment(i);
            let is_met = |met: &OwnedComment| {
                met.text == comment.text && met.article.as_deref() == comment.article
            };
            assert!(comments().iter().any(is_met), "{comment:?}");
        }
    }
}
