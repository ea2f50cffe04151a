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
    /// By block, in the order of the text.
    found: [Vec<Occurrence>; N_BLOCKS],
    /// Distinct n-grams, and distinct words.
    distinct: [Distinct; N_BLOCKS],
    /// One over the norm of each block's distinct ones.
    whole_scales: [f64; N_BLOCKS],
    /// The same of each sentence's occurrences; the last sentence is empty.
    sentence_scales: Vec<[f64; N_BLOCKS]>,
    /// Where the segments begin in the normalised text, and their spans of the raw one.
    segments: Vec<(usize, Span)>,
}

/// Word n-grams, and words as their characters.
const NGRAM: usize = 0;
const WORD: usize = 1;

/// An n-gram or word at a place of the normalised text.
struct Occurrence {
    /// Its position among the distinct ones of its block.
    at: u32,
    sentence: u32,
    start: u32,
    end: u32,
}

/// What each of a block's distinct n-grams or words adds up to, as [`TextSums::append_word`] gives it.
struct Distinct {
    positions: FxHashMap<u64, u32>,
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

    fn count(&mut self, key: u64, append: impl FnOnce(&mut Vec<i32>)) -> u32 {
        let at = *self.positions.entry(key).or_insert_with(|| {
            append(&mut self.units);
            self.counts.push(0);
            self.counts.len() as u32 - 1
        });
        self.counts[at as usize] += 1;
        at
    }

    /// One of the numbers of each.
    fn numbers(&self, number: usize, scales: &[f32]) -> impl Iterator<Item = f64> + '_ {
        let scale = f64::from(scales[number]);
        let of_each = self.units.chunks_exact(self.n_numbers);
        of_each.map(move |units| f64::from(units[number]) * scale)
    }
}

/// Reads a text into its occurrences.
struct Reader<'a, 's> {
    all: Occurrences<'a>,
    /// Squared idf of each sentence's occurrences, by block; the sentence being read is the last one.
    squares: Vec<[f64; N_BLOCKS]>,
    sums: &'s mut TextSums,
}

impl Reader<'_, '_> {
    fn push(&mut self, block: usize, at: u32, start: u32, end: u32) {
        let sentence = self.squares.len() - 1;
        let distinct = &self.all.distinct[block];
        let square = f64::from(distinct.units[at as usize * distinct.n_numbers]);
        self.squares[sentence][block] += square * f64::from(self.all.table.scales()[0]);
        self.all.found[block].push(Occurrence {
            at,
            sentence: sentence as u32,
            start,
            end,
        });
    }
}

impl Sink for Reader<'_, '_> {
    fn ngram(&mut self, ngram: WordNgram) {
        let table = self.all.table;
        let column = bucket(ngram.hash, table.bits());
        let at = self.all.distinct[NGRAM].count(column.into(), |units| {
            let steps = table.steps(column).iter();
            units.extend(steps.map(|&steps| i32::from(steps)));
        });
        self.push(NGRAM, at, ngram.start, ngram.end);
    }

    fn word(&mut self, word: Word<'_>) {
        let (table, sums) = (self.all.table, &mut *self.sums);
        let at = self.all.distinct[WORD].count(word.hash, |units| {
            sums.append_word(&word, table, units);
        });
        self.push(WORD, at, word.start, word.end);
    }

    fn end_sentence(&mut self) {
        self.squares.push([0.0; N_BLOCKS]);
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
                found: [3 * n_words, n_words].map(Vec::with_capacity),
                distinct: [3 * n_words, n_words].map(|n| Distinct::new(n_numbers, n)),
                whole_scales: [0.0; N_BLOCKS],
                sentence_scales: Vec::new(),
                segments: Vec::new(),
            },
            squares: vec![[0.0; N_BLOCKS]],
            sums,
        };
        extract(view, &mut reader);
        let squares = reader.squares;
        let mut all = reader.all;
        let whole = all.distinct.each_ref();
        all.whole_scales =
            whole.map(|distinct| inverse_norm(distinct.numbers(0, table.scales()).sum()));
        let of_sentences = squares.into_iter();
        all.sentence_scales = of_sentences.map(|it| it.map(inverse_norm)).collect();
        let units = all.units().into_iter();
        let segment = |(start, end)| (start as usize, view.raw_span(start, end));
        all.segments = units.map(segment).collect();
        all
    }

    /// Contributions of one label, by token: `coef` times the logit of the whole and `of_sentence` times that of the
    /// strongest sentence.
    pub(super) fn segments(&self, label_idx: usize, coef: f64, of_sentence: f64) -> Vec<Segment> {
        let weights = self.distinct.each_ref().map(|distinct| -> Vec<f64> {
            distinct
                .numbers(1 + label_idx, self.table.scales())
                .collect()
        });
        let strongest = self.strongest_sentence(&weights);
        // Spread by a difference array: O(features + bytes), not O(features x bytes).
        let mut steps = vec![0.0; self.view.normalized.len() + 1];
        for block in [NGRAM, WORD] {
            let (weights, counts) = (&weights[block], &self.distinct[block].counts);
            let coef = coef * self.whole_scales[block];
            let shared: Vec<f64> = weights
                .iter()
                .zip(counts)
                .map(|(weight, &count)| weight * coef / f64::from(count))
                .collect();
            for it in &self.found[block] {
                let mut contribution = shared[it.at as usize];
                if strongest == Some(it.sentence) {
                    let scale = self.sentence_scales[it.sentence as usize][block];
                    contribution += weights[it.at as usize] * of_sentence * scale;
                }
                let per_byte = contribution / f64::from(it.end - it.start);
                steps[it.start as usize] += per_byte;
                steps[it.end as usize] -= per_byte;
            }
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

    /// The first sentence of the largest logit, by the weights of the distinct n-grams and words.
    fn strongest_sentence(&self, weights: &[Vec<f64>; N_BLOCKS]) -> Option<u32> {
        let mut logits = vec![0.0; self.sentence_scales.len()];
        for block in [NGRAM, WORD] {
            for it in &self.found[block] {
                let scale = self.sentence_scales[it.sentence as usize][block];
                logits[it.sentence as usize] += weights[block][it.at as usize] * scale;
            }
        }
        // The list ends with an empty sentence, which is none.
        let n_sentences = logits.len() as u32 - 1;
        let stronger = |best: u32, i: u32| {
            if logits[i as usize] > logits[best as usize] {
                i
            } else {
                best
            }
        };
        (0..n_sentences).reduce(stronger)
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
        if units.is_empty() && !self.found.iter().all(Vec::is_empty) {
            // A word hidden in nothing but symbols: `$ $ $`.
            units.push((0, self.view.normalized.len() as u32));
        }
        units
    }
}
