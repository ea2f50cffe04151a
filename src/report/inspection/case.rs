//! One comment that the model got wrong, with its reasons.

use crate::comment::{Comment, Span};
use crate::explain::{Explanation, Segment};
use crate::report::reasons::{parts, quote};

/// Characters of a comment shown.
const MAX_CHARS: usize = 600;
/// A mark for less than this is noise (as in [`crate::report::reasons`]).
const MIN_CONTRIBUTION: f64 = 0.1;
/// Phrases named that spoke against the label.
const MAX_AGAINST: usize = 3;

/// An error to be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// File and line.
    pub place: String,
    /// What the model gave.
    pub score: f64,
    /// The share of raters who gave the label.
    pub share: f64,
    /// The beginning of the raw text.
    pub text: String,
    /// Whether it goes on.
    pub is_cut: bool,
    /// Bytes of `text` that spoke for the label.
    pub spans: Vec<Span>,
    /// What spoke for the label, in words.
    pub speaks_for: String,
    /// What spoke against it.
    pub speaks_against: String,
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
        let phrases = explanation.phrases().into_iter();
        let strong = phrases.filter(|phrase| phrase.contribution >= MIN_CONTRIBUTION);
        let shown = strong.filter_map(|phrase| clip(phrase.span, end));
        let against = explanation.phrases_against().into_iter();
        let against: Vec<String> = against
            .filter(|phrase| phrase.contribution <= -MIN_CONTRIBUTION)
            .take(MAX_AGAINST)
            .map(|phrase| against_words(comment.text, &phrase))
            .collect();
        Self {
            place,
            score,
            share,
            text: comment.text[..end].to_owned(),
            is_cut: end < comment.text.len(),
            spans: shown.collect(),
            speaks_for: parts(comment, explanation).join(", "),
            speaks_against: against.join(", "),
        }
    }
}

fn clip(span: Span, end: usize) -> Option<Span> {
    (span.start < end).then(|| Span {
        start: span.start,
        end: span.end.min(end),
    })
}

fn against_words(text: &str, phrase: &Segment) -> String {
    let quoted = quote(text.get(phrase.span.range()).unwrap_or_default());
    format!("{quoted} {:+.1}", phrase.contribution)
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
        assert!(!case.spans.is_empty());
        for span in &case.spans {
            assert!(case.text.get(span.range()).is_some(), "{span:?}");
        }
        assert!(case.speaks_for.contains("idiot"), "{}", case.speaks_for);
    }
}
