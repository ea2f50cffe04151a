//! Whom a comment names: other commenters, known by the words of their display names.
//!
//! Of the comments of `data/newsroom` that name another commenter two in three are off topic, for they
//! are about him; of the others one in four.

use std::ops::Range;

use rustc_hash::FxHashSet;

use super::passage::stem;
use super::reference::Reference;
use crate::comment::Comment;
use crate::text::{MAX_TEXT_BYTES, is_function_word};

/// Display names under an article that count: they are compared whenever a comment stands under it, and
/// the more there are, the more words are one of them by chance.
pub const MAX_COMMENTERS: usize = 256;
/// Bytes of a display name that count.
const MAX_NAME_BYTES: usize = 512;
/// Words of a name in a comment.
const MAX_PARTS: usize = 4;
/// Shorter words are hardly a name by themselves; two characters of most scripts without letters are.
const MIN_BYTES: usize = 3;

/// What people call themselves and others alike: `Angry Dad` is not meant by every `Dad`, nor `Mrs Hill` by every `Mrs`.
const ROLES: [&str; 50] = [
    "aunt",
    "auntie",
    "boss",
    "brother",
    "captain",
    "dad",
    "daddy",
    "daughter",
    "doctor",
    "editor",
    "father",
    "gran",
    "grandad",
    "granddad",
    "grandfather",
    "grandma",
    "grandmother",
    "grandpa",
    "granny",
    "husband",
    "lady",
    "lord",
    "madam",
    "mam",
    "mama",
    "mate",
    "miss",
    "mom",
    "mother",
    "mrs",
    "mum",
    "mummy",
    "nan",
    "nana",
    "neighbor",
    "neighbour",
    "nurse",
    "papa",
    "pensioner",
    "prof",
    "professor",
    "reader",
    "reverend",
    "sergeant",
    "sir",
    "sister",
    "son",
    "teacher",
    "uncle",
    "wife",
];

/// Words for one who was named.
const PRONOUNS: [&str; 8] = [
    "he", "her", "hers", "herself", "him", "himself", "his", "she",
];

/// Words that begin another clause: what follows is not said of the name before them.
#[rustfmt::skip]
const OTHER_CLAUSE: [&str; 26] = [
    "although", "because", "but", "from", "he", "here", "how", "i", "if", "it", "its", "or", "she", "so", "that", "they", "this",
    "though", "we", "what", "when", "where", "who", "why", "you", "your",
];

/// Adds a name that is not there yet, while there is room.
pub(crate) fn add_commenter(commenters: &mut Vec<String>, name: Option<String>) {
    if let Some(name) = name
        && commenters.len() < MAX_COMMENTERS
        && !commenters.contains(&name)
    {
        commenters.push(name);
    }
}

/// Words of display names, in lower case.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(FxHashSet<String>);

impl Names {
    /// Forgets all and takes in these.
    pub(super) fn read<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        self.0.clear();
        for name in names.into_iter().take(MAX_COMMENTERS) {
            let name = &name[..name.floor_char_boundary(MAX_NAME_BYTES)];
            for span in spans(name) {
                let word = lower(&name[span.clone()]);
                let handle = handle(name, &span).map(|handle| name[handle].to_lowercase());
                let told = [Some(word).filter(|word| tells_who(word)), handle];
                self.0.extend(told.into_iter().flatten());
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn has(&self, word: &str) -> bool {
        self.0.contains(word)
    }
}

/// Where a comment names its parent's author or who comments under its article, by a word that is not in the article.
/// What is in the name of who writes as well is himself, unless it is spoken of, whoever else has it: `Comrade Jack` is made
/// to mock another, and `Trump fan` on Trump is mistaken for it.
/// A name is a word with a capital, behind an `@`, or one that nobody else could have: `gazza_88`. Those under an article
/// are many, so where a sentence begins a capital says little: what counts is followed by a mark, `'s` or another capital
/// (`Realist? Hardly`, and not `Realist or not`), or it is spoken of.
///
/// # Complexity  O(bytes)
pub(super) fn named<'a>(
    comment: &Comment<'a>,
    parent_author: &'a Names,
    article: Option<&'a Reference>,
) -> impl Iterator<Item = Mention> {
    let commenters = article
        .map(|it| &it.commenters)
        .filter(|names| !names.is_empty());
    let is_anybody = !parent_author.is_empty() || commenters.is_some();
    let mut own = Names::default();
    if is_anybody {
        own.read(comment.author);
    }
    let n_bytes = if is_anybody { MAX_TEXT_BYTES } else { 0 };
    let text = &comment.text[..comment.text.floor_char_boundary(n_bytes)];
    let is_meant = move |mention: &Mention| {
        let word = lower(&text[mention.span.clone()]);
        let is_commenter = || commenters.is_some_and(|names| names.has(&word));
        let is_one = parent_author.has(&word) || mention.is_name && is_commenter();
        is_one
            && (mention.is_spoken_of || !own.has(&word))
            && !article.is_some_and(|article| article.stems.contains(&stem(&word)))
    };
    // A handle is not told twice, as a whole and by a word of it.
    let mut told = 0;
    mentions(text).filter(is_meant).filter(move |mention| {
        let is_new = mention.span.start >= told;
        told = told.max(mention.span.end);
        is_new
    })
}

/// A word that may name somebody.
pub(super) struct Mention {
    pub(super) span: Range<usize>,
    /// Whether it is written as it is for being a name.
    is_name: bool,
    /// Whether words go on behind it and call somebody he or she: `Jack Smith works …, he`, and not `Jack here` or
    /// `No, Jack, he`.
    pub(super) is_spoken_of: bool,
}

fn mentions(text: &str) -> impl Iterator<Item = Mention> {
    let last_pronoun = pronouns(text).last().map_or(0, |span| span.start);
    let mut spans = spans(text).peekable();
    let mut before = None;
    let words = std::iter::from_fn(move || {
        let span = spans.next()?;
        let next = spans.peek().map_or(text.len()..text.len(), Range::clone);
        let begins_text = before.is_none();
        let gap = &text[before.replace(span.end).unwrap_or(0)..span.start];
        Some((span, gap, next, begins_text))
    });
    words.filter_map(move |(span, gap, next, begins_text)| {
        let word = &text[span.clone()];
        let is_called = gap.ends_with('@');
        let handle = handle(text, &span);
        if handle.is_none() && !is_called && !is_capital(word) {
            return None;
        }
        let begins = begins_text
            || gap.contains(['.', '!', '?', '…', ':', '\n'])
            || gap.ends_with(['"', '“']);
        let rest = &text[span.end..];
        let following = &text[next.clone()];
        let end = handle.as_ref().map_or(span.end, |handle| handle.end);
        let is_spoken_of = end < last_pronoun && is_subject(&text[end..]);
        let is_followed = rest.is_empty()
            || rest.starts_with([',', '.', '!', '?', ':', ';'])
            || word.ends_with("'s")
            || word.ends_with("’s")
            || text[span.end..next.start] == *" "
                && is_capital(following)
                && !matches!(following, "I" | "I'm" | "I've");
        Some(Mention {
            is_name: handle.is_some() || is_called || !begins || is_followed || is_spoken_of,
            is_spoken_of,
            span: handle.unwrap_or(span),
        })
    })
}

/// Whether what goes on behind a name says something of it, after more of the name.
fn is_subject(rest: &str) -> bool {
    let is_more_of_it = |word: &&str| is_capital(word) && !word.ends_with(['.', ',', '!', '?']);
    let words = rest.strip_prefix(' ').unwrap_or("").split(' ');
    let next = words
        .take(MAX_PARTS)
        .find(|word| bare(word) == "I" || !is_more_of_it(word));
    next.is_some_and(|word| {
        word.starts_with(char::is_lowercase) && !OTHER_CLAUSE.contains(&bare(word))
    })
}

/// Without what an apostrophe or a mark joins to it.
fn bare(word: &str) -> &str {
    word.split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or(word)
}

/// A word that only a name is: letters, and digits or low lines among them.
fn handle(text: &str, span: &Range<usize>) -> Option<Range<usize>> {
    if text[..span.start].ends_with('_') {
        return None;
    }
    let is_inside = |c: char| c.is_alphanumeric() || c == '_';
    let rest = &text[span.start..];
    let word = &rest[..rest.find(|c| !is_inside(c)).unwrap_or(rest.len())];
    let is_one = word.len() > MIN_BYTES
        && word.starts_with(char::is_alphabetic)
        && word.contains(|c: char| c == '_' || c.is_numeric());
    is_one.then(|| span.start..span.start + word.len())
}

/// Share of a text's sentences that are about whom it names, in the order of the text: those that name or call him or
/// her. Of its first bytes, as for [`named`].
///
/// # Complexity  O(bytes)
pub(super) fn share_about(text: &str, named: &[Mention]) -> f64 {
    let text = &text[..text.floor_char_boundary(MAX_TEXT_BYTES)];
    let mut named = named.iter().peekable();
    let (mut n_sentences, mut n_about, mut end) = (0_u32, 0_u32, 0);
    for sentence in text.split_inclusive(['.', '!', '?', '…', '\n']) {
        end += sentence.len();
        if sentence.contains(char::is_alphanumeric) {
            n_sentences += 1;
            let is_named = named.peek().is_some_and(|it| it.span.start < end);
            n_about += u32::from(is_named || pronouns(sentence).next().is_some());
        }
        while named.next_if(|it| it.span.start < end).is_some() {}
    }
    f64::from(n_about) / f64::from(n_sentences.max(1))
}

fn pronouns(text: &str) -> impl Iterator<Item = Range<usize>> {
    spans(text).filter(|span| {
        let word = bare(&text[span.clone()]);
        PRONOUNS
            .iter()
            .any(|pronoun| pronoun.eq_ignore_ascii_case(word))
    })
}

fn is_capital(word: &str) -> bool {
    word.starts_with(char::is_uppercase)
}

fn tells_who(word: &str) -> bool {
    word.len() >= MIN_BYTES && !is_function_word(word) && !ROLES.contains(&word)
}

/// As names are compared, without what English joins to a name.
fn lower(word: &str) -> String {
    let word = word.to_lowercase().replace('’', "'");
    match word.strip_suffix("'s") {
        Some(name) => name.to_owned(),
        None => word,
    }
}

/// Words of a raw text: letters, digits, and apostrophes among them.
fn spans(text: &str) -> impl Iterator<Item = Range<usize>> {
    let is_apostrophe = |c: char| matches!(c, '\'' | '’');
    let mut rest = 0;
    std::iter::from_fn(move || {
        let start = rest + text[rest..].find(char::is_alphanumeric)?;
        let is_outside = |c: char| !c.is_alphanumeric() && !is_apostrophe(c);
        let n_bytes = text[start..].find(is_outside);
        rest = n_bytes.map_or(text.len(), |n_bytes| start + n_bytes);
        let word = text[start..rest].trim_end_matches(is_apostrophe);
        Some(start..start + word.len())
    })
}

#[cfg(test)]
mod tests;
