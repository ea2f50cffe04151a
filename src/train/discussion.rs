//! Comments of a training set as context of each other: what was said under an article before.
//!
//! A comment must not stand in its own context. So the comments of an article are cut in three by a hash of
//! their text: one third sees no earlier comments, as where a site gives none; each of the others sees
//! comments of the other one.

use std::collections::BTreeMap;

use super::TrainingSet;
use crate::comment::Article;
use crate::features::hashing::hash_bytes;
use crate::relation::add_commenter;

/// Comments that an article must lend for it to count as a discussion.
const MIN_LENT: usize = 3;
/// Comments lent of an article: what a site has when the discussion has begun.
const MAX_LENT: usize = 16;
/// Keeps the thirds apart from other hashes of texts.
const SALT: u64 = 0x6469_7363;

/// Gives the articles of a set approved comments, those without a known positive label, and the names of all who comment
/// under them. Articles that bring some of their own keep them.
///
/// # Complexity  O(bytes of the comments)
pub fn lend_comments(set: &mut TrainingSet) {
    let mut lent: BTreeMap<(usize, u64), Vec<(u64, usize)>> = BTreeMap::new();
    let mut commenters: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (i, row) in set.rows.iter().enumerate() {
        let is_approved = row.shares.iter().flatten().all(|&share| share < 0.5);
        let (Some(article), third) = (row.article_idx, third(&row.text)) else {
            continue;
        };
        let names = commenters.entry(article);
        let names = names.or_insert_with(|| set.articles[article].commenters.clone());
        add_commenter(names, row.author.clone());
        if is_approved && third > 0 && set.articles[article].approved.is_empty() {
            let order = hash_bytes(row.text.as_bytes(), SALT + 1);
            lent.entry((article, third)).or_default().push((order, i));
        }
    }
    // Where the article stands whose comments are those of one third.
    let mut with_comments: BTreeMap<(usize, u64), usize> = BTreeMap::new();
    for ((article, third), mut rows) in lent {
        rows.sort_unstable();
        rows.truncate(MAX_LENT);
        if rows.len() >= MIN_LENT {
            let approved = rows.iter().map(|&(_, row)| set.rows[row].text.clone());
            let article_with = Article {
                approved: approved.collect(),
                commenters: commenters.get(&article).cloned().unwrap_or_default(),
                ..set.articles[article].clone()
            };
            with_comments.insert((article, third), set.articles.len());
            set.articles.push(article_with);
        }
    }
    for row in &mut set.rows {
        let other = match third(&row.text) {
            0 => continue,
            third => 3 - third,
        };
        if let Some(article) = &mut row.article_idx
            && let Some(&with) = with_comments.get(&(*article, other))
        {
            *article = with;
        }
    }
}

fn third(text: &str) -> u64 {
    hash_bytes(text.as_bytes(), SALT) % 3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::TrainRow;

    #[test]
    fn no_comment_stands_in_its_own_context() {
        let row = |i: usize| TrainRow {
            text: format!("comment {i}"),
            author: Some(format!("author {}", i % 7)),
            article_idx: Some(i % 2),
            shares: vec![Some(f32::from(u8::from(i.is_multiple_of(5))))],
            ..TrainRow::default()
        };
        let article = |id: &str| Article {
            id: id.into(),
            ..Article::default()
        };
        let mut set = TrainingSet {
            labels: vec!["insult".into()],
            rows: (0..60).map(row).collect(),
            articles: vec![article("a"), article("b")],
            ..TrainingSet::default()
        };
        lend_comments(&mut set);
        let mut n_with = 0;
        for (i, row) in set.rows.iter().enumerate() {
            let article = &set.articles[row.article_idx.expect("kept")];
            assert_eq!(article.id, ["a", "b"][i % 2]);
            assert!(!article.approved.contains(&row.text));
            for comment in &article.approved {
                let other: usize = comment["comment ".len()..].parse().expect("a number");
                assert!(!other.is_multiple_of(5) && other % 2 == i % 2);
            }
            let is_discussed = !article.approved.is_empty();
            assert_eq!(article.commenters.len(), if is_discussed { 7 } else { 0 });
            n_with += usize::from(is_discussed);
        }
        assert!((25..55).contains(&n_with), "{n_with}");
    }
}
