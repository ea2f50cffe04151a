//! Why a comment scores as it does: an exact split of the logit.
//!
//! Both stages are linear in their features, so for every label
//!
//! `logit = intercept + sum of segments + sum of named terms`
//!
//! to 1e-6 (a property test holds it). Segments cover the text: each token, or hidden word as it is
//! written, with what follows it up to the next. What an n-gram adds to the whole text, and what the characters of a
//! word do, is shared equally by its occurrences; what it adds to the strongest sentence stands there. The contribution
//! of an occurrence is shared by its bytes; the bytes of a segment add up to its contribution. Named terms belong to no span: length, style, context. What the terms about the context
//! mean is illustrated by [words](Explanation::words) of the comment, which have no contribution.
//!
//! The contributions say what the model went by, not what is true of the world.

use crate::comment::{Comment, Span};
use crate::evidence::{FIRST_NAMED, NAME_EVIDENCE, SENTENCE_EVIDENCE, TEXT_EVIDENCE, column_names};
use crate::model::{Scorer, Scores};
use crate::relation::WordMatches;
mod occurrences;

use occurrences::Occurrences;

/// How much of the way from an empty comment to the flag a segment goes at least to be a span by itself. Relative, for
/// how far weights spread differs between models: fixed at 3 nats, where it is best for a model without Civil Comments,
/// the default model's spans agree far less with raters. Tuned for toxicity on both models, on the half of Civil Comments
/// with spans whose SHA-256 begins with an even byte. Taking segments until the rest is below the flag (Martens & Provost
/// 2014) lost .04 of mean F1.
pub const STRONG_SHARE: f64 = 2.0 / 3.0;

/// What a stretch of text adds to the logit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// Bytes of the raw text (the token; what follows it up to the next is counted in).
    pub span: Span,
    /// Added to the logit.
    pub contribution: f64,
}

/// What a named number adds to the logit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NamedTerm {
    /// Its column's name.
    pub name: &'static str,
    /// Added to the logit.
    pub contribution: f64,
}

/// The split of one label's logit.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Intercepts of both stages.
    pub intercept: f64,
    /// Segments of the text, in order, covering it.
    pub text: Vec<Segment>,
    /// Segments of the display name.
    pub name: Vec<Segment>,
    /// Terms that are not zero, in the order of the columns.
    pub terms: Vec<NamedTerm>,
    /// Of the label `off_topic`, where there is a context: words it has and words it has not. They
    /// illustrate the terms of the relation and add nothing to the logit.
    pub words: Option<WordMatches>,
}

impl Explanation {
    /// Sum of all parts: the logit.
    pub fn logit(&self) -> f64 {
        let segments = self
            .text
            .iter()
            .chain(&self.name)
            .map(|segment| segment.contribution);
        let terms = self.terms.iter().map(|term| term.contribution);
        self.intercept + segments.sum::<f64>() + terms.sum::<f64>()
    }

    /// Stretches of the text of which each segment alone would take an empty comment [`STRONG_SHARE`] of the way to the
    /// flag, in order, neighbours joined.
    ///
    /// # Units  `flag` is a logit
    pub fn strong_spans(&self, flag: f64) -> Vec<Span> {
        let least = STRONG_SHARE * (flag - self.intercept);
        let mut spans: Vec<Span> = Vec::new();
        let mut joins = false;
        for segment in &self.text {
            let is_strong = segment.contribution > 0.0 && segment.contribution >= least;
            match spans.last_mut() {
                Some(last) if is_strong && joins => last.end = segment.span.end.max(last.end),
                _ if is_strong => spans.push(segment.span),
                _ => {}
            }
            joins = is_strong;
        }
        spans
    }

    /// Neighbouring segments of the text that speak for the label, joined to phrases, strongest first.
    ///
    /// A segment counts if it adds at least a tenth of the strongest one.
    pub fn phrases(&self) -> Vec<Segment> {
        phrases(&self.text, 1.0)
    }

    /// As [`Self::phrases`], of what speaks against the label.
    pub fn phrases_against(&self) -> Vec<Segment> {
        phrases(&self.text, -1.0)
    }

    /// As [`Self::phrases`], of the display name.
    pub fn name_phrases(&self) -> Vec<Segment> {
        phrases(&self.name, 1.0)
    }

    /// As [`Self::phrases_against`], of the display name.
    pub fn name_phrases_against(&self) -> Vec<Segment> {
        phrases(&self.name, -1.0)
    }
}

fn phrases(segments: &[Segment], sign: f64) -> Vec<Segment> {
    let strongest = segments
        .iter()
        .map(|segment| sign * segment.contribution)
        .fold(0.0, f64::max);
    let mut phrases: Vec<Segment> = Vec::new();
    let mut joins = false;
    for segment in segments {
        let counts = sign * segment.contribution > 0.1 * strongest;
        match phrases.last_mut() {
            Some(last) if counts && joins => {
                last.span.end = segment.span.end.max(last.span.end);
                last.contribution += segment.contribution;
            }
            _ if counts => phrases.push(*segment),
            _ => {}
        }
        joins = counts;
    }
    phrases.sort_by(|a, b| (sign * b.contribution).total_cmp(&(sign * a.contribution)));
    phrases
}

impl Scorer<'_> {
    /// Scores a comment and splits the logit of every label.
    ///
    /// # Complexity  as scoring, with an allocation per part; meant for comments that are shown
    pub fn explain(&mut self, comment: &Comment) -> (Scores, Vec<Explanation>) {
        let scores = self.score(comment);
        let all = vec![true; self.model.heads().len()];
        let explanations = self.explain_scored(comment, &all);
        (scores, explanations.into_iter().flatten().collect())
    }

    /// Splits the logits of the `wanted` labels of the comment that was just scored.
    pub(crate) fn explain_scored(
        &mut self,
        comment: &Comment,
        wanted: &[bool],
    ) -> Vec<Option<Explanation>> {
        self.features.align(comment);
        if !wanted.contains(&true) {
            return vec![None; wanted.len()];
        }
        let relation = self.model.relation_idx().zip(self.model.space());
        let mut words = relation.and_then(|(label_idx, space)| {
            let words = wanted[label_idx].then(|| {
                self.features
                    .word_matches(comment, self.model.tables(), space)
            });
            Some((label_idx, words??))
        });
        let (table, sums) = (self.model.table(), &mut self.sums);
        let text = Occurrences::of(&self.features.text, table, sums);
        let name = Occurrences::of(&self.features.name, table, sums);
        let mut explanation = |label_idx: usize| {
            let head = &self.model.heads()[label_idx];
            let verdict = &head.verdict;
            let (v_text, v_name) = (verdict.coef[TEXT_EVIDENCE], verdict.coef[NAME_EVIDENCE]);
            let v_sentence = verdict.coef[SENTENCE_EVIDENCE];
            let named = column_names().zip(&verdict.coef).skip(FIRST_NAMED);
            let terms = named
                .zip(&self.features.named)
                .map(|((name, v), e)| NamedTerm {
                    name,
                    contribution: v * e,
                });
            Explanation {
                intercept: verdict.intercept + (v_text + v_sentence) * head.evidence_intercept,
                text: text.segments(label_idx, v_text, v_sentence),
                name: name.segments(label_idx, v_name, 0.0),
                terms: terms.filter(|term| term.contribution != 0.0).collect(),
                words: words.take_if(|(of, _)| *of == label_idx).map(|it| it.1),
            }
        };
        let labels = wanted.iter().enumerate();
        labels
            .map(|(label_idx, is_wanted)| is_wanted.then(|| explanation(label_idx)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strong_neighbours_are_one_span() {
        let segment = |(start, end, contribution)| Segment {
            span: Span { start, end },
            contribution,
        };
        let explanation = Explanation {
            intercept: -1.0,
            text: [
                (0, 3, 1.9),
                (4, 7, 3.5),
                (8, 12, 2.0),
                (13, 15, -4.0),
                (16, 20, 9.0),
            ]
            .map(segment)
            .to_vec(),
            name: Vec::new(),
            terms: Vec::new(),
            words: None,
        };
        let spans = explanation.strong_spans(2.0);
        assert_eq!(
            spans,
            [Span { start: 4, end: 12 }, Span { start: 16, end: 20 }]
        );
    }
}
