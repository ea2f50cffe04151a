//! The context of a request → article and parent.
//!
//! `entries` carry no kind: by the convention of OSMod the first is the article and the second the parent. Coral
//! puts no text there but a JSON object with the address of the story, which finds the article in the store.

use std::sync::Arc;

use serde::Deserialize;

use super::wire::{Context, TextEntry};
use crate::comment::Article;
use crate::serve::Service;
use crate::serve::error::Error;
use crate::serve::json::Text;
use crate::text::MAX_TEXT_BYTES;

/// What a comment stands under, as far as it is known.
#[derive(Debug, Default)]
pub(super) struct Surroundings {
    pub(super) article: Option<Arc<Article>>,
    /// Address of the story, where the request gave one.
    pub(super) url: Option<String>,
    /// Identifiers of the comment and of the one it answers, where the request gave them.
    pub(super) comment_id: Option<String>,
    pub(super) parent_id: Option<String>,
    pub(super) parent: Option<String>,
}

impl Surroundings {
    /// Reads a context; what it refers to and is not known is left out.
    ///
    /// # Errors
    /// [`Error::BothContexts`], and where the store fails
    pub(super) async fn of(
        context: Option<&Context<'_>>,
        service: &Service,
    ) -> Result<Self, Error> {
        let Some(context) = context else {
            return Ok(Self::default());
        };
        let entries = context.entries.as_deref().unwrap_or_default();
        let mut texts = entries.iter().map(TextEntry::text);
        let (article, parent) = match &context.article_and_parent_comment {
            Some(_) if !entries.is_empty() => return Err(Error::BothContexts),
            Some(both) => (both.article.as_ref(), both.parent_comment.as_ref()),
            None => (None, None),
        };
        let article = article.map(TextEntry::text).or_else(|| texts.next());
        let parent = parent.map(TextEntry::text).or_else(|| texts.next());
        let mut found = Self::default();
        for text in [article, parent].into_iter().flatten() {
            if let Some(reference) = CoralReference::parse(text) {
                found.look_up(reference, service).await?;
            }
        }
        let prose = |text: Option<&str>| {
            let text = text.filter(|text| !text.trim().is_empty());
            let text = text.filter(|text| CoralReference::parse(text).is_none());
            text.map(|text| text[..text.floor_char_boundary(MAX_TEXT_BYTES)].to_owned())
        };
        if let Some(text) = prose(article) {
            found.article = Some(Arc::new(Article::from_text(&text)));
        }
        if let Some(text) = prose(parent) {
            found.parent = Some(text);
        }
        Ok(found)
    }

    async fn look_up(
        &mut self,
        reference: CoralReference<'_>,
        service: &Service,
    ) -> Result<(), Error> {
        let owned = |text: Option<Text>| text.map(|text| text.0.into_owned());
        self.url = owned(reference.url);
        self.comment_id = owned(reference.comment_id);
        self.parent_id = owned(reference.parent_id);
        if let Some(url) = &self.url {
            self.article = service.keep().article_by_url(url).await?;
        }
        if let Some(id) = &self.parent_id {
            self.parent = service.keep().comment(id).await?;
        }
        Ok(())
    }
}

/// What Coral sends in place of a text.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct CoralReference<'a> {
    url: Option<Text<'a>>,
    #[serde(rename = "Coral_comment_id")]
    comment_id: Option<Text<'a>>,
    #[serde(rename = "reply_to_id_Coral_comment_id")]
    parent_id: Option<Text<'a>>,
}

impl<'a> CoralReference<'a> {
    /// `None` for prose. An object of another shape is a reference to nothing: no reader wrote it.
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        if !text.starts_with('{') || !text.ends_with('}') {
            return None;
        }
        serde_json::from_str(text).ok()
    }
}
