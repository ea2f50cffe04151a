//! A comment's features as bytes: the buckets of each block, sorted, as gaps in LEB128. Half of four bytes a bucket. The
//! sentences of a text follow each other in one such string.

use datafusion::common::{Result, exec_err};
use ombuds::features::hashing::bucket;
use ombuds::features::rows::{SeenBuckets, SeenWords};
use ombuds::features::{Sink, Word, WordNgram, char_ngrams, extract};
use ombuds::linear::presence::N_BLOCKS;
use ombuds::text::TextView;

/// Buckets by block: of word n-grams, and of the characters of words, which may repeat.
pub(super) type Blocks = [Vec<u32>; N_BLOCKS];

/// Writes texts as training sees them; reused from text to text.
#[derive(Debug)]
pub(super) struct Encoder {
    bits: u32,
    seen_ngrams: SeenBuckets,
    seen_words: SeenWords,
    /// Of distinct n-grams and distinct words.
    whole: Blocks,
    /// Of all occurrences since the last sentence.
    sentence: Blocks,
    sentences: Vec<u8>,
}

impl Encoder {
    /// For `2^bits` buckets.
    pub(super) fn new(bits: u32) -> Self {
        Self {
            bits,
            seen_ngrams: SeenBuckets::new(bits),
            seen_words: SeenWords::default(),
            whole: Blocks::default(),
            sentence: Blocks::default(),
            sentences: Vec::new(),
        }
    }

    /// Number of buckets is two to the power of this.
    pub(super) fn bits(&self) -> u32 {
        self.bits
    }

    /// A text as a whole, and its sentences.
    pub(super) fn encode(&mut self, view: &TextView) -> (Vec<u8>, &[u8]) {
        self.seen_ngrams.clear();
        self.seen_words
            .clear(view.tokens.len() + view.recovered.len());
        self.whole.iter_mut().for_each(Vec::clear);
        self.sentences.clear();
        extract(view, self);
        let mut whole = Vec::new();
        encode(&mut self.whole, &mut whole);
        (whole, &self.sentences)
    }
}

impl Sink for Encoder {
    fn ngram(&mut self, ngram: WordNgram) {
        let column = bucket(ngram.hash, self.bits);
        self.sentence[0].push(column);
        if self.seen_ngrams.insert(column) {
            self.whole[0].push(column);
        }
    }

    fn word(&mut self, word: Word<'_>) {
        let start = self.sentence[1].len();
        let (bits, columns) = (self.bits, &mut self.sentence[1]);
        char_ngrams(word.text(), |hash| columns.push(bucket(hash, bits)));
        if self.seen_words.insert(word.hash) {
            self.whole[1].extend_from_slice(&self.sentence[1][start..]);
        }
    }

    fn end_sentence(&mut self) {
        encode(&mut self.sentence, &mut self.sentences);
        self.sentence.iter_mut().for_each(Vec::clear);
    }
}

/// Appends buckets, which are sorted thereby.
fn encode(blocks: &mut Blocks, bytes: &mut Vec<u8>) {
    for block in blocks {
        block.sort_unstable();
        push(bytes, block.len() as u32);
        let mut last = 0;
        for &mut bucket in block {
            push(bytes, bucket - last);
            last = bucket;
        }
    }
}

/// Reads a whole text or the next sentence, and moves on behind it.
///
/// # Errors
/// Bytes that an [`Encoder`] did not write, or a bucket of `n_columns` or more.
pub(super) fn decode(bytes: &mut &[u8], n_columns: usize, blocks: &mut Blocks) -> Result<()> {
    for block in blocks {
        block.clear();
        let n_buckets = pull(bytes)? as usize;
        let mut bucket = 0_usize;
        for _ in 0..n_buckets {
            bucket += pull(bytes)? as usize;
            if bucket >= n_columns {
                return exec_err!("features of {bucket} or more buckets, expected {n_columns}");
            }
            block.push(bucket as u32);
        }
    }
    Ok(())
}

fn push(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

#[inline]
fn pull(bytes: &mut &[u8]) -> Result<u32> {
    let mut number = 0;
    for shift in [0, 7, 14, 21, 28] {
        let Some((&byte, rest)) = bytes.split_first() else {
            break;
        };
        *bytes = rest;
        number |= u32::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    exec_err!("damaged features")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(mut blocks: Blocks) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode(&mut blocks, &mut bytes);
        bytes
    }

    #[test]
    fn rows_come_back_sorted() {
        let bytes = bytes([vec![300, 2, 2, 262_143], vec![]]);
        let (mut rest, mut found) = (&*bytes, Blocks::default());
        decode(&mut rest, 1 << 18, &mut found).unwrap();
        assert_eq!(found, [vec![2, 2, 300, 262_143], vec![]]);
        assert!(rest.is_empty());
    }

    #[test]
    fn damaged_rows_are_errors() {
        let bytes = bytes([vec![70_000], vec![1]]);
        let fails = |mut bytes: &[u8], n_columns| {
            decode(&mut bytes, n_columns, &mut Blocks::default()).is_err()
        };
        assert!(fails(&bytes, 70_000), "beyond the columns");
        assert!(fails(&bytes[..2], 1 << 18), "cut");
        assert!(fails(&[0xff; 9], 1 << 18), "no end");
        assert!(fails(&[3, 1], 1 << 18), "too few");
    }

    #[test]
    fn a_word_said_twice_counts_once_in_the_whole() {
        let mut view = TextView::default();
        view.parse(
            "you you. you and you. me too",
            &ombuds::text::TextTables::shipped(),
        );
        let mut encoder = Encoder::new(18);
        let (whole, sentences) = encoder.encode(&view);
        let (mut whole, mut sentences) = (&*whole, sentences);
        let mut blocks = Blocks::default();
        let mut n = |bytes: &mut &[u8]| {
            decode(bytes, 1 << 18, &mut blocks).unwrap();
            blocks.each_ref().map(Vec::len)
        };
        // "you" has ten n-grams of characters, "and" as many, "me" six, "too" ten.
        assert_eq!(n(&mut whole)[1], 10 + 10 + 6 + 10);
        let first = n(&mut sentences);
        assert_eq!(first[1] % 10, 0);
        assert!(!sentences.is_empty(), "a second sentence");
    }
}
