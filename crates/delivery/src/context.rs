//! What all tasks share.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use audit::EventSource;
use audit::trail::{LoggingSpan, Trail, TrailBook};
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::destination::{Kind, Places};
use crate::failure::Failure;
use crate::pieces::is_span_before;
use crate::rows::Rows;
use crate::status::Health;

/// Last positions of the streams of events and of data events, by name.
pub(crate) type Heads = Vec<(String, u64)>;

/// A step of a delivery after which a test may end the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A batch is made and not recorded.
    Made,
    /// It is recorded and not written.
    Recorded,
    /// It is written and not confirmed.
    Written,
    /// It is confirmed.
    Confirmed,
}

/// Looks at the steps of deliveries. Tests end deliveries with it; a server does not.
pub trait Probe: Send + Sync + 'static {
    /// True when the process ends here.
    fn ends_at(&self, step: Step) -> bool;
}

/// Ends nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProbe;

impl Probe for NoProbe {
    fn ends_at(&self, _step: Step) -> bool {
        false
    }
}

/// The surroundings of every task.
pub(crate) struct Context {
    pub(crate) rows: Rows,
    pub(crate) source: EventSource,
    pub(crate) places: Arc<dyn Places>,
    pub(crate) book: Arc<TrailBook>,
    pub(crate) heads: watch::Receiver<Heads>,
    /// How deliveries go, by id.
    pub(crate) health: Mutex<HashMap<String, Health>>,
    /// Longest pause after a failure, milliseconds.
    pub(crate) longest_pause_ms: u64,
    pub(crate) probe: Arc<dyn Probe>,
}

impl Context {
    /// The last position of a stream, as far as it has been noticed.
    pub(crate) fn head(&self, stream: &str) -> u64 {
        let heads = self.heads.borrow();
        heads.binary_search_by(|(name, _)| name.as_str().cmp(stream)).map_or(0, |index| heads[index].1)
    }

    /// Waits until everything that is in the event streams now has been noticed.
    ///
    /// # Errors
    /// When nobody looks any more: the deliveries end.
    pub(crate) async fn notice_streams(&self) -> Result<(), Failure> {
        let streams = self.source.event_streams();
        let mut heads = self.heads.clone();
        let ended = || Failure::new("the deliveries end");
        while streams.iter().any(|(stream, last)| self.head(stream) < *last) {
            heads.changed().await.map_err(|_| ended())?;
        }
        Ok(())
    }

    /// The streams out of which a trail delivers to a kind of destination.
    pub(crate) fn streams(&self, trail: &Trail, kind: Kind) -> Vec<String> {
        match kind {
            Kind::Data => self.data_streams_of(trail),
            Kind::Bucket | Kind::Logs => self.streams_of(trail),
        }
    }

    /// The event streams that belong to a trail.
    pub(crate) fn streams_of(&self, trail: &Trail) -> Vec<String> {
        if !trail.is_organization_trail {
            return vec![format!("{}{}", audit::STREAM_PREFIX, trail.account_id)];
        }
        let heads = self.heads.borrow();
        let events = heads.iter().filter(|(name, _)| name.starts_with(audit::STREAM_PREFIX));
        events.map(|(name, _)| name.clone()).collect()
    }

    /// The streams of data events that belong to a trail: those that are known, and those that its spans name.
    fn data_streams_of(&self, trail: &Trail) -> Vec<String> {
        if !trail.is_organization_trail {
            return vec![trail.data_stream()];
        }
        let heads = self.heads.borrow();
        let known = heads.iter().map(|(name, _)| name).filter(|name| name.starts_with(audit::DATA_STREAM_PREFIX));
        let mut streams: BTreeSet<String> = known.chain(trail.marked_data_streams()).cloned().collect();
        streams.insert(trail.data_stream());
        streams.into_iter().collect()
    }

    /// Forgets a span of a trail that is delivered everywhere: nobody needs to know of it but the deliveries themselves.
    pub(crate) async fn finish_span(&self, trail: &Trail, span: &LoggingSpan) -> Result<(), Failure> {
        for kind in Kind::OF_MANAGEMENT {
            let Some(target) = kind.target(trail) else { continue };
            let pieces = self.rows.pieces(&live_id(&trail.id, &target)).await?;
            let mut of_span = pieces.iter().filter(|piece| piece.span == span.number).peekable();
            if of_span.peek().is_none() && is_span_before(trail, kind, span) {
                continue;
            }
            if of_span.peek().is_none() || !of_span.all(|piece| piece.is_done() && piece.is_tail_done) {
                return Ok(());
            }
        }
        Ok(self.book.forget_span(&trail.id, span.number).await?)
    }

    /// Runs what blocks on files.
    pub(crate) async fn read(&self, stream: &str, from: u64, to: u64) -> Result<audit::Read, Failure> {
        let (source, stream) = (self.source.clone(), stream.to_owned());
        let reading = tokio::task::spawn_blocking(move || source.read(&stream, from, to));
        Ok(reading.await.map_err(|error| Failure::new(error.to_string()))??)
    }
}

/// Id of what a trail delivers live to a destination.
pub(crate) fn live_id(trail_id: &str, target: &str) -> String {
    format!("{trail_id}/{target}")
}

/// Id of what a history job of a trail delivers to a destination.
pub(crate) fn job_delivery_id(trail_id: &str, target: &str, job_id: i64) -> String {
    format!("{trail_id}/{target}/history-{job_id}")
}
