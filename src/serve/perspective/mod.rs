//! The Perspective API (`commentanalyzer.googleapis.com`, `v1alpha1`) as its clients know it.
//!
//! Paths are matched by their end, since clients put their own before it. What a default client sends is answered
//! with a score if at all possible: sites publish unseen what they get no score for. In strict mode languages and
//! attributes beyond the model are Perspective's errors.

mod analyze;
mod answer;
mod context;
mod discovery;
mod suggest;
mod wire;

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use serde::Serialize;

use super::bounds::{self, Caller};
use super::error::Error;
use super::{MAX_BODY_BYTES, Service};
use wire::TextEntry;

/// Longest comment in bytes of UTF-8: Perspective's limit.
pub(super) const MAX_COMMENT_BYTES: usize = 20_480;
/// Attributes of one request. Chosen: Perspective had about fifty in all.
const MAX_ATTRIBUTES: usize = 128;

/// A method of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// `comments:analyze`
    Analyze,
    /// `comments:suggestscore`
    Suggest,
    /// `$discovery/rest`
    Discovery,
}

impl Call {
    /// The method that a path names by its end, also where `:` and `$` are escaped.
    pub(super) fn of_path(path: &str) -> Option<Self> {
        let decoded = if path.contains('%') {
            percent_decode_str(path).decode_utf8_lossy()
        } else {
            Cow::Borrowed(path)
        };
        if decoded.ends_with("comments:analyze") {
            Some(Self::Analyze)
        } else if decoded.ends_with("comments:suggestscore") {
            Some(Self::Suggest)
        } else if decoded.ends_with("/$discovery/rest") {
            Some(Self::Discovery)
        } else {
            None
        }
    }
}

/// Answers all that no route of our own answers.
pub(super) async fn by_suffix(
    State(service): State<Arc<Service>>,
    request: Request,
) -> Result<Response, Error> {
    let call = Call::of_path(request.uri().path());
    match (call, request.method()) {
        (Some(call @ (Call::Analyze | Call::Suggest)), &Method::POST) => {
            let caller = Caller::of(&service, request.uri(), request.headers())?;
            let body = bounds::body(request, MAX_BODY_BYTES).await?;
            if call == Call::Analyze {
                analyze::analyze(&service, &caller, &body).await
            } else {
                suggest::suggest(&service, &caller, &body).await
            }
        }
        (Some(Call::Discovery), &Method::GET) => {
            // It needs no key; but a wrong one is told here already, which some clients rely on.
            let caller = Caller::of(&service, request.uri(), request.headers());
            if let Err(error @ Error::KeyInvalid) = caller {
                return Err(error);
            }
            answer(&discovery::document(request.headers(), service.is_tls()))
        }
        _ => Err(Error::NotFound),
    }
}

/// Score a comment, as the Perspective API did
///
/// Served under every path that ends with `comments:analyze`.
#[utoipa::path(post, path = "/v1alpha1/comments:analyze", request_body = wire::AnalyzeRequest,
    responses((status = 200, description = "Scores of the attributes that can be told", body = wire::AnalyzeResponse),
        (status = 400, description = "One of Perspective's errors, in its words"),
        (status = 413, description = "It is too long")))]
pub(crate) async fn analyze(
    service: State<Arc<Service>>,
    request: Request,
) -> Result<Response, Error> {
    by_suffix(service, request).await
}

/// Suggest scores of a comment, as the Perspective API took them
///
/// Served under every path that ends with `comments:suggestscore`. Kept where the server has a store.
#[utoipa::path(post, path = "/v1alpha1/comments:suggestscore", request_body = wire::SuggestRequest,
    responses((status = 200, description = "They are kept, if anything is", body = wire::SuggestResponse),
        (status = 400, description = "One of Perspective's errors, in its words"),
        (status = 413, description = "It is too long")))]
pub(crate) async fn suggest(
    service: State<Arc<Service>>,
    request: Request,
) -> Result<Response, Error> {
    by_suffix(service, request).await
}

/// The text of a comment that may be scored.
fn checked_text<'a>(comment: Option<&'a TextEntry>) -> Result<&'a str, Error> {
    let comment = comment.ok_or(Error::CommentEmpty)?;
    let text = comment.text();
    match comment.kind.as_ref().map(|kind| &*kind.0) {
        _ if text.is_empty() => Err(Error::CommentEmpty),
        _ if text.len() > MAX_COMMENT_BYTES => Err(Error::CommentTooLong {
            n_bytes: text.len(),
        }),
        None | Some("" | "PLAIN_TEXT" | "TEXT_TYPE_UNSPECIFIED") => Ok(text),
        Some("HTML") => Err(Error::NotPlainText),
        Some(_) => Err(Error::UnknownTextType),
    }
}

/// The kinds of scores that Perspective served.
fn is_probability(kind: &str) -> bool {
    matches!(kind, "" | "PROBABILITY" | "SCORE_TYPE_UNSPECIFIED")
}

fn answer(body: &impl Serialize) -> Result<Response, Error> {
    let mut json = Vec::with_capacity(1024);
    serde_json::to_writer(&mut json, body).map_err(|error| Error::Internal(error.into()))?;
    Ok(as_json(json))
}

fn as_json(json: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, "application/json; charset=UTF-8")], json).into_response()
}
