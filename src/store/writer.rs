//! Group commit: one task writes for all, many calls a transaction.
//!
//! A transaction costs one wait for the disk, whatever is in it. While one is under way, calls queue
//! up, and all of them go into the next. The queue is bounded; what is queued is the content of
//! requests that are waiting anyway.

use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::articles::insert_if_new;
use super::labels::article_id;
use super::{ArticleRef, Error, KeptComment, LabelEvent, now_ms};

/// Calls that may wait; further ones wait for their turn to wait.
const MAX_WAITING: usize = 1024;

/// Calls in one transaction. Chosen: others that write the file wait no longer than some hundred
/// milliseconds.
const MAX_CALLS: usize = 256;

/// What one call keeps; checked already.
#[derive(Debug)]
pub(super) enum Entries {
    Labels(Vec<LabelEvent>),
    Comments(Vec<KeptComment>),
}

impl Entries {
    fn is_empty(&self) -> bool {
        match self {
            Self::Labels(events) => events.is_empty(),
            Self::Comments(comments) => comments.is_empty(),
        }
    }
}

#[derive(Debug)]
enum Call {
    Write {
        entries: Entries,
        done: oneshot::Sender<Result<(), Error>>,
    },
    Close {
        done: oneshot::Sender<()>,
    },
}

/// Handle of the task that writes.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    calls: mpsc::Sender<Call>,
}

impl Writer {
    /// Starts the task. It ends with its last handle, after what is waiting.
    pub(super) fn spawn(connection: SqliteConnection) -> Self {
        let (calls, waiting) = mpsc::channel(MAX_WAITING);
        tokio::spawn(run(connection, waiting));
        Self { calls }
    }

    /// Writes entries, all or none; returns once they are on the disk.
    pub(super) async fn write(&self, entries: Entries) -> Result<(), Error> {
        if entries.is_empty() {
            return Ok(());
        }
        let (done, answer) = oneshot::channel();
        let sent = self.calls.send(Call::Write { entries, done }).await;
        sent.map_err(|_| Error::Closed)?;
        answer.await.unwrap_or(Err(Error::Closed))
    }

    /// Lets the task write what is waiting and end.
    pub(super) async fn close(&self) {
        let (done, answer) = oneshot::channel();
        if self.calls.send(Call::Close { done }).await.is_ok() {
            let _ = answer.await;
        }
    }
}

async fn run(mut connection: SqliteConnection, mut waiting: mpsc::Receiver<Call>) {
    let mut calls = Vec::with_capacity(MAX_CALLS);
    let mut closing = None;
    while closing.is_none() && waiting.recv_many(&mut calls, MAX_CALLS).await > 0 {
        let (mut entries, mut answers) = (Vec::new(), Vec::new());
        for call in calls.drain(..) {
            match call {
                // What came after the wish to close is dropped, which its caller sees.
                _ if closing.is_some() => {}
                Call::Write {
                    entries: more,
                    done,
                } => {
                    entries.push(more);
                    answers.push(done);
                }
                Call::Close { done } => closing = Some(done),
            }
        }
        let written = commit(&mut connection, &entries).await;
        for done in answers {
            // A caller that has gone does not need the answer.
            let _ = done.send(written.clone());
        }
    }
    let _ = connection.close().await;
    if let Some(done) = closing {
        let _ = done.send(());
    }
}

/// Writes entries in one transaction, by plain statements: SQLite itself ends a transaction when the disk is
/// full, which sqlx's own transactions do not notice, and no further one could begin.
async fn commit(connection: &mut SqliteConnection, entries: &[Entries]) -> Result<(), Error> {
    if entries.is_empty() {
        return Ok(());
    }
    // The lock of the writer from the start: the numbers of events are read and given out under it.
    execute(connection, "BEGIN IMMEDIATE").await?;
    let written = match insert(connection, entries).await {
        Ok(()) => execute(connection, "COMMIT").await,
        Err(error) => Err(error),
    };
    if written.is_err() {
        // Fails where SQLite has done it already.
        let _ = execute(connection, "ROLLBACK").await;
    }
    written
}

async fn execute(connection: &mut SqliteConnection, sql: &'static str) -> Result<(), Error> {
    sqlx::query(sql).execute(connection).await?;
    Ok(())
}

async fn insert(connection: &mut SqliteConnection, entries: &[Entries]) -> Result<(), Error> {
    let (last,): (i64,) = sqlx::query_as("SELECT COALESCE(MAX(id), 0) FROM label_events")
        .fetch_one(&mut *connection)
        .await?;
    let mut ids = last + 1..;
    for entries in entries {
        match entries {
            Entries::Labels(events) => {
                for (event, id) in events.iter().zip(ids.by_ref()) {
                    insert_event(connection, id, event).await?;
                }
            }
            Entries::Comments(comments) => {
                for kept in comments {
                    insert_comment(connection, kept).await?;
                }
            }
        }
    }
    Ok(())
}

async fn insert_event(
    connection: &mut SqliteConnection,
    id: i64,
    event: &LabelEvent,
) -> Result<(), Error> {
    let (article, url) = match &event.article {
        None => (None, None),
        Some(ArticleRef::Id(id)) => (Some(id.clone()), None),
        Some(ArticleRef::Url(url)) => (None, Some(url)),
        Some(ArticleRef::Inline(article)) => {
            let mut article = article.clone();
            article.id = article_id(&article);
            // Names are kept where somebody put them, and not by the way.
            article.commenters.clear();
            insert_if_new(&mut *connection, &article).await?;
            (Some(article.id), None)
        }
    };
    sqlx::query(
        "INSERT INTO label_events (id, subject, origin, model, key_id, community, token, comment_id, \
         text, language, article_id, article_url, parent_id, parent_text, added_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(id)
    .bind(event.subject())
    .bind(event.origin.as_str())
    .bind(&event.model)
    .bind(&event.key_id)
    .bind(&event.community)
    .bind(&event.token)
    .bind(&event.comment_id)
    .bind(&event.text)
    .bind(&event.language)
    .bind(article)
    .bind(url)
    .bind(&event.parent_id)
    .bind(&event.parent_text)
    .bind(now_ms())
    .execute(&mut *connection)
    .await?;
    for (label, score) in &event.scores {
        sqlx::query("INSERT INTO label_scores (event_id, label, score) VALUES ($1, $2, $3)")
            .bind(id)
            .bind(label)
            .bind(score)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn insert_comment(
    connection: &mut SqliteConnection,
    kept: &KeptComment,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO comments (id, article_id, parent_id, text, kept_ms) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (id) DO UPDATE SET article_id = excluded.article_id, \
         parent_id = excluded.parent_id, text = excluded.text, kept_ms = excluded.kept_ms",
    )
    .bind(&kept.id)
    .bind(&kept.article_id)
    .bind(&kept.parent_id)
    .bind(&kept.text)
    .bind(now_ms())
    .execute(&mut *connection)
    .await?;
    Ok(())
}
