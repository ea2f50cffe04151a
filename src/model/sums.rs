//! A text's sums over the weight table: of all of it, and of its strongest sentence.
//!
//! `logit_l = sum_blocks (sum_j w_jl idf_j) / sqrt(sum_j idf_j^2)` over a text's distinct word n-grams, and over the
//! characters of its distinct words; of a sentence over all its occurrences. Whole numbers of units, so that they come
//! out the same in any order, and so that what a word's characters add up to can be kept: a function of the word, it is
//! the same whenever it is asked for.

use super::WeightTable;
use crate::features::hashing::bucket;
use crate::features::rows::{BucketBits, SeenWords};
use crate::features::{Sink, Word, WordNgram, char_ngrams, extract};
use crate::linear::presence::inverse_norm;
use crate::text::TextView;

/// Places for two words' sums, as a power of two: the commonest words, near the core. Of Wikipedia's talk they
/// miss 6 % (half as many places: 8 %; with one word a place, as many words: 8 %).
const PLACE_BITS: u32 = 14;
/// Buckets that are added up in one loop, whose loads run beside each other.
const BATCH: usize = 64;

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
            let place = sums.adding(table).place(word);
            let found = &sums.kept[place][0].sums;
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
    /// Buckets of word n-grams that are not added up yet.
    batch: [u32; BATCH],
    n_batch: usize,
    /// Those that are.
    columns: Vec<u32>,
    seen_ngrams: BucketBits,
    seen_words: SeenWords,
    kept: Vec<[Kept<N>; 2]>,
}

/// The key of all words that are too long to have one, and of no word.
const TOO_LONG: [u64; 2] = [0; 2];

/// What the characters of a word add up to.
#[derive(Clone, Copy, Debug)]
struct Kept<const N: usize> {
    key: [u64; 2],
    sums: [i32; N],
}

/// Sums of one block. Thirty-two bits hold a sentence: `MAX_SENTENCE` words of at most some 330 n-grams.
#[derive(Clone, Copy, Debug)]
struct Block<const N: usize> {
    sentence: [i32; N],
    /// Of what of this sentence was met before, which is seldom much.
    again: [i32; N],
    /// Of what was new in the sentences before.
    whole: [i64; N],
}

impl<const N: usize> Block<N> {
    const EMPTY: Self = Self {
        sentence: [0; N],
        again: [0; N],
        whole: [0; N],
    };

    fn end_sentence(&mut self) {
        for (i, whole) in self.whole.iter_mut().enumerate() {
            *whole += i64::from(self.sentence[i] - self.again[i]);
        }
        (self.sentence, self.again) = ([0; N], [0; N]);
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
            key: TOO_LONG,
            sums: [0; N],
        };
        Self {
            ngrams: Block::EMPTY,
            chars: Block::EMPTY,
            strongest: [f64::NEG_INFINITY; N],
            batch: [0; BATCH],
            n_batch: 0,
            columns: Vec::new(),
            seen_ngrams: BucketBits::new(bits),
            seen_words: SeenWords::default(),
            kept: vec![[empty; 2]; 1 << PLACE_BITS],
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
        self.seen_ngrams.forget(&self.columns);
        self.columns.clear();
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
        if self.sums.n_batch == BATCH {
            self.add_batch();
        }
        // The remainder spares a check.
        self.sums.batch[self.sums.n_batch % BATCH] = bucket(ngram.hash, self.bits);
        self.sums.n_batch += 1;
    }

    #[inline]
    fn word(&mut self, word: Word<'_>) {
        let place = self.place(&word);
        let Sums {
            chars,
            seen_words,
            kept,
            ..
        } = &mut *self.sums;
        let sums = &kept[place][0].sums;
        add(&mut chars.sentence, sums);
        if !seen_words.insert(word.hash) {
            add(&mut chars.again, sums);
        }
    }

    fn end_sentence(&mut self) {
        self.add_batch();
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
    fn add_batch(&mut self) {
        let Sums {
            ngrams,
            batch,
            n_batch,
            columns,
            seen_ngrams,
            ..
        } = &mut *self.sums;
        let batch = &batch[..std::mem::take(n_batch)];
        let (mut sentence, mut again) = (ngrams.sentence, ngrams.again);
        for &column in batch {
            let entry = &self.entries[column as usize];
            add(&mut sentence, entry);
            if !seen_ngrams.insert(column) {
                add(&mut again, entry);
            }
        }
        (ngrams.sentence, ngrams.again) = (sentence, again);
        columns.extend_from_slice(batch);
    }

    /// The place of which a word is now the first: two are kept, the last one asked for before the other.
    #[inline]
    fn place(&mut self, word: &Word<'_>) -> usize {
        let key = word.key().unwrap_or(TOO_LONG);
        let place = (word.hash >> (64 - PLACE_BITS)) as usize;
        if self.sums.kept[place][0].key != key || key == TOO_LONG {
            self.keep(word, key, place);
        }
        place
    }

    #[cold]
    #[inline(never)]
    fn keep(&mut self, word: &Word<'_>, key: [u64; 2], place: usize) {
        let [last, other] = &mut self.sums.kept[place];
        std::mem::swap(last, other);
        if last.key != key || key == TOO_LONG {
            let sums = self.of_chars(word);
            self.sums.kept[place][0] = Kept { key, sums };
        }
    }

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
