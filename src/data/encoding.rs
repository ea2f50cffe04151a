//! Which characters a file's bytes stand for, told from its first bytes.
//!
//! A byte order mark decides. Without one, valid UTF-8 is UTF-8; a NUL in every second byte is
//! UTF-16; a few high bytes that form Western text are Windows-1252; a few bad bytes in otherwise
//! valid UTF-8 are bad rows. Anything else is refused rather than guessed: wrong letters would
//! reach the model unnoticed.

use std::fmt;
use std::str::FromStr;

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::error::Error;

/// An encoding by its name on the web (`utf-8`, `utf-16le`, `windows-1252`, `iso-8859-2` …).
///
/// # References
/// WHATWG, Encoding Standard, section 4.2 (names and labels).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding(pub(super) &'static encoding_rs::Encoding);

impl Encoding {
    /// Unicode, the encoding of all output.
    pub const UTF8: Self = Self(UTF_8);
    /// Western Windows, a superset of ISO-8859-1 text.
    pub const WINDOWS_1252: Self = Self(WINDOWS_1252);
    /// Two bytes a character, low byte first: Excel's "Unicode text".
    pub const UTF16_LE: Self = Self(UTF_16LE);
    /// Two bytes a character, high byte first.
    pub const UTF16_BE: Self = Self(UTF_16BE);
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.name().to_ascii_lowercase())
    }
}

impl FromStr for Encoding {
    type Err = Error;

    fn from_str(label: &str) -> Result<Self, Error> {
        encoding_rs::Encoding::for_label(label.as_bytes())
            .map(Self)
            .ok_or_else(|| Error::BadOption {
                option: "--encoding",
                given: label.to_owned(),
                expected: "an encoding such as utf-8, utf-16le or windows-1252",
            })
    }
}

/// What the first bytes of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guess {
    /// Text in an encoding, after a mark of that many bytes.
    Text { encoding: Encoding, mark: usize },
    /// Not text, with what gave it away.
    Binary(&'static str),
    /// Text that is neither.
    Unrecognised,
}

/// First bytes of files that people take for text files.
const MAGIC: [(&[u8], &str); 9] = [
    (b"PK\x03\x04", "a zip archive or an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (b"%PDF-", "a PDF"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\x89PNG", "a picture"),
];

/// Tells the encoding from the first bytes of a file; `complete` says that these are all.
pub(super) fn guess(head: &[u8], complete: bool) -> Guess {
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(head) {
        return Guess::Text {
            encoding: Encoding(encoding),
            mark,
        };
    }
    if let Some((_, kind)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Guess::Binary(kind);
    }
    if let Some(encoding) = guess_utf16(head) {
        return Guess::Text { encoding, mark: 0 };
    }
    if let Some(kind) = binary_kind(head) {
        return Guess::Binary(kind);
    }
    guess_bytes(head, complete)
}

/// NUL in more than one text byte of a thousand, or control characters in one of twenty.
///
/// Fewer are comments with a stray control character, which cost a row and not the file.
fn binary_kind(head: &[u8]) -> Option<&'static str> {
    let n_nul = memchr::memchr_iter(0, head).count();
    let n_control = head.iter().filter(|byte| is_control(**byte)).count();
    if n_nul * 1000 > head.len() {
        Some("it has NUL bytes")
    } else if n_control * 20 > head.len() {
        Some("it is full of control characters")
    } else {
        None
    }
}

fn is_control(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0b | 0x0c | 0x1b)
}

/// UTF-16 without a mark: Latin letters, commas and line ends have one NUL byte each, always on
/// the same side. One in ten is enough; the decoded text must begin in ASCII, as headers and
/// objects do, have a line end, and be text.
fn guess_utf16(head: &[u8]) -> Option<Encoding> {
    let n_nuls = |side: usize| {
        head.iter()
            .skip(side)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let (n_even, n_odd) = (n_nuls(0), n_nuls(1));
    let (encoding, n_high, n_low) = if n_odd > n_even {
        (UTF_16LE, n_odd, n_even)
    } else {
        (UTF_16BE, n_even, n_odd)
    };
    if n_high * 20 < head.len() || n_low * 10 > n_high {
        return None;
    }
    let pairs = &head[..head.len() / 2 * 2];
    let (text, _) = encoding.decode_without_bom_handling(pairs);
    let n_bad = text
        .chars()
        .filter(|c| *c == '\u{fffd}' || (*c as u32) < 9)
        .count();
    let is_text = text.starts_with(|c: char| c.is_ascii())
        && text.contains(['\n', '\r'])
        && n_bad * 1000 <= text.len();
    is_text.then_some(Encoding(encoding))
}

/// UTF-8, Windows-1252 or neither, by the proportion of valid and invalid sequences.
fn guess_bytes(head: &[u8], complete: bool) -> Guess {
    let text = |encoding| Guess::Text { encoding, mark: 0 };
    let (mut n_valid, mut n_bad, mut consumed) = (0, 0, 0);
    for chunk in head.utf8_chunks() {
        n_valid += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        consumed += chunk.valid().len() + chunk.invalid().len();
        // A character cut by the end of the head is not a bad one.
        let is_cut = consumed == head.len() && !complete;
        n_bad += if is_cut { 0 } else { chunk.invalid().len() };
    }
    let few_bad = n_bad * 10 <= head.len();
    // Windows-1252 forms a valid sequence by chance now and then: `ß` before a closing quote.
    match n_bad {
        0 => text(Encoding::UTF8),
        _ if n_valid * 20 <= n_bad && is_western(head) => text(Encoding::WINDOWS_1252),
        _ if few_bad => text(Encoding::UTF8),
        _ => Guess::Unrecognised,
    }
}

/// Whether high bytes are rare, as in Western text, and all of them are characters that occur:
/// five codes are unassigned, and `ÿ` is rarer than a broken byte.
fn is_western(head: &[u8]) -> bool {
    let n_high = head.iter().filter(|byte| !byte.is_ascii()).count();
    let odd = |byte: &u8| matches!(byte, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d | 0xff);
    n_high * 3 <= head.len() && !head.iter().any(|byte| odd(byte) || is_control(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(encoding: Encoding, mark: usize) -> Guess {
        Guess::Text { encoding, mark }
    }

    fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn first_bytes_tell_the_encoding() {
        let little = utf16("id;text\n1;Grüße\n", u16::to_le_bytes);
        let big = utf16("id;text\n1;Grüße\n", u16::to_be_bytes);
        let cases: [(&[u8], Guess); 11] = [
            (b"id,text\n", text(Encoding::UTF8, 0)),
            (b"\xef\xbb\xbfid", text(Encoding::UTF8, 3)),
            (b"\xff\xfei\0", text(Encoding::UTF16_LE, 2)),
            (b"\xfe\xff\0i", text(Encoding::UTF16_BE, 2)),
            (&little, text(Encoding::UTF16_LE, 0)),
            (&big, text(Encoding::UTF16_BE, 0)),
            ("text\nGrüße\n".as_bytes(), text(Encoding::UTF8, 0)),
            (b"text\nGr\xfc\xdfe\n", text(Encoding::WINDOWS_1252, 0)),
            (
                b"text\nsch\xc3\xb6n\nb\xff\xfed, ganz kaputt\n",
                text(Encoding::UTF8, 0),
            ),
            (
                b"text\nb\xff\xfed, ganz kaputt, aber wenig\n",
                text(Encoding::UTF8, 0),
            ),
            (
                b"text\n\xef\xf0\xe8\xe2\xe5\xf2\n\xef\xf0\xe8\xe2\xe5\xf2",
                Guess::Unrecognised,
            ),
        ];
        for (bytes, expected) in cases {
            assert_eq!(
                guess(bytes, true),
                expected,
                "{:?}",
                String::from_utf8_lossy(bytes)
            );
        }
    }

    #[test]
    fn western_text_may_look_like_utf8_by_chance() {
        let bytes = [
            b"Gr\xfc\xdfe aus K\xf6ln, ".repeat(40),
            b"Spa\xdf\x93".to_vec(),
        ]
        .concat();
        assert_eq!(guess(&bytes, true), text(Encoding::WINDOWS_1252, 0));
    }

    #[test]
    fn a_cut_character_is_not_bad() {
        assert_eq!(guess(b"abc\xc3", false), text(Encoding::UTF8, 0));
        assert_eq!(
            guess(b"abcabcabc\xc3", true),
            text(Encoding::WINDOWS_1252, 0)
        );
    }

    #[test]
    fn binary_files_are_told_apart() {
        for bytes in [
            &b"PK\x03\x04xl/workbook"[..],
            b"a,b\n1,x\0y\n",
            b"\x01\x02\x03abc",
        ] {
            assert!(matches!(guess(bytes, true), Guess::Binary(_)), "{bytes:?}");
        }
        let stray = [b"x".repeat(2000), b"\0".to_vec()].concat();
        assert_eq!(guess(&stray, true), text(Encoding::UTF8, 0));
    }

    #[test]
    fn names_are_those_of_the_web() {
        assert_eq!(
            "latin1".parse::<Encoding>().unwrap(),
            Encoding::WINDOWS_1252
        );
        assert_eq!(Encoding::UTF16_LE.to_string(), "utf-16le");
        assert!(
            "klingon"
                .parse::<Encoding>()
                .unwrap_err()
                .to_string()
                .contains("--encoding")
        );
    }
}
