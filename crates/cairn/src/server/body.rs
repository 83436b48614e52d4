//! The body of a request that is held as a whole, within bounds of size and time.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;

/// Bytes of a refused body that are still read, so that a client who sends before it listens gets its answer: closing the
/// connection while it sends would reset it.
const MAX_SKIPPED_BYTES: usize = 64 * 1024 * 1024;
/// They have so long to come,
const SKIP_TIMEOUT: Duration = Duration::from_secs(10);
/// and each piece of them so long: a client that has stopped to wait for the answer is not kept waiting.
const PIECE_TIMEOUT: Duration = Duration::from_millis(500);

/// Why there is no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyFault {
    /// It has more bytes than may be.
    TooLarge,
    /// It ended early.
    Incomplete,
    /// It did not come in time.
    Late,
}

/// Reads a body of at most so many bytes, which has so long to come. After a fault the connection cannot carry another
/// request.
#[allow(clippy::disallowed_methods, reason = "the one place where a body is collected, and it is limited")]
pub(super) async fn read(mut body: Incoming, max_bytes: usize, timeout: Duration) -> Result<Bytes, BodyFault> {
    match tokio::time::timeout(timeout, Limited::new(&mut body, max_bytes).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            // What does not come in time is not waited for.
            let _ = tokio::time::timeout(SKIP_TIMEOUT, skip(&mut body)).await;
            Err(BodyFault::TooLarge)
        }
        Ok(Err(_)) => Err(BodyFault::Incomplete),
        Err(_) => Err(BodyFault::Late),
    }
}

async fn skip(body: &mut Incoming) {
    let mut skipped = 0;
    while skipped < MAX_SKIPPED_BYTES
        && let Ok(Some(Ok(frame))) = tokio::time::timeout(PIECE_TIMEOUT, body.frame()).await
    {
        skipped += frame.data_ref().map_or(0, Bytes::len);
    }
}
