//! Saved web pages: an article and the comments under it, out of HTML or out of text copied from a
//! browser.
//!
//! HTML is read by what the page says of itself (schema.org as JSON-LD or microdata), then by the
//! mark-up of common comment systems. Text has only lines: furniture is recognised by a table
//! of patterns with their reasons, and a comment section by its heading and by the lines that stand
//! in every comment. Two comments are never merged into one: in doubt a
//! comment is cut in two.
//!
//! ```
//! use ombuds::page::Page;
//!
//! let text = "The pool stays open all winter, the council decided on Monday evening.\n\n\
//!             2 Comments\nAnna\n3 hours ago\n\nAt last.\nReply\nBen\n1 hour ago\n\nWho pays?\nReply\n";
//! let page = Page::from_text(text, "pool.txt");
//! assert_eq!(page.comments.len(), 2);
//! assert_eq!(page.comments[1].author.as_deref(), Some("Ben"));
//! assert_eq!(page.comments[1].text, "Who pays?");
//! ```

mod dates;
mod dom;
mod furniture;
mod generic;
mod headings;
mod html;
mod line;
mod markup;
mod microdata;
mod plain_text;
mod rhythm;
mod schema;
mod section;
mod story;
mod systems;

pub use line::{Line, LineRole};

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value, json};

use crate::comment::Article;
use crate::relation::add_commenter;

/// Most comments taken from one page. Chosen: ten times the longest threads that sites show on one
/// page; beyond stands a machine.
pub const MAX_COMMENTS: usize = 20_000;

/// What a page is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageFormat {
    /// HTML as the browser saved it.
    Html,
    /// Text as a reader copied it.
    Text,
}

impl PageFormat {
    /// What the extension of a file name says, also before `.gz` or `.zst`.
    pub fn from_name(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        let stem = lower
            .strip_suffix(".gz")
            .or_else(|| lower.strip_suffix(".zst"))
            .unwrap_or(&lower);
        match stem.rsplit_once('.')?.1 {
            "html" | "htm" | "xhtml" => Some(Self::Html),
            "txt" => Some(Self::Text),
            _ => None,
        }
    }

    /// What the content says, for names that say nothing: a page that begins with a tag is HTML.
    pub fn from_content(text: &str) -> Self {
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let mut chars = text.chars();
        let is_tag = chars.next() == Some('<')
            && chars
                .next()
                .is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, '!' | '?'));
        if is_tag { Self::Html } else { Self::Text }
    }
}

impl FromStr for PageFormat {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word.to_ascii_lowercase().as_str() {
            "html" => Ok(Self::Html),
            "text" | "txt" => Ok(Self::Text),
            _ => Err(format!("`{word}` is not html or text")),
        }
    }
}

impl fmt::Display for PageFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Html => "html",
            Self::Text => "text",
        })
    }
}

/// Why a page cannot be read. Text always can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PageError {
    /// Elements within elements, far more than any page has.
    #[error(
        "its elements are nested more than {} deep; save the page as text",
        dom::MAX_DEPTH
    )]
    TooDeep,
    /// More elements than fit in memory.
    #[error("it has more than {} elements; save the page as text", dom::MAX_NODES)]
    TooManyElements,
}

/// A comment of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageComment {
    /// Identifier: the page's own, else its number on the page.
    pub id: String,
    /// Identifier of the comment it answers.
    pub parent_id: Option<String>,
    /// Display name.
    pub author: Option<String>,
    /// Date as the page writes it.
    pub published: Option<String>,
    /// The comment.
    pub text: String,
}

/// An article and the comments under it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The article, its date as the page writes it; its identifier is the page's address, else the name
    /// it was read under.
    pub article: Article,
    /// The comments in the order of the page.
    pub comments: Vec<PageComment>,
    /// What was taken for what, for a person to read.
    pub notes: Vec<String>,
    /// Lines of a text page with their roles; empty for HTML.
    pub lines: Vec<Line>,
}

impl Page {
    /// Reads a page; `name` is what it is called where it has no address.
    pub fn read(text: &str, name: &str, format: PageFormat) -> Result<Self, PageError> {
        match format {
            PageFormat::Html => Self::from_html(text, name),
            PageFormat::Text => Ok(Self::from_text(text, name)),
        }
    }

    /// Reads HTML, however malformed.
    ///
    /// # Errors
    /// Only what is far larger or deeper than pages are.
    pub fn from_html(html: &str, name: &str) -> Result<Self, PageError> {
        Ok(html::read(html)?.finish(name))
    }

    /// Reads text that was copied from a page.
    pub fn from_text(text: &str, name: &str) -> Self {
        plain_text::read(text).finish(name)
    }

    /// Whether it is text with nothing of a page about it: no comments, no furniture, no headline that
    /// stands out.
    pub fn is_plain(&self) -> bool {
        let is_page = |line: &Line| {
            let role = line.role;
            !matches!(role, LineRole::Blank | LineRole::Body)
        };
        !self.lines.is_empty() && !self.lines.iter().any(is_page)
    }

    /// Makes the first line the headline, as in a file of an article alone.
    pub fn take_first_line_as_title(&mut self) {
        if self.article.title.is_empty() {
            let body = std::mem::take(&mut self.article.body);
            let (title, body) = body.split_once('\n').unwrap_or((&body, ""));
            title.trim().clone_into(&mut self.article.title);
            body.trim().clone_into(&mut self.article.body);
        }
    }

    /// The article, then each comment, as objects of a JSONL file that `ombuds flag` reads.
    pub fn to_rows(&self) -> impl Iterator<Item = Value> {
        let article = &self.article;
        let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let row = json!({
            "kind": "article",
            "id": article.id,
            "title": article.title,
            "lead": article.lead,
            "body": article.body,
            "section": article.section,
            "url": said(&article.url),
            "published": said(&article.published),
            "commenters": article.commenters,
        });
        let comments = self.comments.iter().map(|comment| {
            json!({
                "kind": "comment",
                "id": comment.id,
                "parent_id": comment.parent_id,
                "author": comment.author,
                "text": comment.text,
                "published": comment.published,
                "article_id": article.id,
            })
        });
        std::iter::once(row).chain(comments)
    }

    /// Fills in identifiers and bounds the comments.
    fn finish(mut self, name: &str) -> Self {
        let url = &self.article.url;
        let id = if url.is_empty() { name } else { url };
        self.article.id = id.to_owned();
        if self.comments.len() > MAX_COMMENTS {
            self.comments.truncate(MAX_COMMENTS);
            let note = format!("only the first {MAX_COMMENTS} comments are taken");
            self.notes.push(note);
        }
        number(&mut self.comments);
        for comment in &self.comments {
            add_commenter(&mut self.article.commenters, comment.author.clone());
        }
        self
    }
}

/// Gives comments without an identifier, or with that of an earlier one, a number of their own.
fn number(comments: &mut [PageComment]) {
    let mut known = std::collections::HashSet::new();
    for comment in comments.iter() {
        if !comment.id.is_empty() {
            known.insert(comment.id.clone());
        }
    }
    let mut seen = std::collections::HashSet::new();
    let mut next = 1;
    for comment in comments.iter_mut() {
        if comment.id.is_empty() || seen.contains(&comment.id) {
            while known.contains(&next.to_string()) {
                next += 1;
            }
            comment.id = next.to_string();
            next += 1;
        }
        seen.insert(comment.id.clone());
    }
    for comment in comments.iter_mut() {
        let parent = comment.parent_id.take();
        comment.parent_id = parent.filter(|id| known.contains(id) && *id != comment.id);
    }
}

/// The text under the first of these keys that has one.
fn text_of(object: &Map<String, Value>, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| schema::text(object.get(*key)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_contents_tell_the_format() {
        for (name, expected) in [
            ("a.HTML", Some(PageFormat::Html)),
            ("a.b.htm.gz", Some(PageFormat::Html)),
            ("a.xhtml", Some(PageFormat::Html)),
            ("a.txt", Some(PageFormat::Text)),
            ("a.mht", None),
            ("a.csv", None),
            ("txt", None),
        ] {
            assert_eq!(PageFormat::from_name(name), expected, "{name}");
        }
        for (text, expected) in [
            ("\u{feff} \n<!doctype html>", PageFormat::Html),
            ("<p>x", PageFormat::Html),
            ("<3 this", PageFormat::Text),
            ("", PageFormat::Text),
        ] {
            assert_eq!(PageFormat::from_content(text), expected, "{text}");
        }
    }

    #[test]
    fn identifiers_are_unique_and_parents_exist() {
        let comment = |id: &str, parent: &str| PageComment {
            id: id.to_owned(),
            parent_id: (!parent.is_empty()).then(|| parent.to_owned()),
            ..PageComment::default()
        };
        let mut comments = [
            comment("1", ""),
            comment("", "1"),
            comment("1", "9"),
            comment("x", "x"),
        ];
        number(&mut comments);
        let ids: Vec<_> = comments.iter().map(|comment| &*comment.id).collect();
        assert_eq!(ids, ["1", "2", "3", "x"]);
        let parents = comments
            .each_ref()
            .map(|comment| comment.parent_id.as_deref());
        assert_eq!(parents, [None, Some("1"), None, None]);
    }
}
