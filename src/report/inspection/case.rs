//! One comment that the model got wrong, with its reasons.

use super::Account;
use crate::comment::{Comment, Span};
use crate::explain::{Explanation, Segment};
use crate::report::matches;
use crate::report::reasons::Side;

/// Characters of a comment shown.
const MAX_CHARS: usize = 600;
/// A mark for less than this is noise (as in [`crate::report::reasons`]).
const MIN_CONTRIBUTION: f64 = 0.1;

/// An error to be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Where it stands.
    pub place: String,
    /// What the model gave.
    pub score: f64,
    /// The share of raters who gave the label.
    pub share: f64,
    /// The beginning of the raw text.
    pub text: String,
    /// Whether it goes on.
    pub is_cut: bool,
    /// Bytes of `text` that spoke for or against the label.
    pub marks: Vec<(Span, Side)>,
    /// What the score is made of.
    pub account: Account,
    /// What its words have to do with article and parent, in lines: the words behind the terms about them.
    pub ties: Vec<String>,
}

impl Case {
    /// Tells the reasons behind a score.
    pub fn new(
        place: String,
        (score, share): (f64, f64),
        comment: &Comment<'_>,
        explanation: &Explanation,
    ) -> Self {
        let end = comment.text.char_indices().nth(MAX_CHARS);
        let end = end.map_or(comment.text.len(), |(end, _)| end);
        let marks = |phrases: Vec<Segment>, side| {
            let strong = phrases
                .into_iter()
                .filter(|phrase| phrase.contribution.abs() >= MIN_CONTRIBUTION);
            strong.filter_map(move |phrase| Some((clip(phrase.span, end)?, side)))
        };
        let against = marks(explanation.phrases_against(), Side::Against);
        Self {
            place,
            score,
            share,
            text: comment.text[..end].to_owned(),
            is_cut: end < comment.text.len(),
            marks: marks(explanation.phrases(), Side::For)
                .chain(against)
                .collect(),
            account: Account::new(comment, explanation),
            ties: explanation
                .words
                .as_ref()
                .map_or_else(Vec::new, |words| matches::lines(comment, words)),
        }
    }
}

fn clip(span: Span, end: usize) -> Option<Span> {
    (span.start < end).then(|| Span {
        start: span.start,
        end: span.end.min(end),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moderate::tests::tiny_model;

    #[test]
    fn a_long_comment_is_cut_on_a_character_and_its_marks_with_it() {
        let model = tiny_model();
        let text = format!("{} idiot {}", "é".repeat(596), "idiot ".repeat(10));
        let comment = Comment::from_text(&text);
        let (_, explanations) = model.scorer().explain(&comment);
        let case = Case::new(
            "a.csv, line 2".into(),
            (0.9, 0.0),
            &comment,
            &explanations[0],
        );
        assert!(case.is_cut);
        assert_eq!(case.text.chars().count(), MAX_CHARS);
        assert!(case.marks.iter().any(|&(_, side)| side == Side::For));
        for (span, _) in &case.marks {
            assert!(case.text.get(span.range()).is_some(), "{span:?}");
        }
        let speaks_for = case.account.speaks_for.join(", ");
        assert!(speaks_for.contains("idiot"), "{speaks_for}");
    }
}
