//! The bounded queue between appenders and the writer thread.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::{Condvar, Mutex};
use tokio::sync::{Semaphore, oneshot};

use crate::Position;
use crate::contract::AppendFuture;
use crate::error::JournalError;
use crate::format::group::record_bytes;
use crate::stream::StreamName;

/// A record on its way to the disk, with who waits for it.
#[derive(Debug)]
pub(crate) struct Pending {
    pub stream: StreamName,
    pub payload: Bytes,
    pub done: oneshot::Sender<Result<Position, JournalError>>,
    /// Bytes of room that it occupies in the queue.
    room: u32,
}

impl Pending {
    /// Length of the record in a file.
    pub(crate) fn record_bytes(&self) -> usize {
        record_bytes(&self.stream, &self.payload)
    }

    /// Bytes of room to give back when it leaves the queue.
    pub(crate) fn room(&self) -> usize {
        self.room as usize
    }

    /// Tells who waits. Nobody may wait any more; the outcome stands nevertheless.
    pub(crate) fn answer(self, outcome: Result<Position, JournalError>) {
        drop(self.done.send(outcome));
    }
}

/// What the writer found in the queue.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Records may be there; more may come.
    Open,
    /// The journal is closing and nothing is left.
    Drained,
}

/// The queue. Its mutex is held for a push or a swap only.
#[derive(Debug)]
pub(crate) struct Queue {
    inner: Mutex<Inner>,
    arrived: Condvar,
    /// Bytes of room that are left. Fair: who waits longest gets room first.
    room: Arc<Semaphore>,
    max_room: u32,
}

#[derive(Debug, Default)]
struct Inner {
    pending: VecDeque<Pending>,
    /// Why nothing is taken any more.
    refusal: Option<JournalError>,
    closing: bool,
}

impl Queue {
    pub(crate) fn new(max_queued_bytes: usize) -> Self {
        Self {
            inner: Mutex::default(),
            arrived: Condvar::new(),
            room: Arc::new(Semaphore::new(max_queued_bytes)),
            max_room: u32::try_from(max_queued_bytes).unwrap_or(u32::MAX),
        }
    }

    /// Puts a record in the queue, at once or when there is room.
    pub(crate) fn append(self: &Arc<Self>, stream: StreamName, payload: Bytes) -> AppendFuture {
        let (done, outcome) = oneshot::channel();
        let room = u32::try_from(record_bytes(&stream, &payload)).unwrap_or(u32::MAX).min(self.max_room);
        let mut pending = Pending { stream, payload, done, room };
        if let Ok(permit) = self.room.try_acquire_many(room) {
            permit.forget();
            return match self.push(pending) {
                Ok(()) => AppendFuture::queued(outcome),
                Err(refusal) => AppendFuture::known(Err(refusal)),
            };
        }
        pending.room = 0;
        let mut parked = Parked { queue: self.clone(), pending: Some(pending) };
        let semaphore = self.room.clone();
        AppendFuture::waiting(async move {
            // A closed semaphore means a closed or failed journal: the push is refused with the reason.
            let granted = semaphore.acquire_many(room).await.is_ok_and(|permit| {
                permit.forget();
                true
            });
            parked.enter(if granted { room } else { 0 })?;
            outcome.await.unwrap_or(Err(JournalError::Closed))
        })
    }

    fn push(&self, pending: Pending) -> Result<(), JournalError> {
        let mut inner = self.inner.lock();
        if let Some(refusal) = &inner.refusal {
            return Err(refusal.clone());
        }
        inner.pending.push_back(pending);
        drop(inner);
        self.arrived.notify_one();
        Ok(())
    }

    /// Waits up to `timeout` for records and moves all of them to `taken`, which must be empty.
    pub(crate) fn take(&self, taken: &mut VecDeque<Pending>, timeout: Duration) -> Taken {
        let mut inner = self.inner.lock();
        if inner.pending.is_empty() && !inner.closing {
            self.arrived.wait_for(&mut inner, timeout);
        }
        std::mem::swap(&mut inner.pending, taken);
        if taken.is_empty() && inner.closing { Taken::Drained } else { Taken::Open }
    }

    /// Gives back the room of records that left the queue.
    pub(crate) fn release(&self, room: usize) {
        self.room.add_permits(room);
    }

    /// Takes no more records; what is queued is still written.
    pub(crate) fn close(&self) {
        let mut inner = self.inner.lock();
        inner.closing = true;
        inner.refusal.get_or_insert(JournalError::Closed);
        drop(inner);
        self.room.close();
        self.arrived.notify_one();
    }

    /// Takes no more records and answers those that are queued.
    pub(crate) fn refuse(&self, refusal: &JournalError) {
        let mut inner = self.inner.lock();
        inner.refusal = Some(refusal.clone());
        let left = std::mem::take(&mut inner.pending);
        drop(inner);
        self.room.close();
        for pending in left {
            pending.answer(Err(refusal.clone()));
        }
    }

    /// Bytes of room that are taken.
    pub(crate) fn queued_bytes(&self) -> usize {
        (self.max_room as usize).saturating_sub(self.room.available_permits())
    }
}

/// A record that waits for room. When its future is dropped it enters the queue all the same, over the bound: an append
/// is not undone by losing interest in it.
struct Parked {
    queue: Arc<Queue>,
    pending: Option<Pending>,
}

impl Parked {
    fn enter(&mut self, room: u32) -> Result<(), JournalError> {
        match self.pending.take() {
            Some(pending) => self.queue.push(Pending { room, ..pending }),
            None => Ok(()),
        }
    }
}

impl Drop for Parked {
    fn drop(&mut self) {
        if let Err(refusal) = self.enter(0) {
            tracing::debug!(%refusal, "an append that nobody waits for was refused");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    fn append(queue: &Arc<Queue>, bytes: usize) -> AppendFuture {
        queue.append(StreamName::new("s").unwrap(), Bytes::from(vec![0; bytes]))
    }

    fn queued(queue: &Queue) -> VecDeque<Pending> {
        let mut taken = VecDeque::new();
        queue.take(&mut taken, Duration::ZERO);
        taken
    }

    #[test]
    fn an_append_without_room_waits_for_it() {
        let queue = Arc::new(Queue::new(300));
        let first = append(&queue, 250);
        let mut second = pin!(append(&queue, 250));
        let mut context = Context::from_waker(Waker::noop());
        assert!(second.as_mut().poll(&mut context).is_pending());
        let taken = queued(&queue);
        assert_eq!(taken.len(), 1);
        queue.release(taken[0].room());
        assert!(second.as_mut().poll(&mut context).is_pending());
        assert_eq!(queued(&queue).len(), 1, "with room it is queued");
        drop(first);
    }

    #[test]
    fn a_waiting_append_that_is_dropped_is_not_undone() {
        let queue = Arc::new(Queue::new(300));
        let first = append(&queue, 250);
        drop(append(&queue, 250));
        assert_eq!(queued(&queue).len(), 2);
        drop(first);
    }

    #[test]
    fn a_waiting_append_learns_why_the_journal_stopped() {
        let queue = Arc::new(Queue::new(300));
        let first = append(&queue, 250);
        let mut second = pin!(append(&queue, 250));
        let mut context = Context::from_waker(Waker::noop());
        assert!(second.as_mut().poll(&mut context).is_pending());
        queue.refuse(&JournalError::Failed { cause: "the disk is gone".into() });
        for mut future in [pin!(first), second] {
            let outcome = future.as_mut().poll(&mut context);
            assert!(matches!(outcome, Poll::Ready(Err(JournalError::Failed { .. }))), "{outcome:?}");
        }
    }
}
