//! A text's sums over the weight table: of all of it, and of its strongest sentence.
//!
//! `logit_l = sum_blocks (sum_j w_jl idf_j) / sqrt(sum_j idf_j^2)` over a text's distinct word n-grams, and over the
//! characters of its distinct words; of a sentence over all its occurrences. Whole numbers of units, so that they come
//! out the same in any order, and so that what a word's characters add up to can be kept: a function of the word, it is
//! the same whenever it is asked for.

use super::WeightTable;
use crate::features::hashing::bucket;
use crate::features::rows::{SeenBuckets, SeenWords};
use crate::features::{Sink, Word, WordNgram, char_ngrams, extract};
use crate::linear::presence::inverse_norm;
use crate::text::TextView;

/// How many words' sums are kept, as a power of two: the commonest, near the core.
const KEPT_BITS: u32 = 14;

/// Adds up texts; reused from text to text.
#[derive(Debug)]
pub(crate) struct TextSums {
    lanes: Lanes,
    /// Logits of all of the text by label.
    pub(crate) whole: Vec<f64>,
    /// The largest of its sentences' logits by label; 0 without words.
    pub(crate) strongest: Vec<f64>,
}

/// The usual numbers of labels are known at compile time, so that sums stay in registers.
#[derive(Debug)]
enum Lanes {
    Two(Box<Sums<2>>),
    Four(Box<Sums<4>>),
    Eight(Box<Sums<8>>),
    Sixteen(Box<Sums<16>>),
    ThirtyTwo(Box<Sums<32>>),
    SixtyFour(Box<Sums<64>>),
}

/// The same code for every width.
macro_rules! in_lanes {
    ($lanes:expr, $sums:ident => $code:expr) => {
        match $lanes {
            Lanes::Two($sums) => $code,
            Lanes::Four($sums) => $code,
            Lanes::Eight($sums) => $code,
            Lanes::Sixteen($sums) => $code,
            Lanes::ThirtyTwo($sums) => $code,
            Lanes::SixtyFour($sums) => $code,
        }
    };
}

impl TextSums {
    pub(crate) fn new(table: &WeightTable) -> Self {
        let bits = table.bits();
        let lanes = match table.stride() {
            2 => Lanes::Two(Box::new(Sums::new(bits))),
            4 => Lanes::Four(Box::new(Sums::new(bits))),
            8 => Lanes::Eight(Box::new(Sums::new(bits))),
            16 => Lanes::Sixteen(Box::new(Sums::new(bits))),
            32 => Lanes::ThirtyTwo(Box::new(Sums::new(bits))),
            _ => Lanes::SixtyFour(Box::new(Sums::new(bits))),
        };
        Self {
            lanes,
            whole: vec![0.0; table.n_labels()],
            strongest: vec![0.0; table.n_labels()],
        }
    }

    /// Adds up a text.
    ///
    /// # Complexity  O(bytes), about four look-ups a word
    pub(crate) fn read(&mut self, view: &TextView, table: &WeightTable) {
        let out = (&mut *self.whole, &mut *self.strongest);
        in_lanes!(&mut self.lanes, sums => sums.read(view, table, out));
    }

    /// Appends what the characters of a word add up to: squared idf, then weight times idf by label, in units.
    pub(crate) fn append_word(
        &mut self,
        word: &Word<'_>,
        table: &WeightTable,
        units: &mut Vec<i32>,
    ) {
        let n_numbers = table.n_labels() + 1;
        in_lanes!(&mut self.lanes, sums => {
            let found = sums.adding(table).word_sums(word);
            units.extend_from_slice(&found[..n_numbers]);
        });
    }
}

/// Sums with room for `N` numbers: of squared idf, then by label.
#[derive(Debug)]
struct Sums<const N: usize> {
    ngrams: Block<N>,
    chars: Block<N>,
    strongest: [f64; N],
    seen_ngrams: SeenBuckets,
    seen_words: SeenWords,
    kept: Vec<Kept<N>>,
}

/// What the characters of a word add up to.
#[derive(Clone, Copy, Debug)]
struct Kept<const N: usize> {
    /// 0 where there is no word.
    key: [u64; 2],
    sums: [i32; N],
}

/// Sums of one block. Thirty-two bits hold a sentence: `MAX_SENTENCE` words of at most some 330 n-grams.
#[derive(Clone, Copy, Debug)]
struct Block<const N: usize> {
    sentence: [i32; N],
    /// Of what is new in this sentence.
    new: [i32; N],
    /// Of what was new in those before.
    whole: [i64; N],
}

impl<const N: usize> Block<N> {
    const EMPTY: Self = Self {
        sentence: [0; N],
        new: [0; N],
        whole: [0; N],
    };

    fn end_sentence(&mut self) {
        for (whole, new) in self.whole.iter_mut().zip(&mut self.new) {
            *whole += i64::from(std::mem::take(new));
        }
        self.sentence = [0; N];
    }
}

#[inline]
fn add<const N: usize, T: Copy + Into<i32>>(sums: &mut [i32; N], terms: &[T; N]) {
    for (sum, &term) in sums.iter_mut().zip(terms) {
        *sum += term.into();
    }
}

impl<const N: usize> Sums<N> {
    fn new(bits: u32) -> Self {
        let empty = Kept {
            key: [0; 2],
            sums: [0; N],
        };
        Self {
            ngrams: Block::EMPTY,
            chars: Block::EMPTY,
            strongest: [f64::NEG_INFINITY; N],
            seen_ngrams: SeenBuckets::new(bits),
            seen_words: SeenWords::default(),
            kept: vec![empty; 1 << KEPT_BITS],
        }
    }

    fn adding<'a>(&'a mut self, table: &'a WeightTable) -> Adding<'a, N> {
        Adding {
            entries: table.entries(),
            scales: table.scales(),
            bits: table.bits(),
            sums: self,
        }
    }

    fn read(
        &mut self,
        view: &TextView,
        table: &WeightTable,
        (whole, strongest): (&mut [f64], &mut [f64]),
    ) {
        (self.ngrams, self.chars) = (Block::EMPTY, Block::EMPTY);
        self.strongest = [f64::NEG_INFINITY; N];
        self.seen_ngrams.clear();
        self.seen_words
            .clear(view.tokens.len() + view.recovered.len());
        extract(view, &mut self.adding(table));
        let logit = logits(&self.ngrams.whole, &self.chars.whole, table.scales());
        for (label_idx, (whole, strongest)) in whole.iter_mut().zip(strongest).enumerate() {
            *whole = logit(label_idx);
            let found = self.strongest[label_idx];
            *strongest = if found == f64::NEG_INFINITY {
                0.0
            } else {
                found
            };
        }
    }
}

/// Logits by label from the sums of both blocks.
#[inline]
fn logits<'a, const N: usize, T: Copy + ToF64>(
    ngrams: &'a [T; N],
    chars: &'a [T; N],
    scales: &'a [f32],
) -> impl Fn(usize) -> f64 + 'a {
    let scaled = move |sums: &[T; N], i: usize| sums[i].to_f64() * f64::from(scales[i]);
    let (of_ngrams, of_chars) = (
        inverse_norm(scaled(ngrams, 0)),
        inverse_norm(scaled(chars, 0)),
    );
    move |label_idx| {
        let i = label_idx + 1;
        scaled(ngrams, i) * of_ngrams + scaled(chars, i) * of_chars
    }
}

/// Whole numbers that a double holds exactly: sums stay far below 2^53.
trait ToF64 {
    fn to_f64(self) -> f64;
}

impl ToF64 for i32 {
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
}

impl ToF64 for i64 {
    fn to_f64(self) -> f64 {
        self as f64
    }
}

struct Adding<'a, const N: usize> {
    entries: &'a [[i16; N]],
    scales: &'a [f32],
    bits: u32,
    sums: &'a mut Sums<N>,
}

impl<const N: usize> Sink for Adding<'_, N> {
    #[inline]
    fn ngram(&mut self, ngram: WordNgram) {
        let column = bucket(ngram.hash, self.bits);
        let entry = &self.entries[column as usize];
        add(&mut self.sums.ngrams.sentence, entry);
        if self.sums.seen_ngrams.insert(column) {
            add(&mut self.sums.ngrams.new, entry);
        }
    }

    #[inline]
    fn word(&mut self, word: Word<'_>) {
        let sums = self.word_sums(&word);
        add(&mut self.sums.chars.sentence, &sums);
        if self.sums.seen_words.insert(word.hash) {
            add(&mut self.sums.chars.new, &sums);
        }
    }

    #[inline]
    fn end_sentence(&mut self) {
        let Sums {
            ngrams,
            chars,
            strongest,
            ..
        } = &mut *self.sums;
        {
            let logit = logits(&ngrams.sentence, &chars.sentence, self.scales);
            let n_labels = self.scales.len() - 1;
            for (label_idx, strongest) in strongest.iter_mut().take(n_labels).enumerate() {
                *strongest = strongest.max(logit(label_idx));
            }
        }
        ngrams.end_sentence();
        chars.end_sentence();
    }
}

impl<const N: usize> Adding<'_, N> {
    #[inline]
    fn word_sums(&mut self, word: &Word<'_>) -> [i32; N] {
        let key = word.key();
        let at = (word.hash >> (64 - KEPT_BITS)) as usize;
        match key {
            Some(key) if self.sums.kept[at].key == key => self.sums.kept[at].sums,
            _ => {
                let sums = self.of_chars(word);
                if let Some(key) = key {
                    self.sums.kept[at] = Kept { key, sums };
                }
                sums
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn of_chars(&self, word: &Word<'_>) -> [i32; N] {
        let mut sums = [0; N];
        char_ngrams(word.text(), |hash| {
            add(&mut sums, &self.entries[bucket(hash, self.bits) as usize]);
        });
        sums
    }
}

#[cfg(test)]
mod tests;
