//! Comments and verdicts as JSON.
//!
//! A comment: `{"id", "text", "author", "parent_text", "parent_author", "article_id", "article_title",
//! "article_lead", "article_text"}`, of which only the text is required. A verdict: `{"id", "scores", "flags", "decision", "reasons", "model", "error"}`.

use std::borrow::Cow;

use ombuds::comment::{Article, Comment};
use ombuds::data::ArticleStore;
use ombuds::moderate::Moderator;
use ombuds::report::reasons::reasons;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::content;
use crate::kernel::Kernel;

#[derive(Debug, Deserialize)]
struct WireComment<'a> {
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    text: Cow<'a, str>,
    #[serde(borrow, default)]
    author: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    parent_text: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    parent_author: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    article_id: Option<Cow<'a, str>>,
    #[serde(default)]
    article_title: String,
    #[serde(default)]
    article_lead: String,
    #[serde(default)]
    article_text: String,
}

/// A verdict to publish.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The same whenever the same comment is scored with the same model and thresholds.
    pub message_id: String,
    /// The comment's id; without one, the same as `message_id`.
    pub key: String,
    /// The verdict.
    pub json: String,
    /// Whether the message was no comment.
    pub is_error: bool,
}

/// The verdict on a message.
pub(super) fn verdict(
    kernel: &Kernel,
    moderator: &mut Moderator<'_>,
    articles: Option<&ArticleStore>,
    payload: &[u8],
) -> Verdict {
    let digest = content::hash(payload, 16);
    let message_id = format!("{}-{digest}", kernel.rules_hash());
    match serde_json::from_slice::<WireComment>(payload) {
        Ok(comment) => Verdict {
            key: match comment.id.as_deref() {
                Some(id) if !id.is_empty() => id.to_owned(),
                _ => message_id.clone(),
            },
            message_id,
            json: of_comment(kernel, moderator, articles, &comment).to_string(),
            is_error: false,
        },
        // Where in the message, never what stands there.
        Err(error) => Verdict {
            key: message_id.clone(),
            message_id,
            json: json!({
                "model": kernel.model_hash(),
                "error": format!("no comment: {:?} error at column {}", error.classify(), error.column()),
            })
            .to_string(),
            is_error: true,
        },
    }
}

fn of_comment(
    kernel: &Kernel,
    moderator: &mut Moderator<'_>,
    articles: Option<&ArticleStore>,
    wire: &WireComment,
) -> Value {
    let inline = Article {
        title: wire.article_title.trim().to_owned(),
        lead: wire.article_lead.trim().to_owned(),
        body: wire.article_text.trim().to_owned(),
        ..Article::default()
    };
    let known = wire.article_id.as_ref().and_then(|id| articles?.get(id));
    let is_empty = inline.title.is_empty() && inline.lead.is_empty() && inline.body.is_empty();
    let trimmed = |text: &'_ Option<Cow<'_, str>>| {
        let text = text.as_deref().map(str::trim);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let (author, parent) = (trimmed(&wire.author), trimmed(&wire.parent_text));
    let parent_author = trimmed(&wire.parent_author);
    let comment = Comment {
        text: &wire.text,
        author: author.as_deref(),
        article: known.map(AsRef::as_ref).or((!is_empty).then_some(&inline)),
        parent: parent.as_deref(),
        parent_author: parent_author.as_deref(),
        thread: None,
    };
    let moderation = moderator.moderate(&comment);
    let (mut scores, mut flags) = (Map::new(), Map::new());
    for (label_idx, label) in kernel.model().labels().enumerate() {
        let score = moderation.probabilities[label_idx];
        // Not a number becomes null: it cannot be told.
        scores.insert(label.to_owned(), json!(score));
        flags.insert(label.to_owned(), json!(moderation.flags[label_idx]));
    }
    json!({
        "id": wire.id,
        "scores": scores,
        "flags": flags,
        "decision": moderation.ruling.decision.as_str(),
        "reasons": reasons(kernel.model(), kernel.rules(), &comment, &moderation),
        "model": kernel.model_hash(),
        "error": null,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ombuds::model::Model;
    use ombuds::moderate::HouseRules;
    use ombuds::phrases::PhraseSet;
    use std::sync::Arc;

    fn kernel() -> Kernel {
        let model = Model::embedded();
        let rules = HouseRules::new(&model, &[], PhraseSet::default()).unwrap();
        Kernel::new(Arc::new(model), Arc::new(rules))
    }

    #[test]
    fn verdicts_carry_the_librarys_bits() {
        let kernel = kernel();
        let payload = br#"{"id":"7","text":"You stupid 1d10t","author":" "}"#;
        let found = verdict(&kernel, &mut kernel.moderator(), None, payload);
        let json: Value = serde_json::from_str(&found.json).unwrap();
        let mut scorer = kernel.model().scorer();
        let scores = scorer.score(&Comment::from_text("You stupid 1d10t"));
        for (label, score) in kernel.model().labels().zip(scores.probabilities()) {
            let told = json["scores"][label].as_f64();
            assert_eq!(told, (!score.is_nan()).then_some(score), "{label}");
        }
        assert_eq!(json["id"], "7");
        let again = verdict(&kernel, &mut kernel.moderator(), None, payload);
        assert_eq!(again.message_id, found.message_id);
        assert_eq!(found.key, "7");
        let payload = br#"{"id":"","text":"fine"}"#;
        let nameless = verdict(&kernel, &mut kernel.moderator(), None, payload);
        assert_eq!(nameless.key, nameless.message_id);
    }

    #[test]
    fn what_is_no_comment_is_told_without_its_content() {
        let kernel = kernel();
        for payload in [&b"secret"[..], br#"{"text":3}"#, b"", b"\xff"] {
            let found = verdict(&kernel, &mut kernel.moderator(), None, payload);
            assert!(
                found.is_error && !found.json.contains("secret"),
                "{}",
                found.json
            );
        }
    }
}
