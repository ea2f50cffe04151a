//! Comments by the mark-up of common comment systems.

use std::collections::HashSet;

use dom_query::{Document, Matcher, NodeId, NodeRef};

use super::dom::{visible_line, visible_text};
use super::systems::{SYSTEMS, System};
use super::{MAX_COMMENTS, PageComment, generic};

/// Attributes that hold a comment's identifier.
const IDS: &[&str] = &[
    "data-comment-id",
    "data-commentid",
    "data-post-id",
    "data-id",
    "id",
];
/// Attributes that hold that of the comment answered.
const PARENTS: &[&str] = &[
    "data-parent-comment-id",
    "data-parent-id",
    "data-parentid",
    "data-parent",
    "data-reply-to",
];
/// Words in the classes of what stands in a comment's body and is not its text.
const NOT_TEXT: &[&str] = &[
    "action",
    "author",
    "avatar",
    "badge",
    "byline",
    "date",
    "edit-link",
    "flag",
    "footer",
    "header",
    "like",
    "menu",
    "meta",
    "permalink",
    "reply",
    "replies",
    "report",
    "respond",
    "share",
    "timestamp",
    "toolbar",
    "user",
    "vote",
];

/// The comments of a page.
pub(super) struct Shown<'a> {
    /// Whose mark-up it is.
    pub(super) system: &'static str,
    pub(super) comments: Vec<PageComment>,
    /// The elements that hold them.
    pub(super) nodes: Vec<NodeRef<'a>>,
}

/// Finds comments by the system with most of them, else by the shape of the page.
pub(super) fn read(document: &Document) -> Shown<'_> {
    let mut best: Option<Shown> = None;
    for system in SYSTEMS {
        let shown = read_system(document, system);
        let n_known = best.as_ref().map_or(0, |best| best.comments.len());
        if shown.comments.len() > n_known {
            best = Some(shown);
        }
    }
    best.unwrap_or_else(|| {
        let nodes = generic::find(document);
        let parts = Parts::new(generic::AUTHOR, generic::BODY);
        Shown {
            system: "comment elements",
            comments: parts.comments(&nodes, true),
            nodes,
        }
    })
}

fn read_system<'a>(document: &'a Document, system: &System) -> Shown<'a> {
    let nodes = document.try_select(system.comment);
    let nodes = nodes
        .map(|found| found.nodes().to_vec())
        .unwrap_or_default();
    Shown {
        system: system.name,
        comments: Parts::new(system.author, system.body).comments(&nodes, false),
        nodes,
    }
}

/// Selectors of the parts of a comment.
pub(super) struct Parts {
    author: Vec<Matcher>,
    body: Vec<Matcher>,
    time: Vec<Matcher>,
}

impl Parts {
    pub(super) fn new(author: &[&str], body: &[&str]) -> Self {
        // Selectors are constants; a test compiles them all.
        let compile = |selectors: &[&str]| {
            let matchers = selectors.iter().filter_map(|one| Matcher::new(one).ok());
            matchers.collect()
        };
        Self {
            author: compile(author),
            body: compile(body),
            time: compile(&[
                "time",
                "[datetime]",
                "[class*=\"timestamp\"]",
                "[class*=\"date\"]",
                "[class*=\"time\"]",
            ]),
        }
    }

    /// Comments of these elements, each without those nested in it. `whole` lets the element itself be
    /// the text where no part of it is marked as such.
    fn comments(&self, nodes: &[NodeRef], whole: bool) -> Vec<PageComment> {
        let ids: HashSet<NodeId> = nodes.iter().map(|node| node.id).collect();
        let parts = nodes
            .iter()
            .take(MAX_COMMENTS + 1)
            .map(|node| Own::new(node, &ids));
        let read = |own: Own| own.comment(self, whole);
        let mut comments: Vec<PageComment> = parts.filter_map(read).collect();
        link(&mut comments);
        comments
    }

    /// Author and text of an element, where `ids` are the elements of other comments.
    pub(super) fn read(&self, node: &NodeRef, ids: &HashSet<NodeId>) -> Option<PageComment> {
        Own::new(node, ids).comment(self, true)
    }
}

/// A comment's element and what in it is not in a nested comment.
struct Own<'a, 'b> {
    node: &'b NodeRef<'a>,
    elements: Vec<NodeRef<'a>>,
    ids: &'b HashSet<NodeId>,
}

impl<'a, 'b> Own<'a, 'b> {
    fn new(node: &'b NodeRef<'a>, ids: &'b HashSet<NodeId>) -> Self {
        let mut elements = Vec::new();
        let mut open: Vec<NodeRef> = node.children_it(true).collect();
        while let Some(next) = open.pop() {
            if next.is_element() && !ids.contains(&next.id) {
                open.extend(next.children_it(true));
                elements.push(next);
            }
        }
        Self {
            node,
            elements,
            ids,
        }
    }

    fn find(&self, matchers: &[Matcher]) -> Option<&NodeRef<'a>> {
        let has_text = |element: &&NodeRef| !visible_line(element).is_empty();
        matchers.iter().find_map(|matcher| {
            let mut found = self
                .elements
                .iter()
                .filter(|element| element.is_match(matcher));
            // A few empty ones are icons; hundreds would be read again and again.
            found.by_ref().take(5).find(has_text)
        })
    }

    fn comment(&self, parts: &Parts, whole: bool) -> Option<PageComment> {
        let author = self.find(&parts.author);
        let body = self.find(&parts.body).or(whole.then_some(self.node))?;
        let author_id = author.map(|node| node.id);
        let skip = |node: &NodeRef| {
            let is_author = Some(node.id) == author_id && node.id != body.id;
            is_author || self.ids.contains(&node.id) || is_not_text(node)
        };
        let text = visible_text(body, &skip);
        let time = self.find(&parts.time);
        let published = time.map(|time| {
            let machine = time.attr("datetime").or_else(|| time.attr("title"));
            machine.map_or_else(|| visible_line(time), |text| text.to_string())
        });
        let comment = PageComment {
            id: first_attribute(self.node, IDS).unwrap_or_default(),
            parent_id: self.parent(),
            author: author.and_then(|node| display_name(&visible_line(node))),
            published: published.filter(|text| text.len() <= 60),
            text: text.trim().to_owned(),
        };
        (!comment.text.is_empty()).then_some(comment)
    }

    fn parent(&self) -> Option<String> {
        let around = self
            .node
            .ancestors_it(None)
            .find(|ancestor| self.ids.contains(&ancestor.id));
        around
            .and_then(|node| first_attribute(&node, IDS))
            .or_else(|| first_attribute(self.node, PARENTS))
    }
}

fn first_attribute(node: &NodeRef, names: &[&str]) -> Option<String> {
    let value = names.iter().find_map(|name| node.attr(name))?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

fn is_not_text(node: &NodeRef) -> bool {
    if node.has_name("time") || node.has_name("footer") || node.has_name("header") {
        return true;
    }
    node.class().is_some_and(|classes| {
        let classes = classes.to_ascii_lowercase();
        NOT_TEXT.iter().any(|word| classes.contains(word))
    })
}

/// A display name without the words around it.
fn display_name(line: &str) -> Option<String> {
    let mut name = line.trim();
    for ending in [
        " says:",
        " says",
        " wrote:",
        " said:",
        " sagt:",
        " schrieb:",
        " dit :",
        ":",
    ] {
        name = name.strip_suffix(ending).unwrap_or(name).trim_end();
    }
    for beginning in ["By ", "by ", "Von ", "von ", "Posted by "] {
        name = name.strip_prefix(beginning).unwrap_or(name).trim_start();
    }
    let name = name.trim_end_matches(',');
    (!name.is_empty() && name.chars().count() <= 100).then(|| name.to_owned())
}

/// Parents may be named by a bare number where identifiers have a word before it.
fn link(comments: &mut [PageComment]) {
    let ids: HashSet<String> = comments.iter().map(|comment| comment.id.clone()).collect();
    for comment in comments {
        let Some(parent) = comment.parent_id.take() else {
            continue;
        };
        let prefixed = ["", "comment-", "li-comment-", "post-", "comment_"]
            .iter()
            .map(|prefix| format!("{prefix}{parent}"));
        comment.parent_id = prefixed.into_iter().find(|id| ids.contains(id));
    }
}

#[cfg(test)]
mod tests {
    use super::super::dom;
    use super::*;

    /// Each comment as `id<parent author: text`.
    fn brief(html: &str) -> Vec<String> {
        let brief = |comment: PageComment| {
            let parent = comment.parent_id.as_deref().unwrap_or("-");
            let author = comment.author.as_deref().unwrap_or("?");
            format!("{}<{parent} {author}: {}", comment.id, comment.text)
        };
        let document = dom::parse(html).unwrap();
        read(&document).comments.into_iter().map(brief).collect()
    }

    #[test]
    fn all_selectors_compile() {
        for system in SYSTEMS {
            let selectors = [&[system.comment], system.author, system.body].concat();
            for selector in selectors {
                assert!(Matcher::new(selector).is_ok(), "{selector}");
            }
        }
        for selector in generic::AUTHOR.iter().chain(generic::BODY) {
            assert!(Matcher::new(selector).is_ok(), "{selector}");
        }
    }

    #[test]
    fn systems_are_known_by_their_mark_up() {
        for (html, expected) in [
            (
                "<ol class=commentlist><li class='comment even' id=comment-1><div class=comment-author>\
                 <cite class=fn>Ann</cite> <span class=says>says:</span></div><div class=comment-content>\
                 <p>One</p><p>Two</p></div><div class=reply>Reply</div><ol class=children><li class=comment \
                 id=comment-2><cite class=fn>Ben</cite><div class=comment-content>No</div></li></ol></li></ol>",
                &["comment-1<- Ann: One\n\nTwo", "comment-2<comment-1 Ben: No"][..],
            ),
            (
                "<ul id=posts><li class=post id=post-5><span class=author><a>Cem</a></span>\
                 <div class=post-message><p>Hi</p></div><ul class=children><li class=post id=post-6>\
                 <span class=author>Di</span><div class=post-message>Ho</div></li></ul></li></ul>",
                &["post-5<- Cem: Hi", "post-6<post-5 Di: Ho"],
            ),
            (
                "<div class='coral coral-comment' id=comment-a><span class=coral-comment-username>Eve</span>\
                 <button>Respect</button><div class=coral-comment-content>Yes</div></div>",
                &["comment-a<- Eve: Yes"],
            ),
        ] {
            assert_eq!(brief(html), expected);
        }
    }

    #[test]
    fn other_pages_are_known_by_their_shape() {
        for (html, expected) in [
            (
                "<section class=comments><div class=c-comment data-id=1><b class=c-comment__user>Ann</b>\
                 <p>One</p><p>Two</p><a class=reply>Reply</a></div><div class=c-comment data-id=2 data-parent=1>\
                 <b class=c-comment__user>Ben</b><p>No</p></div></section>",
                &["1<- Ann: One\n\nTwo", "2<1 Ben: No"][..],
            ),
            (
                "<div class=comments><h3>1 comment</h3><div class=comment><span class=nickname>Ann</span>\
                 <div class=text>Only me</div></div><form class=comment-form><label class=author>Name</label>\
                 <p class=text>Write</p></form></div>",
                &["<- Ann: Only me"],
            ),
            ("<p class=comment-count>12 comments</p><p>Text</p>", &[]),
        ] {
            assert_eq!(brief(html), expected);
        }
    }
}
