//! The file of a store: made, opened, brought up to date.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use sqlx::error::BoxDynError;
use sqlx::migrate::{MigrateError, Migration, MigrationSource, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, SqliteConnection, SqlitePool};

use super::Error;

/// Readers at a time. Chosen: twice the cores of the small machines this runs on.
const N_READERS: u32 = 4;

/// How long a writer waits for another program's transaction. Chosen: far longer than any of ours.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// The migrations, in order.
#[derive(Debug)]
struct Migrations;

impl MigrationSource<'static> for Migrations {
    fn resolve(self) -> Pin<Box<dyn Future<Output = Result<Vec<Migration>, BoxDynError>> + Send>> {
        let sources = [
            (1, "store", include_str!("migrations/0001_store.sql")),
            (
                2,
                "commenters",
                include_str!("migrations/0002_commenters.sql"),
            ),
        ];
        let migrations = sources.map(|(version, name, sql)| {
            Migration::new(
                version,
                name.into(),
                MigrationType::Simple,
                sql.into(),
                false,
            )
        });
        Box::pin(async { Ok(migrations.into()) })
    }
}

/// Makes an empty file that its owner alone can read, if there is none. SQLite gives its two side files
/// the rights of this one.
pub(super) fn create_private(path: &Path) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(Error::Open {
            path: path.to_owned(),
            source: Arc::new(error),
        }),
        _ => Ok(()),
    }
}

/// Opens a file: readers, and the connection of the one writer.
pub(super) async fn open(path: &Path) -> Result<(SqlitePool, SqliteConnection), Error> {
    if !path.exists() {
        return Err(Error::NotFound {
            path: path.to_owned(),
        });
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(LOCK_TIMEOUT)
        // Statements hold comments: they are never logged.
        .disable_statement_logging();
    let foreign = |source: Option<sqlx::Error>| Error::Foreign {
        path: path.to_owned(),
        source: source.map(Arc::new),
    };
    let mut connection = options
        .connect()
        .await
        .map_err(|error| foreign(Some(error)))?;
    if !is_ours(&mut connection)
        .await
        .map_err(|error| foreign(Some(error)))?
    {
        return Err(foreign(None));
    }
    migrate(&mut connection)
        .await
        .map_err(|error| match error {
            MigrateError::VersionMissing(_) => Error::TooNew {
                path: path.to_owned(),
            },
            error => Error::Migrate {
                path: path.to_owned(),
                source: Arc::new(error),
            },
        })?;
    let pool = SqlitePoolOptions::new().max_connections(N_READERS);
    Ok((pool.connect_with(options).await?, connection))
}

/// Whether a database has no tables yet or ours: another program's are left alone.
async fn is_ours(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let tables: Vec<(String,)> =
        sqlx::query_as("SELECT name FROM sqlite_master WHERE type = 'table'")
            .fetch_all(connection)
            .await?;
    let has = |name: &str| tables.iter().any(|(table,)| table == name);
    Ok(
        tables.is_empty()
            || (has("_sqlx_migrations") && (tables.len() == 1 || has("label_events"))),
    )
}

async fn migrate(connection: &mut SqliteConnection) -> Result<(), MigrateError> {
    let migrator = Migrator::new(Migrations).await?;
    migrator.run_direct(connection).await
}
