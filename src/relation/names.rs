//! Whom a comment names: other commenters, known by the words of their display names.
//!
//! Of the comments of `data/newsroom` that name another commenter three in five are off topic, for they are about him;
//! of the others one in four.

use rustc_hash::FxHashSet;

use super::passage::stem;
use super::reference::Reference;
use crate::comment::{Comment, Span};
use crate::text::{MAX_TEXT_BYTES, is_function_word};

/// Display names under an article that count.
pub const MAX_COMMENTERS: usize = 1_000;
/// Shorter words are hardly a name by themselves.
const MIN_CHARS: usize = 3;

/// Words of display names, in lower case.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(FxHashSet<String>);

impl Names {
    /// Forgets all and takes in these.
    pub(super) fn read<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        self.0.clear();
        let words = names.into_iter().take(MAX_COMMENTERS).flat_map(words);
        let words = words.map(|word| word.text.to_lowercase());
        self.0.extend(words.filter(|word| !is_function_word(word)));
    }
}

/// Where a comment names its parent's author or who comments under its article, by a word that is neither in the article nor
/// in the name of who writes. `Realist` is a name and `realist` is none; in scripts without capitals only what follows an
/// `@` is told.
///
/// # Complexity  O(bytes)
pub(super) fn named<'a>(
    comment: &Comment<'a>,
    parent_author: &'a Names,
    article: Option<&'a Reference>,
) -> impl Iterator<Item = Span> {
    let has = |names: &Names, word: &str| names.0.contains(word);
    let is_anybody =
        !parent_author.0.is_empty() || article.is_some_and(|it| !it.commenters.0.is_empty());
    let n_bytes = if is_anybody { MAX_TEXT_BYTES } else { 0 };
    let text = &comment.text[..comment.text.floor_char_boundary(n_bytes)];
    let own = comment.author.unwrap_or_default();
    let is_own = move |word: &str| words(own).any(|own| own.text.to_lowercase() == word);
    let candidates = words(text).filter(|word| word.is_name);
    candidates.filter_map(move |RawWord { text, start, .. }| {
        let word = text.to_lowercase();
        let is_other =
            has(parent_author, &word) || article.is_some_and(|it| has(&it.commenters, &word));
        let is_subject = || article.is_some_and(|it| it.stems.contains(&stem(&word)));
        let is_meant = is_other && !is_subject() && !is_own(&word);
        let end = start + text.len();
        is_meant.then_some(Span { start, end })
    })
}

struct RawWord<'a> {
    text: &'a str,
    /// First byte.
    start: usize,
    /// Whether it is written as names are.
    is_name: bool,
}

/// The longer words of a raw text.
fn words(text: &str) -> impl Iterator<Item = RawWord<'_>> {
    let (mut next, mut before) = (0, None);
    let pieces = text.split_inclusive(|c: char| !c.is_alphanumeric());
    pieces.filter_map(move |piece| {
        let end = piece.chars().next_back().filter(|c| !c.is_alphanumeric());
        let is_called = std::mem::replace(&mut before, end) == Some('@');
        let start = next;
        next += piece.len();
        let text = end.map_or(piece, |end| &piece[..piece.len() - end.len_utf8()]);
        let is_capital = text.chars().next().is_some_and(char::is_uppercase);
        let is_long = text.chars().nth(MIN_CHARS - 1).is_some();
        is_long.then_some(RawWord {
            text,
            start,
            is_name: is_called || is_capital,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'a>(text: &'a str, author: &str, names: &[&str], subject: &[&str]) -> Vec<&'a str> {
        let comment = Comment {
            author: Some(author),
            ..Comment::from_text(text)
        };
        let (mut parent_author, mut article) = (Names::default(), Reference::default());
        let (first, others) = names.split_at(names.len().min(1));
        parent_author.read(first.iter().copied());
        article.commenters.read(others.iter().copied());
        article.stems = subject.iter().map(|word| stem(word)).collect();
        let spans = named(&comment, &parent_author, Some(&article));
        spans.map(|span| &text[span.range()]).collect()
    }

    #[test]
    fn commenters_are_named_by_a_word_of_their_name() {
        let names = ["Comrade Jack", "The Realist", "ed", "Žofie_82"];
        for (text, expected) in [
            ("Jack hates everybody, JACK!", &["Jack", "JACK"][..]),
            ("You lie,Jack", &["Jack"]),
            ("ask @jack or (Žofie)", &["jack", "Žofie"]),
            ("Realist? Hardly", &["Realist"]),
            ("", &[]),
            ("@", &[]),
            ("a jack of all trades, žofie", &[]),
            ("The bus. Ed is here, Jackson too", &[]),
        ] {
            assert_eq!(found(text, "Anna", &names, &[]), expected, "{text}");
        }
    }

    #[test]
    fn neither_the_subject_nor_oneself_is_another_commenter() {
        let names = ["Trump fan", "Anna B."];
        assert_eq!(found("Trump again", "Bo", &names, &["tram"]), ["Trump"]);
        for (text, author, subject) in [
            ("Trump again", "Bo", "trump"),
            ("Yours, Anna", "Anna B.", "tram"),
        ] {
            assert!(found(text, author, &names, &[subject]).is_empty(), "{text}");
        }
        assert!(found("Anna", "Bo", &[], &[]).is_empty());
    }
}
