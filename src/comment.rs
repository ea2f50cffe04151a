//! The nouns every stage shares: comments, articles, spans, decisions.
//!
//! No behaviour lives here and nothing is read or written; edges (readers, servers) build these,
//! the core consumes them.

use std::fmt;
use std::ops::Range;

/// A byte range of a raw text, on character bounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The span as a range, for slicing.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// What a comment is about: the article (or page) it stands under.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Article {
    /// Identifier that comments refer to.
    pub id: String,
    /// Headline.
    pub title: String,
    /// Standfirst: the sentence or two under the headline.
    pub lead: String,
    /// Running text.
    pub body: String,
    /// Part of the paper (`sports`, `politics` …).
    pub section: String,
    /// Comments under it that the site has approved, as far as they are given: what the discussion is about.
    pub approved: Vec<String>,
    /// Display names of those who comment under it, as far as they are given: whom a comment may be about instead.
    pub commenters: Vec<String>,
    /// Address of its page. Finds the article; never a feature.
    pub url: String,
    /// Date or time it was published, as the text given: newsrooms write it in many ways, and nothing
    /// here reckons with it. Never a feature.
    pub published: String,
}

/// Longest first line that is taken for a headline, in bytes; a longer one is running text.
const MAX_HEADLINE_BYTES: usize = 400;

impl Article {
    /// An article of which only the text is known: the first line is the headline.
    pub fn from_text(text: &str) -> Self {
        let text = text.trim_start_matches('\u{feff}').trim();
        let (title, body) = text.split_once('\n').unwrap_or((text, ""));
        let (title, body) = if title.len() > MAX_HEADLINE_BYTES {
            ("", text)
        } else {
            (title, body)
        };
        Self {
            title: title.trim().to_owned(),
            body: body.trim().to_owned(),
            ..Self::default()
        }
    }
}

/// One reader comment with its explicit context, borrowed from wherever it was read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Comment<'a> {
    /// The raw text as the reader wrote it.
    pub text: &'a str,
    /// Display name, when the file has one. Only its words count, never whose it is.
    pub author: Option<&'a str>,
    /// The article it stands under.
    pub article: Option<&'a Article>,
    /// The comment it answers.
    pub parent: Option<&'a str>,
    /// Display name of who wrote that.
    pub parent_author: Option<&'a str>,
    /// The comment that began the thread, where that is not the one it answers.
    pub thread: Option<&'a str>,
}

impl<'a> Comment<'a> {
    /// A comment of which only the text is known.
    pub fn from_text(text: &'a str) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }
}

/// What the policy proposes for one comment. Order is severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// Publish.
    Approve,
    /// Let a person look at it.
    Review,
    /// Do not publish.
    Reject,
}

impl Decision {
    /// The word written to files and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Review => "review",
            Self::Reject => "reject",
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
