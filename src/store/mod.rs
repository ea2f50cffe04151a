//! What a server keeps: labels that people gave, articles, comments that replies refer to, API keys.
//!
//! One SQLite file in WAL mode with `synchronous=FULL`: what was acknowledged outlives the program,
//! the operating system and the power. Nothing is scored here and no text is logged. The statements and
//! migrations are written so that Postgres can take them, too. The server holds one [`Store`] and
//! clones it; `ombuds key` and `ombuds store` open the same file beside it.
//!
//! Who calls it decides what may be kept: nothing is without a store, a comment that asks not to be
//! stored is never passed on to it, and [`Store::keep_comments`] is called only where the operator
//! lets comments be kept.
//!
//! ```
//! use ombuds::store::{LabelEvent, Store};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! let store = Store::open(folder.path().join("labels.db")).await?;
//! store
//!     .append_labels(vec![LabelEvent {
//!         text: "Grüße an die Redaktion".into(),
//!         scores: vec![("TOXICITY@6".into(), 0.0)],
//!         ..LabelEvent::default()
//!     }])
//!     .await?; // it is on the disk now
//! let mut jsonl = Vec::new();
//! let exported = store.export(&mut jsonl).await?;
//! assert_eq!((exported.n_comments, &exported.labels[..]), (1, &["toxicity".to_owned()][..]));
//! # Ok(())
//! # }
//! ```

mod articles;
mod error;
mod export;
mod file;
mod keys;
mod labels;
#[cfg(test)]
mod tests;
mod writer;

use std::path::Path;
use std::time::{Duration, SystemTime};

use sqlx::SqlitePool;

pub use articles::{Articles, MAX_ARTICLE_BYTES, MAX_ID_BYTES, MAX_URL_BYTES};
pub use error::Error;
pub use export::Exported;
pub use keys::{ApiKey, Exhausted, KeyInfo, Keys, MAX_KEYS};
pub use labels::{ArticleRef, KeptComment, LabelEvent, MAX_COMMENT_BYTES, MAX_EVENTS, Origin};
use writer::{Entries, Writer};

/// An open store; clones are handles of the same one. Needs a tokio runtime.
#[derive(Clone, Debug)]
pub struct Store {
    pool: SqlitePool,
    writer: Writer,
    keys: Keys,
}

impl Store {
    /// Opens a store, makes it if there is none, and brings its tables up to date. A new file can be
    /// read by its owner alone.
    ///
    /// # Errors
    /// The file cannot be opened, is no store, or was written by a later version.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        file::create_private(path)?;
        Self::open_existing(path).await
    }

    /// Opens a store that must be there.
    ///
    /// # Errors
    /// As [`open`](Self::open); also where there is no file.
    pub async fn open_existing(path: impl AsRef<Path>) -> Result<Self, Error> {
        let (pool, connection) = file::open(path.as_ref()).await?;
        Ok(Self {
            keys: Keys::load(pool.clone()).await?,
            writer: Writer::spawn(connection),
            pool,
        })
    }

    /// The articles.
    pub fn articles(&self) -> Articles {
        Articles::new(self.pool.clone())
    }

    /// The API keys.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Appends what was said about comments. Returns once it is on the disk; calls that come meanwhile
    /// share the next transaction.
    ///
    /// # Errors
    /// Something is beyond its bound, and nothing of the call is kept; or the database refuses.
    pub async fn append_labels(&self, events: Vec<LabelEvent>) -> Result<(), Error> {
        labels::check_number("labels", events.len())?;
        let checked = events.into_iter().map(LabelEvent::check);
        let events = checked.collect::<Result<_, _>>()?;
        self.writer.write(Entries::Labels(events)).await
    }

    /// Keeps comments, so that replies find what they answer; one that is there is replaced. Returns once
    /// they are on the disk.
    ///
    /// # Errors
    /// As [`append_labels`](Self::append_labels).
    pub async fn keep_comments(&self, comments: Vec<KeptComment>) -> Result<(), Error> {
        labels::check_number("comments", comments.len())?;
        let checked = comments.into_iter().map(KeptComment::check);
        let comments = checked.collect::<Result<_, _>>()?;
        self.writer.write(Entries::Comments(comments)).await
    }

    /// The comment of that identifier, if it was kept.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn comment(&self, id: &str) -> Result<Option<KeptComment>, Error> {
        let found =
            sqlx::query_as("SELECT id, article_id, parent_id, text FROM comments WHERE id = $1")
                .bind(id)
                .fetch_optional(&self.pool)
                .await?;
        Ok(found.map(|(id, article_id, parent_id, text)| KeptComment {
            id,
            article_id,
            parent_id,
            text,
        }))
    }

    /// Deletes the comments that were kept longer ago than this; returns how many.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn prune_comments(&self, older_than: Duration) -> Result<u64, Error> {
        let age = i64::try_from(older_than.as_millis()).unwrap_or(i64::MAX);
        let pruned = sqlx::query("DELETE FROM comments WHERE kept_ms < $1")
            .bind(now_ms().saturating_sub(age))
            .execute(&self.pool)
            .await?;
        Ok(pruned.rows_affected())
    }

    /// Whether the store answers and its keys are no older than half a minute: for readiness probes.
    ///
    /// # Errors
    /// What stands in the way.
    pub async fn check(&self) -> Result<(), Error> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        self.keys.check()
    }

    /// Writes what is waiting and closes the file; clones answer [`Error::Closed`] from then on.
    pub async fn close(self) {
        self.writer.close().await;
        self.pool.close().await;
    }
}

/// Milliseconds since 1970; a clock before that counts as 1970.
fn now_ms() -> i64 {
    to_ms(SystemTime::now())
}

fn to_ms(time: SystemTime) -> i64 {
    let since = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn from_ms(ms: i64) -> SystemTime {
    // Year 9999, the last that dates can be written of.
    let ms = u64::try_from(ms).unwrap_or(0).min(253_402_300_799_000);
    SystemTime::UNIX_EPOCH + Duration::from_millis(ms)
}

/// SHA-256 of parts, each told from the next by its length, as hexadecimal digits.
fn digest(parts: &[&str]) -> String {
    use sha2::{Digest as _, Sha256};
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hex(&hasher.finalize())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}
