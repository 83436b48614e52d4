//! The databases that are measured: SQLite in the data folder, and PostgreSQL in a schema of its own.

use std::path::PathBuf;

use database::Database;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A server that the caller runs; `cargo xtask bench` starts one.
const POSTGRES_URL: &str = "CAIRN_BENCH_POSTGRES_URL";

/// A data folder with its database.
pub struct Place {
    pub name: &'static str,
    pub url: String,
    folder: TempDir,
    /// On PostgreSQL: the server and the schema made on it.
    schema: Option<(String, String)>,
}

/// One place for each database that there is.
pub fn places(runtime: &Runtime) -> Result<Vec<Place>, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir_in(".")?;
    let url = format!("sqlite://{}", folder.path().canonicalize()?.join("data/control.db").display());
    let mut places = vec![Place { name: "SQLite", url, folder, schema: None }];
    #[expect(clippy::disallowed_methods, reason = "a benchmark has no configuration file")]
    let Ok(server) = std::env::var(POSTGRES_URL) else {
        println!("PostgreSQL is not measured: {POSTGRES_URL} names no server");
        return Ok(places);
    };
    let schema = format!("bench_{}", std::process::id());
    runtime.block_on(execute(&server, format!("CREATE SCHEMA {schema}")))?;
    let separator = if server.contains('?') { '&' } else { '?' };
    let url = format!("{server}{separator}options%5Bsearch_path%5D={schema}");
    places.push(Place { name: "PostgreSQL", url, folder: tempfile::tempdir_in(".")?, schema: Some((server, schema)) });
    Ok(places)
}

impl Place {
    /// The server's data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The other one is SQLite.
    pub fn is_postgres(&self) -> bool {
        self.schema.is_some()
    }

    /// A configuration file that names the database.
    pub fn config(&self) -> std::io::Result<PathBuf> {
        let path = self.folder.path().join("cairn.toml");
        let text = match self.schema {
            Some(_) => format!("database_url = \"{}\"\n", self.url),
            None => String::new(),
        };
        std::fs::write(&path, text)?;
        Ok(path)
    }

    /// Takes the schema away again; the folder goes by itself.
    pub fn clear(self, runtime: &Runtime) -> Result<(), Box<dyn std::error::Error>> {
        match self.schema {
            Some((server, schema)) => runtime.block_on(execute(&server, format!("DROP SCHEMA {schema} CASCADE"))),
            None => Ok(()),
        }
    }
}

async fn execute(url: &str, sql: String) -> Result<(), Box<dyn std::error::Error>> {
    let database = Database::open(url).await?;
    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(database.pool()).await?;
    database.close().await;
    Ok(())
}
