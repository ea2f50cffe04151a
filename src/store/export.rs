//! Labels as JSONL that `ombuds train --data` reads.
//!
//! A row is a comment in its place with the latest score of each label. Its article stands once, before
//! the first comment under it, as a row of the kind `article`. The first comment has all keys, so that
//! a reader knows the columns from the start; the others have those that hold something.

use std::collections::HashSet;
use std::io::Write;

use serde_json::{Map, Value, json};
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row as _};

use super::{Error, Store, from_ms};
use crate::comment::Article;

/// Most labels of an export: the commonest. Bounds what a client can do that makes names up.
const MAX_LABELS: u32 = 256;

/// Events read at a time: some ten megabytes of the longest texts.
const PAGE: i64 = 100;

/// What was exported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Comments with a label that a person gave.
    pub n_comments: u64,
    /// Articles that they stand under, as far as they are in the store.
    pub n_articles: u64,
    /// The labels, the commonest first.
    pub labels: Vec<String>,
    /// Labels left out, since there are too many.
    pub n_labels_left_out: usize,
}

/// The latest event of a person about its subject.
#[derive(Debug)]
struct Event {
    id: i64,
    subject: String,
    comment_id: Option<String>,
    token: Option<String>,
    text: String,
    language: Option<String>,
    article_id: Option<String>,
    article_url: Option<String>,
    parent_id: Option<String>,
    parent_text: Option<String>,
    added_ms: i64,
}

impl FromRow<'_, SqliteRow> for Event {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            subject: row.try_get("subject")?,
            comment_id: row.try_get("comment_id")?,
            token: row.try_get("token")?,
            text: row.try_get("text")?,
            language: row.try_get("language")?,
            article_id: row.try_get("article_id")?,
            article_url: row.try_get("article_url")?,
            parent_id: row.try_get("parent_id")?,
            parent_text: row.try_get("parent_text")?,
            added_ms: row.try_get("added_ms")?,
        })
    }
}

impl Store {
    /// Writes all comments that people labelled, in the order of their latest labels. What is appended
    /// meanwhile is left for the next export.
    ///
    /// # Errors
    /// The database refuses, or the output cannot be written.
    pub async fn export(&self, output: &mut impl Write) -> Result<Exported, Error> {
        let (last,): (i64,) = sqlx::query_as("SELECT COALESCE(MAX(id), 0) FROM label_events")
            .fetch_one(&self.pool)
            .await?;
        let (labels, n_labels_left_out) = self.labels(last).await?;
        let mut exported = Exported {
            labels,
            n_labels_left_out,
            ..Exported::default()
        };
        let (mut articles, mut seen) = (HashSet::new(), 0);
        loop {
            let events = self.latest(seen, last).await?;
            let Some(end) = events.last() else { break };
            seen = end.id;
            for event in events {
                let mut scores = self.scores(&event.subject, last).await?;
                scores.retain(|(label, _)| exported.labels.contains(label));
                if scores.is_empty() {
                    continue;
                }
                let event = self.complete(event).await?;
                let article = self.article(&event).await?;
                if let Some(article) = article
                    .as_ref()
                    .filter(|article| articles.insert(article.id.clone()))
                {
                    write_row(output, &article_row(article))?;
                    exported.n_articles += 1;
                }
                let mut row = comment_row(event, article.map(|article| article.id));
                row.extend(
                    scores
                        .into_iter()
                        .map(|(label, score)| (label, score.into())),
                );
                if exported.n_comments == 0 {
                    let labels = exported.labels.iter();
                    labels.for_each(|label| {
                        row.entry(label).or_insert(Value::Null);
                    });
                } else {
                    row.retain(|_, value| !value.is_null());
                }
                write_row(output, &row)?;
                exported.n_comments += 1;
            }
        }
        Ok(exported)
    }

    /// The commonest labels, and how many there are beside them.
    async fn labels(&self, last: i64) -> Result<(Vec<String>, usize), Error> {
        let labels: Vec<(String, i64)> = sqlx::query_as(
            "SELECT s.label, COUNT(*) OVER () FROM label_scores s \
             JOIN label_events e ON e.id = s.event_id WHERE e.origin = 'person' AND e.id <= $1 \
             GROUP BY s.label ORDER BY COUNT(*) DESC, s.label LIMIT $2",
        )
        .bind(last)
        .bind(MAX_LABELS)
        .fetch_all(&self.pool)
        .await?;
        let n_labels = labels.first().map_or(0, |(_, n_labels)| *n_labels);
        let n_left_out = usize::try_from(n_labels).unwrap_or(0) - labels.len();
        Ok((
            labels.into_iter().map(|(label, _)| label).collect(),
            n_left_out,
        ))
    }

    /// The next events that no later one about the same subject follows.
    async fn latest(&self, seen: i64, last: i64) -> Result<Vec<Event>, Error> {
        let events = sqlx::query_as(
            "SELECT e.id, e.subject, e.comment_id, e.token, e.text, e.language, e.article_id, \
             e.article_url, e.parent_id, e.parent_text, e.added_ms FROM label_events e \
             WHERE e.id > $1 AND e.id <= $2 AND e.origin = 'person' AND NOT EXISTS \
             (SELECT 1 FROM label_events l WHERE l.subject = e.subject AND l.id > e.id \
             AND l.id <= $2 AND l.origin = 'person') ORDER BY e.id LIMIT $3",
        );
        let events = events.bind(seen).bind(last).bind(PAGE);
        Ok(events.fetch_all(&self.pool).await?)
    }

    /// The latest score of each label of a subject.
    async fn scores(&self, subject: &str, last: i64) -> Result<Vec<(String, f64)>, Error> {
        let scores = sqlx::query_as(
            "SELECT s.label, s.score FROM label_scores s JOIN \
             (SELECT s.label AS label, MAX(e.id) AS id FROM label_events e \
             JOIN label_scores s ON s.event_id = e.id \
             WHERE e.subject = $1 AND e.id <= $2 AND e.origin = 'person' GROUP BY s.label) latest \
             ON s.event_id = latest.id AND s.label = latest.label ORDER BY s.label",
        );
        Ok(scores
            .bind(subject)
            .bind(last)
            .fetch_all(&self.pool)
            .await?)
    }

    /// Adds what is known of a comment that was kept, and of the one it answers.
    async fn complete(&self, mut event: Event) -> Result<Event, Error> {
        if let Some(id) = &event.comment_id
            && let Some(kept) = self.comment(id).await?
        {
            event.parent_id = event.parent_id.or(kept.parent_id);
            if event.article_url.is_none() {
                event.article_id = event.article_id.or(kept.article_id);
            }
        }
        if let (Some(id), None) = (&event.parent_id, &event.parent_text) {
            event.parent_text = self.comment(id).await?.map(|parent| parent.text);
        }
        Ok(event)
    }

    async fn article(&self, event: &Event) -> Result<Option<Article>, Error> {
        match (&event.article_id, &event.article_url) {
            (Some(id), _) => self.articles().get(id).await,
            (None, Some(url)) => self.articles().get_by_url(url).await,
            (None, None) => Ok(None),
        }
    }
}

fn article_row(article: &Article) -> Map<String, Value> {
    let keys = [
        "kind",
        "id",
        "title",
        "lead",
        "body",
        "section",
        "url",
        "published",
    ];
    let Article {
        id,
        title,
        lead,
        body,
        section,
        url,
        published,
        ..
    } = article;
    let values = ["article", id, title, lead, body, section, url, published];
    let pairs = keys.into_iter().zip(values);
    pairs
        .map(|(key, value)| (key.to_owned(), value.into()))
        .collect()
}

fn comment_row(event: Event, article_id: Option<String>) -> Map<String, Value> {
    let added = humantime::format_rfc3339_seconds(from_ms(event.added_ms)).to_string();
    let row = json!({
        "kind": "comment",
        "id": event.comment_id.or(event.token),
        "text": event.text,
        "language": event.language,
        "article_id": article_id.or(event.article_id),
        "article_url": event.article_url,
        "parent_id": event.parent_id,
        "parent_text": event.parent_text,
        "added": added,
    });
    match row {
        Value::Object(row) => row,
        _ => unreachable!("made as an object above"),
    }
}

fn write_row(output: &mut impl Write, row: &Map<String, Value>) -> Result<(), Error> {
    serde_json::to_writer(&mut *output, row).map_err(std::io::Error::from)?;
    Ok(output.write_all(b"\n")?)
}
