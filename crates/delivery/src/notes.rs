//! What a delivery says of itself: its failures, and how far it is.

use rand::RngExt;

use crate::failure::Failure;
use crate::holes::holes;
use crate::limits::FIRST_PAUSE_MS;
use crate::pieces::Active;
use crate::status::Health;
use crate::task::Task;

impl Task {
    /// Takes note of a failure; the pause after it, milliseconds.
    pub(crate) async fn failed(&mut self, failure: &Failure) -> u64 {
        let text = failure.to_string();
        let longest_ms = self.context.longest_pause_ms.max(1);
        let pause_ms = FIRST_PAUSE_MS.saturating_mul(1 << self.failures.min(20)).min(longest_ms);
        self.failures += 1;
        let mut is_new = false;
        self.change_health(|health| {
            is_new = health.error != text;
            health.error.clone_from(&text);
            health.failed_region = failure.region().map(str::to_owned);
            health.failures += 1;
        });
        if is_new {
            tracing::warn!(delivery = self.id, error = text, "events are not delivered; it is tried again");
            if let Err(error) = self.context.rows.set_error(&self.id, &text).await {
                tracing::warn!(delivery = self.id, %error, "the failure could not be kept");
            }
        }
        rand::rng().random_range(pause_ms / 2..=pause_ms)
    }

    pub(crate) fn change_health(&self, change: impl FnOnce(&mut Health)) {
        let mut all = self.context.health.lock();
        let health = all.entry(self.id.clone()).or_default();
        health.trail_id.clone_from(&self.trail_id);
        change(health);
    }

    /// Says how far it is.
    pub(crate) async fn show(&self) {
        if self.is_open {
            self.show_opened();
        } else if self.job.is_none()
            && let Err(failure) = self.show_kept().await
        {
            tracing::debug!(delivery = self.id, %failure, "how far it is, is not known");
        }
    }

    /// Before it has taken up what is kept: every position behind its place may be an event that waits.
    async fn show_kept(&self) -> Result<(), Failure> {
        let Some(trail) = self.context.book.by_id(&self.trail_id) else { return Ok(()) };
        let pieces = self.context.rows.pieces(&self.id).await?;
        let ahead = pieces.iter().map(|piece| {
            let head = self.context.head(&piece.key.stream);
            (piece.key.stream.clone(), piece.next, piece.last.map_or(head, |last| last.min(head)))
        });
        let holes = holes(&self.context, &trail, self.kind, &pieces);
        let unmade = holes.into_iter().map(|hole| (hole.stream, hole.first, hole.last));
        let (mut lag_events, mut oldest_ms) = (0, None);
        for (stream, first, last) in ahead.chain(unmade).filter(|(_, first, last)| first <= last) {
            lag_events += last - first + 1;
            let read = self.context.read(&stream, first, first).await?;
            let appended_ms = read.records.first().map(|record| record.appended_ms);
            oldest_ms = appended_ms.into_iter().chain(oldest_ms).min();
        }
        self.change_health(|health| (health.lag_events, health.oldest_ms) = (lag_events, oldest_ms));
        Ok(())
    }

    fn show_opened(&self) {
        let unread = |active: &Active| {
            let head = self.context.head(&active.piece.key.stream);
            let to = active.gathering.end().map_or(head, |last| last.min(head));
            active.gathering.wants().map_or(0, |next| (to + 1).saturating_sub(next))
        };
        let in_hand = || self.in_hand.iter().chain(&self.following).map(|(in_hand, _)| in_hand);
        let waiting: u64 = self.active.iter().map(|active| active.gathering.waiting() + unread(active)).sum();
        let written: u64 = in_hand().map(|in_hand| in_hand.batch.count).sum();
        let of_batches = in_hand().filter_map(|in_hand| in_hand.events.first()).map(|event| event.appended_ms);
        let gathered = self.active.iter().filter_map(|active| active.gathering.oldest_ms());
        let oldest_ms = of_batches.chain(gathered).min();
        self.change_health(|health| (health.lag_events, health.oldest_ms) = (waiting + written, oldest_ms));
    }
}
