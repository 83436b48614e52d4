//! Files that no row names any more. They are entered in the transaction that forgets them and leave when they are gone.

use sqlx::AnyConnection;

use super::object::Piece;

pub(crate) async fn insert(connection: &mut AnyConnection, pieces: &[Piece]) -> Result<(), sqlx::Error> {
    for piece in pieces {
        sqlx::query("INSERT INTO bucket_doomed (file) VALUES ($1) ON CONFLICT (file) DO NOTHING")
            .bind(piece.file.as_str())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

pub(crate) async fn forget(connection: &mut AnyConnection, file: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM bucket_doomed WHERE file = $1").bind(file).execute(connection).await?;
    Ok(())
}

pub(crate) async fn has(connection: &mut AnyConnection, file: &str) -> Result<bool, sqlx::Error> {
    let found: Option<String> = sqlx::query_scalar("SELECT file FROM bucket_doomed WHERE file = $1")
        .bind(file)
        .fetch_optional(connection)
        .await?;
    Ok(found.is_some())
}

pub(crate) async fn all(connection: &mut AnyConnection) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT file FROM bucket_doomed ORDER BY file").fetch_all(connection).await
}
