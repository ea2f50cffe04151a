//! Articles in memory: those of a file, and those that were put where there is no store.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::error::Error;
use crate::comment::Article;
use crate::data::ArticleStore;

/// Articles kept in memory. Chosen: some years of a newspaper.
const MAX_ARTICLES: usize = 100_000;
/// Bytes of their texts.
const MAX_BYTES: usize = 512 << 20;

/// Articles by identifier and address, within bounds for those that are put. A file is the operator's and has none.
#[derive(Debug, Default)]
pub(super) struct Memory {
    articles: ArticleStore,
    /// Identifiers of those that are a file's.
    of_file: BTreeSet<String>,
    n_bytes: usize,
}

impl Memory {
    /// The articles of a file.
    pub(super) fn new(articles: ArticleStore) -> Self {
        Self {
            n_bytes: articles.iter().map(|article| n_bytes(article)).sum(),
            of_file: articles.iter().map(|article| article.id.clone()).collect(),
            articles,
        }
    }

    pub(super) fn get(&self, id: &str) -> Option<Arc<Article>> {
        self.articles.get(id).cloned()
    }

    pub(super) fn by_url(&self, url: &str) -> Option<Arc<Article>> {
        self.articles.by_url(url).cloned()
    }

    /// Another file in place of the one before. What was put stays, unless the file has it, too.
    pub(super) fn replace(&mut self, articles: ArticleStore) {
        let is_put = |article: &&Arc<Article>| {
            !self.of_file.contains(&article.id) && articles.get(&article.id).is_none()
        };
        let put: Vec<Article> = self
            .articles
            .iter()
            .filter(is_put)
            .map(|article| Article::clone(article))
            .collect();
        *self = Self::new(articles);
        for article in put {
            self.n_bytes += n_bytes(&article);
            self.articles.put(article);
        }
    }

    /// Puts an article in place of the one with its identifier.
    ///
    /// # Errors
    /// [`Error::Full`]
    pub(super) fn put(&mut self, article: Article) -> Result<(), Error> {
        let old = self.articles.get(&article.id).map_or(0, |old| n_bytes(old));
        let n = self.n_bytes - old + n_bytes(&article);
        if n > MAX_BYTES || (old == 0 && self.articles.len() >= MAX_ARTICLES) {
            return Err(Error::Full);
        }
        self.n_bytes = n;
        self.of_file.remove(&article.id);
        self.articles.put(article);
        Ok(())
    }

    /// Forgets an article; false if there is none.
    pub(super) fn remove(&mut self, id: &str) -> bool {
        let old = self.articles.remove(id);
        self.n_bytes -= old.as_ref().map_or(0, |old| n_bytes(old));
        self.of_file.remove(id);
        old.is_some()
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
        commenters,
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
            .chain(commenters)
            .map(String::len)
            .sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn article(id: &str, title: &str) -> Article {
        Article {
            id: id.to_owned(),
            title: title.to_owned(),
            ..Article::default()
        }
    }

    fn file(articles: &[(&str, &str)]) -> ArticleStore {
        let mut file = ArticleStore::default();
        articles
            .iter()
            .for_each(|(id, title)| file.put(article(id, title)));
        file
    }

    #[test]
    fn a_file_read_again_replaces_its_own_articles_and_not_those_that_were_put() {
        let mut memory = Memory::new(file(&[("a", "old"), ("b", "old"), ("c", "old")]));
        memory.put(article("b", "put")).unwrap();
        memory.put(article("d", "put")).unwrap();
        memory.put(article("e", "put")).unwrap();
        memory.replace(file(&[("a", "new"), ("e", "new")]));
        let title = |id| memory.get(id).map(|article| article.title.clone());
        let titles: Vec<_> = ["a", "b", "c", "d", "e"].map(title).into();
        let expected = [Some("new"), Some("put"), None, Some("put"), Some("new")];
        assert_eq!(titles, expected.map(|title| title.map(str::to_owned)));
        // The bound counts what is there: nothing is left when all is gone.
        for id in ["a", "b", "d", "e"] {
            assert!(memory.remove(id));
        }
        assert!(!memory.remove("c"));
        assert_eq!(memory.n_bytes, 0);
        memory.replace(file(&[("a", "again")]));
        memory.replace(file(&[]));
        assert!(memory.get("a").is_none());
    }
}
