//! English function words: they carry grammar, not subject.
//!
//! Used to tell content words from others (overlap with an article) and to keep two ordinary words
//! from being joined into an offensive one. Other languages pass through as content words.

use super::packed::{Packed, pack};

const STOPWORDS: [&str; 143] = [
    "a", "about", "above", "after", "again", "all", "also", "am", "an", "and", "any", "are",
    "aren't", "as", "at", "be", "because", "been", "before", "being", "below", "between", "both",
    "but", "by", "can", "can't", "cannot", "could", "did", "didn't", "do", "does", "doesn't",
    "doing", "don't", "down", "during", "each", "even", "ever", "few", "for", "from", "further",
    "get", "go", "got", "had", "has", "have", "having", "he", "her", "here", "hers", "him", "his",
    "how", "i", "i'm", "i've", "if", "in", "into", "is", "isn't", "it", "it's", "its", "just",
    "like", "me", "more", "most", "much", "my", "no", "nor", "not", "now", "of", "off", "on",
    "once", "one", "only", "or", "other", "our", "ours", "out", "over", "own", "same", "she",
    "should", "so", "some", "such", "than", "that", "that's", "the", "their", "them", "then",
    "there", "these", "they", "this", "those", "through", "to", "too", "under", "until", "up",
    "us", "very", "was", "wasn't", "we", "well", "were", "what", "when", "where", "which", "while",
    "who", "whom", "why", "will", "with", "won't", "would", "yes", "yet", "you", "you're", "your",
    "yours",
];

/// The same in ascending order of what they are packed into.
const PACKED: [Packed; STOPWORDS.len()] = sorted(STOPWORDS);

const fn sorted<const N: usize>(words: [&str; N]) -> [Packed; N] {
    let mut packed = [0; N];
    let mut n = 0;
    while n < N {
        // Insertion: at compile time.
        let word = pack(words[n]);
        let mut at = n;
        while at > 0 && packed[at - 1] > word {
            packed[at] = packed[at - 1];
            at -= 1;
        }
        packed[at] = word;
        n += 1;
    }
    packed
}

/// Whether a normalised word is an English function word.
pub(crate) fn is_stopword(word: &str) -> bool {
    word.len() <= LONGEST && PACKED.binary_search(&pack(word)).is_ok()
}

/// Bytes of the longest one.
const LONGEST: usize = 7;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_one_is_found_and_nothing_else() {
        assert!(STOPWORDS.iter().all(|word| is_stopword(word)));
        assert!(PACKED.is_sorted());
        for word in ["idiot", "", "t", "themselves", "abou"] {
            assert!(!is_stopword(word), "{word}");
        }
    }
}
