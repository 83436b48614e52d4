//! Migrations: numbered lists of statements, each run once, each in one transaction, remembered by name.

use crate::{Database, DatabaseError};

/// One step of a component's tables.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// 1, 2, 3, … without gaps.
    pub version: i64,
    /// A few words, never changed later.
    pub name: &'static str,
    /// Statements that both databases understand. `{blob}` becomes the type for bytes.
    pub sql: &'static [&'static str],
}

pub(crate) async fn run(database: &Database, component: &str, migrations: &[Migration]) -> Result<(), DatabaseError> {
    sqlx::query(
        "CREATE TABLE IF NOT EXISTS migrations (component TEXT NOT NULL, version BIGINT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (component, version))",
    )
    .execute(database.pool())
    .await?;
    let done: Vec<(i64, String)> =
        sqlx::query_as("SELECT version, name FROM migrations WHERE component = $1 ORDER BY version")
            .bind(component)
            .fetch_all(database.pool())
            .await?;
    refuse_unknown(component, migrations, &done)?;
    for migration in migrations.iter().skip(done.len()) {
        apply(database, component, migration).await?;
    }
    Ok(())
}

fn refuse_unknown(component: &str, migrations: &[Migration], done: &[(i64, String)]) -> Result<(), DatabaseError> {
    let known = migrations.last().map_or(0, |migration| migration.version);
    let found = done.last().map_or(0, |(version, _)| *version);
    if found > known {
        return Err(DatabaseError::Newer { component: component.to_owned(), found, known });
    }
    for (migration, (version, name)) in migrations.iter().zip(done) {
        if migration.version != *version || migration.name != name {
            return Err(DatabaseError::ForeignMigration {
                component: component.to_owned(),
                version: *version,
                found: name.clone(),
                expected: migration.name.to_owned(),
            });
        }
    }
    Ok(())
}

async fn apply(database: &Database, component: &str, migration: &Migration) -> Result<(), DatabaseError> {
    let mut transaction = database.begin().await?;
    for statement in migration.sql {
        let statement = statement.replace("{blob}", database.blob_type());
        // The text is the program's own constant.
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut *transaction).await?;
    }
    sqlx::query("INSERT INTO migrations (component, version, name) VALUES ($1, $2, $3)")
        .bind(component)
        .bind(migration.version)
        .bind(migration.name)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    tracing::info!(component, version = migration.version, name = migration.name, "database migrated");
    Ok(())
}
