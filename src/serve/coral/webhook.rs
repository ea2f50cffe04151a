//! `POST /coral/webhook`: a story came into being, of which identifier and address are told and no text.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use serde::Deserialize;

use super::signed_body;
use crate::comment::Article;
use crate::serve::Service;
use crate::serve::error::Error;
use crate::serve::json::{Text, read};

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Event<'a> {
    #[serde(rename = "type")]
    kind: Option<Text<'a>>,
    data: Option<Story<'a>>,
    #[serde(flatten)]
    bare: Option<Story<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Story<'a> {
    #[serde(rename = "storyID")]
    id: Option<Text<'a>>,
    #[serde(rename = "storyURL")]
    url: Option<Text<'a>>,
}

/// Keeps where a story is, so that the text that is put for its address, or was, serves comments that name its
/// identifier.
pub(crate) async fn webhook(
    State(service): State<Arc<Service>>,
    request: Request,
) -> Result<StatusCode, Error> {
    let body = signed_body(&service, request).await?;
    let mut spare = Vec::new();
    let event: Event = read(&body, &mut spare)?;
    let is_new = event.kind.is_none_or(|kind| kind.0 == "STORY_CREATED");
    let story = event.data.or(event.bare).filter(|_| is_new);
    let Some((id, url)) = story.and_then(|story| story.id.zip(story.url)) else {
        // Coral stops sending events that it gets errors for.
        return Ok(StatusCode::NO_CONTENT);
    };
    if service.keep().article(&id.0).await?.is_none() {
        let known = service.keep().article_by_url(&url.0).await?;
        let known = known.map_or_else(Article::default, |article| Article::clone(&article));
        let story = Article {
            id: id.0.into_owned(),
            url: url.0.into_owned(),
            ..known
        };
        service.keep().put_article(story).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
