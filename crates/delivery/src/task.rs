//! One delivery: a loop that gathers, records, writes and confirms, for as long as its trail has its destination.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use audit::trail::Trail;
use openapi::clock::now_ms;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use crate::batch::{Batch, BatchInHand};
use crate::context::{Context, Step};
use crate::destination::{Destination, Kind, Prepared};
use crate::failure::Failure;
use crate::gathering::{Bounds, Cut, Excluded};
use crate::limits::{
    BUCKET_BATCH_EVENTS, LOG_BATCH_BYTES, LOG_BATCH_EVENTS, LOG_LINGER_MS, SHOW_EVERY, SKIP_POSITIONS, WRITE_PATIENCE,
};
use crate::object_file::FileName;
use crate::pieces::{Active, follow, is_span_before};
use crate::rows::Piece;
use crate::status::Followed;

/// A delivery.
pub(crate) struct Task {
    pub(crate) context: Arc<Context>,
    pub(crate) id: String,
    pub(crate) trail_id: String,
    pub(crate) kind: Kind,
    /// Kind and generation of the destination.
    pub(crate) target: String,
    /// What a history job delivers instead of the trail's spans.
    pub(crate) job: Option<JobPart>,
    pub(crate) active: Vec<Active>,
    /// The batch that is recorded and not confirmed.
    pub(crate) in_hand: Option<(BatchInHand, Prepared)>,
    /// The batch that comes after it.
    pub(crate) following: Option<(BatchInHand, Prepared)>,
    /// Nothing but the batch that was being written: its job has ended.
    pub(crate) only_finishes: bool,
    pub(crate) is_open: bool,
    followed: Option<Arc<Trail>>,
    followed_streams: usize,
    pub(crate) failures: u32,
}

/// What a history job delivers.
#[derive(Debug, Clone)]
pub(crate) struct JobPart {
    pub(crate) job_id: i64,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) excluded: Vec<Excluded>,
}

/// What comes after a step.
enum Next {
    /// Another step.
    Go,
    /// Nothing to do before this time, Unix milliseconds, or before something happens.
    Wait(Option<i64>),
    /// Nothing any more.
    End,
}

impl Task {
    pub(crate) fn new(context: Arc<Context>, id: String, trail_id: String, kind: Kind, target: String) -> Task {
        Task {
            context,
            id,
            trail_id,
            kind,
            target,
            job: None,
            active: Vec::new(),
            in_hand: None,
            following: None,
            only_finishes: false,
            is_open: false,
            followed: None,
            followed_streams: 0,
            failures: 0,
        }
    }

    /// Runs until the destination, or the job, is done with, or the server stops.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut heads = self.context.heads.clone();
        let mut trails = self.context.book.changes();
        if !self.context.health.lock().contains_key(&self.id) {
            self.show().await;
        }
        while !*stop.borrow() {
            heads.borrow_and_update();
            trails.borrow_and_update();
            let outcome = self.step().await;
            self.show().await;
            let (is_failing, until) = match outcome {
                Ok(Next::Go) => continue,
                Ok(Next::End) => return,
                Ok(Next::Wait(until_ms)) => {
                    (false, until_ms.map(|until_ms| until_ms.saturating_sub(now_ms()).max(1) as u64))
                }
                Err(failure) => (true, Some(self.failed(&failure).await)),
            };
            let until = Instant::now() + Duration::from_millis(until.unwrap_or(3_600_000).min(3_600_000));
            loop {
                // Events do not end the pause after a failure, but it shows that they wait.
                let look = if is_failing { until.min(Instant::now() + SHOW_EVERY) } else { until };
                tokio::select! {
                    _ = stop.changed() => break,
                    _ = heads.changed(), if !is_failing => break,
                    _ = trails.changed() => break,
                    () = sleep_until(look) => {}
                }
                if look >= until {
                    break;
                }
                self.show().await;
            }
        }
    }

    async fn step(&mut self) -> Result<Next, Failure> {
        let Some(trail) = self.context.book.by_id(&self.trail_id) else { return Ok(Next::End) };
        if self.kind.target(&trail).as_ref() != Some(&self.target) {
            return Ok(Next::End);
        }
        if !self.is_open {
            self.open(&trail).await?;
        }
        self.follow(&trail).await?;
        if self.in_hand.is_some() {
            return self.write(&trail).await;
        }
        if self.only_finishes {
            return Ok(Next::End);
        }
        self.fill(&trail).await?;
        // A batch that could not be recorded, because the control database failed, is still there: another in its place would
        // lose its events.
        if self.following.is_none()
            && let Some(cut) = self.next_cut(&trail, now_ms())
        {
            let made = self.make(&trail, cut).await?;
            if self.context.probe.ends_at(Step::Made) {
                return Ok(Next::End);
            }
            self.following = Some(made);
        }
        if let Some(made) = self.following.take() {
            if let Err(error) = self.context.rows.record(&self.id, &made.0.batch).await {
                self.following = Some(made);
                return Err(error.into());
            }
            self.in_hand = Some(made);
            return Ok(if self.context.probe.ends_at(Step::Recorded) { Next::End } else { Next::Go });
        }
        self.settle_quiet(&trail).await
    }

    /// Brings the pieces up to the trail, when it has changed.
    async fn follow(&mut self, trail: &Arc<Trail>) -> Result<(), Failure> {
        if self.job.is_some() {
            return Ok(());
        }
        let is_known = self.followed.as_ref().is_some_and(|followed| Arc::ptr_eq(followed, trail));
        let streams = self.context.streams(trail, self.kind);
        if is_known && self.followed_streams == streams.len() {
            return Ok(());
        }
        let changed = follow(&mut self.active, trail, self.kind, &streams);
        if !changed.is_empty()
            && let Err(error) = self.context.rows.put_pieces(&self.id, &changed).await
        {
            self.reset();
            return Err(error.into());
        }
        (self.followed, self.followed_streams) = (Some(trail.clone()), streams.len());
        self.change_health(|health| health.followed = Some(Followed::of(trail, streams.len())));
        Ok(())
    }

    /// Reads what has come, as far as it fits.
    async fn fill(&mut self, trail: &Trail) -> Result<(), Failure> {
        let bounds = bounds(self.kind, trail);
        for active in &mut self.active {
            let stream = active.piece.key.stream.clone();
            while let Some(from) = active.gathering.wants().filter(|_| !active.gathering.is_full(&bounds)) {
                let head = self.context.head(&stream);
                let to = active.gathering.end().map_or(head, |last| last.min(head));
                if from > to {
                    break;
                }
                let read = self.context.read(&stream, from, to).await?;
                if read.next == from {
                    break;
                }
                if read.expired > 0 {
                    tracing::warn!(
                        delivery = self.id,
                        events = read.expired,
                        "events expired before they were delivered"
                    );
                    self.context.rows.skip(&self.id, &active.piece.key, active.piece.next, read.expired).await?;
                    let mut health = self.context.health.lock();
                    health.entry(self.id.clone()).or_default().expired += read.expired;
                }
                let taken = active.gathering.take(read, now_ms());
                taken.map_err(|problem| Failure::new(format!("{stream}: {problem}; run `cairn journal check`")))?;
            }
        }
        Ok(())
    }

    /// A batch that is due, if there is one.
    fn next_cut(&mut self, trail: &Trail, now_ms: i64) -> Option<(usize, Cut)> {
        let bounds = bounds(self.kind, trail);
        let is_due = |active: &Active| {
            active.gathering.is_full(&bounds) || active.gathering.due_ms(&bounds).is_some_and(|due_ms| due_ms <= now_ms)
        };
        // The piece that has waited longest goes first, so that none waits for ever.
        let due = self.active.iter().enumerate().filter(|(_, active)| is_due(active));
        let (index, _) = due.min_by_key(|(_, active)| active.gathering.oldest_ms())?;
        self.active[index].gathering.cut(&bounds).map(|cut| (index, cut))
    }

    /// What is in memory is not what is kept, or not whole: everything is taken up anew from what is kept.
    fn reset(&mut self) {
        self.is_open = false;
        self.followed = None;
        self.change_health(|health| health.followed = None);
        self.active.clear();
        (self.in_hand, self.following) = (None, None);
    }

    async fn make(&mut self, trail: &Trail, cut: (usize, Cut)) -> Result<(BatchInHand, Prepared), Failure> {
        let made = self.pack(trail, cut).await;
        if made.is_err() {
            self.reset();
        }
        made
    }

    async fn pack(&self, trail: &Trail, (index, cut): (usize, Cut)) -> Result<(BatchInHand, Prepared), Failure> {
        let batch = Batch {
            piece: self.active[index].piece.key.clone(),
            first: cut.first,
            last: cut.last,
            count: cut.events.len() as u64,
            made_ms: now_ms(),
            files: Vec::new(),
        };
        let destination = Destination::of(self.kind, trail, &*self.context.places)?;
        let mut in_hand = BatchInHand { batch, events: cut.events };
        // Packing is work for a core, not for the runtime's threads.
        let packing = tokio::task::spawn_blocking(move || {
            let prepared = destination.prepare(&in_hand)?;
            if let Prepared::Files(files) = &prepared {
                let name = |file: &crate::object_file::ObjectFile| FileName {
                    region: file.region.clone(),
                    key: file.key.clone(),
                };
                in_hand.batch.files = files.iter().map(name).collect();
            }
            Ok((in_hand, prepared))
        });
        packing.await.map_err(|error| Failure::new(error.to_string()))?
    }

    /// Writes the batch in hand and confirms it. The next one is recorded with the confirmation, if it is due.
    async fn write(&mut self, trail: &Trail) -> Result<Next, Failure> {
        let Some((in_hand, prepared)) = &self.in_hand else { return Ok(Next::Go) };
        let destination = Destination::of(self.kind, trail, &*self.context.places)?;
        let writing = timeout(WRITE_PATIENCE, destination.write(&self.id, &in_hand.batch, prepared)).await;
        writing.map_err(|_| {
            Failure::new(
                "the destination did not answer in time; look at the network and at the service; delivery is repeated",
            )
        })??;
        if self.context.probe.ends_at(Step::Written) {
            return Ok(Next::End);
        }
        if !self.only_finishes {
            self.fill(trail).await?;
        }
        if self.following.is_none()
            && !self.only_finishes
            && let Some(cut) = self.next_cut(trail, now_ms())
        {
            self.following = Some(self.make(trail, cut).await?);
        }
        let Some((in_hand, _)) = &self.in_hand else { return Ok(Next::Go) };
        let (batch, now) = (in_hand.batch.clone(), now_ms());
        let regions: BTreeSet<Arc<str>> = match &self.job {
            None if self.kind != Kind::Data => BTreeSet::new(),
            _ => in_hand.events.iter().map(|event| event.region.clone()).collect(),
        };
        let bytes: u64 = in_hand.events.iter().map(|event| event.bytes.len() as u64).sum();
        let following = self.following.as_ref().map(|(in_hand, _)| &in_hand.batch);
        if !self.context.rows.confirm(&self.id, &batch, now, following).await? {
            return Ok(Next::End);
        }
        if let Some(active) = self.active.iter_mut().find(|active| active.piece.key == batch.piece) {
            active.piece.next = active.piece.next.max(batch.last + 1);
        }
        self.in_hand = self.following.take();
        self.failures = 0;
        self.change_health(|health| {
            (health.delivered_ms, health.error, health.failed_region) = (now, String::new(), None);
            (health.events, health.bytes, health.batches) =
                (health.events + batch.count, health.bytes + bytes, health.batches + 1);
            health.regions.extend(regions.iter().map(|region| region.to_string()));
        });
        Ok(if self.context.probe.ends_at(Step::Confirmed) { Next::End } else { Next::Go })
    }

    /// Nothing is due: cursors move over what is not wanted, spans end, and the next batch is waited for.
    async fn settle_quiet(&mut self, trail: &Arc<Trail>) -> Result<Next, Failure> {
        for active in &mut self.active {
            let has_ended = active.gathering.wants().is_none() && !active.piece.is_done();
            let skipped = active.gathering.skipped();
            if skipped >= SKIP_POSITIONS || (has_ended && active.gathering.oldest_ms().is_none()) {
                let next = active.gathering.skip();
                if !self.context.rows.skip(&self.id, &active.piece.key, next, 0).await? {
                    return Ok(Next::End);
                }
                active.piece.next = next;
            }
        }
        if self.job.is_some() {
            let is_done = self.active.iter().all(|active| active.piece.is_done());
            return Ok(if is_done { Next::End } else { Next::Wait(self.due_ms(trail)) });
        }
        if self.kind == Kind::Data {
            self.finish_data_spans(trail).await?;
            return Ok(Next::Wait(self.due_ms(trail)));
        }
        let known = self.active.len();
        let tail_ms = self.find_tails(trail).await?;
        if self.active.len() > known {
            return Ok(Next::Go);
        }
        self.finish_spans(trail).await?;
        Ok(Next::Wait(self.due_ms(trail).into_iter().chain(tail_ms).min()))
    }

    fn due_ms(&self, trail: &Trail) -> Option<i64> {
        let bounds = bounds(self.kind, trail);
        self.active.iter().filter_map(|active| active.gathering.due_ms(&bounds)).min()
    }

    async fn finish_data_spans(&mut self, trail: &Trail) -> Result<(), Failure> {
        let waits = |number| self.active.iter().any(|active| active.piece.span == number && !active.piece.is_done());
        let done = trail.data_spans.iter().filter(|span| span.until.is_some() && !waits(span.number));
        for span in done {
            self.context.book.forget_data_span(&trail.id, span.number).await?;
        }
        let is_kept = |number| trail.data_spans.iter().any(|span| span.number == number);
        self.active.retain(|active| !active.piece.is_done() || is_kept(active.piece.span));
        Ok(())
    }

    async fn finish_spans(&mut self, trail: &Trail) -> Result<(), Failure> {
        let is_ended = |active: &&Active| active.piece.is_done() && active.piece.is_tail_done;
        for span in trail.spans.iter().filter(|span| span.until.is_some()) {
            let is_ended_here = self.active.iter().filter(is_ended).any(|active| active.piece.span == span.number);
            if is_ended_here || is_span_before(trail, self.kind, span) {
                self.context.finish_span(trail, span).await?;
            }
        }
        // What is done needs no place in memory; its row stays, for history jobs.
        self.active
            .retain(|active| !is_ended(&active) || trail.spans.iter().any(|span| span.number == active.piece.span));
        Ok(())
    }
}

/// When batches of a trail are due.
fn bounds(kind: Kind, trail: &Trail) -> Bounds {
    match kind {
        Kind::Bucket => Bounds {
            linger_ms: trail.file_interval_s.saturating_mul(1_000),
            bytes: usize::try_from(trail.file_max_bytes).unwrap_or(usize::MAX),
            events: BUCKET_BATCH_EVENTS,
        },
        Kind::Logs | Kind::Data => {
            Bounds { linger_ms: LOG_LINGER_MS, bytes: LOG_BATCH_BYTES, events: LOG_BATCH_EVENTS }
        }
    }
}
