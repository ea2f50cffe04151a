//! What this machine could do at most with the same comments: hashing alone and memory alone.
//!
//! Tables have the sizes of a model's, buckets are those of the comments' own n-grams, so that addresses repeat as they
//! do in scoring; everything that can be known beforehand is. Two limits:
//!
//! * *needed*: what scoring cannot do without as it is built: a hash for each word and n-gram of words, a look-up for
//!   each n-gram, and one for each word, whose characters' sums are kept;
//! * *all n-grams*: those of characters as well, each hashed and looked up, as it would be without keeping sums.

use std::hint::black_box;
use std::time::Instant;

use ombuds::features::hashing::{bucket, combine, hash_bytes};
use ombuds::features::{Sink, Word, WordNgram, char_ngrams, extract};
use ombuds::text::{TextTables, TextView};

/// Buckets of the default model, and of the sums that are kept of words.
const BITS: u32 = 18;
const KEPT_BITS: u32 = 14;
/// Passes over all comments, of which the fastest counts: what else the machine does only adds.
const PASSES: usize = 31;

/// Seconds that a pass over `n_comments` takes at best, by comment.
pub(crate) fn seconds_per_comment(n_comments: usize, mut pass: impl FnMut()) -> f64 {
    let seconds = (0..PASSES).map(|_| {
        let start = Instant::now();
        pass();
        start.elapsed().as_secs_f64()
    });
    seconds.fold(f64::INFINITY, f64::min) / n_comments as f64
}

/// The words of some comments, and where their n-grams are looked up.
#[derive(Default)]
pub(crate) struct Occurrences {
    words: Vec<String>,
    ngrams: Vec<u32>,
    kept: Vec<u32>,
    chars: Vec<u32>,
}

impl Sink for Occurrences {
    fn ngram(&mut self, ngram: WordNgram) {
        self.ngrams.push(bucket(ngram.hash, BITS));
    }

    fn word(&mut self, word: Word<'_>) {
        self.kept.push(bucket(word.hash, KEPT_BITS));
        char_ngrams(word.text(), |hash| self.chars.push(bucket(hash, BITS)));
        self.words.push(word.text().to_owned());
    }

    fn end_sentence(&mut self) {}
}

/// Seconds a comment at the machine's limit.
pub(crate) struct Limits {
    pub(crate) needed: f64,
    pub(crate) all_ngrams: f64,
}

impl Occurrences {
    pub(crate) fn of(comments: &[String]) -> Self {
        let (tables, mut view) = (TextTables::shipped(), TextView::default());
        let mut found = Self::default();
        for comment in comments {
            view.parse(comment, &tables);
            extract(&view, &mut found);
        }
        assert!(found.chars.len() > found.ngrams.len());
        found
    }

    /// Of a model with `N` numbers in an entry.
    pub(crate) fn limits<const N: usize>(&self, n_comments: usize) -> Limits {
        let entries: Vec<[i16; N]> = (0..1_u32 << BITS).map(|i| [i as i16; N]).collect();
        // With the word that it is of: two numbers of eight bytes.
        let kept: Vec<([u64; 2], [i32; N])> = (0..1_u64 << KEPT_BITS)
            .map(|i| ([i; 2], [i as i32; N]))
            .collect();
        let time = |pass: &mut dyn FnMut()| seconds_per_comment(n_comments, pass);
        let hash_words = time(&mut || {
            black_box(self.hash_words());
        });
        let hash_chars = time(&mut || {
            black_box(self.hash_chars());
        });
        let ngrams = time(&mut || {
            black_box(sum(&self.ngrams, &entries, |entry| entry.map(i32::from)));
        });
        let chars = time(&mut || {
            black_box(sum(&self.chars, &entries, |entry| entry.map(i32::from)));
        });
        let kept = time(&mut || {
            black_box(sum(&self.kept, &kept, |(_, sums)| *sums));
        });
        Limits {
            needed: hash_words + ngrams + kept,
            all_ngrams: hash_words + hash_chars + ngrams + chars,
        }
    }

    fn hash_words(&self) -> u64 {
        let (mut all, mut last, mut last_two) = (0, 0, 0);
        for word in &self.words {
            let hash = hash_bytes(word.as_bytes(), 1);
            let two = combine(last, hash);
            all ^= hash ^ two ^ combine(last_two, hash);
            (last, last_two) = (hash, two);
        }
        all
    }

    fn hash_chars(&self) -> u64 {
        let mut all = 0;
        for word in &self.words {
            char_ngrams(word, |hash| all ^= hash);
        }
        all
    }
}

fn sum<const N: usize, T>(at: &[u32], entries: &[T], numbers: impl Fn(&T) -> [i32; N]) -> [i32; N] {
    let mut sums = [0_i32; N];
    for &at in at {
        for (sum, number) in sums.iter_mut().zip(numbers(&entries[at as usize])) {
            *sum = sum.wrapping_add(number);
        }
    }
    sums
}
