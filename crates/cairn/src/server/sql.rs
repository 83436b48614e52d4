//! The SQL engine as the audit wants it.

use std::path::Path;
use std::sync::Arc;

use audit::{SqlAnswer, SqlAnswering, SqlEngine, SqlFailure, SqlQuestion};
use sql::{Engine, Settings, SqlError, Truncated};
use store::Store;

use super::StartError;

/// Starts the engine; what it spills goes into this folder.
pub(super) fn open_sql(spill_folder: &Path) -> Result<Arc<dyn SqlEngine>, StartError> {
    let engine = Engine::start(Settings::new(spill_folder.to_owned())).map_err(StartError::Sql)?;
    Ok(Arc::new(Sql(engine)))
}

struct Sql(Engine);

impl SqlEngine for Sql {
    fn query<'a>(&'a self, store: Arc<Store>, question: SqlQuestion<'a>) -> SqlAnswering<'a> {
        Box::pin(async move {
            let SqlQuestion { stream, now_s, text, max_rows } = question;
            let answer = self.0.query(store, stream, now_s, text, max_rows).await.map_err(failure)?;
            let truncated_by = answer.truncated_by.map(|bound| match bound {
                Truncated::Rows => "Rows",
                Truncated::Bytes => "Bytes",
            });
            Ok(SqlAnswer { columns: answer.columns, rows: answer.rows, truncated_by })
        })
    }
}

fn failure(error: SqlError) -> SqlFailure {
    let text = error.to_string();
    match error {
        SqlError::Invalid(_) | SqlError::NotAllowed(_) | SqlError::TooLong(_) => SqlFailure::Invalid(text),
        SqlError::Time(_) | SqlError::Memory(_) => SqlFailure::Limit(text),
        SqlError::Store(_) => SqlFailure::Unreadable(text),
        SqlError::Failed(_) => SqlFailure::Internal(text),
    }
}
