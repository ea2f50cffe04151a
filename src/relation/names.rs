//! Whom a comment names: other commenters, known by the words of their display names.
//!
//! Of the comments of `data/newsroom` that name another commenter three in five are off topic, for they
//! are about him; of the others one in four.

use std::ops::Range;

use rustc_hash::FxHashSet;

use super::passage::stem;
use super::reference::Reference;
use crate::comment::{Comment, Span};
use crate::text::{MAX_TEXT_BYTES, is_function_word};

/// Display names under an article that count: they are compared whenever a comment stands under it, and
/// the more there are, the more words are one of them by chance.
pub const MAX_COMMENTERS: usize = 256;
/// Bytes of a display name that count.
const MAX_NAME_BYTES: usize = 512;
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
            let words = spans(name).map(|span| lower(&name[span]));
            self.0.extend(words.filter(|word| tells_who(word)));
        }
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn has(&self, word: &str) -> bool {
        self.0.contains(word)
    }
}

/// Where a comment names its parent's author or who comments under its article, by a word that is neither in
/// the article nor in the name of who writes. A name is a word with a capital or behind an `@`. Those under an
/// article are many, so where a sentence begins only what a mark, `'s` or another capital follows is one of
/// theirs: `Realist? Hardly`, and not `Realist or not`.
///
/// # Complexity  O(bytes)
pub(super) fn named<'a>(
    comment: &Comment<'a>,
    parent_author: &'a Names,
    article: Option<&'a Reference>,
) -> impl Iterator<Item = Span> {
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
    let is_meant = move |capital: &Capital| {
        let word = lower(&text[capital.span.clone()]);
        let is_commenter = || commenters.is_some_and(|names| names.has(&word));
        let is_other = parent_author.has(&word) || capital.is_name && is_commenter();
        is_other
            && !own.has(&word)
            && !article.is_some_and(|article| article.stems.contains(&stem(&word)))
    };
    let found = capitals(text).filter(is_meant).map(|it| it.span);
    found.map(|Range { start, end }| Span { start, end })
}

/// A word with a capital, or behind an `@`.
struct Capital {
    span: Range<usize>,
    /// Whether it has the capital for being a name.
    is_name: bool,
}

fn capitals(text: &str) -> impl Iterator<Item = Capital> {
    let mut spans = spans(text).peekable();
    let mut before = None;
    let words = std::iter::from_fn(move || {
        let span = spans.next()?;
        let next = spans.peek().map_or(text.len()..text.len(), Range::clone);
        let begins_text = before.is_none();
        let gap = &text[before.replace(span.end).unwrap_or(0)..span.start];
        Some((span, gap, next, begins_text))
    });
    words.filter_map(|(span, gap, next, begins_text)| {
        let word = &text[span.clone()];
        let is_called = gap.ends_with('@');
        if !is_called && !is_capital(word) {
            return None;
        }
        let begins = begins_text || gap.contains(['.', '!', '?', '…', ':', '"', '“', '\n']);
        let rest = &text[span.end..];
        let following = &text[next.clone()];
        let is_followed = rest.is_empty()
            || rest.starts_with([',', '.', '!', '?', ':', ';'])
            || word.ends_with("'s")
            || word.ends_with("’s")
            || text[span.end..next.start] == *" "
                && is_capital(following)
                && !matches!(following, "I" | "I'm" | "I've");
        let is_name = is_called || !begins || is_followed;
        Some(Capital { span, is_name })
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
mod tests {
    use super::*;

    /// `names` are of who wrote the parent, then of those under the article.
    fn found<'a>(
        text: &'a str,
        author: &str,
        names: [&[&str]; 2],
        subject: &[&str],
    ) -> Vec<&'a str> {
        let comment = Comment {
            author: Some(author),
            ..Comment::from_text(text)
        };
        let (mut parent_author, mut article) = (Names::default(), Reference::default());
        parent_author.read(names[0].iter().copied());
        article.commenters.read(names[1].iter().copied());
        article.stems = subject.iter().map(|word| stem(word)).collect();
        let spans = named(&comment, &parent_author, Some(&article));
        spans.map(|span| &text[span.range()]).collect()
    }

    #[test]
    fn commenters_are_named_by_a_word_of_their_name() {
        let names = [
            "Comrade Jack",
            "The Realist",
            "ed",
            "Žofie_82",
            "小林",
            "Pat O’Brien",
            "Angry Dad",
            "Grammar Gran",
            "Uncle Franz",
        ];
        for (text, of_parent, of_article) in [
            (
                "Jack hates them, JACK!",
                &["Jack", "JACK"][..],
                &["JACK"][..],
            ),
            ("You lie,Jack", &["Jack"], &["Jack"]),
            (
                "ask @jack or (Žofie)",
                &["jack", "Žofie"],
                &["jack", "Žofie"],
            ),
            ("Realist? Hardly", &["Realist"], &["Realist"]),
            ("Jack Griffin hates them", &["Jack"], &["Jack"]),
            ("Jack's wrong. Jack is", &["Jack's", "Jack"], &["Jack's"]),
            ("True. Realist or not", &["Realist"], &[]),
            (
                "@小林 so O'Brien",
                &["小林", "O'Brien"],
                &["小林", "O'Brien"],
            ),
            ("", &[], &[]),
            ("@", &[], &[]),
            ("a jack of all trades, žofie", &[], &[]),
            ("The bus. Ed is here, Jackson too", &[], &[]),
            ("Dad. We talked about this, Dad", &[], &[]),
            ("well said, Gran and Uncle", &[], &[]),
        ] {
            assert_eq!(found(text, "Anna", [&names, &[]], &[]), of_parent, "{text}");
            assert_eq!(
                found(text, "Anna", [&[], &names], &[]),
                of_article,
                "{text}"
            );
        }
    }

    #[test]
    fn neither_the_subject_nor_oneself_is_another_commenter() {
        let names = ["Trump fan", "Anna B.", "Pat O'Brien"];
        let found = |text, author, subject| found(text, author, [&names, &names], &[subject]);
        assert_eq!(found("Trump again", "Bo", "tram"), ["Trump"]);
        assert!(found("Trump again", "Bo", "trump").is_empty());
        assert!(found("So O’Brien lost", "Bo", "o'brien").is_empty());
        assert!(found("Yours, Anna", "Anna B.", "tram").is_empty());
    }

    #[test]
    fn hostile_names_cost_no_more_than_their_first_bytes() {
        let author = format!("{}Zed", "a ".repeat(1 << 20));
        let text = "Zed ".repeat(1 << 14);
        let long = "Z".repeat(1 << 20);
        let started = std::time::Instant::now();
        let n_found = found(&text, &author, [&["Zed", &long], &[]], &[]).len();
        assert_eq!(n_found, MAX_TEXT_BYTES / 4);
        assert!(found(&long, "Bo", [&[&long], &[]], &[]).is_empty());
        assert!(started.elapsed().as_secs() < 2, "{:?}", started.elapsed());
    }
}
