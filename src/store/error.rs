//! What can go wrong with a store.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use sqlx::migrate::MigrateError;

/// Why a store cannot be opened, or why something was not kept in it.
///
/// Cheap to clone: all that waited for one transaction get the same answer.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no file at the path, and none was to be made.
    #[error("{}: no such store; check the path, or make one with `ombuds key add`", path.display())]
    NotFound {
        /// The path as given.
        path: PathBuf,
    },
    /// The file cannot be made or opened.
    #[error("{}: cannot be opened", path.display())]
    Open {
        /// The path as given.
        path: PathBuf,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// The file is no store: no database, a broken one, or that of another program.
    #[error("{}: is not a store of ombuds; name another file", path.display())]
    Foreign {
        /// The path as given.
        path: PathBuf,
        /// What the database said, if it said anything.
        source: Option<Arc<sqlx::Error>>,
    },
    /// A later version has changed the tables.
    #[error("{}: was written by a later version; use that one", path.display())]
    TooNew {
        /// The path as given.
        path: PathBuf,
    },
    /// The tables cannot be made.
    #[error("{}: its tables cannot be made", path.display())]
    Migrate {
        /// The path as given.
        path: PathBuf,
        /// What the database said.
        source: Arc<MigrateError>,
    },
    /// The database refused: a full disk, a lock held for too long.
    #[error("the store cannot be read or written")]
    Database(#[source] Arc<sqlx::Error>),
    /// The keys in memory could not be read again for long.
    #[error("the keys in use were last read {seconds} seconds ago")]
    StaleKeys {
        /// How long ago.
        seconds: i64,
    },
    /// The store was closed meanwhile.
    #[error("the store is closed")]
    Closed,
    /// A text beyond its bound.
    #[error("{what} has {n_bytes} bytes; at most {max} are kept")]
    TooLong {
        /// What it is.
        what: &'static str,
        /// Its length in UTF-8.
        n_bytes: usize,
        /// The bound.
        max: usize,
    },
    /// Too many things at once.
    #[error("{given} {what} at once; at most {max} are kept")]
    TooMany {
        /// What they are.
        what: &'static str,
        /// How many there are.
        given: usize,
        /// The bound.
        max: usize,
    },
    /// Something that must not be empty.
    #[error("{what} is empty")]
    Empty {
        /// What it is.
        what: &'static str,
    },
    /// A label whose name cannot be a column of its own.
    #[error("`{name}` cannot name a label: it is too long, or means something else in files")]
    LabelName {
        /// The name as given, cut to its bound.
        name: String,
    },
    /// A score that is no share.
    #[error("the score of `{label}` is {score}; it must be between 0 and 1")]
    Score {
        /// The label.
        label: String,
        /// The score as given.
        score: f64,
    },
    /// An imported key that is not as random as ours must be.
    #[error("a key must have {min} to {max} printable ASCII characters and no space")]
    KeyForm {
        /// Shortest.
        min: usize,
        /// Longest.
        max: usize,
    },
    /// A key that is there already.
    #[error("this key is in the store already")]
    KeyExists,
    /// No key has that identifier.
    #[error("no key `{id}`; `ombuds key list` names them")]
    NoKey {
        /// The identifier as given.
        id: String,
    },
    /// The operating system gives no random bytes.
    #[error("no random bytes for a key")]
    Random(#[source] Arc<getrandom::Error>),
    /// The output of an export cannot be written.
    #[error("the export cannot be written")]
    Export(#[source] Arc<io::Error>),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Self::Closed,
            error => Self::Database(Arc::new(error)),
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Export(Arc::new(error))
    }
}

/// Checks the length of a text.
pub(super) fn check_length(what: &'static str, text: &str, max: usize) -> Result<(), Error> {
    if text.len() <= max {
        return Ok(());
    }
    Err(Error::TooLong {
        what,
        n_bytes: text.len(),
        max,
    })
}
