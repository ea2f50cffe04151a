//! How far a comment shares words with its article and with the comment it answers.
//!
//! Plain overlap of content words. It is the ground on which the off-topic label stands until the
//! relation features of a later version; missing context leaves every column at 0 and says so in
//! `no article`.

use std::collections::HashSet;

use crate::comment::Comment;
use crate::features::hashing::hash_bytes;
use crate::text::stopwords::is_stopword;
use crate::text::{TextTables, TextView, TokenKind};

/// Names of the context columns, in order; a model file carries them.
pub const OVERLAP_COLUMNS: [&str; 6] = [
    "no article",
    "words shared with the article",
    "words shared with the headline",
    "no word shared with the article",
    "is a reply",
    "words shared with the parent",
];

/// Values in the order of [`OVERLAP_COLUMNS`].
pub type OverlapRow = [f64; OVERLAP_COLUMNS.len()];

/// Measures a comment against its context. `view` is the comment's, `other` is scratch.
///
/// # Complexity  O(bytes of comment, article and parent)
pub fn overlap(
    comment: &Comment,
    view: &TextView,
    other: &mut TextView,
    tables: &TextTables,
) -> OverlapRow {
    let mut row = [0.0; OVERLAP_COLUMNS.len()];
    if comment.article.is_none() && comment.parent.is_none() {
        row[0] = 1.0;
        return row;
    }
    let words = content_words(view);
    match comment.article {
        None => row[0] = 1.0,
        Some(article) => {
            let mut of = |text: &str| {
                other.parse(text, tables);
                content_words(other)
            };
            let headline = of(&article.title);
            let mut whole = of(&article.body);
            whole.extend(of(&article.lead));
            whole.extend(&headline);
            row[1] = shared(&words, &whole);
            row[2] = shared(&words, &headline);
            row[3] = f64::from(u8::from(!words.is_empty() && row[1] == 0.0));
        }
    }
    if let Some(parent) = comment.parent {
        row[4] = 1.0;
        other.parse(parent, tables);
        row[5] = shared(&words, &content_words(other));
    }
    row
}

/// Hashes of the distinct content words, cut to six characters: a cheap stem that joins `strike`,
/// `strikes` and `striking`.
fn content_words(view: &TextView) -> HashSet<u64> {
    let words = view
        .tokens
        .iter()
        .filter(|token| token.kind == TokenKind::Word);
    words
        .map(|token| token.text(&view.normalized))
        .filter(|word| word.chars().nth(2).is_some() && !is_stopword(word))
        .map(|word| {
            let end = word.char_indices().nth(6).map_or(word.len(), |(i, _)| i);
            hash_bytes(&word.as_bytes()[..end], 0)
        })
        .collect()
}

/// Share of `words` that stand in `text`; 0 if there are none.
fn shared(words: &HashSet<u64>, text: &HashSet<u64>) -> f64 {
    if words.is_empty() {
        0.0
    } else {
        words.intersection(text).count() as f64 / words.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comment::Article;

    #[test]
    fn shares_are_those_of_the_comments_content_words() {
        let tables = TextTables::shipped();
        let article = Article {
            title: "Nurses strike".into(),
            body: "Hospitals postponed operations.".into(),
            ..Article::default()
        };
        let (mut view, mut other) = (TextView::default(), TextView::default());
        let comment = Comment {
            text: "The strike nurses postponed my haircut",
            article: Some(&article),
            parent: Some("Get a haircut"),
            ..Comment::default()
        };
        view.parse(comment.text, &tables);
        assert_eq!(
            overlap(&comment, &view, &mut other, &tables),
            [0.0, 0.75, 0.5, 0.0, 1.0, 0.25]
        );
        let alone = Comment::from_text(comment.text);
        assert_eq!(
            overlap(&alone, &view, &mut other, &tables),
            [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
        );
    }
}
