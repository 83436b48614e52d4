//! What clients do between attempts: wait, and set their clock by the server's.

use std::time::Duration;

use rand::RngExt;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::clock::now_ms;

/// Pauses between attempts, each twice as long as the one before and none the same as that of another client.
pub struct Pauses {
    next_ms: u64,
}

impl Pauses {
    /// The first takes at most so many milliseconds.
    pub fn starting_with(first_ms: u64) -> Pauses {
        Pauses { next_ms: first_ms }
    }

    /// Waits. Blocks: not for threads of a runtime.
    pub fn wait(&mut self) {
        block(Duration::from_millis(rand::rng().random_range(self.next_ms / 2..=self.next_ms)));
        self.next_ms *= 2;
    }
}

/// Waits so long; for clients that block, and not for threads of a runtime.
#[expect(clippy::disallowed_methods, reason = "the clients that use it block, as their docs say")]
pub fn block(time: Duration) {
    std::thread::sleep(time);
}

/// By how many seconds a server's clock is ahead, as the header `Date` of its answer tells; nothing when it tells no time.
pub fn skew_s(date: &str) -> Option<i64> {
    let server = OffsetDateTime::parse(&date.replace("GMT", "+0000"), &Rfc2822).ok()?;
    Some(server.unix_timestamp() - now_ms().div_euclid(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_tells_its_clock_by_the_date() {
        let ahead = OffsetDateTime::now_utc() + time::Duration::hours(2);
        let date = ahead.format(&Rfc2822).unwrap().replace("+0000", "GMT");
        assert!((7_198..=7_202).contains(&skew_s(&date).unwrap()), "{date}");
        assert_eq!((skew_s(""), skew_s("yesterday")), (None, None));
    }
}
