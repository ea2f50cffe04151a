//! Where the comments of a batch stand: the articles and parents that they refer to.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::score::CommentBody;
use crate::comment::{Article, Comment};
use crate::serve::error::Error;
use crate::serve::keep::Keep;

/// Articles and parents of a batch, each looked up once.
#[derive(Debug, Default)]
pub(super) struct Places<'a> {
    /// Of the whole request, for comments that name none.
    pub(super) common: Option<Arc<Article>>,
    by_id: BTreeMap<&'a str, Option<Arc<Article>>>,
    by_url: BTreeMap<&'a str, Option<Arc<Article>>>,
    parents: BTreeMap<&'a str, Option<Parent>>,
}

/// What is known of a comment that others answer. Kept comments have no names.
#[derive(Debug)]
struct Parent {
    text: String,
    author: Option<String>,
}

/// What is said of a comment whose place is not known.
pub(super) const NO_ARTICLE: &str = "the article is not known";
/// As above.
pub(super) const NO_PARENT: &str = "the comment it answers is not known";

impl<'a> Places<'a> {
    /// Looks up what the comments refer to. Comments of the batch itself are found as parents, too.
    ///
    /// # Errors
    /// The store's
    pub(super) async fn look_up(
        comments: impl Iterator<Item = &'a CommentBody<'a>> + Clone,
        keep: &Keep,
    ) -> Result<Self, Error> {
        let mut places = Self::default();
        let with_id = comments.clone().filter_map(|it| Some((it.id()?, it)));
        let own: BTreeMap<&str, &CommentBody> = with_id.collect();
        for comment in comments {
            if let Some(id) = comment.article_id()
                && !places.by_id.contains_key(id)
            {
                places.by_id.insert(id, keep.article(id).await?);
            }
            if let Some(url) = comment.article_url()
                && !places.by_url.contains_key(url)
            {
                places.by_url.insert(url, keep.article_by_url(url).await?);
            }
            if let Some(id) = comment.parent_id()
                && !places.parents.contains_key(id)
            {
                let parent = match own.get(id) {
                    Some(parent) => Some(Parent {
                        text: parent.text().to_owned(),
                        author: parent.author().map(str::to_owned),
                    }),
                    None => (keep.comment(id).await?).map(|text| Parent { text, author: None }),
                };
                places.parents.insert(id, parent);
            }
        }
        Ok(places)
    }

    /// A comment in its place, and what could not be found.
    pub(super) fn of<'c>(
        &'c self,
        comment: &'c CommentBody,
        notes: &mut Vec<&'static str>,
    ) -> Comment<'c> {
        let by = |found: &'c BTreeMap<&str, Option<Arc<Article>>>, key: Option<&str>| {
            key.and_then(|key| found.get(key)).and_then(Option::as_ref)
        };
        let found = by(&self.by_id, comment.article_id());
        let found = found.or_else(|| by(&self.by_url, comment.article_url()));
        let refers = comment.article_id().is_some() || comment.article_url().is_some();
        let article = comment.article().or(found.map(|article| &**article));
        if refers && article.is_none() {
            notes.push(NO_ARTICLE);
        }
        let parent = comment.parent_id().and_then(|id| self.parents.get(id));
        let known = parent.and_then(Option::as_ref);
        let parent = comment.parent().or(known.map(|it| it.text.as_str()));
        let parent_author = known.and_then(|it| it.author.as_deref());
        if comment.parent_id().is_some() && parent.is_none() {
            notes.push(NO_PARENT);
        }
        let common = self.common.as_deref().filter(|_| !refers);
        Comment {
            text: comment.text(),
            author: comment.author(),
            article: article.or(common),
            parent,
            parent_author: comment.parent_author().or(parent_author),
            thread: comment.thread(),
        }
    }
}
