//! HTML → page.

use std::panic::{AssertUnwindSafe, catch_unwind};

use dom_query::Document;
use dom_smoothie::{Config, Readability};

use super::{Page, PageError, dom, furniture, markup, schema};
use crate::comment::Article;

/// Elements beyond which the main text is not looked for by weighing elements, which takes longer than
/// linear time.
const MAX_WEIGHED: usize = 50_000;
/// Shorter texts that a page gives as its article are teasers of it.
const MIN_BODY: usize = 200;
/// What is no article even if it stands in its middle.
const NOT_ARTICLE: &str = "#comments, #respond, #disqus_thread, .comments-area, .comment-respond, \
     .commentlist, .comment-list, [itemtype$=\"/Comment\"], nav, form, dialog, aside";

/// Reads a page.
pub(super) fn read(html: &str) -> Result<Page, PageError> {
    let document = dom::parse(html)?;
    let said = schema::read(&document);
    let shown = markup::read(&document);
    let mut notes = Vec::new();
    if said.n_unreadable > 0 {
        notes.push(format!(
            "{} blocks of JSON-LD are broken and left out",
            said.n_unreadable
        ));
    }
    // Search engines are often told of the first few comments only.
    let is_said = !said.comments.is_empty() && said.comments.len() >= shown.comments.len();
    notes.push(match (said.comments.len(), shown.comments.len()) {
        (0, 0) => "no comments found".to_owned(),
        (n_said, _) if is_said => format!("{n_said} comments from schema.org data"),
        (0, n_shown) => format!("{n_shown} comments by the mark-up of {}", shown.system),
        (n_said, n_shown) => format!(
            "{n_shown} comments by the mark-up of {}; schema.org data have only {n_said}",
            shown.system
        ),
    });
    let comments = if is_said {
        said.comments
    } else {
        shown.comments
    };
    shown
        .nodes
        .iter()
        .for_each(dom_query::NodeRef::remove_from_parent);
    let facts = with_meta(said.article.unwrap_or_default(), &document);
    let (body, source) = body(&facts, &document);
    notes.insert(0, format!("article: {source}"));
    Ok(Page {
        article: Article {
            id: String::new(),
            title: facts.title,
            lead: facts.lead,
            body,
            section: facts.section,
            url: facts.url.unwrap_or_default(),
            published: facts.published.unwrap_or_default(),
            ..Article::default()
        },
        comments,
        notes,
        lines: Vec::new(),
    })
}

/// Fills what schema.org data leave open from the page's head and its first heading.
fn with_meta(mut facts: schema::Facts, document: &Document) -> schema::Facts {
    let attribute = |selector: &str, name: &str| {
        let value = document.select_single(selector).attr(name)?;
        let value = dom::plain(&value);
        (!value.is_empty()).then_some(value)
    };
    let meta = |name: &str| {
        attribute(&format!("meta[property=\"{name}\"]"), "content")
            .or_else(|| attribute(&format!("meta[name=\"{name}\"]"), "content"))
    };
    let heading = |selector: &str| {
        let found = document.select_single(selector);
        let line = dom::visible_line(found.nodes().first()?);
        (!line.is_empty()).then_some(line)
    };
    let title = || {
        let found = document.select_single("title").text();
        let title = found.split_whitespace().collect::<Vec<_>>().join(" ");
        (!title.is_empty()).then_some(title)
    };
    let fill = |field: &mut String, found: Option<String>| {
        if field.is_empty() {
            *field = found.unwrap_or_default();
        }
    };
    let found = meta("og:title")
        .or_else(|| heading("article h1"))
        .or_else(|| heading("h1"));
    fill(&mut facts.title, found.or_else(title));
    fill(
        &mut facts.lead,
        meta("og:description").or_else(|| meta("description")),
    );
    fill(&mut facts.section, meta("article:section"));
    let canonical = || attribute("link[rel=\"canonical\"]", "href");
    facts.url = canonical().or(facts.url).or_else(|| meta("og:url"));
    let published =
        || meta("article:published_time").or_else(|| attribute("article time", "datetime"));
    facts.published = facts.published.or_else(published);
    facts
}

/// The running text and where it is from.
fn body(facts: &schema::Facts, document: &Document) -> (String, &'static str) {
    document.select(NOT_ARTICLE).remove();
    let (found, source) = main_text(document);
    let found = without_furniture(&found, &facts.title);
    if facts.body.len() >= MIN_BODY && facts.body.len() * 2 >= found.len() {
        return (facts.body.clone(), "from schema.org data");
    }
    if found.is_empty() {
        return (facts.body.clone(), "no running text found");
    }
    (found, source)
}

/// The main text, found as browsers' reading modes do.
fn main_text(document: &Document) -> (String, &'static str) {
    let plain = || {
        let node = ["article", "main", "body"].iter().find_map(|selector| {
            let found = document.select_single(selector);
            found.nodes().first().copied()
        });
        let node = node.unwrap_or_else(|| document.root());
        (dom::visible_text(&node, &|_| false), "the text of the page")
    };
    let config = Config {
        max_elements_to_parse: MAX_WEIGHED,
        disable_json_ld: true,
        ..Config::default()
    };
    let copy = document.clone();
    // Heuristics of another crate over hostile input: whatever they do, the page is still read.
    let weighed = catch_unwind(AssertUnwindSafe(|| {
        Readability::with_document(copy, None, Some(config))
            .and_then(|mut readability| readability.parse())
            .ok()
    }));
    match weighed {
        Ok(Some(article)) => (dom::plain(&article.content), "the main text of the page"),
        Ok(None) | Err(_) => plain(),
    }
}

/// Drops lines of furniture, and a headline that stands over the text once more.
fn without_furniture(text: &str, title: &str) -> String {
    let is_kept = |line: &&str| {
        let line = line.trim();
        line.is_empty() || (line != title && furniture::role_of(line).is_none())
    };
    let kept: Vec<&str> = text.lines().filter(is_kept).collect();
    super::line::join(&kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_fills_what_is_open() {
        let page = read(
            "<title>No</title><meta property='og:title' content='A &amp; B'><meta name=description \
             content=Lead><link rel=canonical href=https://x.example/a><h1>Other</h1><p>Short text.",
        )
        .unwrap();
        assert_eq!(
            (&*page.article.title, &*page.article.lead),
            ("A & B", "Lead")
        );
        assert_eq!(page.article.url, "https://x.example/a");
        assert!(page.article.body.contains("Short text."), "{page:?}");
        assert!(page.comments.is_empty());
    }

    #[test]
    fn an_empty_page_is_an_empty_article() {
        let page = read("").unwrap();
        assert_eq!(
            (page.article, page.comments),
            (Article::default(), Vec::new())
        );
    }
}
