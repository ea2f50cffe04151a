//! Where the sentences of a comment are, by UAX #29, and offsets as Perspective counts them.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;

/// Sentences scored of one comment at most; what follows goes with the last. Chosen: bounds the time for a text
/// of nothing but full stops.
const MAX_SENTENCES: usize = 256;

/// A sentence without the white space around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sentence {
    /// Bytes of the text.
    pub(super) bytes: Range<usize>,
    /// The same in UTF-16 code units.
    pub(super) utf16: Range<usize>,
}

/// The sentences of a text, in order; one for a text of white space.
///
/// # Complexity  O(bytes)
pub(super) fn sentences(text: &str) -> Vec<Sentence> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for (start, sentence) in text.split_sentence_bound_indices() {
        let lead = sentence.len() - sentence.trim_start().len();
        let bytes = start + lead..start + sentence.trim_end().len();
        if bytes.start >= bytes.end {
            continue;
        }
        match ranges.get_mut(MAX_SENTENCES - 1) {
            Some(last) => last.end = bytes.end,
            None => ranges.push(bytes),
        }
    }
    if ranges.is_empty() {
        ranges.push(0..text.len());
    }
    let mut utf16 = Utf16Offsets::new(text);
    let sentence = |bytes: Range<usize>| Sentence {
        utf16: utf16.at(bytes.start)..utf16.at(bytes.end),
        bytes,
    };
    ranges.into_iter().map(sentence).collect()
}

/// Turns byte offsets into UTF-16 code units; asked in ascending order it reads the text once.
#[derive(Debug)]
pub(super) struct Utf16Offsets<'a> {
    text: &'a str,
    bytes: usize,
    units: usize,
}

impl<'a> Utf16Offsets<'a> {
    /// Of a text.
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            bytes: 0,
            units: 0,
        }
    }

    /// The code unit at which a byte stands that is on a character bound.
    pub(super) fn at(&mut self, byte: usize) -> usize {
        if byte < self.bytes {
            (self.bytes, self.units) = (0, 0);
        }
        self.units += utf16_len(&self.text[self.bytes..byte]);
        self.bytes = byte;
        self.units
    }
}

/// Length of a text in UTF-16 code units.
pub(super) fn utf16_len(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    // Every character has one first byte; those of four bytes are two units.
    let units = |byte: u8| usize::from(byte & 0xc0 != 0x80) + usize::from(byte >= 0xf0);
    text.bytes().map(units).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sentences_are_counted_as_the_documents_of_perspective_do() {
        let text = "What kind of name is that? Sorry, 😀 I like yours. ";
        let found: Vec<Range<usize>> = sentences(text).into_iter().map(|it| it.utf16).collect();
        assert_eq!(found, [0..26, 27..50]);
        assert_eq!(sentences("  ")[0].utf16, 0..2);
        assert_eq!(sentences(&"A. ".repeat(9_999)).len(), MAX_SENTENCES);
    }

    proptest! {
        #[test]
        fn offsets_are_those_of_utf16(text in "\\PC{0,40}", at in 0_usize..200) {
            let at = text.floor_char_boundary(at);
            let expected = text[..at].encode_utf16().count();
            let mut offsets = Utf16Offsets::new(&text);
            prop_assert_eq!(offsets.at(text.len()), text.encode_utf16().count());
            prop_assert_eq!(offsets.at(at), expected);
        }

        #[test]
        fn sentences_are_in_order_and_hold_all_letters(text in "[a-zA-Z.!? \n😀é]{1,80}") {
            let found = sentences(&text);
            let held: String = found.iter().map(|it| &text[it.bytes.clone()]).collect();
            let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).count();
            prop_assert_eq!(letters(&held), letters(&text));
            prop_assert!(found.windows(2).all(|pair| pair[0].bytes.end <= pair[1].bytes.start));
        }
    }
}
