//! HTML as a tree of bounded size, and the text that a reader sees of it.

use dom_query::{Document, NodeRef};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::{ParseOpts, parse_document};

use super::PageError;

/// Deepest nesting read. Browsers stop nesting at 512.
pub(super) const MAX_DEPTH: usize = 512;
/// Most nodes of a tree, some 150 bytes each. The longest real pages have a tenth.
pub(super) const MAX_NODES: usize = 1_000_000;
/// Bytes parsed between two looks at the tree: no more than 1,365 tags.
const CHUNK: usize = 4096;

/// Elements whose text nobody reads.
const UNREAD: &[&str] = &[
    "script", "style", "noscript", "template", "svg", "button", "form", "select", "textarea",
    "iframe", "head", "object", "input", "nav", "dialog",
];
/// Elements that begin a line of their own.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "dd",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "header",
    "hr",
    "li",
    "main",
    "section",
    "table",
    "tr",
];
/// Elements with an empty line around them.
const PARAGRAPHS: &[&str] = &[
    "blockquote",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ol",
    "p",
    "pre",
    "ul",
];

/// Parses HTML in small steps, so that what would not fit in memory is refused in time: a page can
/// ask for far more elements than it has tags, by formatting that is never closed.
pub(super) fn parse(html: &str) -> Result<Document, PageError> {
    let mut parser = parse_document(Document::default(), ParseOpts::default());
    let mut budget = MAX_NODES;
    let mut rest = html;
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(rest.floor_char_boundary(CHUNK).max(first_len(rest)));
        parser.process(StrTendril::from_slice(chunk));
        rest = after;
        let document = &parser.tokenizer.sink.sink;
        let depth = open_depth(document);
        if depth > MAX_DEPTH {
            return Err(PageError::TooDeep);
        }
        let n_tags = memchr::memchr_iter(b'<', chunk.as_bytes()).count();
        let growth = (n_tags + 1) * (depth + 2);
        budget = match budget.checked_sub(growth) {
            Some(budget) => budget,
            None if document.root().descendants_it().count() > MAX_NODES => {
                return Err(PageError::TooManyElements);
            }
            None => MAX_NODES,
        };
    }
    Ok(parser.finish())
}

fn first_len(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

/// Depth of the element that is open at the end of what has been parsed.
fn open_depth(document: &Document) -> usize {
    let mut depth = 0;
    let mut node = document.root();
    while let Some(last) = node.last_child() {
        node = last;
        depth += 1;
        if depth > MAX_DEPTH {
            break;
        }
    }
    depth
}

/// The text of a node as a reader sees it: white space collapsed, blocks on lines of their own, an
/// empty line between paragraphs. What `skip` names is left out.
pub(super) fn visible_text(node: &NodeRef, skip: &dyn Fn(&NodeRef) -> bool) -> String {
    let mut writer = Writer::default();
    node.children_it(false)
        .for_each(|child| push(&child, skip, &mut writer));
    writer.text
}

/// As [`visible_text`], in one line.
pub(super) fn visible_line(node: &NodeRef) -> String {
    let text = visible_text(node, &|_| false);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn push(node: &NodeRef, skip: &dyn Fn(&NodeRef) -> bool, writer: &mut Writer) {
    if node.is_text() {
        return writer.push_text(&node.text());
    }
    let Some(name) = node.node_name() else { return };
    if UNREAD.contains(&&*name) || node.has_attr("hidden") || skip(node) {
        return;
    }
    if &*name == "br" {
        return writer.line_break();
    }
    // Emoji are often pictures.
    if &*name == "img" {
        let is_emoji = node.class().is_some_and(|class| class.contains("emoji"));
        let alt = node.attr("alt").filter(|_| is_emoji);
        return alt.map_or((), |alt| writer.push_text(&alt));
    }
    let n_breaks = n_breaks(&name);
    writer.need(n_breaks);
    node.children_it(false)
        .for_each(|child| push(&child, skip, writer));
    writer.need(n_breaks);
}

fn n_breaks(name: &str) -> usize {
    if PARAGRAPHS.contains(&name) {
        2
    } else {
        usize::from(BLOCKS.contains(&name))
    }
}

/// Text with the white space it still owes.
#[derive(Debug, Default)]
struct Writer {
    text: String,
    n_breaks: usize,
    is_spaced: bool,
}

impl Writer {
    fn need(&mut self, n_breaks: usize) {
        self.n_breaks = self.n_breaks.max(n_breaks);
    }

    fn line_break(&mut self) {
        self.n_breaks = (self.n_breaks + 1).min(2);
    }

    fn push_text(&mut self, text: &str) {
        for piece in text.split_inclusive(char::is_whitespace) {
            let word = piece.trim_end();
            let word = word.trim_matches(|c: char| c.is_control());
            if !word.is_empty() {
                self.pay();
                self.text.push_str(word);
            }
            self.is_spaced |= piece.ends_with(char::is_whitespace);
        }
    }

    fn pay(&mut self) {
        if !self.text.is_empty() {
            match (self.n_breaks, self.is_spaced) {
                (0, true) => self.text.push(' '),
                (n_breaks, _) => self.text.extend(std::iter::repeat_n('\n', n_breaks)),
            }
        }
        self.n_breaks = 0;
        self.is_spaced = false;
    }
}

/// Text out of a value that may be HTML, as comment fields often are.
pub(super) fn plain(text: &str) -> String {
    let has_tag = text.match_indices('<').any(|(at, _)| {
        let rest = &text[at + 1..];
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        rest.starts_with(|c: char| c.is_ascii_alphabetic()) && rest.contains('>')
    });
    let plain = match has_tag.then(|| parse(text)) {
        Some(Ok(document)) => {
            let body = document.body().unwrap_or_else(|| document.root());
            visible_text(&body, &|_| false)
        }
        _ if text.contains('&') => htmlize::unescape(text).into_owned(),
        _ => text.to_owned(),
    };
    let is_kept = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    let plain: String = plain
        .replace("\r\n", "\n")
        .chars()
        .filter(is_kept)
        .collect();
    plain.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(html: &str) -> String {
        let document = parse(html).unwrap();
        visible_text(&document.body().unwrap(), &|node| node.has_class("x"))
    }

    #[test]
    fn text_is_what_a_reader_sees() {
        for (html, expected) in [
            ("<p>a  <b>b</b>c\n d</p><p>e", "a bc d\n\ne"),
            ("a<br>b<br><br>c", "a\nb\n\nc"),
            ("<div>a<div>b</div></div>c", "a\nb\nc"),
            (
                "<script>1</script>a<i class=x>no</i> <img class=emoji alt=🙂>",
                "a 🙂",
            ),
            ("", ""),
        ] {
            assert_eq!(text(html), expected, "{html}");
        }
    }

    #[test]
    fn values_that_are_html_become_text() {
        for (value, expected) in [
            ("a &amp; b", "a & b"),
            ("<p>a</p><p>b &lt; c</p>", "a\n\nb < c"),
            ("2 < 3 and 4 > 1", "2 < 3 and 4 > 1"),
            (" i <3 you ", "i <3 you"),
        ] {
            assert_eq!(plain(value), expected);
        }
    }

    #[test]
    fn what_would_not_fit_is_refused_in_time() {
        assert_eq!(
            parse(&"<div>".repeat(2_000_000)).err(),
            Some(PageError::TooDeep)
        );
        let open: Vec<String> = (0..400).map(|i| format!("<font size={i}>")).collect();
        let mut bomb = open.concat();
        bomb.push_str(&"<p>x".repeat(1_000_000));
        assert_eq!(parse(&bomb).err(), Some(PageError::TooManyElements));
    }
}
