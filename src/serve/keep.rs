//! What the server keeps beside the model: articles, labels, comments, API keys.
//!
//! The one place that knows the store. Without one, articles are kept in memory, any key is welcome, and nothing
//! that readers wrote is kept. Articles of a file stand in memory and come before those of the store.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::bounds::Caller;
use super::error::Error;
use super::loaded::Loaded;
use super::memory::Memory;
use crate::comment::{Article, Comment};
use crate::data::ArticleStore;
use crate::store::{
    self, ArticleRef, KeptComment, LabelEvent, MAX_COMMENT_BYTES, MAX_ID_BYTES, Origin, Store,
};

/// Articles, labels, comments, API keys.
#[derive(Debug, Default)]
pub struct Keep {
    memory: RwLock<Memory>,
    store: Option<Store>,
    wishes: Wishes,
    /// Once there are keys, there is no way in without: the last one may be revoked.
    needs_key: AtomicBool,
}

/// What an operator lets be kept of what readers wrote, beside the labels that people give.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wishes {
    /// Comments and what the model said of them.
    pub decisions: bool,
    /// Comments by identifier, so that replies find what they answer.
    pub comments: bool,
    /// How long, where not for good.
    pub comments_for: Option<Duration>,
}

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

    /// What is beyond a bound of the store is cut or left out: it must not stop a comment from being scored.
    fn event(&self, scores: Vec<(String, f64)>) -> LabelEvent {
        let id = |id: Option<&str>| id.filter(|id| id.len() <= MAX_ID_BYTES).map(str::to_owned);
        LabelEvent {
            text: cut(self.text),
            scores,
            key_id: id(self.key_id),
            community: id(self.community),
            token: id(self.token),
            comment_id: id(self.comment_id),
            language: id(self.language),
            article: self.article_ref(),
            parent_id: id(self.parent_id),
            parent_text: self.parent.map(cut),
            ..LabelEvent::default()
        }
    }

    fn article_ref(&self) -> Option<ArticleRef> {
        match (self.article, self.url) {
            (Some(article), _) if !article.id.is_empty() => {
                Some(ArticleRef::Id(article.id.clone()))
            }
            (_, Some(url)) if url.len() <= store::MAX_URL_BYTES => {
                Some(ArticleRef::Url(url.to_owned()))
            }
            (Some(article), _) => Some(ArticleRef::Inline(article.clone())),
            _ => None,
        }
    }

    fn kept_comment(&self) -> Option<KeptComment> {
        let id = |id: &str| {
            (1..=MAX_ID_BYTES)
                .contains(&id.len())
                .then(|| id.to_owned())
        };
        Some(KeptComment {
            id: self.comment_id.and_then(id)?,
            article_id: self.article.and_then(|article| id(&article.id)),
            parent_id: self.parent_id.and_then(id),
            text: cut(self.text),
        })
    }
}

fn cut(text: &str) -> String {
    text[..text.floor_char_boundary(MAX_COMMENT_BYTES)].to_owned()
}

impl Keep {
    /// Keeps nothing but articles, in memory.
    pub fn in_memory(articles: ArticleStore) -> Self {
        Self {
            memory: RwLock::new(Memory::new(articles)),
            ..Self::default()
        }
    }

    /// Puts the articles of a file in place of those that were read from one before. Articles that were put over HTTP
    /// stay, but for those that the file has as well.
    pub fn replace_articles(&self, articles: ArticleStore) {
        self.write(|memory| memory.replace(articles));
    }

    /// With a store: its keys are in force if there are any, now or later.
    #[must_use]
    pub fn with_store(self, store: Store, wishes: Wishes) -> Self {
        Self {
            needs_key: AtomicBool::new(!store.keys().is_empty()),
            store: Some(store),
            wishes,
            ..self
        }
    }

    /// Whether nobody is answered without a key.
    pub fn needs_key(&self) -> bool {
        let Some(store) = &self.store else {
            return false;
        };
        if !self.needs_key.load(Ordering::Relaxed) && !store.keys().is_empty() {
            self.needs_key.store(true, Ordering::Relaxed);
        }
        self.needs_key.load(Ordering::Relaxed)
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// What stands in the way
    pub async fn check(&self) -> Result<(), store::Error> {
        match &self.store {
            Some(store) => store.check().await,
            None => Ok(()),
        }
    }

    /// Deletes comments that were kept for long enough; how many.
    ///
    /// # Errors
    /// What stands in the way
    pub(super) async fn prune(&self) -> Result<u64, store::Error> {
        match (&self.store, self.wishes.comments_for) {
            (Some(store), Some(age)) => store.prune_comments(age).await,
            _ => Ok(0),
        }
    }

    /// Writes what is waiting.
    pub async fn close(&self) {
        if let Some(store) = &self.store {
            store.clone().close().await;
        }
    }

    /// The article of an identifier.
    pub(super) async fn article(&self, id: &str) -> Result<Option<Arc<Article>>, Error> {
        let in_memory = self.read(|memory| memory.get(id));
        match (&self.store, in_memory) {
            (Some(store), None) => Ok(store
                .articles()
                .get(id)
                .await
                .map_err(failed)?
                .map(Arc::new)),
            (_, in_memory) => Ok(in_memory),
        }
    }

    /// The article of an address.
    pub(super) async fn article_by_url(&self, url: &str) -> Result<Option<Arc<Article>>, Error> {
        let in_memory = self.read(|memory| memory.by_url(url));
        match (&self.store, in_memory) {
            (Some(store), None) => {
                let article = store.articles().get_by_url(url).await;
                Ok(article.map_err(failed)?.map(Arc::new))
            }
            (_, in_memory) => Ok(in_memory),
        }
    }

    /// Puts an article in place of the one with its identifier.
    ///
    /// # Errors
    /// [`Error::Full`], and the store's
    pub(super) async fn put_article(&self, article: Article) -> Result<(), Error> {
        if let Some(store) = &self.store {
            store.articles().put(&article).await.map_err(failed)?;
            // One that was read from a file would hide it.
            self.write(|memory| memory.remove(&article.id));
            return Ok(());
        }
        self.write(|memory| memory.put(article))
    }

    /// Forgets an article; false if there is none.
    pub(super) async fn delete_article(&self, id: &str) -> Result<bool, Error> {
        let was_in_memory = self.write(|memory| memory.remove(id));
        match &self.store {
            Some(store) => Ok(store.articles().delete(id).await.map_err(failed)? || was_in_memory),
            None => Ok(was_in_memory),
        }
    }

    /// The text of a comment that was kept.
    pub(super) async fn comment(&self, id: &str) -> Result<Option<String>, Error> {
        match &self.store {
            Some(store) => Ok(store
                .comment(id)
                .await
                .map_err(failed)?
                .map(|kept| kept.text)),
            None => Ok(None),
        }
    }

    /// Keeps what a person thinks of a comment; returns once it is safe.
    pub(super) async fn label(
        &self,
        said: Said<'_>,
        scores: Vec<(String, f64)>,
    ) -> Result<(), Error> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        if let Some(comment) = said.kept_comment().filter(|_| self.wishes.comments) {
            store.keep_comments(vec![comment]).await.map_err(failed)?;
        }
        store
            .append_labels(vec![said.event(scores)])
            .await
            .map_err(failed)
    }

    /// Whether anything is to be kept of comments that are scored.
    pub(super) fn keeps_scored(&self) -> bool {
        self.store.is_some() && (self.wishes.decisions || self.wishes.comments)
    }

    /// Keeps what the model said, by label in the model's order, and the comments, as far as the operator lets it.
    /// A store that fails is logged: scores are given all the same.
    pub(super) async fn decisions(&self, loaded: &Loaded, said: Vec<(Said<'_>, &[f64])>) {
        let Some(store) = &self.store else {
            return;
        };
        let model = Some(loaded.version().to_owned());
        let event = |(said, scores): &(Said, &[f64])| {
            let labels = loaded.model().labels().map(str::to_owned);
            let told = labels
                .zip(scores.iter().copied())
                .filter(|(_, score)| !score.is_nan());
            let event = said.event(told.collect());
            LabelEvent {
                origin: Origin::Model,
                model: model.clone(),
                ..event
            }
        };
        let kept = async {
            if self.wishes.comments {
                let comments = said
                    .iter()
                    .filter_map(|(said, _)| said.kept_comment())
                    .collect();
                store.keep_comments(comments).await?;
            }
            if self.wishes.decisions {
                store
                    .append_labels(said.iter().map(event).collect())
                    .await?;
            }
            Ok::<_, store::Error>(())
        };
        if let Err(error) = kept.await {
            tracing::error!(%error, "decisions were not kept");
        }
    }

    /// Whose key it is, where [`Self::needs_key`].
    ///
    /// # Errors
    /// [`Error::KeyMissing`], [`Error::KeyInvalid`], [`Error::Quota`]
    pub(super) fn verify(&self, key: Option<&str>) -> Result<Caller, Error> {
        let Some(store) = self.store.as_ref().filter(|_| self.needs_key()) else {
            return Ok(Caller::default());
        };
        let key = store.keys().verify(key.ok_or(Error::KeyMissing)?);
        let caller = Caller::new(key.ok_or(Error::KeyInvalid)?);
        caller.admit(NonZeroU32::MIN)?;
        Ok(caller)
    }

    // Nothing panics while it holds the lock; if something did, the articles are still whole.
    fn read<T>(&self, look: impl FnOnce(&Memory) -> T) -> T {
        look(&self.memory.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, change: impl FnOnce(&mut Memory) -> T) -> T {
        change(&mut self.memory.write().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What is beyond a bound is the client's fault, all else is not.
fn failed(error: store::Error) -> Error {
    use store::Error::{Empty, LabelName, Score, TooLong, TooMany};
    match error {
        Empty { .. } | LabelName { .. } | Score { .. } | TooLong { .. } | TooMany { .. } => {
            Error::NotKept(error)
        }
        error => Error::Internal(error.into()),
    }
}
