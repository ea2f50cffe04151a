//! Our own API: batches with decisions and reasons, articles, the model; and OpenAI's shape of moderations.

pub(super) mod articles;
pub(super) mod model;
pub(super) mod moderations;
mod place;
pub(super) mod score;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::error::Error;

fn json(body: &impl Serialize) -> Result<Response, Error> {
    let json = serde_json::to_vec(body).map_err(|error| Error::Internal(error.into()))?;
    Ok(raw_json(json))
}

fn raw_json(json: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, "application/json")], json).into_response()
}
