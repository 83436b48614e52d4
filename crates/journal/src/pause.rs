//! Waiting in functions that are documented to block.

use std::time::Duration;

/// Blocks the thread for a moment. Only for functions that read whole folders anyway, such as opening and checking: who
/// calls those gives them a thread that may block.
#[expect(clippy::disallowed_methods, reason = "the callers are documented to block on files, a pause is no different")]
pub(crate) fn pause(time: Duration) {
    std::thread::sleep(time);
}
