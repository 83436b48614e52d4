//! A clock that does not go back: protections are measured with it.

use std::sync::atomic::{AtomicI64, Ordering};

use sqlx::AnyConnection;

/// Milliseconds between two entries of the newest time in the database.
const REMEMBER_EVERY_MS: i64 = 60_000;

/// The newest time that was ever seen, or the system's, whichever is later.
pub(crate) struct Clock {
    system_ms: fn() -> i64,
    newest_ms: AtomicI64,
    remembered_ms: AtomicI64,
}

impl Clock {
    /// A clock that goes on from what the database remembers.
    pub(crate) async fn open(connection: &mut AnyConnection, system_ms: fn() -> i64) -> Result<Clock, sqlx::Error> {
        let sql = "SELECT newest_ms FROM bucket_clock WHERE id = 1";
        let newest_ms: i64 = sqlx::query_scalar(sql).fetch_optional(connection).await?.unwrap_or_default();
        Ok(Clock { system_ms, newest_ms: AtomicI64::new(newest_ms), remembered_ms: AtomicI64::new(newest_ms) })
    }

    /// Unix milliseconds, never earlier than an answer before.
    pub(crate) fn now_ms(&self) -> i64 {
        let system_ms = (self.system_ms)();
        self.newest_ms.fetch_max(system_ms, Ordering::Relaxed).max(system_ms)
    }

    /// Enters the time into the database now and then, as part of a transaction that writes anyway.
    pub(crate) async fn remember(&self, connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
        let now_ms = self.now_ms();
        if now_ms - self.remembered_ms.load(Ordering::Relaxed) < REMEMBER_EVERY_MS {
            return Ok(());
        }
        sqlx::query(
            "INSERT INTO bucket_clock (id, newest_ms) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET \
             newest_ms = excluded.newest_ms WHERE bucket_clock.newest_ms < excluded.newest_ms",
        )
        .bind(now_ms)
        .execute(connection)
        .await?;
        // If the transaction fails after this, the next minute enters it.
        self.remembered_ms.store(now_ms, Ordering::Relaxed);
        Ok(())
    }
}
