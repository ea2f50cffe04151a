//! Words, emoji, links and mentions of a normalised text.
//!
//! Tokens are byte ranges; whatever lies between two tokens is white space or punctuation, so tokens
//! and gaps together are the text. Scripts written without spaces: each ideograph and kana is a token
//! of its own, so that word n-grams act as character n-grams there; other scripts keep their runs and
//! rely on the character n-grams inside them.

use unicode_normalization::char::is_combining_mark;

use super::class::WordClass;
use super::known::{KnownWords, Traits};
use super::lanes::{BLOCK, Block};
use super::tables::TextTables;
use crate::features::hashing::{WORD_SALT, hash_bytes, hash_range};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Letters, digits and the apostrophes between them: `don't`, `4th`, `идиот`.
    Word,
    /// One emoji or pictograph: `🤡`.
    Emoji,
    /// A web address, whole: `https://news.example/a?b`.
    Link,
    /// A user mention, whole: `@jack`. Who is meant is never a feature.
    Mention,
}

/// A token as a byte range of the normalised text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// Its hash as a word feature, which tables know it by as well; all links have one, all mentions another.
    pub hash: u64,
    /// What is known of it; of words only.
    pub class: WordClass,
    /// What it is.
    pub kind: TokenKind,
    /// What else matters of it; of words only.
    pub(super) traits: Traits,
}

impl Token {
    /// Whether it is a word of nothing but `a` to `z` and apostrophes.
    #[inline]
    pub(super) fn is_plain(&self) -> bool {
        self.kind == TokenKind::Word && !self.traits.has(Traits::ODD)
    }

    /// Whether it negates what follows: `not`, `isn't`.
    #[inline]
    pub(crate) fn negates(&self) -> bool {
        self.traits.has(Traits::NEGATING)
    }

    /// Its text, given the text it was cut from.
    pub fn text<'a>(&self, normalized: &'a str) -> &'a str {
        &normalized[self.start as usize..self.end as usize]
    }
}

/// What every link and every mention counts as.
const LINK: &[u8] = b"\x01link";
const MENTION: &[u8] = b"\x01user";

/// Cuts a normalised text into tokens and looks each word up; `tokens` is emptied first.
///
/// # Complexity  O(bytes)
pub(super) fn tokenize(
    normalized: &str,
    tables: &TextTables,
    known: &mut KnownWords,
    tokens: &mut Vec<Token>,
) -> Signs {
    tokens.clear();
    if normalized.is_empty() {
        return Signs::default();
    }
    known.ask(tables);
    let mut cutter = Cutter {
        text: normalized,
        tables,
        known,
        tokens,
        signs: Signs::default(),
    };
    // ASCII without mentions, nearly all of English, has its words cut a block at a time.
    if normalized.is_ascii() && !normalized.contains('@') {
        cutter.ascii();
    } else {
        cutter.any();
    }
    cutter.signs
}

/// What a text shows at a glance of words that may be hidden in it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Signs {
    /// Of all its words.
    pub(super) traits: Traits,
    /// Whether there may be more than a space between two words, or letters that are no words: always of a text that is
    /// not cut by blocks.
    pub(super) joined: bool,
}

struct Cutter<'a> {
    text: &'a str,
    tables: &'a TextTables,
    known: &'a mut KnownWords,
    tokens: &'a mut Vec<Token>,
    signs: Signs,
}

impl Cutter<'_> {
    /// Cuts a text of any script.
    fn any(&mut self) {
        let (text, bytes) = (self.text, self.text.as_bytes());
        self.signs.joined = true;
        let mut at = 0;
        while at < bytes.len() {
            let (kind, end) = match bytes[at] {
                b'a'..=b'z' | b'0'..=b'9' => match link_end(text, at) {
                    Some(end) => (Some(TokenKind::Link), end),
                    None => (Some(TokenKind::Word), word_end(text, at)),
                },
                b'@' => mention(text, at),
                byte if byte < 128 => (None, at + 1),
                _ => non_ascii(text, at),
            };
            if let Some(kind) = kind {
                self.push(at, end, kind);
            }
            at = end;
        }
    }

    /// Cuts a text of ASCII in which nobody is mentioned: words begin and end where the bits of their bytes change.
    fn ascii(&mut self) {
        let bytes = self.text.as_bytes();
        let (mut start, mut in_word, mut after_plain) = (0, false, 0);
        // What a link has taken, and whether the block before ended with a mark.
        let (mut done, mut open) = (0, 0);
        for base in (0..bytes.len()).step_by(BLOCK) {
            let block = Block::at(bytes, base);
            let plain = block.within(b'a', b'z') | block.within(b'0', b'9');
            let before_plain = bytes.get(base + BLOCK).is_some_and(|&byte| is_plain(byte));
            let before = plain >> 1 | u32::from(before_plain) << (BLOCK - 1);
            let after = plain << 1 | after_plain;
            let word = plain | block.equal(b'\'') & before & after;
            let mut edges = word ^ (word << 1 | u32::from(in_word));
            after_plain = plain >> (BLOCK - 1);
            let marks = !(word | block.equal(b' '));
            // A one added where marks follow a word runs through them; it arrives at a word that follows them.
            let following = marks & (word << 1 | u32::from(in_word));
            let joined = marks.wrapping_add(following) & word & !marks | open & (word | marks);
            let odd = block.equal(b'*') | block.equal(b'$');
            self.signs.joined |= joined | odd != 0;
            open = marks >> (BLOCK - 1);
            while edges != 0 {
                let at = base + edges.trailing_zeros() as usize;
                edges &= edges - 1;
                if in_word && start >= done {
                    done = self.word_or_link(start, at);
                }
                (start, in_word) = (at, !in_word);
            }
        }
        if in_word && start >= done {
            self.word_or_link(start, bytes.len());
        }
    }

    /// Takes the word at `start..end`, or the link that begins with it; returns where what was taken ends.
    #[inline]
    fn word_or_link(&mut self, start: usize, end: usize) -> usize {
        if let Some(end) = link_end(self.text, start) {
            self.push(start, end, TokenKind::Link);
            return end;
        }
        self.word(start, end);
        end
    }

    fn push(&mut self, start: usize, end: usize, kind: TokenKind) {
        let (hash, traits) = match kind {
            TokenKind::Word => return self.word(start, end),
            TokenKind::Emoji => {
                let hash = hash_range(self.text.as_bytes(), start, end, WORD_SALT);
                (hash, Traits::LONE)
            }
            TokenKind::Link => (hash_bytes(LINK, WORD_SALT), Traits::default()),
            TokenKind::Mention => (hash_bytes(MENTION, WORD_SALT), Traits::default()),
        };
        self.signs.traits = self.signs.traits.with(traits);
        self.tokens.push(Token {
            start: start as u32,
            end: end as u32,
            hash,
            class: WordClass::default(),
            kind,
            traits,
        });
    }

    #[inline]
    fn word(&mut self, start: usize, end: usize) {
        let known = self.known.get(self.text, start, end, self.tables);
        self.signs.traits = self.signs.traits.with(known.traits);
        self.tokens.push(Token {
            start: start as u32,
            end: end as u32,
            hash: known.hash,
            class: known.class,
            kind: TokenKind::Word,
            traits: known.traits,
        });
    }
}

fn mention(text: &str, at: usize) -> (Option<TokenKind>, usize) {
    let end = word_end(text, at + 1);
    let after_word = text[..at].chars().next_back().is_some_and(is_word_char);
    if end > at + 2 && !after_word {
        (Some(TokenKind::Mention), end)
    } else {
        (None, at + 1)
    }
}

fn non_ascii(text: &str, at: usize) -> (Option<TokenKind>, usize) {
    let Some(c) = text[at..].chars().next() else {
        return (None, text.len());
    };
    let next = at + c.len_utf8();
    if is_emoji(c) {
        (Some(TokenKind::Emoji), next)
    } else if is_unspaced(c) {
        (Some(TokenKind::Word), next)
    } else if is_word_char(c) {
        (Some(TokenKind::Word), word_end(text, at))
    } else {
        (None, next)
    }
}

/// The end of the word that begins at `at`; an apostrophe counts between two word characters.
fn word_end(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let mut end = at;
    loop {
        end += bytes[end..]
            .iter()
            .take_while(|&&byte| is_plain(byte))
            .count();
        match bytes.get(end) {
            Some(b'\'') if end > at && text[end + 1..].chars().next().is_some_and(is_word_char) => {
                end += 1;
            }
            Some(byte) if *byte >= 128 => match text[end..].chars().next() {
                Some(c) if is_word_char(c) && !is_unspaced(c) => end += c.len_utf8(),
                _ => return end,
            },
            _ => return end,
        }
    }
}

/// Whether an ASCII byte belongs to words: one load in place of four comparisons.
#[inline]
fn is_plain(byte: u8) -> bool {
    const PLAIN: [bool; 256] = {
        let mut plain = [false; 256];
        let mut byte = 0;
        while byte < 128 {
            plain[byte] = matches!(byte as u8, b'a'..=b'z' | b'0'..=b'9');
            byte += 1;
        }
        plain
    };
    PLAIN[usize::from(byte)]
}

fn link_end(text: &str, at: usize) -> Option<usize> {
    let rest = &text.as_bytes()[at..];
    let found = matches!(rest[0], b'h' | b'w')
        // Normalising squeezes the three letters of `www.` to two.
        && [&b"http://"[..], b"https://", b"www.", b"ww."]
            .iter()
            .any(|start| rest.starts_with(start));
    found.then(|| {
        at + rest
            .iter()
            .position(|&byte| byte == b' ')
            .unwrap_or(rest.len())
    })
}

/// Letters, digits and the marks that belong to them.
pub(crate) fn is_word_char(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric()
    } else {
        (c.is_alphanumeric() && !is_emoji(c)) || is_combining_mark(c)
    }
}

/// Ideographs and kana: scripts in which one character is often a word and spaces are not written.
pub(crate) fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

/// Pictographs, by block: an approximation of Extended_Pictographic that needs no table.
pub(crate) fn is_emoji(c: char) -> bool {
    matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{2b50}' | '\u{2b55}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<&str> {
        let mut tokens = Vec::new();
        tokenize(
            text,
            &TextTables::default(),
            &mut KnownWords::default(),
            &mut tokens,
        );
        tokens.iter().map(|token| token.text(text)).collect()
    }

    #[test]
    fn cuts_words_emoji_links_and_mentions() {
        for (text, expected) in [
            (
                "you're an idiot, 'mate'!",
                vec!["you're", "an", "idiot", "mate"],
            ),
            (
                "see https://a.example/b?c=1 now",
                vec!["see", "https://a.example/b?c=1", "now"],
            ),
            (
                "@jack a@b.example 4th",
                vec!["@jack", "a", "b", "example", "4th"],
            ),
            (
                "was für ein depp 🤡🤡",
                vec!["was", "für", "ein", "depp", "🤡", "🤡"],
            ),
            (
                "你是白痴 ты идиот",
                vec!["你", "是", "白", "痴", "ты", "идиот"],
            ),
            ("हिन्दी ไทยไทย", vec!["हिन्दी", "ไทยไทย"]),
            ("h http w www", vec!["h", "http", "w", "www"]),
            ("'", vec![]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn blocks_are_cut_as_any_text_is(text in "[a-z0-9' .,]{0,100}|(ab|c'|'|''| |www\\.|https://|h|\\.|[a-z]{12,40}){0,30}") {
            let tables = TextTables::shipped();
            let (mut blocks, mut any) = (Vec::new(), Vec::new());
            let mut known = KnownWords::default();
            tokenize(&text, &tables, &mut known, &mut blocks);
            known.ask(&tables);
            let signs = Signs::default();
            Cutter { text: &text, tables: &tables, known: &mut known, tokens: &mut any, signs }.any();
            prop_assert_eq!(blocks, any);
        }

        #[test]
        fn tokens_and_gaps_are_the_text(text in "\\PC{0,40}|[a-z'@ 你🤡.é]{0,30}") {
            let mut tokens = Vec::new();
            tokenize(&text, &TextTables::default(), &mut KnownWords::default(), &mut tokens);
            let mut end = 0;
            for token in &tokens {
                prop_assert!(end <= token.start && token.start < token.end);
                prop_assert!(!token.text(&text).is_empty());
                end = token.end;
            }
            prop_assert!(end as usize <= text.len());
        }
    }
}
