//! Where a test keeps the control database: SQLite, and PostgreSQL when `CAIRN_TEST_POSTGRES_URL` names a server where this
//! user may create schemas.

use database::Database;

/// Which database.
pub enum Databases {
    Sqlite,
    /// With the URL of the server.
    Postgres(String),
}

/// A schema of a test's own.
pub struct Schema {
    name: String,
    server: Database,
}

impl Databases {
    pub fn postgres(test: &str) -> Option<Databases> {
        #[allow(clippy::disallowed_methods, reason = "the test run says where its PostgreSQL is")]
        let Ok(url) = std::env::var("CAIRN_TEST_POSTGRES_URL") else {
            eprintln!("{test}: SKIPPED on PostgreSQL, CAIRN_TEST_POSTGRES_URL is not set");
            return None;
        };
        Some(Databases::Postgres(url))
    }

    /// A new database; what is to be dropped behind it.
    pub async fn open(&self, folder: &std::path::Path) -> (Database, Option<Schema>) {
        let Databases::Postgres(url) = self else {
            let url = format!("sqlite://{}", folder.join("control.db").display());
            return (Database::open(&url).await.expect("a database"), None);
        };
        let server = Database::open(url).await.expect("the PostgreSQL server answers");
        let name = format!("delivery_{:032x}", rand::random::<u128>());
        run(&server, format!("CREATE SCHEMA {name}")).await;
        let separator = if url.contains('?') { '&' } else { '?' };
        let url = format!("{url}{separator}options%5Bsearch_path%5D={name}");
        (Database::open(&url).await.expect("a database"), Some(Schema { name, server }))
    }
}

impl Schema {
    pub async fn drop(self) {
        run(&self.server, format!("DROP SCHEMA {} CASCADE", self.name)).await;
        self.server.close().await;
    }
}

async fn run(server: &Database, sql: String) {
    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(server.pool()).await.expect("the statement runs");
}
