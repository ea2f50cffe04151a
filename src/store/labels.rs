//! What was said about comments: the events that are kept, and their bounds.

use super::articles::{MAX_ID_BYTES, MAX_URL_BYTES, check_article};
use super::error::check_length;
use super::{Error, digest};
use crate::comment::Article;
use crate::data::{Address, is_usual_name};

/// Longest comment. Chosen: three times the longest that Perspective scored.
pub const MAX_COMMENT_BYTES: usize = 64 << 10;

/// Most events of one call. Chosen: the longest batch of the server.
pub const MAX_EVENTS: usize = 1000;

/// Most labels of one event. Chosen: Perspective had about fifty attributes in all.
const MAX_SCORES: usize = 64;

/// Longest name of a label, in bytes.
const MAX_LABEL_BYTES: usize = 64;

/// Columns of an export beside those that are usual in files.
const OWN_COLUMNS: [&str; 3] = ["kind", "language", "added"];

/// Who said it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// A person, through a suggestion or a moderator's decision: a label to learn from.
    #[default]
    Person,
    /// The model, in deciding: kept so that a site can look back, never exported as a label.
    Model,
}

impl Origin {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Model => "model",
        }
    }
}

/// Which article a comment stands under, as far as the request tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArticleRef {
    /// By its identifier.
    Id(String),
    /// By its address.
    Url(String),
    /// By what it says: kept under its identifier, or a hash where it has none, unless it is there already.
    Inline(Article),
}

/// Scores of one comment. Of several events about the same text in the same place the latest
/// counts, label by label.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelEvent {
    /// The comment.
    pub text: String,
    /// Attributes and their scores in \[0, 1\]: kept in lower case, without a version (`TOXICITY@6` is
    /// `toxicity`). Of a repeated one the last counts.
    pub scores: Vec<(String, f64)>,
    /// Who said it.
    pub origin: Origin,
    /// Hash of the model that said it.
    pub model: Option<String>,
    /// Identifier of the API key it came by, so that the labels of a lost key can be told.
    pub key_id: Option<String>,
    /// Community that the request named.
    pub community: Option<String>,
    /// Token that the request gave.
    pub token: Option<String>,
    /// Identifier of the comment.
    pub comment_id: Option<String>,
    /// Language that the request named, or that was found.
    pub language: Option<String>,
    /// The article it stands under.
    pub article: Option<ArticleRef>,
    /// Identifier of the comment it answers.
    pub parent_id: Option<String>,
    /// Text of the comment it answers.
    pub parent_text: Option<String>,
}

impl LabelEvent {
    /// Checks all bounds and brings the names of labels into their form.
    pub(super) fn check(mut self) -> Result<Self, Error> {
        if self.text.is_empty() {
            return Err(Error::Empty { what: "a comment" });
        }
        check_length("a comment", &self.text, MAX_COMMENT_BYTES)?;
        if let Some(parent) = &self.parent_text {
            check_length("a parent", parent, MAX_COMMENT_BYTES)?;
        }
        for (what, name) in [
            ("a model hash", &self.model),
            ("a key's identifier", &self.key_id),
            ("a community", &self.community),
            ("a token", &self.token),
            ("a comment's identifier", &self.comment_id),
            ("a language", &self.language),
            ("a parent's identifier", &self.parent_id),
        ] {
            check_length(what, name.as_deref().unwrap_or_default(), MAX_ID_BYTES)?;
        }
        match &self.article {
            Some(ArticleRef::Id(id)) => check_length("an article's identifier", id, MAX_ID_BYTES)?,
            Some(ArticleRef::Url(url)) => check_length("an address", url, MAX_URL_BYTES)?,
            Some(ArticleRef::Inline(article)) => check_article(article)?,
            None => {}
        }
        self.scores = check_scores(&self.scores)?;
        Ok(self)
    }

    /// Hash of what the event is about: the text, its article and its parent. The token is no part of it,
    /// since some clients give every request one of its own and others all requests the same.
    pub(super) fn subject(&self) -> String {
        let (kind, article) = match &self.article {
            None => ("", String::new()),
            Some(ArticleRef::Id(id)) => ("id", id.clone()),
            Some(ArticleRef::Url(url)) => match Address::parse(url) {
                Some(address) => ("url", digest(&[&address.page, &address.query])),
                None => ("url", url.clone()),
            },
            Some(ArticleRef::Inline(article)) => ("id", article_id(article)),
        };
        let parent = self.parent_id.as_deref().or(self.parent_text.as_deref());
        digest(&[&self.text, kind, &article, parent.unwrap_or_default()])
    }
}

/// The identifier of an inline article: its own, or a hash of what it says.
pub(super) fn article_id(article: &Article) -> String {
    if !article.id.is_empty() {
        return article.id.clone();
    }
    let parts = [&article.title, &article.lead, &article.body, &article.url];
    let hash = digest(&parts.map(String::as_str));
    format!("sha256-{}", &hash[..32])
}

fn check_scores(scores: &[(String, f64)]) -> Result<Vec<(String, f64)>, Error> {
    if scores.is_empty() {
        return Err(Error::Empty {
            what: "the list of scores",
        });
    }
    if scores.len() > MAX_SCORES {
        return Err(Error::TooMany {
            what: "scores of a comment",
            given: scores.len(),
            max: MAX_SCORES,
        });
    }
    let mut checked: Vec<(String, f64)> = Vec::with_capacity(scores.len());
    for (attribute, score) in scores {
        let label = label_name(attribute)?;
        if !(0.0..=1.0).contains(score) {
            return Err(Error::Score {
                label,
                score: *score,
            });
        }
        checked.retain(|(known, _)| *known != label);
        checked.push((label, *score));
    }
    Ok(checked)
}

/// The column of an attribute: `TOXICITY@6` → `toxicity`.
fn label_name(attribute: &str) -> Result<String, Error> {
    let name = attribute.split('@').next().unwrap_or_default().trim();
    let label = name.to_lowercase();
    let is_plain = |c: char| c.is_alphanumeric() || "_-. ".contains(c);
    if label.is_empty()
        || label.len() > MAX_LABEL_BYTES
        || !label.chars().all(is_plain)
        || is_usual_name(&label)
        || OWN_COLUMNS.contains(&label.as_str())
    {
        let name = name.chars().take(MAX_LABEL_BYTES).collect();
        return Err(Error::LabelName { name });
    }
    Ok(label)
}

/// A comment that replies may refer to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptComment {
    /// Identifier of the comment.
    pub id: String,
    /// Identifier of the article it stands under.
    pub article_id: Option<String>,
    /// Identifier of the comment it answers.
    pub parent_id: Option<String>,
    /// The comment.
    pub text: String,
}

impl KeptComment {
    pub(super) fn check(self) -> Result<Self, Error> {
        if self.id.is_empty() {
            return Err(Error::Empty {
                what: "a comment's identifier",
            });
        }
        check_length("a comment", &self.text, MAX_COMMENT_BYTES)?;
        for (what, id) in [
            ("a comment's identifier", Some(&self.id)),
            ("an article's identifier", self.article_id.as_ref()),
            ("a parent's identifier", self.parent_id.as_ref()),
        ] {
            check_length(what, id.map_or("", String::as_str), MAX_ID_BYTES)?;
        }
        Ok(self)
    }
}

pub(super) fn check_number(what: &'static str, given: usize) -> Result<(), Error> {
    if given <= MAX_EVENTS {
        return Ok(());
    }
    Err(Error::TooMany {
        what,
        given,
        max: MAX_EVENTS,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(text: &str, attribute: &str, score: f64) -> LabelEvent {
        LabelEvent {
            text: text.into(),
            scores: vec![(attribute.into(), score)],
            ..LabelEvent::default()
        }
    }

    #[test]
    fn attributes_become_columns() {
        for (attribute, label) in [
            ("TOXICITY", Some("toxicity")),
            ("SEVERE_TOXICITY@6", Some("severe_toxicity")),
            ("Übergriffig", Some("übergriffig")),
            ("off-topic v2", Some("off-topic v2")),
            ("text", None),
            ("Article_ID", None),
            ("KIND", None),
            ("added", None),
            ("@6", None),
            ("", None),
            ("a,b", None),
            ("a=b", None),
            ("a\nb", None),
        ] {
            assert_eq!(label_name(attribute).ok().as_deref(), label, "{attribute}");
        }
        assert!(label_name(&"x".repeat(65)).is_err());
    }

    #[test]
    fn scores_are_shares_and_the_last_of_a_label_counts() {
        for score in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            let error = event("x", "TOXICITY", score).check().unwrap_err();
            assert!(matches!(error, Error::Score { .. }), "{error}");
        }
        let mut twice = event("x", "TOXICITY", 1.0);
        twice.scores.push(("toxicity@7".into(), 0.25));
        assert_eq!(twice.check().unwrap().scores, [("toxicity".into(), 0.25)]);
    }

    #[test]
    fn sizes_are_bounded() {
        let long = "ä".repeat(MAX_COMMENT_BYTES / 2 + 1);
        let error = event(&long, "TOXICITY", 1.0).check().unwrap_err();
        assert_eq!(
            error.to_string(),
            "a comment has 65538 bytes; at most 65536 are kept"
        );
        let mut many = event("x", "TOXICITY", 1.0);
        many.scores = (0..65).map(|i| (format!("l{i}"), 0.0)).collect();
        assert!(matches!(
            many.check(),
            Err(Error::TooMany { given: 65, .. })
        ));
        let mut token = event("x", "TOXICITY", 1.0);
        token.token = Some("t".repeat(MAX_ID_BYTES + 1));
        assert!(matches!(token.check(), Err(Error::TooLong { .. })));
        assert!(matches!(
            event("", "TOXICITY", 1.0).check(),
            Err(Error::Empty { .. })
        ));
    }

    #[test]
    fn a_subject_is_a_text_in_its_place() {
        let place = |article: Option<ArticleRef>, parent: Option<&str>| {
            let mut event = event("x", "TOXICITY", 1.0);
            event.article = article;
            event.parent_id = parent.map(str::to_owned);
            event.token = Some(format!("{article:?}", article = event.article));
            event.subject()
        };
        let url = |url: &str| Some(ArticleRef::Url(url.into()));
        assert_eq!(
            place(url("https://a.example/x/"), None),
            place(url("http://www.a.example/x"), None)
        );
        let places = [
            place(None, None),
            place(None, Some("1")),
            place(url("https://a.example/x"), None),
            place(url("https://a.example/x?id=2"), None),
            place(Some(ArticleRef::Id("1".into())), None),
        ];
        for (i, one) in places.iter().enumerate() {
            assert!(!places[..i].contains(one), "{i}");
        }
    }
}
