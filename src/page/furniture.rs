//! Furniture: lines that are part of a page and neither of its article nor of a comment.
//!
//! A table of patterns, each with the reason it is there. Lines are compared in lower case, without
//! marks around them. What is no known furniture may still be found out by its place: see the rhythm of
//! comment sections and the repeated headlines of teasers.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::dates::is_date;
use Furniture::{
    Action, Advert, Byline, Correction, Form, Legal, Navigation, Note, Share, Subscribe, Teaser,
};

/// What kind of furniture a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Furniture {
    /// Menus, breadcrumbs, links to other places.
    Navigation,
    /// The way to another article: headings of such blocks, headlines, blurbs.
    Teaser,
    /// How to report a mistake.
    Correction,
    /// Sharing, saving, printing.
    Share,
    /// Advertising.
    Advert,
    /// Newsletters, subscriptions, donations.
    Subscribe,
    /// Who wrote and photographed.
    Byline,
    /// A date on its own.
    Date,
    /// Numbers of replies, likes, minutes to read.
    Count,
    /// What can be done with a comment: reply, like, report.
    Action,
    /// What a site says about a comment: spoilers, badges, edits.
    Note,
    /// Sorting, forms and rules around the comments.
    Form,
    /// Copyright, privacy, cookies.
    Legal,
    /// A line that every comment repeats.
    Repeated,
    /// What follows the comments.
    AfterComments,
}

impl Furniture {
    /// The word for it in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Navigation => "navigation",
            Self::Teaser => "teaser",
            Self::Correction => "correction line",
            Self::Share => "share line",
            Self::Advert => "advertising",
            Self::Subscribe => "subscription line",
            Self::Byline => "byline",
            Self::Date => "date",
            Self::Count => "count",
            Self::Action => "comment button",
            Self::Note => "comment note",
            Self::Form => "comment form",
            Self::Legal => "legal line",
            Self::Repeated => "repeated line",
            Self::AfterComments => "after the comments",
        }
    }
}

/// The patterns, compiled in.
const TABLE: &str = concat!(
    // What stands around comments, then what stands around articles.
    include_str!("furniture/comments.txt"),
    include_str!("furniture/site.txt")
);

/// Longest line that a pattern with more after it may match; beyond, it is a paragraph.
const MAX_LINE: usize = 180;

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| Patterns::parse(TABLE));

/// The phrases of the table by how they are compared.
#[derive(Debug, Default)]
struct Patterns {
    whole: HashMap<&'static str, Furniture>,
    start: Vec<(&'static str, Furniture)>,
    within: Vec<(&'static str, Furniture)>,
}

impl Patterns {
    /// Lines of phrases under `[kind how] why`. A test holds that every line is understood.
    fn parse(table: &'static str) -> Self {
        let mut patterns = Self::default();
        let mut under = None;
        for line in table.lines() {
            if line.is_empty() || line.starts_with("# ") {
                continue;
            }
            if let Some(heading) = line.strip_prefix('[') {
                under = heading
                    .split_once(']')
                    .and_then(|(heading, _)| heading.split_once(' '));
            } else if let Some((kind, at)) = under
                && let Some(kind) = kind_of(kind)
            {
                match at {
                    // Of kinds that share a phrase the first counts.
                    "whole" => drop(patterns.whole.entry(line).or_insert(kind)),
                    "start" => patterns.start.push((line, kind)),
                    _ => patterns.within.push((line, kind)),
                }
            }
        }
        patterns
    }
}

fn kind_of(word: &str) -> Option<Furniture> {
    Some(match word {
        "navigation" => Navigation,
        "teaser" => Teaser,
        "correction" => Correction,
        "share" => Share,
        "advert" => Advert,
        "subscribe" => Subscribe,
        "byline" => Byline,
        "action" => Action,
        "note" => Note,
        "form" => Form,
        "legal" => Legal,
        _ => return None,
    })
}

/// Words beside a number that make it a count.
const COUNTED: &str = "like likes dislikes reply replies upvotes downvotes votes points recommend recommended \
    recommends share shares views view reactions min mins minute minutes read antworten \
    antwort gefällt mir stimmen punkte lesezeit minuten réponses réponse more weitere \
    show hide all respuestas risposte of people found this helpful respect + - / 👍 👎 \
    ❤ ❤️ ▲ ▼ ⬆ ⬇ 💬 ↑ ↓ ♥";

/// What kind of furniture a line is by itself, whatever stands around it.
pub(super) fn role_of(line: &str) -> Option<Furniture> {
    find(line).map(|(kind, _)| kind)
}

/// The same among comments, where readers write anything: only what belongs to comments counts, and
/// what may follow them ([`ends_comments`]).
pub(super) fn role_in_comments(line: &str) -> Option<Furniture> {
    let (kind, is_whole) = find(line)?;
    let is_known = match kind {
        Action | Note | Form | Advert | Furniture::Date | Furniture::Count => true,
        Teaser | Legal | Correction => is_whole || kind != Teaser,
        _ => false,
    };
    is_known.then_some(kind)
}

/// Kinds that follow a comment section and do not stand in it.
pub(super) fn ends_comments(kind: Furniture) -> bool {
    matches!(kind, Teaser | Legal | Correction)
}

/// The kind, and whether the whole line is known.
fn find(line: &str) -> Option<(Furniture, bool)> {
    if line.len() > MAX_LINE {
        return None;
    }
    let lower = line.to_lowercase().replace('’', "'");
    let is_mark = |c: char| !c.is_alphanumeric() && !"©(+".contains(c);
    let bare = lower.trim_start_matches(is_mark);
    let whole = bare.trim_end_matches(|c: char| is_mark(c) || "(+".contains(c));
    if bare.is_empty() {
        // Only marks: rules, bullets, arrows. Emoji are a comment.
        let is_rule =
            |c: char| c.is_ascii_punctuation() || c.is_whitespace() || "·•|–—›»«‹▲▼…".contains(c);
        let is_rule = lower.chars().all(is_rule) && !"!?.".contains(|c| lower.contains(c));
        return is_rule.then_some((Navigation, true));
    }
    if is_date(line) {
        return Some((Furniture::Date, true));
    }
    if is_count(&lower) {
        return Some((Furniture::Count, true));
    }
    if let Some(&kind) = PATTERNS.whole.get(whole) {
        return Some((kind, true));
    }
    // Teasers end as headlines do; a sentence that begins like one is text.
    let is_sentence = line.ends_with('.');
    let starts = |(words, kind): &&(&str, Furniture)| {
        bare.starts_with(words) && !(is_sentence && *kind == Teaser)
    };
    let within = |(words, _): &&(&str, Furniture)| lower.contains(words);
    let found = PATTERNS.start.iter().find(starts);
    let found = found.or_else(|| PATTERNS.within.iter().find(within));
    found.map(|&(_, kind)| (kind, false))
}

/// Numbers, alone or with a word for what they count: `12`, `(3)`, `1.2k`, `5 likes`, `Reply (2)`.
fn is_count(lower: &str) -> bool {
    let is_number = |token: &str| {
        let digits = token
            .trim_start_matches(['+', '-', '−'])
            .trim_end_matches(['k', 'm', '+']);
        let is_digit = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
        digits.starts_with(|c: char| c.is_ascii_digit()) && digits.chars().all(is_digit)
    };
    let tokens = lower.split(|c: char| c.is_whitespace() || "()·•|:[]".contains(c));
    let mut has_number = false;
    for token in tokens.filter(|token| !token.is_empty()) {
        if is_number(token) {
            has_number = true;
        } else if !COUNTED.split(' ').any(|word| word == token) {
            return false;
        }
    }
    has_number
}

/// `By Ann Miller`, `Von Ann Miller und Ben Maier`: who wrote the article. Only its head has such lines.
pub(super) fn is_byline(line: &str) -> bool {
    let n_words = line.split_whitespace().count();
    let lower = line.to_lowercase();
    let begins = [
        "by ",
        "von ",
        "par ",
        "por ",
        "di ",
        "door ",
        "text:",
        "words by",
        "story by",
        "written by",
    ];
    n_words <= 12 && !line.ends_with('.') && begins.iter().any(|begin| lower.starts_with(begin))
}

/// `Home > News > City`: where in the site the article stands.
pub(super) fn is_breadcrumb(line: &str) -> bool {
    [" > ", " › ", " » ", " / "].iter().any(|mark| {
        let parts = line.split(mark);
        line.contains(mark)
            && parts
                .into_iter()
                .all(|part| part.split_whitespace().count() <= 4)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_understood_and_has_a_reason() {
        let mut n_phrases = 0;
        for line in TABLE
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with("# "))
        {
            if let Some(heading) = line.strip_prefix('[') {
                let (heading, why) = heading.split_once("] ").unwrap();
                let (kind, at) = heading.split_once(' ').unwrap();
                assert!(kind_of(kind).is_some() && !why.is_empty(), "{line}");
                assert!(["whole", "start", "within"].contains(&at), "{line}");
            } else {
                assert_eq!(line, line.to_lowercase());
                n_phrases += 1;
            }
        }
        let patterns = Patterns::parse(TABLE);
        let n_read = patterns.whole.len() + patterns.start.len() + patterns.within.len();
        assert!(
            n_read > 400 && n_read <= n_phrases,
            "{n_read} of {n_phrases}"
        );
    }

    #[test]
    fn furniture_is_told_from_what_people_write() {
        for (line, expected) in [
            ("To suggest an edit, mail us", None),
            ("Report an error", Some(Correction)),
            ("Reply", Some(Action)),
            ("• REPLY", Some(Action)),
            ("Reply (3)", Some(Furniture::Count)),
            ("1.2k", Some(Furniture::Count)),
            ("👍 12", Some(Furniture::Count)),
            ("42 is the answer", None),
            ("Like you would know", None),
            ("Share this article", Some(Share)),
            ("I share this view", None),
            ("Related Stories", Some(Teaser)),
            ("Related to that, who pays?", None),
            ("2 hours ago", Some(Furniture::Date)),
            ("———", Some(Navigation)),
            ("???", None),
            ("...", None),
            ("🙂", None),
            ("© 2024 The Daily", Some(Legal)),
            ("Home is where the heart is", None),
        ] {
            assert_eq!(role_of(line), expected, "{line}");
        }
    }

    #[test]
    fn heads_of_articles_have_lines_of_their_own() {
        assert!(is_byline("By Ann Miller") && is_byline("Von Ann Maier und Ben Roth"));
        assert!(!is_byline("By then it was too late."));
        assert!(is_breadcrumb("Home > News > City") && !is_breadcrumb("Home and dry"));
    }
}
