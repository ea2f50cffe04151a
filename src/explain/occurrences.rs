//! Every n-gram and every word of a text, with what it adds to the whole and to its sentence.

use rustc_hash::FxHashMap;

use super::Segment;
use crate::comment::Span;
use crate::features::hashing::bucket;
use crate::features::{Sink, Word, WordNgram, extract};
use crate::linear::presence::{N_BLOCKS, inverse_norm};
use crate::model::{TextSums, WeightTable};
use crate::text::TextView;

/// What [`extract`] finds in a text, by occurrence.
pub(super) struct Occurrences<'a> {
    view: &'a TextView,
    table: &'a WeightTable,
    found: Vec<Occurrence>,
    /// Distinct n-grams, and distinct words.
    distinct: [Distinct; N_BLOCKS],
    /// Squared idf of each sentence's occurrences, by block.
    sentence_squares: Vec<[f64; N_BLOCKS]>,
    /// Where the segments begin in the normalised text, and their spans of the raw one.
    segments: Vec<(usize, Span)>,
}

/// Word n-grams, and words as their characters.
const NGRAM: usize = 0;
const WORD: usize = 1;

/// An n-gram or word at a place of the normalised text.
struct Occurrence {
    block: usize,
    /// Its position among the distinct ones of its block.
    at: usize,
    sentence: usize,
    start: u32,
    end: u32,
}

/// What each of a block's distinct n-grams or words adds up to, as [`TextSums::append_word`] gives it.
struct Distinct {
    positions: FxHashMap<u64, usize>,
    /// How often each occurs.
    counts: Vec<u32>,
    units: Vec<i32>,
    n_numbers: usize,
}

impl Distinct {
    fn new(n_numbers: usize, n_words: usize) -> Self {
        Self {
            positions: FxHashMap::with_capacity_and_hasher(n_words, rustc_hash::FxBuildHasher),
            counts: Vec::with_capacity(n_words),
            units: Vec::with_capacity(n_words * n_numbers),
            n_numbers,
        }
    }

    fn count(&mut self, key: u64, append: impl FnOnce(&mut Vec<i32>)) -> usize {
        let at = *self.positions.entry(key).or_insert_with(|| {
            append(&mut self.units);
            self.counts.push(0);
            self.counts.len() - 1
        });
        self.counts[at] += 1;
        at
    }

    /// One of the numbers of each.
    fn numbers(&self, number: usize, scales: &[f32]) -> impl Iterator<Item = f64> + '_ {
        let scale = f64::from(scales[number]);
        let units = self.units.iter().skip(number).step_by(self.n_numbers);
        units.map(move |&units| f64::from(units) * scale)
    }
}

/// Reads a text into its occurrences.
struct Reader<'a, 's> {
    all: Occurrences<'a>,
    sums: &'s mut TextSums,
}

impl Sink for Reader<'_, '_> {
    fn ngram(&mut self, ngram: WordNgram) {
        let all = &mut self.all;
        let column = bucket(ngram.hash, all.table.bits());
        let at = all.distinct[NGRAM].count(column.into(), |units| {
            let steps = all.table.steps(column).iter();
            units.extend(steps.map(|&steps| i32::from(steps)));
        });
        all.push(NGRAM, at, ngram.start, ngram.end);
    }

    fn word(&mut self, word: Word<'_>) {
        let (all, sums) = (&mut self.all, &mut *self.sums);
        let at = all.distinct[WORD].count(word.hash, |units| {
            sums.append_word(&word, all.table, units);
        });
        all.push(WORD, at, word.start, word.end);
    }

    fn end_sentence(&mut self) {
        self.all.sentence_squares.push([0.0; N_BLOCKS]);
    }
}

impl<'a> Occurrences<'a> {
    /// `sums` serve as a store of words' sums; those of the text are not touched.
    pub(super) fn of(view: &'a TextView, table: &'a WeightTable, sums: &mut TextSums) -> Self {
        let n_words = view.tokens.len();
        let n_numbers = table.n_labels() + 1;
        let mut reader = Reader {
            all: Self {
                view,
                table,
                found: Vec::with_capacity(4 * n_words),
                distinct: [3 * n_words, n_words].map(|n| Distinct::new(n_numbers, n)),
                // The sentence being read is the last one of the list but for the end of the text.
                sentence_squares: vec![[0.0; N_BLOCKS]],
                segments: Vec::new(),
            },
            sums,
        };
        extract(view, &mut reader);
        let mut all = reader.all;
        let units = all.units().into_iter();
        let segment = |(start, end)| (start as usize, view.raw_span(start, end));
        all.segments = units.map(segment).collect();
        all
    }

    fn push(&mut self, block: usize, at: usize, start: u32, end: u32) {
        let sentence = self.sentence_squares.len() - 1;
        let distinct = &self.distinct[block];
        let square = f64::from(distinct.units[at * distinct.n_numbers]);
        self.sentence_squares[sentence][block] += square * f64::from(self.table.scales()[0]);
        self.found.push(Occurrence {
            block,
            at,
            sentence,
            start,
            end,
        });
    }

    /// Contributions of one label, by token: `coef` times the logit of the whole and `of_sentence` times that of the
    /// strongest sentence.
    pub(super) fn segments(&self, label_idx: usize, coef: f64, of_sentence: f64) -> Vec<Segment> {
        let numbers = |distinct: &Distinct, number| -> Vec<f64> {
            distinct.numbers(number, self.table.scales()).collect()
        };
        let weights = self
            .distinct
            .each_ref()
            .map(|it| numbers(it, 1 + label_idx));
        let squares = self
            .distinct
            .each_ref()
            .map(|it| it.numbers(0, self.table.scales()).sum());
        let whole = squares.map(inverse_norm);
        let scales = self.sentence_squares.iter();
        let scales: Vec<_> = scales.map(|squares| squares.map(inverse_norm)).collect();
        let mut logits = vec![0.0; scales.len()];
        for it in &self.found {
            logits[it.sentence] += weights[it.block][it.at] * scales[it.sentence][it.block];
        }
        // The list ends with an empty sentence, which is none.
        let n_sentences = logits.len() - 1;
        let strongest =
            (0..n_sentences).reduce(|best, i| if logits[i] > logits[best] { i } else { best });
        // Spread by a difference array: O(features + bytes), not O(features x bytes).
        let mut steps = vec![0.0; self.view.normalized.len() + 1];
        for it in &self.found {
            let mut share =
                coef * whole[it.block] / f64::from(self.distinct[it.block].counts[it.at]);
            if strongest == Some(it.sentence) {
                share += of_sentence * scales[it.sentence][it.block];
            }
            let per_byte = weights[it.block][it.at] * share / f64::from(it.end - it.start);
            steps[it.start as usize] += per_byte;
            steps[it.end as usize] -= per_byte;
        }
        let mut level = 0.0;
        for step in &mut steps {
            level += *step;
            *step = level;
        }
        let segment = |(i, &(start, span)): (usize, &(usize, Span))| {
            let from = if i == 0 { 0 } else { start };
            let next = self.segments.get(i + 1);
            let to = next.map_or(steps.len(), |next| next.0);
            Segment {
                span,
                contribution: steps[from..to].iter().sum(),
            }
        };
        self.segments.iter().enumerate().map(segment).collect()
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
