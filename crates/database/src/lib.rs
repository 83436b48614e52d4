//! The control database: SQLite in the data folder by default, PostgreSQL by URL, the same SQL for both.
//!
//! It opens, migrates and begins transactions; what the tables mean belongs to the crates that own them. It is not
//! for events: those are in the journal and the store.
//!
//! Rules for SQL that runs on both: placeholders are `$1`, `$2`, …; columns are `TEXT`, `BIGINT` and `BYTEA`/`BLOB`
//! (write `{blob}` in migrations); booleans are `BIGINT` 0 and 1; times are Unix milliseconds;
//! upserts use `ON CONFLICT`.

mod migrate;

use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use migrate::Migration;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{Any, AnyConnection, AnyPool, Connection, Transaction};

/// Why the database does not serve.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The URL is neither SQLite nor PostgreSQL.
    #[error("database URL {0:?} is not known: use sqlite://PATH or postgres://USER:PASSWORD@HOST/NAME")]
    UnknownUrl(String),
    /// A migration that ran earlier is not the one that the program has now.
    #[error(
        "database has migration {version} of {component} under the name {found:?}, this program knows it as {expected:?}: it was written by another version, use that one or restore a backup"
    )]
    ForeignMigration {
        /// Whose tables.
        component: String,
        /// Number of the migration.
        version: i64,
        /// Name in the database.
        found: String,
        /// Name in the program.
        expected: String,
    },
    /// The database has migrations that the program does not know.
    #[error(
        "database is newer than this program ({component} is at migration {found}, this program knows {known}): use the newer program"
    )]
    Newer {
        /// Whose tables.
        component: String,
        /// Last migration in the database.
        found: i64,
        /// Last migration in the program.
        known: i64,
    },
    /// Anything the driver says.
    #[error("database: {error}{}", what_to_do(.0), error = .0)]
    Sql(#[from] sqlx::Error),
}

impl DatabaseError {
    /// See [`is_disk_full`].
    pub fn is_disk_full(&self) -> bool {
        matches!(self, Self::Sql(error) if is_disk_full(error))
    }
}

/// Which database it is; for the few statements that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One file in the data folder.
    Sqlite,
    /// A server.
    Postgres,
}

/// An open database. Clones share one pool.
#[derive(Debug, Clone)]
pub struct Database {
    pool: AnyPool,
    kind: Kind,
    /// SQLite removes the files beside its own with the last connection, and needs space to make them again. With this one,
    /// which does nothing, reading goes on when the disk is full.
    keeper: Arc<Mutex<Option<AnyConnection>>>,
}

/// Connections kept; SQLite has one writer at a time whatever their number.
const MAX_CONNECTIONS: u32 = 8;
/// How long a statement waits for another writer, milliseconds.
const BUSY_TIMEOUT_MS: u32 = 10_000;

impl Database {
    /// Opens `sqlite://PATH` (created when missing) or `postgres://…`.
    pub async fn open(url: &str) -> Result<Self, DatabaseError> {
        sqlx::any::install_default_drivers();
        let kind = match url.split(':').next() {
            Some("sqlite") => Kind::Sqlite,
            Some("postgres" | "postgresql") => Kind::Postgres,
            _ => return Err(DatabaseError::UnknownUrl(without_password(url))),
        };
        let url = match kind {
            Kind::Sqlite if !url.contains('?') => format!("{url}?mode=rwc"),
            _ => url.to_owned(),
        };
        let options = AnyConnectOptions::from_str(&url)?;
        let keeper = match kind {
            Kind::Sqlite => {
                let mut keeper = AnyConnection::connect_with(&options).await?;
                prepare(&mut keeper, kind).await?;
                // Only who has read holds those files.
                sqlx::query("SELECT COUNT(*) FROM sqlite_master").execute(&mut keeper).await?;
                Some(keeper)
            }
            Kind::Postgres => None,
        };
        let pool = AnyPoolOptions::new()
            .max_connections(MAX_CONNECTIONS)
            .acquire_timeout(Duration::from_secs(30))
            .after_connect(move |connection, _| Box::pin(prepare(connection, kind)))
            .after_release(|connection, _| {
                Box::pin(async move {
                    if connection.is_in_transaction() {
                        // A rollback that is on its way is done before this is answered. One that fails, because a full disk
                        // made SQLite roll back by itself, would leave a connection that never begins again.
                        connection.ping().await?;
                    }
                    Ok(!connection.is_in_transaction())
                })
            })
            .connect_with(options)
            .await?;
        Ok(Self { pool, kind, keeper: Arc::new(Mutex::new(keeper)) })
    }

    /// For single statements.
    pub fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// Which database it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    pub(crate) fn blob_type(&self) -> &'static str {
        match self.kind {
            Kind::Sqlite => "BLOB",
            Kind::Postgres => "BYTEA",
        }
    }

    /// Begins a transaction that will write. SQLite takes the write lock at once, so that a transaction never fails half
    /// way because another writer came first. Dropping it rolls back.
    pub async fn begin(&self) -> Result<Transaction<'static, Any>, DatabaseError> {
        Ok(match self.kind {
            Kind::Sqlite => self.pool.begin_with("BEGIN IMMEDIATE").await?,
            Kind::Postgres => self.pool.begin().await?,
        })
    }

    /// Brings a component's tables up to date.
    pub async fn migrate(&self, component: &str, migrations: &[Migration]) -> Result<(), DatabaseError> {
        migrate::run(self, component, migrations).await
    }

    /// Closes all connections after their statements.
    pub async fn close(&self) {
        self.pool.close().await;
        let keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(keeper) = keeper
            && let Err(error) = keeper.close().await
        {
            tracing::warn!(%error, "the last connection of the database did not end in order");
        }
    }
}

/// A new connection as every one is.
async fn prepare(connection: &mut AnyConnection, kind: Kind) -> Result<(), sqlx::Error> {
    if kind == Kind::Sqlite {
        // FULL: a committed change is on disk before its event is journaled.
        for pragma in ["PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA foreign_keys = ON"] {
            sqlx::query(pragma).execute(&mut *connection).await?;
        }
        let busy = format!("PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}");
        sqlx::query(sqlx::AssertSqlSafe(busy)).execute(&mut *connection).await?;
    }
    Ok(())
}

fn what_to_do(error: &sqlx::Error) -> &'static str {
    if is_disk_full(error) { "; free space on its disk" } else { "" }
}

/// The statement failed because a row with that key exists.
pub fn is_unique_violation(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.is_unique_violation())
}

/// The statement failed because the disk of the database is full: the same statement may succeed later.
pub fn is_disk_full(error: &sqlx::Error) -> bool {
    // SQLITE_FULL, and SQLITE_IOERR_SHMSIZE of the file beside it; PostgreSQL's `disk_full`.
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| matches!(&*code, "13" | "4874" | "53100"))
}

/// A URL that may be shown.
pub fn without_password(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => format!("{}://****{}", &url[..scheme], &url[at..]),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Migration = Migration {
        version: 1,
        name: "first",
        sql: &["CREATE TABLE notes (id BIGINT PRIMARY KEY, text TEXT NOT NULL)"],
    };
    const SECOND: Migration =
        Migration { version: 2, name: "second", sql: &["ALTER TABLE notes ADD COLUMN seen BIGINT NOT NULL DEFAULT 0"] };

    async fn open(folder: &tempfile::TempDir) -> Database {
        let url = format!("sqlite://{}", folder.path().join("control.db").display());
        Database::open(&url).await.expect("a fresh file opens")
    }

    #[tokio::test]
    async fn migrations_run_once_and_in_order() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let database = open(&folder).await;
        database.migrate("notes", &[FIRST]).await.expect("first");
        database.migrate("notes", &[FIRST, SECOND]).await.expect("second alone");
        sqlx::query("INSERT INTO notes (id, text, seen) VALUES ($1, $2, $3)")
            .bind(1_i64)
            .bind("审计")
            .bind(1_i64)
            .execute(database.pool())
            .await
            .expect("the second migration added the column");
        let duplicate = sqlx::query("INSERT INTO notes (id, text) VALUES ($1, $2)")
            .bind(1_i64)
            .bind("again")
            .execute(database.pool())
            .await;
        assert!(is_unique_violation(&duplicate.expect_err("the key exists")));
    }

    #[tokio::test]
    async fn a_newer_or_foreign_database_is_refused() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let database = open(&folder).await;
        database.migrate("notes", &[FIRST, SECOND]).await.expect("both");
        assert!(matches!(
            database.migrate("notes", &[FIRST]).await,
            Err(DatabaseError::Newer { found: 2, known: 1, .. })
        ));
        let renamed = Migration { name: "other", ..SECOND };
        assert!(matches!(
            database.migrate("notes", &[FIRST, renamed]).await,
            Err(DatabaseError::ForeignMigration { version: 2, .. })
        ));
    }

    #[tokio::test]
    async fn a_dropped_transaction_leaves_nothing() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let database = open(&folder).await;
        database.migrate("notes", &[FIRST]).await.expect("tables");
        let mut transaction = database.begin().await.expect("begin");
        sqlx::query("INSERT INTO notes (id, text) VALUES (1, 'x')").execute(&mut *transaction).await.expect("insert");
        drop(transaction);
        let count: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM notes").fetch_one(database.pool()).await.expect("count");
        assert_eq!(count, 0);
    }

    #[tokio::test]
    async fn a_full_disk_leaves_every_connection_usable() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let database = open(&folder).await;
        database.migrate("notes", &[FIRST]).await.expect("tables");
        let insert = |id: i64| {
            let sql = "INSERT INTO notes (id, text) VALUES ($1, $2)";
            sqlx::query(sql).bind(id).bind("x".repeat(100_000))
        };
        for id in 0..2 * i64::from(MAX_CONNECTIONS) {
            let mut transaction = database.begin().await.expect("begin");
            sqlx::query("PRAGMA max_page_count = 1").execute(&mut *transaction).await.expect("the size that it has");
            let error = insert(id).execute(&mut *transaction).await.expect_err("no page is free");
            assert!(is_disk_full(&error), "{error}");
            drop(transaction);
            let mut transaction = database.begin().await.expect("begin again");
            sqlx::query("PRAGMA max_page_count = 100000").execute(&mut *transaction).await.expect("more");
            insert(id).execute(&mut *transaction).await.expect("insert");
            transaction.commit().await.expect("commit");
        }
    }

    #[test]
    fn a_shown_url_has_no_password() {
        assert_eq!(without_password("mysql://me:secret@host/db"), "mysql://****@host/db");
        assert_eq!(without_password("nonsense"), "nonsense");
    }
}
