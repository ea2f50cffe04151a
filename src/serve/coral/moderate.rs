//! `POST /coral/moderate`: the external moderation phase.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::signed_body;
use crate::comment::{Article, Comment, Decision};
use crate::moderate::Moderation;
use crate::policy::PhraseAction;
use crate::report::reasons::reasons;
use crate::serve::Service;
use crate::serve::bounds::Caller;
use crate::serve::error::Error;
use crate::serve::json::{Text, read};
use crate::serve::keep::Said;
use crate::serve::loaded::Loaded;

/// Longest explanation for moderators, in bytes.
const MAX_EXPLANATION_BYTES: usize = 500;

/// Coral's codes of reasons, by label.
const CODES: [(&str, &str); 13] = [
    ("off_topic", "IRRELEVANT_CONTENT"),
    ("insult", "ABUSIVE"),
    ("toxicity", "ABUSIVE"),
    ("severe_toxicity", "ABUSIVE"),
    ("profanity", "OFFENSIVE"),
    ("obscene", "OFFENSIVE"),
    ("threat", "HARASSMENT_BULLYING"),
    ("attack_on_author", "HARASSMENT_BULLYING"),
    ("attack_on_commenter", "HARASSMENT_BULLYING"),
    ("identity_attack", "HATE_SPEECH"),
    ("spam", "SPAM"),
    ("advertising", "AD"),
    ("misinformation", "MISINFORMATION"),
];

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Phase<'a> {
    comment: PhaseComment<'a>,
    story: Option<PhaseStory<'a>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct PhaseComment<'a> {
    /// HTML; nothing for a comment of media alone.
    body: Option<Text<'a>>,
    #[serde(rename = "parentID")]
    parent_id: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct PhaseStory<'a> {
    id: Option<Text<'a>>,
    url: Option<Text<'a>>,
}

/// Says what becomes of a comment: nothing (204), or a status with its reason.
pub(crate) async fn moderate(
    State(service): State<Arc<Service>>,
    request: Request,
) -> Result<Response, Error> {
    let body = signed_body(&service, request).await?;
    let mut spare = Vec::new();
    let phase: Phase = read(&body, &mut spare)?;
    let text = phase.comment.body.as_ref().map_or("", |body| &body.0);
    if text.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let article = article(&service, phase.story.as_ref()).await?;
    let parent_id = phase.comment.parent_id.as_ref().map(|id| &*id.0);
    let parent = match parent_id {
        Some(id) => service.keep().comment(id).await?,
        None => None,
    };
    let comment = Comment {
        article: article.as_deref(),
        parent: parent.as_deref(),
        ..Comment::from_text(text)
    };
    let loaded = service.loaded();
    let moderation = Loaded::with_moderator(&loaded, |moderator| moderator.moderate(&comment));
    loaded.meters().count_scores(&moderation.probabilities);
    loaded.meters().count_decision(moderation.ruling.decision);
    if service.keep().keeps_scored() {
        let caller = Caller::default();
        let said = Said {
            url: phase
                .story
                .as_ref()
                .and_then(|story| Some(&*story.url.as_ref()?.0)),
            parent_id,
            ..Said::of(&comment, &caller)
        };
        let said = vec![(said, &moderation.probabilities[..])];
        service.keep().decisions(&loaded, said).await;
    }
    Ok(match verdict(&loaded, &comment, &moderation) {
        Some(verdict) => axum::Json(verdict).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// By identifier; where that article has no text, by address.
async fn article(
    service: &Service,
    story: Option<&PhaseStory<'_>>,
) -> Result<Option<Arc<Article>>, Error> {
    let Some(story) = story else {
        return Ok(None);
    };
    let has_text = |article: &Arc<Article>| {
        [&article.title, &article.lead, &article.body]
            .iter()
            .any(|text| !text.is_empty())
    };
    if let Some(id) = &story.id
        && let Some(article) = service.keep().article(&id.0).await?.filter(has_text)
    {
        return Ok(Some(article));
    }
    match &story.url {
        Some(url) => service.keep().article_by_url(&url.0).await,
        None => Ok(None),
    }
}

/// Coral's words for a decision; nothing for approval, which leaves the comment to Coral's other phases.
fn verdict(loaded: &Loaded, comment: &Comment, moderation: &Moderation) -> Option<Value> {
    let ruling = moderation.ruling;
    let label = ruling
        .label
        .map(|label_idx| loaded.model().heads()[label_idx].label.as_str());
    let code = match (label, ruling.phrase) {
        (Some(label), _) => CODES
            .iter()
            .find(|(it, _)| *it == label)
            .map_or("OTHER", |it| it.1),
        (None, Some(PhraseAction::Block)) => "BANNED_WORD",
        (None, _) => "OTHER",
    };
    let mut verdict = match ruling.decision {
        Decision::Approve => return None,
        Decision::Review => json!({"status": "PREMOD"}),
        Decision::Reject => {
            let mut why = reasons(loaded.model(), loaded.rules(), comment, moderation);
            why.truncate(why.floor_char_boundary(MAX_EXPLANATION_BYTES));
            json!({"status": "REJECTED", "moderationAction": {
                "status": "REJECTED", "rejectionReason": {"code": code, "detailedExplanation": why},
            }})
        }
    };
    // Coral has flags for two reasons; what is off topic or has a banned word is neither.
    let flag = match code {
        "SPAM" | "AD" => Some("COMMENT_DETECTED_SPAM"),
        "IRRELEVANT_CONTENT" | "BANNED_WORD" | "MISINFORMATION" | "OTHER" => None,
        _ => Some("COMMENT_DETECTED_TOXIC"),
    };
    if let Some(reason) = flag {
        verdict["actions"] = json!([{"actionType": "FLAG", "reason": reason}]);
    }
    Some(verdict)
}
