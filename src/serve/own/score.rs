//! `POST /v1/score`: up to a thousand comments, with decisions and reasons.

use std::num::NonZeroU32;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde::ser::{SerializeMap as _, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::runtime::Handle;
use utoipa::ToSchema;

use super::articles::ArticleBody;
use super::place::Places;
use super::raw_json;
use crate::comment::{Article, Comment};
use crate::moderate::{Field, Moderation, Moderator};
use crate::relation::Silence;
use crate::report::reasons::{reason_spans, reasons};
use crate::report::span_value;
use crate::serve::Service;
use crate::serve::batch::{self, MAX_BYTES, MAX_COMMENTS};
use crate::serve::bounds::{self, Caller};
use crate::serve::error::Error;
use crate::serve::json::{Text, first, mended};
use crate::serve::keep::Said;
use crate::serve::loaded::Loaded;
use crate::serve::sentences::Utf16Offsets;

/// A batch.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScoreBody<'a> {
    /// 1 to 1000 comments. One that cannot be read has an error in its place; the others are scored.
    #[serde(borrow, deserialize_with = "first::<_, _, { MAX_COMMENTS + 1 }>")]
    #[schema(value_type = Vec<CommentBody>, min_items = 1, max_items = 1000)]
    comments: Vec<&'a RawValue>,
    /// The article of all comments that name none.
    article: Option<ArticleBody>,
    /// Give reasons and their places.
    #[serde(default)]
    explain: bool,
    /// How places are counted.
    #[serde(default)]
    offsets: Offsets,
    /// Keep nothing of it, even if the server keeps decisions.
    #[serde(default)]
    do_not_store: bool,
}

/// How places in a text are counted.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Offsets {
    /// In bytes of UTF-8, as `ombuds flag` writes them.
    #[default]
    Bytes,
    /// In UTF-16 code units, as JavaScript and Perspective count.
    Utf16,
}

/// A comment and where it stands.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
pub(crate) struct CommentBody<'a> {
    /// Given back; replies in the same batch may refer to it.
    #[schema(value_type = Option<String>)]
    id: Option<Text<'a>>,
    /// What the reader wrote, not empty; the first 65,536 bytes are read.
    #[schema(value_type = String)]
    text: Text<'a>,
    /// Display name.
    #[schema(value_type = Option<String>)]
    author: Option<Text<'a>>,
    /// The article, by its identifier.
    #[schema(value_type = Option<String>)]
    article_id: Option<Text<'a>>,
    /// The article, by its address.
    #[schema(value_type = Option<String>)]
    article_url: Option<Text<'a>>,
    /// The article itself.
    article: Option<ArticleBody>,
    /// Text of the comment it answers.
    #[schema(value_type = Option<String>)]
    parent: Option<Text<'a>>,
    /// Display name of who wrote that.
    #[schema(value_type = Option<String>)]
    parent_author: Option<Text<'a>>,
    /// Identifier of the comment it answers. Who wrote that is known from the same batch alone.
    #[schema(value_type = Option<String>)]
    parent_id: Option<Text<'a>>,
    /// Text of the comment that began the thread, where that is not the one it answers.
    #[schema(value_type = Option<String>)]
    thread: Option<Text<'a>>,
    #[serde(skip)]
    #[schema(ignore)]
    inline: Option<Article>,
}

impl CommentBody<'_> {
    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_ref().map(|text| &*text.0)
    }

    pub(super) fn text(&self) -> &str {
        &self.text.0
    }

    pub(super) fn author(&self) -> Option<&str> {
        self.author.as_ref().map(|text| &*text.0)
    }

    pub(super) fn article_id(&self) -> Option<&str> {
        self.article_id.as_ref().map(|text| &*text.0)
    }

    pub(super) fn article_url(&self) -> Option<&str> {
        self.article_url.as_ref().map(|text| &*text.0)
    }

    pub(super) fn article(&self) -> Option<&Article> {
        self.inline.as_ref()
    }

    pub(super) fn parent(&self) -> Option<&str> {
        self.parent.as_ref().map(|text| &*text.0)
    }

    pub(super) fn parent_author(&self) -> Option<&str> {
        self.parent_author.as_ref().map(|text| &*text.0)
    }

    pub(super) fn parent_id(&self) -> Option<&str> {
        self.parent_id.as_ref().map(|text| &*text.0)
    }

    pub(super) fn thread(&self) -> Option<&str> {
        self.thread.as_ref().map(|text| &*text.0)
    }

    /// Reads one comment of a batch.
    fn read(raw: &RawValue) -> Result<CommentBody<'_>, String> {
        let mut comment: CommentBody =
            serde_json::from_str(raw.get()).map_err(|error| error.to_string())?;
        if comment.text().is_empty() {
            return Err("the comment has no text".to_owned());
        }
        let article = comment
            .article
            .take()
            .map(|article| article.into_article(""));
        comment.inline = article.transpose().map_err(|error| error.to_string())?;
        Ok(comment)
    }
}

/// The answers to a batch.
#[derive(Debug, Serialize, ToSchema)]
struct ScoreAnswer<'a> {
    /// Version of the model.
    model: &'a str,
    /// One a comment, in the order of the request.
    results: Vec<CommentAnswer<'a>>,
}

/// What is said of one comment.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum CommentAnswer<'a> {
    Scored(Box<ScoredAnswer<'a>>),
    Failed {
        /// Why it could not be scored.
        error: String,
    },
}

/// Scores and decision of one comment.
#[derive(Debug, Serialize, ToSchema)]
struct ScoredAnswer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    /// `approve`, `review` or `reject`.
    decision: &'static str,
    /// The label that decided, or `phrase` for a phrase of the site.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<&'a str>,
    /// Labels whose flag is set.
    flags: Vec<&'a str>,
    /// Probabilities by label; null where a label cannot be told.
    #[schema(value_type = std::collections::BTreeMap<String, Option<f64>>)]
    scores: LabelScores<'a>,
    /// Why `off_topic` cannot be told, if it cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    silence: Option<&'static str>,
    /// Why, in a line for people; only if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    reasons: Option<String>,
    /// The places of the reasons.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_spans: Option<Vec<Value>>,
    /// ISO 639-3 code of a language that the model has not learnt: its scores mean little there.
    #[serde(skip_serializing_if = "Option::is_none")]
    foreign_language: Option<&'static str>,
    /// Only the first 65,536 bytes were read.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_cut: bool,
    /// What could not be found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<&'static str>,
}

/// Scores by label, in the model's order.
#[derive(Debug)]
struct LabelScores<'a> {
    loaded: &'a Loaded,
    probabilities: Vec<f64>,
}

impl Serialize for LabelScores<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.probabilities.len()))?;
        for (label, &probability) in self.loaded.model().labels().zip(&self.probabilities) {
            // Not a number is written as null.
            map.serialize_entry(label, &probability)?;
        }
        map.end()
    }
}

/// Score comments
///
/// With their article or parent where there is one: `off_topic` is told from them alone.
#[utoipa::path(post, path = "/v1/score", request_body = ScoreBody,
    responses((status = 200, description = "One result a comment, in order", body = ScoreAnswer),
        (status = 400, description = "It is no batch"), (status = 413, description = "It is too long"),
        (status = 503, description = "Too many batches at once")))]
pub(crate) async fn score(
    State(service): State<Arc<Service>>,
    caller: Caller,
    request: Request,
) -> Result<Response, Error> {
    let permit = batch::enter(&service)?;
    let body = bounds::body(request, MAX_BYTES).await?;
    let answer = batch::run(permit, move |runtime| {
        score_all(&service, &caller, &body, runtime)
    });
    answer.await.map(raw_json)
}

fn score_all(
    service: &Service,
    caller: &Caller,
    body: &[u8],
    runtime: &Handle,
) -> Result<Vec<u8>, Error> {
    // Comments are read one by one, so all of the body is mended first.
    let body = mended(body);
    let mut request: ScoreBody = serde_json::from_slice(&body).map_err(Error::BadJson)?;
    if !(1..=MAX_COMMENTS).contains(&request.comments.len()) {
        return Err(Error::Invalid("comments: 1 to 1000"));
    }
    // The request itself was taken from the quota before; each further comment counts as one.
    if let Some(further) = NonZeroU32::new(request.comments.len() as u32 - 1) {
        caller.admit(further)?;
    }
    let common = request
        .article
        .take()
        .map(|article| article.into_article(""))
        .transpose()?;
    let loaded = service.loaded();
    let comments = batch::each(&loaded, &request.comments, |_, raw| CommentBody::read(raw));
    let readable = comments.iter().filter_map(|comment| comment.as_ref().ok());
    let mut places = runtime.block_on(Places::look_up(readable.clone(), service.keep()))?;
    places.common = common.map(Arc::new);
    let results = batch::each(&loaded, &comments, |moderator, comment| match comment {
        Ok(comment) => CommentAnswer::Scored(Box::new(answer(
            &loaded, moderator, comment, &places, &request,
        ))),
        Err(error) => CommentAnswer::Failed {
            error: error.clone(),
        },
    });
    if !request.do_not_store && service.keep().keeps_scored() {
        runtime.block_on(keep(service, caller, &loaded, &places, &comments, &results));
    }
    let answer = ScoreAnswer {
        model: loaded.version(),
        results,
    };
    serde_json::to_vec(&answer).map_err(|error| Error::Internal(error.into()))
}

/// Looks at one comment in its place.
fn answer<'a>(
    loaded: &'a Loaded,
    moderator: &mut Moderator,
    body: &'a CommentBody,
    places: &Places,
    request: &ScoreBody,
) -> ScoredAnswer<'a> {
    let mut notes = Vec::new();
    let comment = places.of(body, &mut notes);
    let moderation = if request.explain {
        moderator.moderate(&comment)
    } else {
        moderator.judge(&comment)
    };
    loaded.meters().count_scores(&moderation.probabilities);
    loaded.meters().count_decision(moderation.ruling.decision);
    let (model, rules) = (loaded.model(), loaded.rules());
    let label = |label_idx: usize| model.heads()[label_idx].label.as_str();
    let flagged = moderation
        .flags
        .iter()
        .enumerate()
        .filter(|(_, is_set)| **is_set);
    let by_phrase = moderation.ruling.phrase.map(|_| "phrase");
    ScoredAnswer {
        id: body.id(),
        decision: moderation.ruling.decision.as_str(),
        decided_by: moderation.ruling.label.map(label).or(by_phrase),
        flags: flagged.map(|(label_idx, _)| label(label_idx)).collect(),
        silence: moderation.scores.silence.map(Silence::as_str),
        reasons: request
            .explain
            .then(|| reasons(model, rules, &comment, &moderation)),
        reason_spans: request
            .explain
            .then(|| spans(loaded, &comment, &moderation, request.offsets)),
        foreign_language: moderation.foreign_language,
        is_cut: moderation.is_cut,
        notes,
        scores: LabelScores {
            loaded,
            probabilities: moderation.probabilities,
        },
    }
}

fn spans(
    loaded: &Loaded,
    comment: &Comment,
    moderation: &Moderation,
    offsets: Offsets,
) -> Vec<Value> {
    let spans = reason_spans(loaded.model(), loaded.rules(), comment, moderation);
    let mut text = Utf16Offsets::new(comment.text);
    let mut author = Utf16Offsets::new(comment.author.unwrap_or_default());
    let mut offset = |field, byte| match (offsets, field) {
        (Offsets::Bytes, _) => byte,
        (Offsets::Utf16, Field::Text) => text.at(byte),
        (Offsets::Utf16, Field::Author) => author.at(byte),
    };
    spans
        .iter()
        .map(|span| span_value(span, &mut offset))
        .collect()
}

/// Keeps comments and decisions, as far as the operator lets it.
async fn keep(
    service: &Service,
    caller: &Caller,
    loaded: &Loaded,
    places: &Places<'_>,
    comments: &[Result<CommentBody<'_>, String>],
    results: &[CommentAnswer<'_>],
) {
    let placed: Vec<(&CommentBody, Comment, &[f64])> = comments
        .iter()
        .zip(results)
        .filter_map(|pair| match pair {
            (Ok(body), CommentAnswer::Scored(scored)) => Some((
                body,
                places.of(body, &mut Vec::new()),
                &scored.scores.probabilities[..],
            )),
            _ => None,
        })
        .collect();
    let said = placed.iter().map(|(body, comment, scores)| {
        let said = Said {
            url: body.article_url(),
            comment_id: body.id(),
            parent_id: body.parent_id(),
            ..Said::of(comment, caller)
        };
        (said, *scores)
    });
    service.keep().decisions(loaded, said.collect()).await;
}
