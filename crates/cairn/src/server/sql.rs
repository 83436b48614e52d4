//! The SQL engine as the audit wants it.

use std::path::PathBuf;
use std::sync::Arc;

use audit::{SqlAnswer, SqlAnswering, SqlEngine, SqlFailure, SqlQuestion};
use sql::{Engine, Settings, SqlError, Truncated};
use store::Store;

use super::StartError;
use crate::config::SqlConfig;

/// Starts the engine; what it spills goes into this folder.
pub(super) fn open_sql(config: &SqlConfig, spill_folder: PathBuf) -> Result<Arc<dyn SqlEngine>, StartError> {
    let bytes = |mib: u32| u64::from(mib) * 1024 * 1024;
    let settings = Settings {
        memory_bytes: usize::try_from(bytes(config.memory_mib)).unwrap_or(usize::MAX),
        spill_bytes: bytes(config.spill_mib),
        spill_folder,
        time_ms: u64::from(config.time_limit_s) * 1_000,
        counts_packed: true,
    };
    let engine = Engine::start(settings).map_err(StartError::Sql)?;
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
        SqlError::Time(_) | SqlError::Memory | SqlError::Spill => SqlFailure::Limit(text),
        SqlError::Store(_) => SqlFailure::Unreadable(text),
        SqlError::Failed(_) => SqlFailure::Internal(text),
    }
}
