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

use crate::comment::{Comment, Span};
use crate::evidence::{FIRST_NAMED, NAME_EVIDENCE, TEXT_EVIDENCE, column_names};
use crate::features::extract;
use crate::features::hashing::bucket;
use crate::features::rows::{BucketRow, block_idx};
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
        self.features.align(comment, self.model.tables());
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
        let table = self.model.table();
        let text = Occurrences::of(&self.features.text, table, &self.features.text_row);
        let name = Occurrences::of(&self.features.name, table, &self.features.name_row);
        let mut explanation = |label_idx: usize| {
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
        let labels = wanted.iter().enumerate();
        labels
            .map(|(label_idx, is_wanted)| is_wanted.then(|| explanation(label_idx)))
            .collect()
    }
}

/// Every n-gram occurrence of a text with the scale that its block and its repeats give it.
struct Occurrences<'a> {
    view: &'a TextView,
    table: &'a WeightTable,
    found: Vec<Occurrence>,
}

/// An n-gram at a place of the normalised text.
struct Occurrence {
    column: u32,
    start: u32,
    end: u32,
    /// Of its weight, per byte.
    scale: f64,
}

impl<'a> Occurrences<'a> {
    fn of(view: &'a TextView, table: &'a WeightTable, row: &BucketRow) -> Self {
        let blocks = row.blocks();
        let scales = blocks.map(|columns| {
            let squares = columns.iter().map(|&column| table.idf_squared(column));
            inverse_norm(squares.sum())
        });
        let mut repeats = blocks.map(|columns| Repeats::new(columns.len()));
        let mut features = Vec::new();
        extract(view, &mut |feature| {
            let (block, column) = (block_idx(feature.block), bucket(feature.hash, table.bits()));
            let slot = repeats[block].count(column);
            features.push((block, slot, feature.start, feature.end));
        });
        let occurrence = |(block, slot, start, end): (usize, usize, u32, u32)| {
            let (column, n) = repeats[block].slots[slot];
            Occurrence {
                column,
                start,
                end,
                scale: scales[block] / f64::from(n) / f64::from(end - start),
            }
        };
        Self {
            view,
            table,
            found: features.into_iter().map(occurrence).collect(),
        }
    }

    /// Contributions of one label, by token.
    fn segments(&self, label_idx: usize, coef: f64) -> Vec<Segment> {
        // Spread by a difference array: O(features + bytes), not O(features x bytes).
        let mut steps = vec![0.0; self.view.normalized.len() + 1];
        for occurrence in &self.found {
            let weight = self.table.weight(label_idx, occurrence.column);
            let per_byte = weight * occurrence.scale * coef;
            steps[occurrence.start as usize] += per_byte;
            steps[occurrence.end as usize] -= per_byte;
        }
        let mut level = 0.0;
        for step in &mut steps {
            level += *step;
            *step = level;
        }
        let units = self.units();
        let segment = |(i, &(start, end)): (usize, &(u32, u32))| {
            let from = if i == 0 { 0 } else { start as usize };
            let to = units.get(i + 1).map_or(steps.len(), |next| next.0 as usize);
            let span = self.view.raw_span(start, end);
            Segment {
                span,
                contribution: steps[from..to].iter().sum(),
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

/// How often each column occurs: open addressing, since columns are hashes already.
struct Repeats {
    /// Column and count; count 0 is free. At least half are.
    slots: Vec<(u32, u32)>,
}

impl Repeats {
    /// Room for so many columns.
    fn new(n_columns: usize) -> Self {
        Self {
            slots: vec![(0, 0); (2 * n_columns + 2).next_power_of_two()],
        }
    }

    /// Counts a column; where it stands.
    #[inline]
    fn count(&mut self, column: u32) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = column as usize & mask;
        while self.slots[at].1 > 0 && self.slots[at].0 != column {
            at = (at + 1) & mask;
        }
        self.slots[at].0 = column;
        self.slots[at].1 += 1;
        at
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
