//! Articles by identifier and by address.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteExecutor, SqlitePool};

use super::error::check_length;
use super::labels::MAX_COMMENT_BYTES;
use super::{Error, now_ms};
use crate::comment::Article;
use crate::data::Address;
use crate::relation::{MAX_APPROVED, MAX_COMMENTERS};

/// Longest article, all its parts together. Perspective's bound of a context entry is 1 MB.
pub const MAX_ARTICLE_BYTES: usize = 1 << 20;

/// Longest identifier of anything.
pub const MAX_ID_BYTES: usize = 512;

/// Longest address. Chosen: what browsers and proxies agree to pass on.
pub const MAX_URL_BYTES: usize = 8 << 10;

const COLUMNS: &str = "id, url, title, lead, body, section, published, approved, commenters";

/// The articles of a store.
#[derive(Clone, Debug)]
pub struct Articles {
    pool: SqlitePool,
}

impl Articles {
    pub(super) fn new(pool: SqlitePool) -> Self {
        Self { pool }
    }

    /// The article of that identifier.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn get(&self, id: &str) -> Result<Option<Article>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM articles WHERE id = $1");
        let row = sqlx::query(&sql)
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.as_ref().map(from_row).transpose()?)
    }

    /// The article of that address, however linked: scheme, `www.`, the case of the host, a slash at the
    /// end, query and fragment do not matter. Where several articles differ by the query alone, it does.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn get_by_url(&self, url: &str) -> Result<Option<Article>, Error> {
        let Some(Address { page, query }) = Address::parse(url) else {
            return Ok(None);
        };
        // Two are enough to see that there is not one.
        let sql = format!("SELECT {COLUMNS} FROM articles WHERE page = $1 LIMIT 2");
        let rows = sqlx::query(&sql).bind(&page).fetch_all(&self.pool).await?;
        if let [row] = &rows[..] {
            return Ok(Some(from_row(row)?));
        }
        let sql = format!("SELECT {COLUMNS} FROM articles WHERE page = $1 AND query = $2 LIMIT 2");
        let same = sqlx::query(&sql)
            .bind(page)
            .bind(query)
            .fetch_all(&self.pool)
            .await?;
        Ok(match &same[..] {
            [row] => Some(from_row(row)?),
            _ => None,
        })
    }

    /// Keeps an article; one of the same identifier is replaced.
    ///
    /// # Errors
    /// It has no identifier or is too long; or the database refuses.
    pub async fn put(&self, article: &Article) -> Result<(), Error> {
        check_named(article)?;
        insert(
            &self.pool,
            article,
            "DO UPDATE SET url = excluded.url, page = excluded.page, query = excluded.query, \
             title = excluded.title, lead = excluded.lead, body = excluded.body, \
             section = excluded.section, published = excluded.published, \
             approved = excluded.approved, commenters = excluded.commenters, changed_ms = excluded.changed_ms",
        )
        .await?;
        Ok(())
    }

    /// Keeps an article unless its identifier is there already; returns whether it was kept. For what
    /// knows less than others, such as a notice that a story was made.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub async fn add(&self, article: &Article) -> Result<bool, Error> {
        check_named(article)?;
        insert_if_new(&self.pool, article).await
    }

    /// Forgets an article; returns whether it was there.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn delete(&self, id: &str) -> Result<bool, Error> {
        let deleted = sqlx::query("DELETE FROM articles WHERE id = $1")
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(deleted.rows_affected() > 0)
    }
}

fn check_named(article: &Article) -> Result<(), Error> {
    if article.id.is_empty() {
        return Err(Error::Empty {
            what: "an article's identifier",
        });
    }
    check_article(article)
}

/// Checks the bounds of an article.
pub(super) fn check_article(article: &Article) -> Result<(), Error> {
    check_length("an article's identifier", &article.id, MAX_ID_BYTES)?;
    check_length("an address", &article.url, MAX_URL_BYTES)?;
    if article.approved.len() > MAX_APPROVED {
        return Err(Error::TooMany {
            what: "approved comments of an article",
            given: article.approved.len(),
            max: MAX_APPROVED,
        });
    }
    if article.commenters.len() > MAX_COMMENTERS {
        return Err(Error::TooMany {
            what: "commenters of an article",
            given: article.commenters.len(),
            max: MAX_COMMENTERS,
        });
    }
    for name in &article.commenters {
        check_length("a display name", name, MAX_ID_BYTES)?;
    }
    for comment in &article.approved {
        check_length("an approved comment", comment, MAX_COMMENT_BYTES)?;
    }
    let parts = [
        &article.title,
        &article.lead,
        &article.body,
        &article.section,
        &article.published,
    ];
    let n_bytes = parts.map(String::len).iter().sum();
    if n_bytes > MAX_ARTICLE_BYTES {
        return Err(Error::TooLong {
            what: "an article",
            n_bytes,
            max: MAX_ARTICLE_BYTES,
        });
    }
    Ok(())
}

/// Keeps an article unless its identifier is there already.
pub(super) async fn insert_if_new(
    executor: impl SqliteExecutor<'_>,
    article: &Article,
) -> Result<bool, Error> {
    insert(executor, article, "DO NOTHING").await
}

async fn insert(
    executor: impl SqliteExecutor<'_>,
    article: &Article,
    on_conflict: &'static str,
) -> Result<bool, Error> {
    let (page, query) = Address::parse(&article.url)
        .map(|address| (address.page, address.query))
        .unzip();
    let sql = format!(
        "INSERT INTO articles ({COLUMNS}, page, query, changed_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) {on_conflict}"
    );
    let inserted = sqlx::query(&sql)
        .bind(&article.id)
        .bind(&article.url)
        .bind(&article.title)
        .bind(&article.lead)
        .bind(&article.body)
        .bind(&article.section)
        .bind(&article.published)
        .bind(to_json(&article.approved))
        .bind(to_json(&article.commenters))
        .bind(page)
        .bind(query)
        .bind(now_ms())
        .execute(executor)
        .await?;
    Ok(inserted.rows_affected() > 0)
}

fn to_json(list: &[String]) -> String {
    serde_json::Value::from(list).to_string()
}

fn from_row(row: &SqliteRow) -> Result<Article, sqlx::Error> {
    let list = |column: &str| -> Result<Vec<String>, sqlx::Error> {
        let json: &str = row.try_get(column)?;
        serde_json::from_str(json).map_err(|error| sqlx::Error::Decode(error.into()))
    };
    Ok(Article {
        id: row.try_get("id")?,
        url: row.try_get("url")?,
        title: row.try_get("title")?,
        lead: row.try_get("lead")?,
        body: row.try_get("body")?,
        section: row.try_get("section")?,
        published: row.try_get("published")?,
        approved: list("approved")?,
        commenters: list("commenters")?,
    })
}
