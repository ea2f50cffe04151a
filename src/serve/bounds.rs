//! What every request passes: a bound on how many there are at once, one on its time, a key, and the clock.

use std::any::Any;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use tokio::sync::OwnedSemaphorePermit;

use super::Service;
use super::error::Error;
use super::observe::Route;
use crate::store::ApiKey;

/// Longest body that may be read while its request does not count yet: comments and their articles.
const SHORT_BYTES: usize = 64 << 10;
/// Longest HTTP/1 answer that is not counted while its client does not read it: a connection has one, and the system's
/// buffers take it. HTTP/2 has as many as a client likes, so there each one counts.
pub(super) const SHORT_ANSWER: usize = 16 << 10;
/// Said to a client that may not even hear it.
const BROKEN_OFF: &str = "The body of the request broke off.";

/// Who asks.
#[derive(Clone, Debug, Default)]
pub(super) struct Caller {
    /// Where keys are needed.
    key: Option<Arc<ApiKey>>,
}

impl Caller {
    /// Somebody with a key.
    pub(super) fn new(key: Arc<ApiKey>) -> Self {
        Self { key: Some(key) }
    }

    /// Takes `n` requests from the key's quota.
    ///
    /// # Errors
    /// [`Error::Quota`]
    pub(super) fn admit(&self, n: NonZeroU32) -> Result<(), Error> {
        let Some(key) = &self.key else {
            return Ok(());
        };
        key.admit(n).map_err(|exhausted| Error::Quota {
            consumer: key.id().to_owned(),
            limit: exhausted.quota_per_minute.get(),
            retry_after: exhausted.retry_after.map_or(60, |wait| wait.as_secs() + 1),
        })
    }

    /// Whose key came with a request: as `?key=`, `X-Goog-Api-Key` or a bearer token.
    ///
    /// # Errors
    /// [`Error::KeyMissing`], [`Error::KeyInvalid`], [`Error::Quota`]
    pub(super) fn of(service: &Service, uri: &Uri, headers: &HeaderMap) -> Result<Self, Error> {
        if !service.keep().needs_key() {
            return Ok(Self::default());
        }
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = header(AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
        let named = |pair: &'_ str| pair.strip_prefix("key=").map(str::to_owned);
        let in_query = uri
            .query()
            .and_then(|query| query.split('&').find_map(named));
        let in_query = in_query
            .as_deref()
            .map(|key| percent_decode_str(key).decode_utf8_lossy());
        let key = in_query.as_deref().or(header("x-goog-api-key")).or(bearer);
        service.keep().verify(key.filter(|key| !key.is_empty()))
    }

    /// Identifier of the key, where keys are needed.
    pub(super) fn key_id(&self) -> Option<&str> {
        self.key.as_deref().map(ApiKey::id)
    }
}

impl FromRequestParts<Arc<Service>> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Self, Error> {
        Self::of(service, &parts.uri, &parts.headers)
    }
}

/// The whole body. The route's `DefaultBodyLimit` must be `limit`; a length that says more is refused unread.
///
/// # Errors
/// [`Error::TooLarge`]; [`Error::Invalid`] if the client does not send it
pub(super) async fn body(request: Request, limit: usize) -> Result<Bytes, Error> {
    let length = request.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: usize| length > limit) {
        return Err(Error::TooLarge { limit });
    }
    let body = Bytes::from_request(request, &()).await;
    body.map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
            Error::TooLarge { limit }
        }
        _ => Error::Invalid(BROKEN_OFF),
    })
}

/// Turns away what is too much, stops what takes too long, and measures.
pub(super) async fn guard(
    State(service): State<Arc<Service>>,
    request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let route = Route::of(request.uri().path());
    let response = if route.is_probe() {
        next.run(request).await
    } else {
        bounded(&service, request, next).await
    };
    let elapsed = began.elapsed();
    let status = response.status();
    service.observe().request(route, status, elapsed);
    tracing::debug!(
        route = route.name(),
        status = status.as_u16(),
        latency_us = elapsed.as_micros() as u64,
        "request"
    );
    response
}

async fn bounded(service: &Service, request: Request, next: Next) -> Response {
    let answer =
        tokio::time::timeout(service.settings.timeout, admit(service, request, next)).await;
    match answer {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => error.into_response(),
        Err(_) => Error::Timeout.into_response(),
    }
}

/// A short body is read before its request counts as being at work, so that many clients that send theirs slowly, or
/// stop halfway, keep nobody else out. Long bodies have places of their own, which bounds the memory they take.
async fn admit(service: &Service, request: Request, next: Next) -> Result<Response, Error> {
    let length = request.body().size_hint().upper();
    let (request, _long) = if length.is_some_and(|length| length <= SHORT_BYTES as u64) {
        let (parts, unread) = request.into_parts();
        let body = to_bytes(unread, SHORT_BYTES).await;
        let body = body.map_err(|_| Error::Invalid(BROKEN_OFF))?;
        (Request::from_parts(parts, Body::from(body)), None)
    } else {
        let place = service.long_bodies.try_acquire();
        (request, Some(place.map_err(|_| Error::Overloaded)?))
    };
    let _permit = service
        .in_flight
        .try_acquire()
        .map_err(|_| Error::Overloaded)?;
    let version = request.version();
    counted(service, version, next.run(request).await).await
}

/// An answer that is not short has its place until its last byte was read, or its connection closed.
async fn counted(
    service: &Service,
    version: Version,
    response: Response,
) -> Result<Response, Error> {
    let Some(length) = response.body().size_hint().exact() else {
        return Ok(response);
    };
    if version < Version::HTTP_2 && length <= SHORT_ANSWER as u64 {
        return Ok(response);
    }
    let n_pieces = length.div_ceil(SHORT_ANSWER as u64).max(1);
    let n_pieces = u32::try_from(n_pieces).map_err(|_| Error::Overloaded)?;
    let place = Arc::clone(&service.unread).try_acquire_many_owned(n_pieces);
    let place = place.map_err(|_| Error::Overloaded)?;
    let (parts, body) = response.into_parts();
    // All of it is there.
    let answer = to_bytes(body, usize::MAX).await;
    let answer = answer.map_err(|error| Error::Internal(error.into()))?;
    let unread = Unread {
        answer,
        _place: place,
    };
    let body = Body::from(Bytes::from_owner(unread));
    Ok(Response::from_parts(parts, body))
}

/// An answer and the room that it takes.
struct Unread {
    answer: Bytes,
    _place: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Unread {
    fn as_ref(&self) -> &[u8] {
        &self.answer
    }
}

/// Answers for a handler that panicked. What it says may quote a text, so it is not logged.
pub(super) fn after_panic(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a request panicked");
    Error::Internal("a handler panicked".into()).into_response()
}
