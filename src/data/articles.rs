//! The articles that comments stand under, by their identifier or address.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::addresses::Addresses;
use super::error::Error;
use super::fault::RowError;
use super::format::{Format, InputOptions};
use super::row::{Row, RowResult};
use super::schema::{ColumnRef, Schema};
use super::table::Table;
use crate::comment::Article;
use crate::relation::{MAX_APPROVED, MAX_COMMENTERS, add_commenter};

/// Usual names of columns; only the identifier or the address is required.
const ID: &[&str] = &["article_id", "id", "story_id", "ID_Article", "asset_id"];
const TITLE: &[&str] = &["title", "headline"];
const LEAD: &[&str] = &["lead", "summary", "description"];
const BODY: &[&str] = &["body", "text", "content", "article_text", "article_body"];
const SECTION: &[&str] = &["section"];
const URL: &[&str] = &["url", "article_url", "link", "story_url", "permalink"];
const PUBLISHED: &[&str] = &["published", "date", "published_at", "pub_date"];
/// A JSON array of names, or a name a line.
const COMMENTERS: &[&str] = &["commenters"];
/// What a row is, where a file has articles and comments.
const KIND: &str = "kind";

/// Columns whose text makes a row a comment, whatever its kind; `body` and `content` are an article's, too.
const COMMENT_TEXT: &[&str] = &["text", "comment", "comment_text", "message"];

/// A comment that the site has approved.
#[derive(Clone, Debug, Default)]
pub struct ApprovedComment {
    /// Identifier of its article.
    pub article_id: String,
    /// The comment.
    pub text: String,
    /// Display name.
    pub author: Option<String>,
}

/// What the approved comments of an article tell about it.
#[derive(Clone, Debug, Default)]
struct Discussion {
    comments: Vec<String>,
    commenters: Vec<String>,
}

impl Discussion {
    fn add(&mut self, comment: ApprovedComment) {
        if self.comments.len() == MAX_APPROVED {
            self.comments.remove(0);
        }
        self.comments.push(comment.text);
        add_commenter(&mut self.commenters, comment.author);
    }
}

/// All articles of one file, in memory.
#[derive(Clone, Debug, Default)]
pub struct ArticleStore {
    articles: BTreeMap<String, Arc<Article>>,
    /// Approved comments by article, also of articles that are not here.
    approved: BTreeMap<String, Discussion>,
    addresses: Addresses,
    notices: Vec<String>,
    n_rows: u64,
    bad_rows: Vec<RowError>,
}

impl ArticleStore {
    /// Reads a CSV, TSV or JSONL file of articles: `article_id` or `id`, and as far as there are
    /// any, title (headline), lead (summary, description), body (text, content), section, url (link,
    /// story_url, permalink), published (date, published_at, pub_date) and commenters
    /// ([`read_commenters`]). Where there is no identifier, the url is it.
    ///
    /// Of articles with the same identifier the first counts; a notice tells if they differ.
    pub fn load(path: impl AsRef<Path>, options: &InputOptions) -> Result<Self, Error> {
        Self::from_table(Table::open(path, options)?)
    }

    /// Reads the rest of a table as articles.
    pub fn from_table(mut table: Table) -> Result<Self, Error> {
        let columns = if table.keep_articles() {
            ArticleColumns::of_page(table.schema())
        } else {
            None
        };
        let columns = columns.map_or_else(|| ArticleColumns::resolve(table.schema()), Ok)?;
        let file = table.schema().file().to_owned();
        let mut store = Self {
            notices: table.notices().to_vec(),
            ..Self::default()
        };
        let (mut n_without_id, mut n_repeated) = (0, 0);
        for row in table {
            let article = match row? {
                Ok(row) if columns.is_comment(&row) => continue,
                Ok(row) => columns.article(&row),
                Err(error) => {
                    store.bad_rows.push(error);
                    continue;
                }
            };
            store.n_rows += 1;
            if article.id.is_empty() {
                n_without_id += 1;
            } else if !store.add(article) {
                n_repeated += 1;
            }
        }
        if columns.is_bare() {
            let text = "has no title, lead or body, so there is nothing to compare comments with";
            store.notices.push(format!("{file}: {text}"));
        }
        if n_without_id > 0 {
            store.notices.push(format!(
                "{file}: articles without an id, left out: {n_without_id}"
            ));
        }
        if n_repeated > 0 {
            let text = format!("{file}: articles with the id of another, left out: {n_repeated}");
            store.notices.push(text);
        }
        Ok(store)
    }

    /// The article of that identifier.
    pub fn get(&self, id: &str) -> Option<&Arc<Article>> {
        self.articles.get(id.trim())
    }

    /// Takes in comments that the site has approved; of each article the last [`MAX_APPROVED`] count, and who wrote the
    /// first ones, up to [`MAX_COMMENTERS`].
    pub fn approve(&mut self, comments: impl IntoIterator<Item = ApprovedComment>) {
        for mut comment in comments {
            let id = std::mem::take(&mut comment.article_id);
            self.approved.entry(id).or_default().add(comment);
        }
        let known = self
            .articles
            .values_mut()
            .chain(self.addresses.articles_mut());
        for article in known {
            if self.approved.contains_key(&article.id) {
                discuss(&self.approved, Arc::make_mut(article));
            }
        }
    }

    /// An article that is not among these, with its approved comments.
    pub(super) fn discussed(&self, mut article: Article) -> Article {
        discuss(&self.approved, &mut article);
        article
    }

    /// The article of that address, however linked: scheme, `www.`, the case of the host, a slash at the
    /// end, query and fragment do not matter. Where several articles differ by the query alone, it does.
    pub fn by_url(&self, url: &str) -> Option<&Arc<Article>> {
        self.addresses.get(url)
    }

    /// All articles, in the order of their identifiers.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Article>> {
        self.articles.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.articles.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.articles.is_empty()
    }

    /// Puts an article in place of the one with its identifier.
    pub fn put(&mut self, article: Article) {
        self.remove(&article.id);
        self.add(article);
    }

    /// Takes an article out.
    pub fn remove(&mut self, id: &str) -> Option<Arc<Article>> {
        let article = self.articles.remove(id.trim())?;
        self.addresses.remove(&article);
        Some(article)
    }

    /// What the user should know about the file.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// Rows that could be read, also those left out for their identifier.
    pub fn n_rows(&self) -> u64 {
        self.n_rows
    }

    /// Rows that could not be read.
    pub fn bad_rows(&self) -> &[RowError] {
        &self.bad_rows
    }

    /// Adds an article; false if another one has its identifier.
    fn add(&mut self, article: Article) -> bool {
        if let Some(known) = self.articles.get(&article.id) {
            return **known == article;
        }
        let article = Arc::new(article);
        self.addresses.add(&article);
        self.articles.insert(article.id.clone(), article);
        true
    }
}

/// Gives an article its approved comments, if there are any.
fn discuss(approved: &BTreeMap<String, Discussion>, article: &mut Article) {
    if let Some(discussion) = approved.get(article.id.trim()) {
        article.approved.clone_from(&discussion.comments);
        for name in &discussion.commenters {
            add_commenter(&mut article.commenters, Some(name.clone()));
        }
    }
}

/// Display names of a cell: a JSON array of them, or one a line.
pub fn read_commenters(cell: &str) -> Vec<String> {
    let names = serde_json::from_str(cell);
    let mut names: Vec<String> =
        names.unwrap_or_else(|_| cell.lines().map(|name| name.trim().to_owned()).collect());
    names.retain(|name| !name.is_empty());
    names.truncate(MAX_COMMENTERS);
    names
}

#[derive(Debug)]
struct ArticleColumns {
    /// Where a file has articles and comments: which of both a row is.
    kind: Option<ColumnRef>,
    id: ColumnRef,
    title: Option<ColumnRef>,
    lead: Option<ColumnRef>,
    body: Option<ColumnRef>,
    section: Option<ColumnRef>,
    url: Option<ColumnRef>,
    published: Option<ColumnRef>,
    commenters: Option<ColumnRef>,
}

impl ArticleColumns {
    fn resolve(schema: &Schema) -> Result<Self, Error> {
        let id = schema.usual(ID).or_else(|| schema.usual(URL));
        let id = id.ok_or_else(|| Error::NoUsualColumn {
            file: schema.file.clone(),
            what: "the id of articles",
            remedy: "rename it to article_id",
            columns: schema.list(),
        })?;
        Ok(Self {
            kind: None,
            id,
            title: schema.usual(TITLE),
            lead: schema.usual(LEAD),
            body: schema.usual(BODY),
            section: schema.usual(SECTION),
            url: schema.usual(URL),
            published: schema.usual(PUBLISHED),
            commenters: schema.usual(COMMENTERS),
        })
    }

    /// Columns of a file that `ombuds page` wrote: comments have an `article_id`, the article an `id`.
    fn of_page(schema: &Schema) -> Option<Self> {
        Some(Self {
            kind: Some(schema.column(KIND)?),
            id: schema.column("id")?,
            title: schema.usual(TITLE),
            lead: schema.usual(LEAD),
            body: schema.usual(BODY),
            section: schema.usual(SECTION),
            url: schema.usual(URL),
            published: schema.usual(PUBLISHED),
            commenters: schema.usual(COMMENTERS),
        })
    }

    fn is_kind(&self, row: &Row, kind: &str) -> bool {
        let cell = self.kind.as_ref().and_then(|column| row.get(column));
        cell.is_some_and(|cell| cell == kind)
    }

    fn is_comment(&self, row: &Row) -> bool {
        self.is_kind(row, "comment")
    }

    /// Whether articles have an identifier and nothing to read.
    fn is_bare(&self) -> bool {
        [&self.title, &self.lead, &self.body]
            .iter()
            .all(|column| column.is_none())
    }

    fn article(&self, row: &Row) -> Article {
        let text = |column: &Option<ColumnRef>| {
            let cell = column.as_ref().and_then(|column| row.get(column));
            cell.map(Cow::into_owned).unwrap_or_default()
        };
        let id = row.get(&self.id).unwrap_or_default().trim().to_owned();
        let url = text(&self.url).trim().to_owned();
        Article {
            id: if id.is_empty() { url.clone() } else { id },
            title: text(&self.title),
            lead: text(&self.lead),
            body: text(&self.body),
            section: text(&self.section),
            approved: Vec::new(),
            commenters: read_commenters(&text(&self.commenters)),
            url,
            published: text(&self.published),
        }
    }
}

/// Articles that stand among the comments of a JSONL file, as `ombuds page` writes them: rows of the
/// kind `article` without a text. They are the context of the comments after them, and no comments.
#[derive(Debug)]
pub(super) struct RowArticles {
    columns: ArticleColumns,
    text: Option<ColumnRef>,
    article_id: Option<ColumnRef>,
    known: BTreeMap<String, Arc<Article>>,
}

impl RowArticles {
    /// None for files that say of no row what kind it is.
    pub(super) fn resolve(schema: &Schema) -> Option<Self> {
        let columns = (schema.format == Format::Jsonl)
            .then(|| ArticleColumns::of_page(schema))
            .flatten()?;
        Some(Self {
            columns,
            text: schema.usual(COMMENT_TEXT),
            article_id: schema.column("article_id"),
            known: BTreeMap::new(),
        })
    }

    /// Keeps an article; any other row gets the article it stands under.
    pub(super) fn pass(
        &mut self,
        row: Result<RowResult, Error>,
    ) -> Option<Result<RowResult, Error>> {
        let Ok(Ok(mut row)) = row else {
            return Some(row);
        };
        let has_text = self
            .text
            .as_ref()
            .is_some_and(|text| row.get(text).is_some());
        if self.columns.is_kind(&row, "article") && !has_text {
            let article = self.columns.article(&row);
            self.known.insert(article.id.clone(), Arc::new(article));
            return None;
        }
        let id = self.article_id.as_ref().and_then(|column| row.get(column));
        let article = id.and_then(|id| self.known.get(id.trim())).map(Arc::clone);
        row.set_article(article);
        Some(Ok(Ok(row)))
    }
}

#[cfg(test)]
mod tests;
