//! What the server keeps beside the model: articles, labels, comments, API keys.
//!
//! The one place that knows the store. Without one, articles are kept in memory, any key is welcome, and nothing
//! that readers wrote is kept.

use std::sync::{Arc, RwLock};

use super::bounds::Caller;
use super::error::Error;
use super::loaded::Loaded;
use crate::comment::{Article, Comment};
use crate::data::ArticleStore;

/// Articles kept in memory. Chosen: some years of a newspaper.
const MAX_ARTICLES: usize = 100_000;
/// Bytes of their texts.
const MAX_ARTICLE_BYTES: usize = 512 << 20;

/// Articles, labels, comments, API keys.
#[derive(Debug, Default)]
pub struct Keep {
    articles: RwLock<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    articles: ArticleStore,
    n_bytes: usize,
}

/// Why something could not be kept or found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeepError {}

/// What is known of a comment that somebody said something about.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Said<'a> {
    pub(super) text: &'a str,
    pub(super) key_id: Option<&'a str>,
    pub(super) article: Option<&'a Article>,
    pub(super) parent: Option<&'a str>,
    pub(super) community: Option<&'a str>,
    pub(super) token: Option<&'a str>,
    pub(super) language: Option<&'a str>,
    /// Address of the article.
    pub(super) url: Option<&'a str>,
    pub(super) comment_id: Option<&'a str>,
    pub(super) parent_id: Option<&'a str>,
}

impl<'a> Said<'a> {
    /// Of a comment in its place.
    pub(super) fn of(comment: &Comment<'a>, caller: &'a Caller) -> Self {
        Self {
            text: comment.text,
            key_id: caller.key_id(),
            article: comment.article,
            parent: comment.parent,
            ..Self::default()
        }
    }
}

impl Keep {
    /// Keeps nothing but articles, in memory.
    pub fn in_memory(articles: ArticleStore) -> Self {
        let n_bytes = articles.iter().map(|article| n_bytes(article)).sum();
        Self {
            articles: RwLock::new(Memory { articles, n_bytes }),
        }
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// What stands in the way
    #[expect(clippy::unused_async)]
    pub async fn check(&self) -> Result<(), KeepError> {
        Ok(())
    }

    /// The article of an identifier.
    #[expect(clippy::unused_async)]
    pub(super) async fn article(&self, id: &str) -> Result<Option<Arc<Article>>, Error> {
        Ok(self.read(|memory| memory.articles.get(id).cloned()))
    }

    /// The article of an address.
    #[expect(clippy::unused_async)]
    pub(super) async fn article_by_url(&self, url: &str) -> Result<Option<Arc<Article>>, Error> {
        Ok(self.read(|memory| memory.articles.by_url(url).cloned()))
    }

    /// Puts an article in place of the one with its identifier.
    ///
    /// # Errors
    /// [`Error::Full`]
    #[expect(clippy::unused_async)]
    pub(super) async fn put_article(&self, article: Article) -> Result<(), Error> {
        self.write(|memory| {
            let old = memory
                .articles
                .get(&article.id)
                .map_or(0, |old| n_bytes(old));
            let n = memory.n_bytes - old + n_bytes(&article);
            if n > MAX_ARTICLE_BYTES || (old == 0 && memory.articles.len() >= MAX_ARTICLES) {
                return Err(Error::Full);
            }
            memory.n_bytes = n;
            memory.articles.put(article);
            Ok(())
        })
    }

    /// Forgets an article; false if there is none.
    #[expect(clippy::unused_async)]
    pub(super) async fn delete_article(&self, id: &str) -> Result<bool, Error> {
        Ok(self.write(|memory| {
            let old = memory.articles.remove(id);
            memory.n_bytes -= old.as_ref().map_or(0, |old| n_bytes(old));
            old.is_some()
        }))
    }

    /// The text of a comment that was kept.
    #[expect(clippy::unused_async)]
    pub(super) async fn comment(&self, _id: &str) -> Result<Option<String>, Error> {
        Ok(None)
    }

    /// Keeps what a person thinks of a comment; returns once it is safe.
    #[expect(clippy::unused_async)]
    pub(super) async fn label(
        &self,
        _said: Said<'_>,
        _scores: Vec<(String, f64)>,
    ) -> Result<(), Error> {
        Ok(())
    }

    /// Whether anything is to be kept of comments that are scored.
    pub(super) fn keeps_scored(&self) -> bool {
        self.keeps_decisions() || self.keeps_comments()
    }

    /// Whether the scores of the model are kept, too.
    #[expect(clippy::unused_self)]
    fn keeps_decisions(&self) -> bool {
        false
    }

    /// Whether comments are kept, so that replies find what they answer.
    #[expect(clippy::unused_self)]
    fn keeps_comments(&self) -> bool {
        false
    }

    /// Keeps what the model said, by label in the model's order, and the comments, as far as the operator lets it.
    #[expect(clippy::unused_async)]
    pub(super) async fn decisions(
        &self,
        _loaded: &Loaded,
        _said: Vec<(Said<'_>, &[f64])>,
    ) -> Result<(), Error> {
        Ok(())
    }

    /// Whose key it is; one of nobody where no keys are needed.
    #[expect(clippy::unused_self)]
    pub(super) fn verify(&self, _key: Option<&str>) -> Result<Caller, Error> {
        Ok(Caller::default())
    }

    fn read<T>(&self, look: impl FnOnce(&Memory) -> T) -> T {
        // Nothing panics while it holds the lock; if something did, the articles are still whole.
        look(
            &self
                .articles
                .read()
                .unwrap_or_else(std::sync::PoisonError::into_inner),
        )
    }

    fn write<T>(&self, change: impl FnOnce(&mut Memory) -> T) -> T {
        change(
            &mut self
                .articles
                .write()
                .unwrap_or_else(std::sync::PoisonError::into_inner),
        )
    }
}

fn n_bytes(article: &Article) -> usize {
    let Article {
        id,
        title,
        lead,
        body,
        section,
        approved,
        url,
        published,
    } = article;
    let plain = [id, title, lead, body, section, url, published];
    // What an empty one takes in maps and vectors.
    let least = 512;
    least
        + plain
            .into_iter()
            .chain(approved)
            .map(String::len)
            .sum::<usize>()
}
