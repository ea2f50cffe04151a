//! What a page says of itself: schema.org objects, from JSON-LD or microdata alike.

use std::collections::{HashMap, HashSet};

use dom_query::{Document, NodeRef};
use serde_json::{Map, Value};

use super::{MAX_COMMENTS, PageComment, dom, microdata, text_of};

/// Keys that lead away from the article and its comments.
const ASIDE: &[&str] = &[
    "about",
    "author",
    "creator",
    "image",
    "interactionStatistic",
    "isPartOf",
    "mentions",
    "parentItem",
    "publisher",
    "relatedLink",
];

/// What a page says of its article.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) title: String,
    pub(super) lead: String,
    pub(super) body: String,
    pub(super) section: String,
    pub(super) url: Option<String>,
    pub(super) published: Option<String>,
}

/// All that a page says.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) article: Option<Facts>,
    pub(super) comments: Vec<PageComment>,
    /// Blocks of JSON-LD that are no JSON.
    pub(super) n_unreadable: usize,
}

/// Reads the JSON-LD blocks and the microdata of a page. Many pages have both: the comments are those
/// of the one that has more, and are never mixed, which would tell each twice.
pub(super) fn read(document: &Document) -> Found {
    let blocks = document.select(r#"script[type^="application/ld+json"]"#);
    let parsed: Vec<_> = blocks
        .nodes()
        .iter()
        .map(|block| serde_json::from_str::<Value>(json_of(&script_text(block))))
        .collect();
    let n_unreadable = parsed.iter().filter(|value| value.is_err()).count();
    let values: Vec<Value> = parsed.into_iter().flatten().collect();
    let (linked, marked) = (collect(&values), collect(&microdata::items(document)));
    let comments = if linked.comments.len() >= marked.comments.len() {
        linked.comments
    } else {
        marked.comments
    };
    Found {
        article: linked.article.or(marked.article),
        comments,
        n_unreadable,
    }
}

fn collect(values: &[Value]) -> Found {
    let mut reader = Reader::default();
    values.iter().for_each(|value| reader.learn_names(value));
    values.iter().for_each(|value| reader.walk(value, None));
    reader.finish()
}

fn script_text(block: &NodeRef) -> String {
    block
        .children_it(false)
        .filter(NodeRef::is_text)
        .map(|text| text.text().to_string())
        .collect()
}

/// JSON without the guards that old pages put around scripts.
fn json_of(script: &str) -> &str {
    let mut json = script.trim();
    for guard in ["<!--", "//<![CDATA[", "<![CDATA[", "/*<![CDATA[*/"] {
        json = json.strip_prefix(guard).unwrap_or(json).trim_start();
    }
    for guard in ["//]]>", "/*]]>*/", "]]>", "-->"] {
        json = json.strip_suffix(guard).unwrap_or(json).trim_end();
    }
    json.trim_end_matches(';')
}

#[derive(Debug, Default)]
struct Reader {
    found: Found,
    /// A forum's opening post: an article only if there is no other.
    opening: Option<Facts>,
    /// Identifiers of the comments taken: graphs tell some of them twice.
    ids: HashSet<String>,
    /// Parents told from above: the answered comment lists its answers.
    parents: HashMap<String, String>,
    /// Names of persons by identifier.
    names: HashMap<String, String>,
}

impl Reader {
    fn learn_names(&mut self, value: &Value) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.learn_names(value)),
            Value::Object(object) => {
                let name = text_of(object, &["name", "alternateName"]);
                if let (Some(id), Some(name)) = (text_of(object, &["@id"]), name) {
                    self.names.entry(id).or_insert(name);
                }
                object.values().for_each(|value| self.learn_names(value));
            }
            _ => {}
        }
    }

    /// Takes a value and all in it; `parent` is the identifier of the comment around it.
    fn walk(&mut self, value: &Value, parent: Option<&str>) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.walk(value, parent)),
            Value::Object(object) => self.object(object, parent),
            _ => {}
        }
    }

    fn object(&mut self, object: &Map<String, Value>, parent: Option<&str>) {
        let id = text_of(object, &["@id", "identifier", "url"]);
        if let (Some(id), Some(parent)) = (&id, parent) {
            self.parents.entry(id.clone()).or_insert(parent.to_owned());
        }
        let types = types(object);
        let is = |test: fn(&str) -> bool| types.iter().any(|name| test(name));
        let answers = parent.is_some() || object.contains_key("parentItem");
        let is_comment = is(is_comment) || (is(is_posting) && answers);
        let inner = if is_comment {
            self.comment(object, id, parent)
        } else {
            if is(is_posting) {
                self.opening.get_or_insert_with(|| facts(object));
            } else if is(is_article) {
                self.article(object);
            }
            None
        };
        let within = object
            .iter()
            .filter(|(key, _)| !ASIDE.contains(&key.as_str()));
        for (_, value) in within {
            self.walk(value, inner.as_deref());
        }
    }

    /// The first article that has a headline or a body; a later one only fills what is open.
    fn article(&mut self, object: &Map<String, Value>) {
        let facts = facts(object);
        let is_better = self.found.article.as_ref().is_none_or(|known| {
            let same = !facts.title.is_empty() && known.title == facts.title;
            same && known.body.len() < facts.body.len()
        });
        if is_better && !(facts.title.is_empty() && facts.body.is_empty()) {
            self.found.article = Some(facts);
        }
    }

    /// Takes a comment; what stands in it answers the identifier returned.
    fn comment(
        &mut self,
        object: &Map<String, Value>,
        id: Option<String>,
        parent: Option<&str>,
    ) -> Option<String> {
        let text = text_of(
            object,
            &["text", "commentText", "articleBody", "description"],
        );
        let answered = object.get("parentItem").and_then(reference);
        let comments = &mut self.found.comments;
        if let Some(text) = text.filter(|_| comments.len() <= MAX_COMMENTS) {
            // Where comments have no identifiers, answers must have something to refer to.
            let id = id.unwrap_or_else(|| format!("#{}", comments.len() + 1));
            if !self.ids.insert(id.clone()) {
                return Some(id);
            }
            let author = ["author", "creator"]
                .iter()
                .find_map(|key| name(object.get(*key)?, &self.names));
            comments.push(PageComment {
                id: id.clone(),
                parent_id: parent.map(str::to_owned).or(answered),
                author,
                published: text_of(object, &["datePublished", "dateCreated", "commentTime"]),
                text,
            });
            return Some(id);
        }
        id
    }

    fn finish(mut self) -> Found {
        for comment in &mut self.found.comments {
            if comment.parent_id.is_none() {
                comment.parent_id = self.parents.get(&comment.id).cloned();
            }
        }
        self.found.article = self.found.article.or(self.opening);
        self.found
    }
}

fn facts(object: &Map<String, Value>) -> Facts {
    let text = |keys: &[&str]| text_of(object, keys).unwrap_or_default();
    Facts {
        title: text(&["headline", "name"]),
        lead: text(&["description", "abstract"]),
        body: text(&["articleBody", "text"]),
        section: text(&["articleSection"]),
        url: text_of(object, &["url"])
            .or_else(|| object.get("mainEntityOfPage").and_then(reference))
            .filter(|url| url.contains("://")),
        published: text_of(object, &["datePublished", "dateCreated"]),
    }
}

/// Types of an object, without their vocabulary.
fn types(object: &Map<String, Value>) -> Vec<&str> {
    let names: Vec<&str> = match object.get("@type") {
        Some(Value::String(name)) => name.split_whitespace().collect(),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    names
        .into_iter()
        .map(|name| name.rsplit(['/', '#', ':']).next().unwrap_or(name))
        .collect()
}

fn is_comment(name: &str) -> bool {
    matches!(name, "Comment" | "UserComments" | "Answer")
}

fn is_posting(name: &str) -> bool {
    matches!(
        name,
        "DiscussionForumPosting" | "SocialMediaPosting" | "Question"
    )
}

fn is_article(name: &str) -> bool {
    name.ends_with("Article") || matches!(name, "BlogPosting" | "LiveBlogPosting" | "Report")
}

/// Plain text of a value: a string, a number, or the first of several.
pub(super) fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => dom::plain(text),
        Value::Number(number) => number.to_string(),
        Value::Array(values) => return values.iter().find_map(text),
        // Some pages wrap values: {"@value": "…"}.
        Value::Object(object) => return text(object.get("@value")?),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// A display name: a string, a person, a reference to one, or the first of several.
fn name(value: &Value, names: &HashMap<String, String>) -> Option<String> {
    match value {
        Value::String(_) => text(value).filter(|name| !name.contains("://")),
        Value::Array(values) => values.iter().find_map(|value| name(value, names)),
        Value::Object(object) => text_of(object, &["name", "alternateName", "@value"])
            .or_else(|| names.get(&text_of(object, &["@id"])?).cloned()),
        _ => None,
    }
}

/// The identifier that a value refers to.
fn reference(value: &Value) -> Option<String> {
    match value {
        Value::String(_) => text(value),
        Value::Array(values) => values.iter().find_map(reference),
        Value::Object(object) => text_of(object, &["@id", "identifier", "url"]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(json: &str) -> Found {
        let html = format!("<script type='application/ld+json'>{json}</script>");
        read(&dom::parse(&html).unwrap())
    }

    /// Each comment as `id<parent author: text`.
    fn brief(found: &Found) -> Vec<String> {
        let brief = |comment: &PageComment| {
            let parent = comment.parent_id.as_deref().unwrap_or("-");
            let author = comment.author.as_deref().unwrap_or("?");
            format!("{}<{parent} {author}: {}", comment.id, comment.text)
        };
        found.comments.iter().map(brief).collect()
    }

    #[test]
    fn nested_comments_know_their_parents() {
        let found = found(
            r##"{"@type": ["NewsArticle"], "headline": "A &amp; B", "comment": [
                {"@type": "Comment", "@id": "#1", "author": "Ann", "text": "<p>x</p>", "comment":
                    {"@type": "Comment", "author": {"name": "Ben"}, "text": "y"}},
                {"@type": "schema:Comment", "@id": "#3", "parentItem": {"@id": "#1"}, "text": "z"}]}"##,
        );
        assert_eq!(brief(&found), ["#1<- Ann: x", "#2<#1 Ben: y", "#3<#1 ?: z"]);
        assert_eq!(found.article.unwrap().title, "A & B");
    }

    #[test]
    fn graphs_refer_by_identifier() {
        let found = found(
            r##"{"@graph": [{"@type": "Person", "@id": "#p", "name": "Cem"},
                {"@type": "Comment", "@id": "#1", "author": {"@id": "#p"}, "text": "x",
                 "comment": [{"@id": "#2"}]},
                {"@type": "Comment", "@id": "#2", "text": "y"},
                {"@type": "BlogPosting", "headline": "T", "articleBody": "B", "comment": [{"@id": "#1"}]}]}"##,
        );
        assert_eq!(brief(&found), ["#1<- Cem: x", "#2<#1 ?: y"]);
        assert_eq!(found.article.unwrap().body, "B");
    }

    #[test]
    fn a_forum_opens_with_its_article() {
        let found = found(
            r#"{"@type": "DiscussionForumPosting", "headline": "Q", "text": "Why?", "comment": [
                {"@type": "Comment", "text": "Because."}]}"#,
        );
        assert_eq!(brief(&found), ["#1<- ?: Because."]);
        assert_eq!(found.article.unwrap().body, "Why?");
    }

    #[test]
    fn broken_blocks_are_counted() {
        assert_eq!(found("{\"@type\": ").n_unreadable, 1);
        assert_eq!(found("//<![CDATA[\n[{}, 1, null];\n//]]>").n_unreadable, 0);
    }
}
