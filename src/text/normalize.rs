//! The first view of a text: what it says, without the accidents of typing.
//!
//! In order: default-ignorable and control characters removed, Unicode NFKC (UAX 15), case folding,
//! typographic quotes and dashes to ASCII, white space to single spaces, runs of one character
//! squeezed. Normalising twice equals normalising once; a property test holds that.
//!
//! ASCII, nearly all of English, goes a block at a time; only a segment that holds a byte ≥ 128 pays for Unicode.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, decompose_compatible};
use unicode_normalization::{IsNormalized, is_nfc_quick};

use super::align::Alignment;
use super::lanes::{BLOCK, Block};

/// Longest run of one character that is kept: "soooo" and "soo" become one word, "so" stays itself.
const MAX_RUN: usize = 2;

/// Normalises `text` into `out`, which is emptied first.
///
/// # Complexity  O(bytes); no allocation once `out` has grown.
pub(crate) fn normalize(text: &str, out: &mut String, alignment: &mut impl Alignment) {
    // Bytes are cheaper to push than characters; they are UTF-8 again in the end.
    let mut bytes = std::mem::take(out).into_bytes();
    bytes.clear();
    bytes.reserve(text.len() + BLOCK);
    let mut writer = Writer {
        out: bytes,
        alignment,
        last: ' ',
        run: 0,
    };
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        // Each is compared with the one before.
        if at > 0 && is_plain(bytes, at) {
            at = writer.block(bytes, at);
        }
        if is_plain(bytes, at) {
            writer.ascii(bytes[at], at);
            at += 1;
        } else {
            at = writer.segment(text, at);
        }
    }
    *out = writer.finish();
}

/// Whether the byte becomes another by itself: no other character can combine with it.
#[inline]
fn is_plain(bytes: &[u8], at: usize) -> bool {
    let stands_alone = |&byte: &u8| PLAIN[usize::from(byte)] != 0;
    bytes[at] < 128 && bytes.get(at + 1).is_none_or(stands_alone)
}

/// What an ASCII byte becomes; 0 for one that shows nothing, and for all others.
const PLAIN: [u8; 256] = {
    let mut plain = [0; 256];
    let mut byte = 0_u8;
    while byte < 127 {
        plain[byte as usize] = match byte {
            b'\t'..=b'\r' => b' ',
            b' '..=b'~' => byte.to_ascii_lowercase(),
            _ => 0,
        };
        byte += 1;
    }
    plain
};

struct Writer<'a, A> {
    out: Vec<u8>,
    alignment: &'a mut A,
    last: char,
    run: usize,
}

impl<A: Alignment> Writer<'_, A> {
    /// Takes bytes from `at` on that become another each; returns where that ends, at most a block further on: before one
    /// that is squeezed, shows nothing, or is not known to stand alone, as the last of the text is not. Not for the first byte.
    #[inline]
    fn block(&mut self, bytes: &[u8], at: usize) -> usize {
        let block = Block::at(bytes, at);
        let plain = block.plain();
        let becomes = plain.bytes();
        let odd = block.beyond_ascii() | plain.within(0, 31) | plain.equal(127);
        // As the one before; what was written last need not stand in the text.
        let before = Block::at(bytes, at - 1).plain();
        let same = plain.same(before) & !1 | u32::from(char::from(becomes[0]) == self.last);
        let again = same << 1 | u32::from(self.run >= MAX_RUN);
        let squeezed = same & (plain.equal(b' ') | again & !plain.within(b'0', b'9'));
        let n = (odd | odd >> 1 | squeezed | 1 << (BLOCK - 1)).trailing_zeros() as usize;
        if n > 0 {
            // A copy of fixed length is no call.
            self.out.extend_from_slice(&becomes);
            self.out.truncate(self.out.len() - (BLOCK - n));
            self.alignment.push_each(n, at);
            self.last = char::from(becomes[n - 1]);
            self.run = match (same >> (n - 1) & 1, n) {
                (0, _) => 1,
                (_, 1) => self.run + 1,
                _ => MAX_RUN,
            };
        }
        at + n
    }

    #[inline]
    fn ascii(&mut self, byte: u8, at: usize) {
        let plain = PLAIN[usize::from(byte)];
        if plain == 0 {
            return;
        }
        let c = char::from(plain);
        if c == self.last {
            self.push(c, at, at + 1);
        } else {
            (self.last, self.run) = (c, 1);
            self.out.push(plain);
            self.alignment.push(1, at, at + 1);
        }
    }

    /// Normalises from `at` to the next normalisation boundary; returns where that is.
    fn segment(&mut self, text: &str, at: usize) -> usize {
        let mut end = text.len();
        let mut n_visible = 0;
        for (i, c) in text[at..].char_indices() {
            if is_removed(c) {
                continue;
            }
            if n_visible > 0 && starts_segment(c) {
                end = at + i;
                break;
            }
            n_visible += 1;
        }
        let piece = &text[at..end];
        let visible = piece.chars().filter(|&c| !is_removed(c));
        let folded: String = visible.nfkc().flat_map(fold).nfkc().collect();
        // A mark that no letter of Latin takes up (`i̶d̶i̶o̶t̶`) is decoration.
        let mut after_ascii = false;
        for c in folded.chars().filter(|&c| !is_removed(c)) {
            let is_mark = canonical_combining_class(c) != 0;
            if is_mark && after_ascii {
                continue;
            }
            after_ascii = c.is_ascii_alphabetic();
            self.push(plain_punctuation(c), at, end);
        }
        end
    }

    fn push(&mut self, c: char, start: usize, end: usize) {
        let c = if c.is_whitespace() { ' ' } else { c };
        if c == self.last {
            // Digits carry magnitude: 1000 is not 100. Leading space is dropped by the same branch.
            self.run += 1;
            let keep = if c == ' ' { 1 } else { MAX_RUN };
            if self.run > keep && !c.is_ascii_digit() || self.out.is_empty() {
                self.alignment.extend(end);
                return;
            }
        } else {
            (self.last, self.run) = (c, 1);
        }
        self.out.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
        self.alignment.push(c.len_utf8(), start, end);
    }

    fn finish(mut self) -> String {
        if self.out.ends_with(b" ") {
            self.out.pop();
            self.alignment.pop(1);
        }
        String::from_utf8(self.out).expect("whole characters were written")
    }
}

/// Whether a normalisation segment may begin at `c`: nothing before it can change with it.
fn starts_segment(c: char) -> bool {
    if c < '\u{300}' {
        return true;
    }
    let mut first = None;
    decompose_compatible(c, |d| first = first.or(Some(d)));
    let first = first.unwrap_or(c);
    canonical_combining_class(first) == 0
        && is_nfc_quick(std::iter::once(first)) == IsNormalized::Yes
}

/// Full case folding as far as comments need it: lower case, sharp s as ss, final sigma as sigma,
/// dotted capital I without its dot.
fn fold(c: char) -> impl Iterator<Item = char> {
    let mapped = match c {
        'ß' | 'ẞ' => ['s', 's'],
        'ς' => ['σ', '\0'],
        'İ' => ['i', '\0'],
        _ => ['\0', '\0'],
    };
    let lower = if mapped[0] == '\0' {
        Some(c.to_lowercase())
    } else {
        None
    };
    mapped
        .into_iter()
        .filter(|&m| m != '\0')
        .chain(lower.into_iter().flatten())
}

/// Characters that show nothing: controls, and Unicode's Default_Ignorable_Code_Point set
/// (zero-width, bidirectional, soft hyphen, variation selectors, tags), Unicode 16, DerivedCoreProperties.
pub(crate) fn is_removed(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' => false,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => true,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' => {
            true
        }
        '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => true,
        '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' => true,
        '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' => true,
        '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}' => true,
        _ => false,
    }
}

fn plain_punctuation(c: char) -> char {
    match c {
        '‘' | '’' | '‛' | 'ʼ' | '´' => '\'',
        '“' | '”' | '„' | '«' | '»' => '"',
        '‐' | '‑' | '‒' | '–' | '—' | '―' => '-',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::super::align::ByteMap;
    use super::*;
    use proptest::prelude::*;

    fn normalized(text: &str) -> String {
        let mut out = String::new();
        normalize(text, &mut out, &mut ());
        out
    }

    #[test]
    fn removes_the_accidents_of_typing() {
        for (raw, expected) in [
            ("  Hello,\r\n\tWORLD  ", "hello, world"),
            ("soooo goooood!!!!!", "soo good!!"),
            ("1000000", "1000000"),
            ("ﬁne Straße ΣΊΣΥΦΟΣ", "fine strasse σίσυφοσ"),
            ("i\u{200b}d\u{ad}i\u{2060}ot", "idiot"),
            ("cafe\u{301} a\u{200d}\u{301}", "café á"),
            ("ｉｄｉｏｔ 𝕚𝕕𝕚𝕠𝕥 ⓘⓓⓘⓞⓣ", "idiot idiot idiot"),
            ("İstanbul", "istanbul"),
            ("“it’s” — «so»", "\"it's\" - \"so\""),
            ("\u{1112}\u{1161}\u{11ab}", "한"),
            ("\u{7}\0", ""),
            ("", ""),
        ] {
            assert_eq!(normalized(raw), expected, "{raw:?}");
        }
    }

    #[test]
    fn keeps_spans_across_nfkc() {
        let raw = "The ﬁne İDIOOOOT";
        let (mut out, mut map) = (String::new(), ByteMap::default());
        normalize(raw, &mut out, &mut map);
        assert_eq!(out, "the fine idioot");
        assert_eq!(&raw[map.source(4, 8).range()], "ﬁne");
        assert_eq!(&raw[map.source(9, 15).range()], "İDIOOOOT");
    }

    /// Byte by byte and segment by segment.
    fn normalized_each(text: &str) -> (String, ByteMap) {
        let mut map = ByteMap::default();
        let mut writer = Writer {
            out: Vec::new(),
            alignment: &mut map,
            last: ' ',
            run: 0,
        };
        let mut at = 0;
        while at < text.len() {
            if is_plain(text.as_bytes(), at) {
                writer.ascii(text.as_bytes()[at], at);
                at += 1;
            } else {
                at = writer.segment(text, at);
            }
        }
        (writer.finish(), map)
    }

    proptest! {
        #[test]
        fn blocks_are_read_as_bytes_are(raw in "[a-cA-C 1\\n.]{0,120}|([a-z]{3,40}|  |\\t\\r|!{1,4}|[éß“\u{301}\u{200b}\0\u{7f}]){0,20}") {
            let (mut out, mut map) = (String::new(), ByteMap::default());
            normalize(&raw, &mut out, &mut map);
            prop_assert_eq!((out, map), normalized_each(&raw));
        }

        #[test]
        fn twice_is_once(raw in "\\PC{0,40}|[a-zA-Z\u{300}-\u{36f}\u{200b}-\u{200f} İßſK]{0,30}|.{0,40}") {
            let once = normalized(&raw);
            prop_assert_eq!(normalized(&once), once);
        }

        #[test]
        fn spans_slice_the_raw_text(raw in "\\PC{0,40}|.{0,40}") {
            let (mut out, mut map) = (String::new(), ByteMap::default());
            normalize(&raw, &mut out, &mut map);
            for (i, c) in out.char_indices() {
                let span = map.source(i, i + c.len_utf8());
                prop_assert!(raw.get(span.range()).is_some_and(|slice| !slice.is_empty()));
            }
        }
    }
}
