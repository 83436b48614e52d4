//! The event of the call that ended a span. It lies behind the span's end, because a call is recorded after it was done, and
//! belongs to the trail all the same.

use audit::trail::{LoggingSpan, Trail};
use event::Facts;
use openapi::clock::now_ms;

use crate::failure::Failure;
use crate::limits::{SKIP_POSITIONS, TAIL_PATIENCE_MS};
use crate::pieces::{Active, is_stream_of, tail_piece};
use crate::task::Task;

impl Task {
    /// Looks for such events; when to look again, Unix milliseconds.
    pub(crate) async fn find_tails(&mut self, trail: &Trail) -> Result<Option<i64>, Failure> {
        let mut look_again_ms = None;
        for index in 0..self.active.len() {
            let active = &self.active[index];
            let span = trail.spans.iter().find(|span| span.number == active.piece.span);
            let Some((span, event_id)) = span.and_then(|span| Some((span, span.stopped_by.clone()?))) else { continue };
            let is_waiting = active.piece.is_done() && !active.piece.is_tail_done;
            if !is_waiting || !is_stream_of(&active.piece.key.stream, &trail.account_id) {
                continue;
            }
            match self.look_for(index, &event_id).await? {
                Some(position) => {
                    self.end_tail(index, (!is_in_next(trail, span, position)).then_some(position)).await?
                }
                None if self.is_over(index, trail) => self.end_tail(index, None).await?,
                None => look_again_ms = Some(now_ms() + 1_000),
            }
        }
        Ok(look_again_ms)
    }

    async fn look_for(&mut self, index: usize, event_id: &str) -> Result<Option<u64>, Failure> {
        let stream = self.active[index].piece.key.stream.clone();
        loop {
            let (from, head) = (self.active[index].tail_from, self.context.head(&stream));
            if from > head {
                return Ok(None);
            }
            let read = self.context.read(&stream, from, head).await?;
            let is_it =
                |bytes: &[u8]| Facts::read(bytes).is_ok_and(|facts| facts.event_id.as_deref() == Some(event_id));
            if let Some(found) = read.records.iter().find(|record| is_it(&record.bytes)) {
                return Ok(Some(found.position));
            }
            if read.next == from || self.active[index].tail_from > first_tail(&self.active[index]) + SKIP_POSITIONS {
                return Ok(None);
            }
            self.active[index].tail_from = read.next;
        }
    }

    /// It did not come, and will not come.
    fn is_over(&self, index: usize, trail: &Trail) -> bool {
        let active = &self.active[index];
        let waited_ms = now_ms() - trail.stop_logging_time_ms.unwrap_or_default();
        waited_ms > TAIL_PATIENCE_MS || active.tail_from > first_tail(active) + SKIP_POSITIONS
    }

    async fn end_tail(&mut self, index: usize, position: Option<u64>) -> Result<(), Failure> {
        let mut ended = self.active[index].piece.clone();
        ended.is_tail_done = true;
        let tail = position.map(|position| tail_piece(&ended, position));
        let pieces: Vec<_> = [ended].into_iter().chain(tail.clone()).collect();
        self.context.rows.put_pieces(&self.id, &pieces).await?;
        self.active[index].piece.is_tail_done = true;
        self.active.extend(tail.map(|piece| Active::new(piece, None, &[])));
        Ok(())
    }
}

fn first_tail(active: &Active) -> u64 {
    active.piece.last.unwrap_or_default() + 1
}

/// The trail was started again so soon that its next span has the event.
fn is_in_next(trail: &Trail, span: &LoggingSpan, position: u64) -> bool {
    let stream = format!("{}{}", audit::STREAM_PREFIX, trail.account_id);
    let next = trail.spans.iter().filter(|other| other.number > span.number);
    next.into_iter().any(|other| other.after.get(&stream).copied().unwrap_or_default() < position)
}
