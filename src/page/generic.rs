//! Comments of unknown systems: elements that repeat, called a comment, each with a name and a text.

use std::collections::{BTreeMap, HashSet};

use dom_query::{Document, NodeRef};

use super::markup::Parts;

/// Where a display name stands, the most telling first.
pub(super) const AUTHOR: &[&str] = &[
    "[itemprop=\"author\"]",
    "[rel~=\"author\"]",
    "[class*=\"author-name\"]",
    "[class*=\"display-name\"]",
    "[class*=\"displayname\"]",
    "[class*=\"username\"]",
    "[class*=\"user-name\"]",
    "[class*=\"nick\"]",
    "[class*=\"author\"]",
    "[class*=\"user\"]",
    "cite",
    "[class*=\"name\"]",
    "[class*=\"byline\"]",
];
/// Where the text stands. Without any of them it is what else the element holds.
pub(super) const BODY: &[&str] = &[
    "[itemprop=\"text\"]",
    "[class*=\"comment-text\"]",
    "[class*=\"comment__text\"]",
    "[class*=\"comment-content\"]",
    "[class*=\"comment__content\"]",
    "[class*=\"comment-body\"]",
    "[class*=\"comment__body\"]",
    "[class*=\"comment-message\"]",
    "[class~=\"text\"]",
    "[class~=\"body\"]",
    "[class~=\"content\"]",
    "[class~=\"message\"]",
];
/// Words in classes that say "comment".
const WORDS: &[&str] = &[
    "comment",
    "kommentar",
    "comentario",
    "posting",
    "reactie",
    "komentarz",
];
/// Classes looked at, those of most elements first. Pages have a dozen.
const MAX_CLASSES: usize = 40;

/// The elements that hold one comment each; none if nothing on the page looks like it.
///
/// Of the classes that say "comment" it is the one of most elements with a name and a text. Where
/// several are as good, the elements are the outermost, because answers nest in them; a single comment
/// is the innermost, because what is around it is the section.
pub(super) fn find(document: &Document) -> Vec<NodeRef<'_>> {
    let mut by_class: BTreeMap<String, Vec<NodeRef>> = BTreeMap::new();
    let selectors = WORDS.iter().map(|word| format!("[class*=\"{word}\" i]"));
    let selector = selectors.collect::<Vec<_>>().join(", ");
    let Some(found) = document.try_select(&selector) else {
        return Vec::new();
    };
    for node in found.nodes() {
        if node.has_name("body") || node.has_name("html") || is_in_form(node) {
            continue;
        }
        let classes = node.class().unwrap_or_default().to_ascii_lowercase();
        let classes = classes.split_whitespace();
        for class in classes.filter(|class| WORDS.iter().any(|word| class.contains(word))) {
            by_class.entry(class.to_owned()).or_default().push(*node);
        }
    }
    let mut candidates: Vec<Vec<NodeRef>> = by_class.into_values().collect();
    candidates.sort_by_key(|nodes| std::cmp::Reverse(nodes.len()));
    candidates.truncate(MAX_CLASSES);
    let parts = Parts::new(AUTHOR, BODY);
    candidates
        .into_iter()
        .map(|nodes| (n_good(&nodes, &parts), nodes))
        .filter(|(n_good, nodes)| *n_good > 0 && n_good * 2 >= nodes.len())
        .max_by_key(|(n_good, nodes)| {
            let depth = nodes[0].ancestors_it(None).count();
            let rank = if *n_good == 1 {
                depth
            } else {
                usize::MAX - depth
            };
            (*n_good, rank)
        })
        .map(|(_, nodes)| nodes)
        .unwrap_or_default()
}

fn is_in_form(node: &NodeRef) -> bool {
    node.has_name("form")
        || node
            .ancestors_it(None)
            .any(|ancestor| ancestor.has_name("form"))
}

/// How many of the elements have a name and a text.
fn n_good(nodes: &[NodeRef], parts: &Parts) -> usize {
    let ids: HashSet<_> = nodes.iter().map(|node| node.id).collect();
    let comments = nodes.iter().filter_map(|node| parts.read(node, &ids));
    comments.filter(|comment| comment.author.is_some()).count()
}
