//! Why a comment scores as it does: an exact split of the logit.
//!
//! Both stages are linear in their features, so for every label
//!
//! `logit = intercept + sum of segments + sum of named terms`
//!
//! to 1e-6 (a property test holds it). Segments cover the text: each token, or hidden word as it is
//! written, with what follows it up to the next. An n-gram's contribution is shared equally by its
//! occurrences, and by the bytes of each occurrence; the bytes of a segment add up to its
//! contribution. Named terms belong to no span: length, style, context. What the terms about the context
//! mean is illustrated by [words](Explanation::words) of the comment, which have no contribution.
//!
//! The contributions say what the model went by, not what is true of the world.

use rustc_hash::FxHashMap;

use crate::comment::{Comment, Span};
use crate::evidence::{FIRST_NAMED, NAME_EVIDENCE, TEXT_EVIDENCE, column_names};
use crate::features::extract;
use crate::features::hashing::bucket;
use crate::features::rows::{BucketRow, N_BLOCKS, block_idx};
use crate::linear::presence::inverse_norm;
use crate::model::{Scorer, Scores, WeightTable};
use crate::relation::WordMatches;
use crate::text::TextView;

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
        self.features
            .read_aligned(comment, self.model.tables(), self.model.space());
        let scores = self.logits();
        let relation = self.model.relation_idx().zip(self.model.space());
        let mut words = relation.and_then(|(label_idx, space)| {
            let words = self
                .features
                .word_matches(comment, self.model.tables(), space)?;
            Some((label_idx, words))
        });
        let table = self.model.table();
        let text = Occurrences::of(&self.features.text, table, &self.features.text_row);
        let name = Occurrences::of(&self.features.name, table, &self.features.name_row);
        let explanation = |label_idx: usize| {
            let head = &self.model.heads()[label_idx];
            let verdict = &head.verdict;
            let (v_text, v_name) = (verdict.coef[TEXT_EVIDENCE], verdict.coef[NAME_EVIDENCE]);
            let named = column_names().zip(&verdict.coef).skip(FIRST_NAMED);
            let terms = named
                .zip(&self.features.named)
                .map(|((name, v), e)| NamedTerm {
                    name,
                    contribution: v * e,
                });
            Explanation {
                intercept: verdict.intercept + v_text * head.evidence_intercept,
                text: text.segments(label_idx, v_text),
                name: name.segments(label_idx, v_name),
                terms: terms.filter(|term| term.contribution != 0.0).collect(),
                words: words.take_if(|(of, _)| *of == label_idx).map(|it| it.1),
            }
        };
        let explanations = (0..self.model.heads().len()).map(explanation).collect();
        (scores, explanations)
    }
}

/// Every n-gram occurrence of a text with the scale that its block and its repeats give it.
struct Occurrences<'a> {
    view: &'a TextView,
    table: &'a WeightTable,
    /// Column, start and end in the normalised text, scale.
    found: Vec<(u32, u32, u32, f64)>,
}

impl<'a> Occurrences<'a> {
    fn of(view: &'a TextView, table: &'a WeightTable, row: &BucketRow) -> Self {
        let scales = row.blocks().map(|columns| {
            inverse_norm(
                columns
                    .iter()
                    .map(|&column| f64::from(table.entry(column)[0]))
                    .sum(),
            )
        });
        let mut repeats: [FxHashMap<u32, u32>; N_BLOCKS] = Default::default();
        let mut features = Vec::new();
        extract(view, &mut |feature| {
            let (block, column) = (block_idx(feature.block), bucket(feature.hash, table.bits()));
            *repeats[block].entry(column).or_default() += 1;
            features.push((block, column, feature.start, feature.end));
        });
        let with_scale = |(block, column, start, end): (usize, u32, u32, u32)| {
            (
                column,
                start,
                end,
                scales[block] / f64::from(repeats[block][&column]),
            )
        };
        Self {
            view,
            table,
            found: features.into_iter().map(with_scale).collect(),
        }
    }

    /// Contributions of one label, by token.
    fn segments(&self, label_idx: usize, coef: f64) -> Vec<Segment> {
        // Spread by a difference array: O(features + bytes), not O(features x bytes).
        let mut steps = vec![0.0; self.view.normalized.len() + 1];
        for &(column, start, end, scale) in &self.found {
            let weight = f64::from(self.table.entry(column)[label_idx + 1]) * scale * coef;
            let per_byte = weight / f64::from(end - start);
            steps[start as usize] += per_byte;
            steps[end as usize] -= per_byte;
        }
        let mut level = 0.0;
        let bytes: Vec<f64> = steps
            .iter()
            .map(|step| {
                level += step;
                level
            })
            .collect();
        let units = self.units();
        let segment = |(i, &(start, end)): (usize, &(u32, u32))| {
            let from = if i == 0 { 0 } else { start as usize };
            let to = units.get(i + 1).map_or(bytes.len(), |next| next.0 as usize);
            let span = self.view.raw_span(start, end);
            Segment {
                span,
                contribution: bytes[from..to].iter().sum(),
            }
        };
        units.iter().enumerate().map(segment).collect()
    }

    /// The tokens as ranges of the normalised text; a hidden word (`i d i o t`, `$hit`) is one.
    fn units(&self) -> Vec<(u32, u32)> {
        let mut units: Vec<(u32, u32)> = Vec::with_capacity(self.view.tokens.len());
        let mut hidden = self.view.recovered.iter().peekable();
        for token in &self.view.tokens {
            while hidden.next_if(|hidden| hidden.end <= token.start).is_some() {}
            let (mut start, mut end) = (token.start, token.end);
            if let Some(hidden) = hidden.peek().filter(|hidden| hidden.start < end) {
                (start, end) = (start.min(hidden.start), end.max(hidden.end));
            }
            match units.last_mut() {
                Some(last) if start < last.1 => last.1 = last.1.max(end),
                _ => units.push((start, end)),
            }
        }
        if units.is_empty() && !self.found.is_empty() {
            // A word hidden in nothing but symbols: `$ $ $`.
            units.push((0, self.view.normalized.len() as u32));
        }
        units
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
