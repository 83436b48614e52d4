//! The contract between the journal and everything that is a consumer of it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::oneshot;

use crate::error::JournalError;
use crate::stream::StreamName;

/// Place of a record in its stream: dense, the first is 1, never reused.
pub type Position = u64;

/// One record as it was appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The stream that it belongs to.
    pub stream: StreamName,
    /// Its place in that stream.
    pub position: Position,
    /// When it was written, in milliseconds since 1970 UTC, by the clock of the server; the clock may step back.
    pub appended_at_ms: u64,
    /// The bytes that were appended.
    pub payload: Bytes,
}

/// A durable, ordered log of records in named streams.
///
/// Whoever implements it promises, and whoever uses it may rely on:
///
/// 1. **Durable.** When an append resolves with a position, the record survives the end of the process, of the
///    operating system and of the power.
/// 2. **Exactly once.** An acknowledged record is kept once, at its position, with its bytes unchanged, until it is
///    truncated. An append that failed, or whose answer nobody waited for, left its record once or not at all.
/// 3. **Dense.** The positions of a stream are 1, 2, 3 … without gap. A position that was ever acknowledged is never
///    given to another record, whatever was truncated and however often the journal was opened.
/// 4. **Ordered.** All records of all streams have one order, the journal order; positions agree with it. An append
///    that is called after another one resolved comes after it. Appends that are under way together may come in any
///    order: who needs an order waits for the first before calling the second.
/// 5. **Not undone.** Dropping the future of an append does not undo the append.
/// 6. **Never dropped.** When the queue is full the append waits. A record is refused with an error or written.
/// 7. **Honest failure.** After a failed write or sync the journal is failed for good: the appends of that group and
///    every later one get an error until the journal is opened again. When the disk was full they get errors until there
///    is room. [`Journal::ready`] tells so beforehand.
/// 8. **Only the durable is seen.** Readers and followers never see a record before promise 1 holds for it.
/// 9. **No mutual stalls.** A slow or dead follower delays neither appends nor other followers.
/// 10. **Nothing rests on `Drop`.** Durability never needs a journal, future or follower to be dropped in order.
pub trait Journal: Send + Sync + 'static {
    /// Appends `payload` to `stream`; the stream comes into being with its first record.
    ///
    /// The call itself does not block. Resolves with the position once the record is on disk.
    fn append(&self, stream: &StreamName, payload: Bytes) -> AppendFuture;

    /// Whether an append would be taken now: refused while the disk is full or its free space under the floor, when the
    /// journal has failed and when it is closed. Cheap; callers ask **before** they run an operation that must be recorded.
    fn ready(&self) -> Result<(), JournalError>;

    /// Up to `max_records` records of `stream` in order, beginning with position `from`.
    ///
    /// May return fewer than there are (it stops after [`crate::limits::MAX_READ_BYTES`]), but never none when
    /// `from` exists and `max_records` is not 0. Empty when `from` lies after the last record or the stream is unknown.
    /// Fails with [`JournalError::Truncated`] when `from` lies before the first record that is kept. Blocks on files.
    fn read_from(&self, stream: &StreamName, from: Position, max_records: usize) -> Result<Vec<Record>, JournalError>;

    /// A new reader of all streams in journal order, from the first record that is kept, then live for ever.
    fn follow(&self) -> Box<dyn Follower>;

    /// Says that the records of `stream` up to and including `position` are not needed any more.
    ///
    /// What is released may be kept for some time, and stays readable as long as it is kept: space is freed in whole
    /// files, oldest first, when every record in the file is released. The journal does not remember what was
    /// released across a restart; consumers say it again as they go on. Unknown streams and positions that do not
    /// exist yet release nothing more than what exists. Blocks on files.
    fn truncate_until(&self, stream: &StreamName, position: Position) -> Result<(), JournalError>;

    /// Number of records made durable since the journal was created, also those that were truncated since.
    ///
    /// A follower whose [`Follower::seen_count`] has reached this value has returned everything that was acknowledged
    /// before the call.
    fn durable_count(&self) -> u64;

    /// Every stream with the first position that is kept and the last one, sorted by name. When nothing of a stream
    /// is kept, the first is one more than the last.
    fn streams(&self) -> Vec<(StreamName, Position, Position)>;
}

/// A reader of all streams in journal order. Every record comes once, without gap.
pub trait Follower: Send {
    /// Blocks up to `timeout` for the next records: a bounded batch, empty when none came.
    ///
    /// Fails with [`JournalError::FollowerBehind`] when the next record was truncated, and with
    /// [`JournalError::Closed`] when the journal is closed and everything was returned. After any other error the same
    /// call may be tried again: nothing was skipped.
    fn next_batch(&mut self, timeout: Duration) -> Result<Vec<Record>, JournalError>;

    /// Number, in journal order, of the last record returned; comparable with [`Journal::durable_count`].
    fn seen_count(&self) -> u64;
}

/// The outcome of an append, to be awaited. See [`Journal::append`].
#[must_use = "the append is answered only to who awaits it"]
pub struct AppendFuture(State);

enum State {
    Known(Option<Result<Position, JournalError>>),
    Queued(oneshot::Receiver<Result<Position, JournalError>>),
    Waiting(Pin<Box<dyn Future<Output = Result<Position, JournalError>> + Send>>),
}

impl AppendFuture {
    /// An append whose outcome is known already.
    pub fn known(outcome: Result<Position, JournalError>) -> Self {
        Self(State::Known(Some(outcome)))
    }

    /// An append whose outcome will be sent. A sender that is dropped counts as a closed journal.
    pub fn queued(outcome: oneshot::Receiver<Result<Position, JournalError>>) -> Self {
        Self(State::Queued(outcome))
    }

    /// An append that still has to wait for something before it is queued.
    pub fn waiting(outcome: impl Future<Output = Result<Position, JournalError>> + Send + 'static) -> Self {
        Self(State::Waiting(Box::pin(outcome)))
    }
}

impl Future for AppendFuture {
    type Output = Result<Position, JournalError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            State::Known(outcome) => match outcome.take() {
                Some(outcome) => Poll::Ready(outcome),
                None => Poll::Pending,
            },
            State::Queued(outcome) => {
                Pin::new(outcome).poll(context).map(|sent| sent.unwrap_or(Err(JournalError::Closed)))
            }
            State::Waiting(outcome) => outcome.as_mut().poll(context),
        }
    }
}

impl fmt::Debug for AppendFuture {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.0 {
            State::Known(_) => "known",
            State::Queued(_) => "queued",
            State::Waiting(_) => "waiting",
        };
        write!(out, "AppendFuture({state})")
    }
}
