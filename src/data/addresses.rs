//! Articles by the addresses of their pages.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use url::Url;

use crate::comment::Article;

/// An address without what changes between two links to one page: scheme, `www.`, the case of the host,
/// a slash at the end and the fragment. The query stands apart: mostly it is tracking, on some sites the
/// article.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// Host, port and path.
    pub(crate) page: String,
    /// What stands behind the question mark.
    pub(crate) query: String,
}

impl Address {
    /// `None` for what is no web address. The scheme may be missing, the host not.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let bare = text.strip_prefix("//").unwrap_or(text);
        let host = bare.split(['/', '?', '#']).next()?;
        let url = if host.ends_with(':') {
            Url::parse(text)
        } else if host.contains('.') {
            Url::parse(&format!("https://{bare}"))
        } else {
            return None;
        };
        let is_web = |url: &Url| matches!(url.scheme(), "http" | "https");
        let url = url.ok().filter(is_web)?;
        let host = url.host_str()?;
        let host = host.strip_prefix("www.").unwrap_or(host);
        let port = url.port().map_or(String::new(), |port| format!(":{port}"));
        Some(Self {
            page: format!("{host}{port}{}", url.path().trim_end_matches('/')),
            query: url.query().unwrap_or_default().to_owned(),
        })
    }
}

/// Finds articles by address.
#[derive(Clone, Debug, Default)]
pub(super) struct Addresses {
    /// By page: queries and articles.
    pages: BTreeMap<String, Vec<(String, Arc<Article>)>>,
}

impl Addresses {
    /// Keeps an article under its address, if it has one.
    pub(super) fn add(&mut self, article: &Arc<Article>) {
        if let Some(Address { page, query }) = Address::parse(&article.url) {
            let known = self.pages.entry(page).or_default();
            known.push((query, Arc::clone(article)));
        }
    }

    /// Forgets an article.
    pub(super) fn remove(&mut self, article: &Arc<Article>) {
        let page = Address::parse(&article.url).map(|address| address.page);
        if let Some(Entry::Occupied(mut known)) = page.map(|page| self.pages.entry(page)) {
            known.get_mut().retain(|(_, other)| other.id != article.id);
            if known.get().is_empty() {
                known.remove();
            }
        }
    }

    /// All articles that have an address.
    pub(super) fn articles_mut(&mut self) -> impl Iterator<Item = &mut Arc<Article>> {
        let pages = self.pages.values_mut().flatten();
        pages.map(|(_, article)| article)
    }

    /// The article of a page. Where several differ by the query alone, the query must be the same: a
    /// wrong article is worse than none.
    pub(super) fn get(&self, url: &str) -> Option<&Arc<Article>> {
        let Address { page, query } = Address::parse(url)?;
        let known = self.pages.get(&page)?;
        if let [(_, article)] = &known[..] {
            return Some(article);
        }
        let mut same = known.iter().filter(|(other, _)| *other == query);
        let (_, article) = same.next()?;
        same.next().is_none().then_some(article)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(urls: &[&str]) -> Addresses {
        let mut addresses = Addresses::default();
        for (i, url) in urls.iter().enumerate() {
            addresses.add(&Arc::new(Article {
                id: i.to_string(),
                url: (*url).to_owned(),
                ..Article::default()
            }));
        }
        addresses
    }

    #[test]
    fn links_to_one_page_are_one_address() {
        let addresses = addresses(&["https://www.News.example/Local/b%C3%A4der/?utm_source=x"]);
        for (url, expected) in [
            ("http://news.example/Local/bäder#comments", true),
            (" news.example/Local/b%C3%A4der?page=2 ", true),
            ("//NEWS.EXAMPLE:443/Local/b%C3%A4der", true),
            ("HTTPS://news.example/Local/b%C3%A4der", true),
            (
                "news.example/Local/b%C3%A4der?back=https://other.example",
                true,
            ),
            ("https://news.example:8080/Local/b%C3%A4der", false),
            ("https://news.example/local/b%C3%A4der", false),
            ("https://m.news.example/Local/b%C3%A4der", false),
            ("https://news.example/", false),
            ("/Local/b%C3%A4der", false),
            ("ftp://news.example/Local/b%C3%A4der", false),
            ("17", false),
            ("https://", false),
            ("", false),
        ] {
            assert_eq!(addresses.get(url).is_some(), expected, "{url}");
        }
    }

    #[test]
    fn the_query_counts_where_it_tells_articles_apart() {
        let urls = [
            "a.example/s.php?id=1",
            "a.example/s.php?id=2",
            "b.example",
            "b.example",
        ];
        let addresses = addresses(&urls);
        let id = |url| addresses.get(url).map(|article| article.id.as_str());
        assert_eq!(id("https://a.example/s.php?id=2"), Some("1"));
        assert_eq!(id("https://a.example/s.php?id=3"), None);
        assert_eq!(id("https://a.example/s.php"), None);
        assert_eq!(id("https://b.example"), None, "two have this address");
    }
}
