//! Errors as clients of the Perspective API know them, word for word: many compare the message.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::perspective::MAX_COMMENT_BYTES;

/// Seconds after which a client that was turned away may try again.
const RETRY_AFTER_SECONDS: u64 = 1;
/// Type of the details that Perspective itself gave.
const ERROR_TYPE: &str = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error";
/// Type of the details of Google's infrastructure.
const INFO_TYPE: &str = "type.googleapis.com/google.rpc.ErrorInfo";
/// Name of the quota, in three of the places that carry it.
const QUOTA: &str = "Analysis requests (AnalyzeComment)";

/// Why a request got no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(super) enum Error {
    /// 400: the comment has no text.
    #[error("Comment must be non-empty.")]
    CommentEmpty,
    /// 400: the comment is longer than Perspective's limit.
    #[error(
        "Comment text was too many bytes. Value ({n_bytes}) exceeded limit ({MAX_COMMENT_BYTES})."
    )]
    CommentTooLong {
        /// Its length in UTF-8.
        n_bytes: usize,
    },
    /// 400, in strict mode: a language that the model has not learnt.
    #[error("Attribute {attribute} does not support request languages: {}", .requested.as_ref().unwrap_or(.detected).join(", "))]
    Language {
        /// The attribute as asked for.
        attribute: String,
        /// Languages that the request named.
        requested: Option<Vec<String>>,
        /// Languages that were found.
        detected: Vec<String>,
    },
    /// 400, in strict mode: no language named and none to be found.
    #[error("Unable to detect language")]
    LanguageUndetected,
    /// 400: nothing was asked for.
    #[error("Missing requested_attributes")]
    NoAttributes,
    /// 400: a name that nobody knows, one that the model does not score (in strict mode), or another model's.
    #[error("Unknown requested attribute: {name}")]
    UnknownAttribute {
        /// The name as asked for.
        name: String,
        /// Version of the model that is loaded, where the request named another one.
        loaded: Option<String>,
    },
    /// 400: a kind of score that nobody served.
    #[error("Requested score type {score_type} is not supported by attribute {attribute}")]
    ScoreType {
        /// The kind as asked for.
        score_type: String,
        /// The attribute.
        attribute: String,
    },
    /// 400: the comment says that it is HTML.
    #[error("Currently, only 'PLAIN_TEXT' comments are supported")]
    NotPlainText,
    /// 400: the comment says that it is something else.
    #[error("Unknown text type")]
    UnknownTextType,
    /// 400: two kinds of context at once.
    #[error(
        "Context can have either entries or article_and_parent_comment, but both fields were populated."
    )]
    BothContexts,
    /// 400: something else is wrong with the request.
    #[error("{0}")]
    Invalid(&'static str),
    /// 400: the store takes no such thing.
    #[error("{0}")]
    NotKept(crate::store::Error),
    /// 400: the body is no JSON, or none of this shape.
    #[error("Invalid JSON payload received. {0}")]
    BadJson(serde_json::Error),
    /// 400: a key that is none.
    #[error("API key not valid. Please pass a valid API key.")]
    KeyInvalid,
    /// 403: a key is needed.
    #[error(
        "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API."
    )]
    KeyMissing,
    /// 401: a signature is missing or wrong.
    #[error("the signature of the request is missing or wrong")]
    Signature,
    /// 404: nothing is here.
    #[error("Requested entity was not found.")]
    NotFound,
    /// 413: the body is too long.
    #[error("Request payload size exceeds the limit: {limit} bytes.")]
    TooLarge {
        /// The bound.
        limit: usize,
    },
    /// 429: the key's quota is used up.
    #[error(
        "Quota exceeded for quota metric '{QUOTA}' and limit '{QUOTA} per minute' of service 'commentanalyzer.googleapis.com' for consumer 'project_number:{consumer}'."
    )]
    Quota {
        /// The key's identifier.
        consumer: String,
        /// Requests a minute.
        limit: u32,
        /// Seconds until the next one.
        retry_after: u64,
    },
    /// 503: too many requests at once, or a part of the server is busy.
    #[error("The service is currently unavailable.")]
    Overloaded,
    /// 504: not done in time.
    #[error("Deadline expired before operation could complete.")]
    Timeout,
    /// 507: no room for another article.
    #[error("no room for another article; delete some, or keep them with --store")]
    Full,
    /// 500: a part of the server failed; the cause is logged and not sent.
    #[error("Internal error encountered.")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    fn status(&self) -> (StatusCode, &'static str) {
        match self {
            Self::KeyMissing => (StatusCode::FORBIDDEN, "PERMISSION_DENIED"),
            Self::Signature => (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"),
            Self::NotFound => (StatusCode::NOT_FOUND, "NOT_FOUND"),
            Self::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "INVALID_ARGUMENT"),
            Self::Quota { .. } => (StatusCode::TOO_MANY_REQUESTS, "RESOURCE_EXHAUSTED"),
            Self::Overloaded => (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE"),
            Self::Timeout => (StatusCode::GATEWAY_TIMEOUT, "DEADLINE_EXCEEDED"),
            Self::Full => (StatusCode::INSUFFICIENT_STORAGE, "RESOURCE_EXHAUSTED"),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL"),
            _ => (StatusCode::BAD_REQUEST, "INVALID_ARGUMENT"),
        }
    }

    fn details(&self) -> Option<Value> {
        let of_type = |error_type: &str| json!([{"@type": ERROR_TYPE, "errorType": error_type}]);
        match self {
            // `reason` as well: PyPerspective asks for it of whatever stands first.
            Self::CommentEmpty => Some(
                json!([{"@type": ERROR_TYPE, "errorType": "COMMENT_EMPTY", "reason": "COMMENT_EMPTY"}]),
            ),
            Self::CommentTooLong { .. } => Some(of_type("COMMENT_TOO_LONG")),
            Self::LanguageUndetected => Some(of_type("LANGUAGE_DETECTION_FAILED")),
            Self::NoAttributes => Some(of_type("NO_REQUESTED_ATTRIBUTES")),
            Self::UnknownAttribute {
                loaded: Some(loaded),
                ..
            } => Some(
                json!([{"@type": ERROR_TYPE, "errorType": "INVALID_REQUEST", "loadedModel": loaded}]),
            ),
            Self::UnknownAttribute { .. }
            | Self::ScoreType { .. }
            | Self::NotPlainText
            | Self::UnknownTextType
            | Self::BothContexts
            | Self::NotKept(_)
            | Self::Invalid(_) => Some(of_type("INVALID_REQUEST")),
            Self::Language {
                attribute,
                requested,
                detected,
            } => Some(language_details(attribute, requested.as_deref(), detected)),
            Self::KeyInvalid => Some(json!([{
                "@type": INFO_TYPE, "reason": "API_KEY_INVALID", "domain": "googleapis.com",
                "metadata": {"service": "commentanalyzer.googleapis.com"},
            }])),
            Self::Quota {
                consumer, limit, ..
            } => Some(quota_details(consumer, *limit)),
            _ => None,
        }
    }

    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Overloaded => Some(RETRY_AFTER_SECONDS),
            Self::Quota { retry_after, .. } => Some(*retry_after),
            _ => None,
        }
    }
}

fn language_details(attribute: &str, requested: Option<&[String]>, detected: &[String]) -> Value {
    let mut error = json!({"detectedLanguages": detected, "attribute": attribute});
    if let Some(requested) = requested {
        error["requestedLanguages"] = json!(requested);
    }
    json!([{
        "@type": ERROR_TYPE, "errorType": "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
        "languageNotSupportedByAttributeError": error,
    }])
}

fn quota_details(consumer: &str, limit: u32) -> Value {
    json!([
        {
            "@type": INFO_TYPE, "reason": "RATE_LIMIT_EXCEEDED", "domain": "googleapis.com",
            "metadata": {
                "consumer": format!("projects/{consumer}"),
                "quota_limit": "AnalyzeRequestsPerMinutePerProject",
                "quota_limit_value": limit.to_string(),
                "quota_location": "global",
                "quota_metric": "commentanalyzer.googleapis.com/analyze_requests",
                "service": "commentanalyzer.googleapis.com",
            },
        },
        {
            "@type": "type.googleapis.com/google.rpc.Help",
            "links": [{"description": "Quotas are set by whoever runs this server: ombuds key add --help", "url": "/v1/model"}],
        },
    ])
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, name) = self.status();
        if let Self::Internal(cause) = &self {
            tracing::error!(%cause, "request failed");
        }
        let mut error =
            json!({"code": status.as_u16(), "message": self.to_string(), "status": name});
        if let Some(details) = self.details() {
            error["details"] = details;
        }
        let mut response = (status, Json(json!({"error": error}))).into_response();
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}
