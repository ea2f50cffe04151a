//! Microdata as the objects that JSON-LD would have written.

use dom_query::{Document, NodeRef};
use serde_json::{Map, Value};

use super::dom::{visible_line, visible_text};

/// Properties whose text counts even where they are links.
const NAMES: &[&str] = &["author", "creator", "name", "alternateName", "headline"];
/// Properties of running text.
const TEXTS: &[&str] = &["articleBody", "text", "commentText", "description"];

/// Other properties that are read.
const PLAIN: &[&str] = &[
    "articleSection",
    "commentTime",
    "dateCreated",
    "datePublished",
    "identifier",
    "mainEntityOfPage",
    "parentItem",
    "url",
];

/// All items of a page that stand in no other item.
pub(super) fn items(document: &Document) -> Vec<Value> {
    let is_inner = |node: &NodeRef| {
        node.ancestors_it(None)
            .any(|ancestor| ancestor.has_attr("itemscope"))
    };
    let scopes = document.select("[itemscope]");
    let nodes = scopes.nodes().iter().filter(|node| !is_inner(node));
    nodes.map(|node| Value::Object(item(node))).collect()
}

fn item(node: &NodeRef) -> Map<String, Value> {
    let mut object = Map::new();
    if let Some(kind) = node.attr("itemtype") {
        object.insert("@type".to_owned(), Value::from(&*kind));
    }
    let id = ["itemid", "id", "data-comment-id"];
    if let Some(id) = id.iter().find_map(|name| node.attr(name)) {
        object.insert("@id".to_owned(), Value::from(&*id));
    }
    properties(node, false, &mut object);
    object
}

/// Adds the properties below a node. Within a value only items count: text within text would be told
/// once for each level, which hostile pages have many of.
fn properties(node: &NodeRef, in_value: bool, object: &mut Map<String, Value>) {
    for child in node.children_it(false).filter(NodeRef::is_element) {
        let names = child.attr("itemprop").unwrap_or_default();
        if child.has_attr("itemscope") {
            // Items that forgot to say what they are of the outer one belong to it all the same.
            let name = names.split_whitespace().next().unwrap_or("@within");
            add(object, name, Value::Object(item(&child)));
            continue;
        }
        let known = names.split_whitespace().filter(|name| is_known(name));
        let mut is_value = in_value;
        if !in_value {
            for name in known {
                add(object, name, Value::from(value(&child, name)));
                is_value = true;
            }
        }
        properties(&child, is_value, object);
    }
}

fn is_known(name: &str) -> bool {
    NAMES.contains(&name) || TEXTS.contains(&name) || PLAIN.contains(&name)
}

fn add(object: &mut Map<String, Value>, name: &str, value: Value) {
    let values = object
        .entry(name)
        .or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(values) = values {
        values.push(value);
    }
}

/// The value of a property.
///
/// # References
/// WHATWG, HTML, section 5.2.4 (values), but that names are text where they are links.
fn value(node: &NodeRef, name: &str) -> String {
    if let Some(content) = node.attr("content") {
        return content.to_string();
    }
    let element = node.node_name().unwrap_or_default();
    let attribute = match &*element {
        "time" => "datetime",
        "data" | "meter" => "value",
        "a" | "area" | "link" if !NAMES.contains(&name) => "href",
        "audio" | "embed" | "iframe" | "img" | "source" | "track" | "video" => "src",
        _ => "",
    };
    match node.attr(attribute) {
        Some(value) => value.to_string(),
        // Escaped, because values may be HTML and these are text already.
        None if TEXTS.contains(&name) => {
            escape(&visible_text(node, &|inner| inner.has_attr("itemscope")))
        }
        None => escape(&visible_line(node)),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::super::{dom, schema};

    #[test]
    fn items_become_articles_and_comments() {
        let html = r#"<article itemscope itemtype="https://schema.org/NewsArticle">
            <h1 itemprop="headline">Tram <b>late</b></h1><div itemprop="articleBody"><p>One.<p>Two.</div>
            <div itemprop="comment" itemscope itemtype="http://schema.org/Comment" id="c7">
              <a itemprop="author" href="/u/1">Ann &lt;b&gt;</a> <time itemprop="dateCreated" datetime="2024-05-01">May</time>
              <p itemprop="text">5 &lt; 6 &amp;amp; so</p>
              <div itemscope itemtype="http://schema.org/Comment"><span itemprop="text">No.</span></div>
            </div></article>"#;
        let found = schema::read(&dom::parse(html).unwrap());
        let article = found.article.unwrap();
        assert_eq!(
            (&*article.title, &*article.body),
            ("Tram late", "One.\n\nTwo.")
        );
        let [first, second] = &found.comments[..] else {
            panic!("{:?}", found.comments)
        };
        assert_eq!(first.author.as_deref(), Some("Ann <b>"));
        assert_eq!((&*first.text, &*first.id), ("5 < 6 &amp; so", "c7"));
        assert_eq!(first.published.as_deref(), Some("2024-05-01"));
        assert_eq!(
            (&*second.text, second.parent_id.as_deref()),
            ("No.", Some("c7"))
        );
    }
}
