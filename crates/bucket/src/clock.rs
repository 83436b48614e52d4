//! A clock that does not go back: protections are measured with it.
//!
//! The newest time that was ever seen is in the database. So when the system's clock once jumps far ahead, by a mistake,
//! the service's time stays there until the system's comes up with it: objects that are written meanwhile carry that
//! time, are protected from it on, and lifecycles expire what is old by it. There is no command to set it back, because
//! whoever may set clocks could then end any retention: set the clock ahead, let objects expire, set it back. What can be
//! done is to notice: the log says it at the start and every hour, and `/metrics` shows `cairn_bucket_clock_ahead_seconds`.

use std::sync::atomic::{AtomicI64, Ordering};

use sqlx::AnyConnection;

use crate::limits::CLOCK_AHEAD_S;

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

    /// Seconds by which this clock is ahead of the system's.
    pub(crate) fn ahead_s(&self) -> u64 {
        let ahead_ms = self.newest_ms.load(Ordering::Relaxed) - (self.system_ms)();
        u64::try_from(ahead_ms / 1_000).unwrap_or_default()
    }

    /// Says in the log that this clock is far ahead, and whether it is.
    pub(crate) fn warn_if_ahead(&self) -> bool {
        let ahead_s = self.ahead_s();
        let is_far = ahead_s > CLOCK_AHEAD_S;
        if is_far {
            tracing::error!(
                ahead_s,
                "the time of buckets is ahead of the system's clock: it was once set so far ahead, or is wrong now. Objects \
                 get that time, and retention and lifecycles count by it, until the system's clock comes up with it"
            );
        }
        is_far
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

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_772_600_767_000;

    fn clock(newest_ms: i64) -> Clock {
        Clock { system_ms: || NOW_MS, newest_ms: AtomicI64::new(newest_ms), remembered_ms: AtomicI64::new(0) }
    }

    #[test]
    fn a_clock_that_is_far_ahead_is_told_from_one_that_was_corrected() {
        assert_eq!((clock(0).ahead_s(), clock(0).warn_if_ahead()), (0, false));
        let corrected = clock(NOW_MS + 20_000);
        assert_eq!((corrected.ahead_s(), corrected.warn_if_ahead()), (20, false));
        let jumped = clock(NOW_MS + 86_400_000);
        assert_eq!((jumped.ahead_s(), jumped.warn_if_ahead()), (86_400, true));
        assert_eq!(jumped.now_ms(), NOW_MS + 86_400_000, "it stays there");
    }
}
