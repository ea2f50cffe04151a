//! A site's own phrases: visible rules beside the model.
//!
//! A [`PhraseSet`] finds its phrases in both views of a text: as it stands once normalised, and with
//! every hidden word replaced by the word behind it, so that `buy gold` is found in `BUY  g0ld!`.
//! Phrases match at word bounds and word for word: `ass` is not in `class`, nor `idiots` in `idiot`.
//! What a hit means is the policy's business; reading a file of phrases is the data edge's.

use aho_corasick::AhoCorasick;

use crate::policy::PhraseAction;
use crate::text::TextView;
use crate::text::normalize::normalize;
use crate::text::tokenize::{is_unspaced, is_word_char};

/// One phrase and what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    text: String,
    normalized: String,
    action: PhraseAction,
}

impl Phrase {
    /// A phrase; `None` if nothing of it is left once it is normalised, so that it could never match.
    pub fn new(text: &str, action: PhraseAction) -> Option<Self> {
        let mut normalized = String::new();
        normalize(text, &mut normalized, &mut ());
        (!normalized.is_empty()).then(|| Self {
            text: text.trim().to_owned(),
            normalized,
            action,
        })
    }

    /// The phrase as the site wrote it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it does.
    pub fn action(&self) -> PhraseAction {
        self.action
    }
}

/// Where a phrase stands, in bytes of the normalised text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    /// Index of the phrase in its set.
    pub(crate) phrase_idx: usize,
    /// First byte.
    pub(crate) start: u32,
    /// One past the last byte.
    pub(crate) end: u32,
}

/// Phrases, ready to be found. The empty set finds nothing and costs nothing.
#[derive(Clone, Debug, Default)]
pub struct PhraseSet {
    phrases: Vec<Phrase>,
    automaton: Option<AhoCorasick>,
}

/// So many phrases that no automaton can hold them (above two thousand million bytes).
#[derive(Debug, thiserror::Error)]
#[error("{n_phrases} phrases are too many; split them or leave some out")]
pub struct TooManyPhrases {
    n_phrases: usize,
    source: aho_corasick::BuildError,
}

impl PhraseSet {
    /// Prepares phrases.
    ///
    /// # Errors
    /// [`TooManyPhrases`]
    ///
    /// # Complexity  O(bytes of all phrases)
    pub fn new(phrases: Vec<Phrase>) -> Result<Self, TooManyPhrases> {
        if phrases.is_empty() {
            return Ok(Self::default());
        }
        let normalized = phrases.iter().map(|phrase| phrase.normalized.as_bytes());
        let automaton = AhoCorasick::new(normalized).map_err(|source| TooManyPhrases {
            n_phrases: phrases.len(),
            source,
        })?;
        Ok(Self {
            phrases,
            automaton: Some(automaton),
        })
    }

    /// The phrases, in the order given.
    pub fn phrases(&self) -> &[Phrase] {
        &self.phrases
    }

    /// Finds every phrase that a text holds, once each at its first place, in order of place.
    ///
    /// # Complexity  O(bytes + matches)
    pub(crate) fn find(&self, view: &TextView) -> Vec<Match> {
        let Some(automaton) = &self.automaton else {
            return Vec::new();
        };
        let mut found = Vec::new();
        scan(automaton, &view.normalized, |found_match| {
            found.push(found_match);
        });
        if !view.recovered.is_empty() {
            let plain = Unhidden::of(view);
            scan(automaton, &plain.text, |found_match| {
                let (start, end) = plain.normalized_range(found_match.start, found_match.end);
                found.push(Match {
                    start,
                    end,
                    ..found_match
                });
            });
        }
        found.sort_by_key(|found| (found.phrase_idx, found.start, found.end));
        found.dedup_by_key(|found| found.phrase_idx);
        found.sort_by_key(|found| (found.start, found.end, found.phrase_idx));
        found
    }
}

/// Reports every match at word bounds; overlapping ones too, for a phrase may lie in another.
fn scan(automaton: &AhoCorasick, text: &str, mut report: impl FnMut(Match)) {
    for found in automaton.find_overlapping_iter(text) {
        if is_whole(text, found.start(), found.end()) {
            report(Match {
                phrase_idx: found.pattern().as_usize(),
                start: found.start() as u32,
                end: found.end() as u32,
            });
        }
    }
}

/// Whether no word is cut at either end.
fn is_whole(text: &str, start: usize, end: usize) -> bool {
    let is_cut = |at: usize| {
        let before = text[..at].chars().next_back();
        let after = text[at..].chars().next();
        before.is_some_and(is_joined) && after.is_some_and(is_joined)
    };
    !is_cut(start) && !is_cut(end)
}

/// Whether a character makes one word with another next to it. In scripts written without spaces
/// (kana, ideographs, Thai, Lao, Burmese, Khmer) words end anywhere.
fn is_joined(c: char) -> bool {
    let is_spaced =
        !matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}');
    is_word_char(c) && !is_unspaced(c) && is_spaced
}

/// The normalised text with the word behind each hidden one in its place.
struct Unhidden {
    text: String,
    /// Start in `text`, start and end in the normalised text, whether replaced; ascending.
    pieces: Vec<(usize, u32, u32, bool)>,
}

impl Unhidden {
    fn of(view: &TextView) -> Self {
        let mut unhidden = Self {
            text: String::new(),
            pieces: Vec::new(),
        };
        let mut at = 0;
        for hidden in &view.recovered {
            unhidden.push(
                &view.normalized[at as usize..hidden.start as usize],
                at,
                hidden.start,
                false,
            );
            unhidden.push(&hidden.word, hidden.start, hidden.end, true);
            at = hidden.end;
        }
        unhidden.push(
            &view.normalized[at as usize..],
            at,
            view.normalized.len() as u32,
            false,
        );
        unhidden
    }

    fn push(&mut self, piece: &str, start: u32, end: u32, is_replaced: bool) {
        if !piece.is_empty() {
            self.pieces.push((self.text.len(), start, end, is_replaced));
            self.text.push_str(piece);
        }
    }

    /// The normalised range behind a range that is not empty; a hidden word counts whole.
    fn normalized_range(&self, start: u32, end: u32) -> (u32, u32) {
        let piece = |at: usize| {
            let idx = self.pieces.partition_point(|piece| piece.0 <= at) - 1;
            self.pieces[idx]
        };
        let (from, normalized_start, _, is_replaced) = piece(start as usize);
        let start = normalized_start + if is_replaced { 0 } else { start - from as u32 };
        let (from, normalized_start, normalized_end, is_replaced) = piece(end as usize - 1);
        let end = if is_replaced {
            normalized_end
        } else {
            normalized_start + end - from as u32
        };
        (start, end)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::TextTables;

    fn found(phrases: &[&str], raw: &str) -> Vec<String> {
        let phrases = phrases
            .iter()
            .map(|text| Phrase::new(text, PhraseAction::Block).unwrap());
        let set = PhraseSet::new(phrases.collect()).unwrap();
        let mut view = TextView::default();
        view.parse_aligned(raw, &TextTables::shipped());
        let slice = |found: &Match| raw[view.raw_span(found.start, found.end).range()].to_owned();
        set.find(&view).iter().map(slice).collect()
    }

    #[test]
    fn finds_phrases_however_they_are_written() {
        for (phrase, raw, expected) in [
            ("buy gold", "Come and BUY  GOLD!", "BUY  GOLD"),
            ("Buy Gold", "buy g0ld now", "buy g0ld"),
            ("viagra", "cheap V1AGRA pills", "V1AGRA"),
            ("idiot", "an i d i o t indeed", "i d i o t"),
            ("idiot", "the idi\u{43e}t, he", "idi\u{43e}t"),
            (
                "you idiot",
                "y\u{200b}ou <b>idiot</b>",
                "y\u{200b}ou <b>idiot",
            ),
            ("白痴", "你是白痴吗", "白痴"),
            ("straße", "DIE STRASSE", "STRASSE"),
            ("c++", "I like C++, too", "C++"),
            ("!!", "what!!!!", "!!!!"),
        ] {
            assert_eq!(found(&[phrase], raw), [expected], "{phrase} in {raw}");
        }
    }

    #[test]
    fn words_are_not_cut() {
        for (phrase, raw) in [
            ("ass", "a class act"),
            ("idiot", "idiots"),
            ("gold", "g0ldmine"),
            ("a b", "ab"),
        ] {
            assert_eq!(found(&[phrase], raw), [""; 0], "{phrase} in {raw}");
        }
    }

    #[test]
    fn each_phrase_is_told_once_in_order_of_place() {
        let phrases = ["gold", "buy gold", "never"];
        assert_eq!(
            found(&phrases, "gold, gold. Buy gold, buy g0ld"),
            ["gold", "Buy gold"]
        );
    }

    #[test]
    fn a_phrase_of_nothing_is_none() {
        for text in ["", "  ", "\u{200b}"] {
            assert_eq!(Phrase::new(text, PhraseAction::Allow), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn every_match_slices_both_texts(raw in "\\PC{0,40}|[a-c0-1 .*@é]{0,30}", phrase in "[a-c]{1,2}|\\PC{1,3}") {
            let Some(phrase) = Phrase::new(&phrase, PhraseAction::Block) else { return Ok(()) };
            let set = PhraseSet::new(vec![phrase]).unwrap();
            let mut view = TextView::default();
            view.parse_aligned(&raw, &TextTables::shipped());
            for found in set.find(&view) {
                let normalized = view.normalized.get(found.start as usize..found.end as usize);
                prop_assert!(normalized.is_some_and(|slice| !slice.is_empty()));
                prop_assert!(raw.get(view.raw_span(found.start, found.end).range()).is_some());
            }
        }
    }
}
