//! English function words: they carry grammar, not subject.
//!
//! Used to tell content words from others (overlap with an article) and to keep two ordinary words
//! from being joined into an offensive one. Other languages pass through as content words.

use super::packed::{PackedSet, pack};

const STOPWORDS: PackedSet<143> = PackedSet::of([
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
]);

/// Whether a normalised word is an English function word.
pub(crate) fn is_stopword(word: &str) -> bool {
    STOPWORDS.contains(pack(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn function_words_are_told_from_others() {
        for word in ["the", "doesn't", "yours", "a"] {
            assert!(is_stopword(word), "{word}");
        }
        for word in ["idiot", "", "t", "themselves", "abou"] {
            assert!(!is_stopword(word), "{word}");
        }
    }
}
