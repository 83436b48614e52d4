//! The SQL engines as the audit and the log service want them, on one machine.

use std::path::PathBuf;
use std::sync::Arc;

use ::logstore::analytics::Analytics;
use analytics::SqlAnalytics;
use audit::{SqlAnswer, SqlAnswering, SqlEngine, SqlFailure, SqlQuestion};
use sql::{Engine, Machine, Resources, SqlError, Truncated};
use store::Store;

use super::StartError;
use crate::config::{LogstoreConfig, SqlConfig};

/// Starts what all SQL runs in; what spills goes into this folder.
pub(super) fn open_machine(config: &SqlConfig, spill_folder: PathBuf) -> Result<Arc<Machine>, StartError> {
    let bytes = |mib: u32| u64::from(mib) * 1024 * 1024;
    let resources = Resources {
        memory_bytes: usize::try_from(bytes(config.memory_mib)).unwrap_or(usize::MAX),
        spill_bytes: bytes(config.spill_mib),
        spill_folder,
    };
    Ok(Arc::new(Machine::start(&resources).map_err(StartError::Sql)?))
}

/// SQL over events.
pub(super) fn of_events(machine: &Arc<Machine>, config: &SqlConfig) -> Arc<dyn SqlEngine> {
    Arc::new(Sql(Engine::on(machine.clone(), u64::from(config.time_limit_s) * 1_000)))
}

/// SQL over logs.
pub(super) fn of_logs(machine: &Arc<Machine>, config: &LogstoreConfig) -> Result<Arc<dyn Analytics>, StartError> {
    let settings = analytics::Settings {
        time_ms: u64::from(config.sql_time_limit_s) * 1_000,
        zone: config.sql_time_zone.clone(),
        places_file: Some(config.sql_places_file.clone()).filter(|file| !file.as_os_str().is_empty()),
    };
    let analytics = SqlAnalytics::new(machine.clone(), &settings).map_err(StartError::Analytics)?;
    Ok(Arc::new(analytics))
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
        SqlError::Time(_) | SqlError::Busy(_) | SqlError::Memory | SqlError::Spill => SqlFailure::Limit(text),
        SqlError::Store(_) => SqlFailure::Unreadable(text),
        SqlError::Failed(_) => SqlFailure::Internal(text),
    }
}
