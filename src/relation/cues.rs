//! Words of a comment that tell about its subject without any article: talk about the site, selling,
//! and words that only point back.

use crate::text::{TextView, TokenKind, WordClass};

/// How often each kind of cue stands in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Cues {
    pub(super) n_site: f64,
    pub(super) n_selling: f64,
    /// Share of the words that point back.
    pub(super) pointing: f64,
    pub(super) n_links: f64,
}

impl Cues {
    /// Counts.
    ///
    /// # Complexity  O(words)
    pub(super) fn count(view: &TextView) -> Self {
        let (mut n_words, mut n_links, mut n_site, mut n_selling, mut n_pointing) = (0, 0, 0, 0, 0);
        for token in &view.tokens {
            n_links += u32::from(token.kind == TokenKind::Link);
            // Only words have a class.
            n_words += u32::from(token.kind == TokenKind::Word);
            n_site += token.class.count(WordClass::SITE);
            n_selling += token.class.count(WordClass::SELLING);
            n_pointing += token.class.count(WordClass::POINTING);
        }
        Self {
            n_site: f64::from(n_site),
            n_selling: f64::from(n_selling),
            pointing: f64::from(n_pointing) / f64::from(n_words.max(1)),
            n_links: f64::from(n_links),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TextTables;

    #[test]
    fn cues_are_counted() {
        let mut view = TextView::default();
        let text = "That is wrong. Why was my comment deleted? Earn cash: www.example.com";
        view.parse(text, &TextTables::shipped());
        let cues = Cues::count(&view);
        assert_eq!((cues.n_site, cues.n_selling, cues.n_links), (2.0, 2.0, 1.0));
        assert!((cues.pointing - 2.0 / 10.0).abs() < 1e-12, "{cues:?}");
    }
}
