//! `/v1/articles/{id}`: what comments stand under.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::json;
use crate::comment::Article;
use crate::relation::{MAX_APPROVED, MAX_COMMENTERS};
use crate::serve::bounds::{self, Caller};
use crate::serve::error::Error;
use crate::serve::json::{first, read};
use crate::serve::{MAX_BODY_BYTES, Service};
use crate::store::{MAX_ID_BYTES, MAX_URL_BYTES};
use crate::text::MAX_TEXT_BYTES;

/// An article. Only title, lead, body, approved comments and commenters count in scores.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ArticleBody {
    /// Headline.
    title: String,
    /// Standfirst.
    lead: String,
    /// Running text; the first 65,536 bytes count.
    body: String,
    /// Part of the paper.
    section: String,
    /// Address of its page, by which comments find it.
    url: String,
    /// Date or time it was published.
    published: String,
    /// Comments under it that the site has approved; 32 count.
    #[serde(deserialize_with = "first::<_, _, MAX_APPROVED>")]
    approved: Vec<String>,
    /// Display names of those who comment under it; 256 count.
    #[serde(deserialize_with = "first::<_, _, MAX_COMMENTERS>")]
    commenters: Vec<String>,
}

impl ArticleBody {
    /// The article, within its bounds: what is beyond them would not be read.
    ///
    /// # Errors
    /// [`Error::Invalid`]
    pub(super) fn into_article(self, id: &str) -> Result<Article, Error> {
        let short = [id, &self.section, &self.published];
        if short.iter().any(|field| field.len() > MAX_ID_BYTES) || self.url.len() > MAX_URL_BYTES {
            return Err(Error::Invalid(
                "id, section and published have at most 512 bytes, url at most 8192",
            ));
        }
        let mut article = Article {
            id: id.to_owned(),
            title: self.title,
            lead: self.lead,
            body: self.body,
            section: self.section,
            approved: self.approved,
            commenters: self.commenters,
            url: self.url,
            published: self.published,
        };
        let texts = [&mut article.title, &mut article.lead, &mut article.body];
        for text in texts.into_iter().chain(&mut article.approved) {
            text.truncate(text.floor_char_boundary(MAX_TEXT_BYTES));
            text.shrink_to_fit();
        }
        for name in &mut article.commenters {
            name.truncate(name.floor_char_boundary(MAX_ID_BYTES));
        }
        Ok(article)
    }
}

impl From<&Article> for ArticleBody {
    fn from(article: &Article) -> Self {
        let article = article.clone();
        Self {
            title: article.title,
            lead: article.lead,
            body: article.body,
            section: article.section,
            url: article.url,
            published: article.published,
            approved: article.approved,
            commenters: article.commenters,
        }
    }
}

/// Put an article
///
/// Comments refer to it by the identifier of the path or by its address.
#[utoipa::path(put, path = "/v1/articles/{id}", request_body = ArticleBody,
    params(("id" = String, Path, description = "Identifier, 1 to 512 bytes")),
    responses((status = 204, description = "It is there"), (status = 400, description = "It is no article"),
        (status = 413, description = "It is too long"), (status = 507, description = "There is no room")))]
pub(crate) async fn put_article(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
    _: Caller,
    request: Request,
) -> Result<Response, Error> {
    let body = bounds::body(request, MAX_BODY_BYTES).await?;
    let mut spare = Vec::new();
    let article: ArticleBody = read(&body, &mut spare)?;
    let id = id.trim();
    if id.is_empty() {
        return Err(Error::Invalid("an article needs an identifier"));
    }
    service
        .keep()
        .put_article(article.into_article(id)?)
        .await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Get an article
#[utoipa::path(get, path = "/v1/articles/{id}", params(("id" = String, Path, description = "Identifier")),
    responses((status = 200, description = "The article", body = ArticleBody),
        (status = 404, description = "There is none")))]
pub(crate) async fn get_article(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
    _: Caller,
) -> Result<Response, Error> {
    let article = service.keep().article(&id).await?;
    let article = article.ok_or(Error::NotFound)?;
    json(&ArticleBody::from(&*article))
}

/// Delete an article
#[utoipa::path(delete, path = "/v1/articles/{id}", params(("id" = String, Path, description = "Identifier")),
    responses((status = 204, description = "It is no longer there"), (status = 404, description = "There was none")))]
pub(crate) async fn delete_article(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
    _: Caller,
) -> Result<Response, Error> {
    let was_there = service.keep().delete_article(&id).await?;
    was_there
        .then(|| StatusCode::NO_CONTENT.into_response())
        .ok_or(Error::NotFound)
}
