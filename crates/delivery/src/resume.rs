//! How a delivery goes on after a start: from what is kept, with the batch that was being written.

use audit::trail::Trail;
use openapi::clock::now_ms;

use crate::batch::{Batch, BatchInHand};
use crate::destination::{Destination, Prepared};
use crate::failure::Failure;
use crate::gathering::{Bounds, Excluded, Gathering};
use crate::pieces::Active;
use crate::rows::{Piece, State};
use crate::task::Task;

impl Task {
    /// Takes up what was left: how far it is, and the batch that was being written.
    pub(crate) async fn open(&mut self, trail: &Trail) -> Result<(), Failure> {
        let job_id = self.job.as_ref().map_or(0, |job| job.job_id);
        let new = State::new(&self.id, &self.trail_id, &self.target, job_id);
        let state = self.context.rows.enter(&new).await?;
        self.change_health(|health| {
            (health.delivered_ms, health.error, health.expired) = (state.delivered_ms, state.error, state.expired);
        });
        let mut pieces = self.context.rows.pieces(&self.id).await?;
        if pieces.is_empty()
            && let Some(job) = &self.job
        {
            self.context.rows.put_pieces(&self.id, &job.pieces).await?;
            pieces.clone_from(&job.pieces);
        }
        let excluded = self.job.as_ref().map(|job| job.excluded.clone()).unwrap_or_default();
        let batch = self.context.rows.batch(&self.id).await?;
        if let Some(batch) = &batch {
            self.in_hand = Some(self.read_again(trail, batch, &pieces, &excluded).await?);
        }
        self.active = pieces.into_iter().map(|piece| Active::new(piece, batch.as_ref(), &excluded)).collect();
        self.is_open = true;
        Ok(())
    }

    /// The recorded batch with its events. Files whose bytes would be others now, because events have expired or the program
    /// packs otherwise, keep their names if they were written, and get new ones if not.
    async fn read_again(
        &self,
        trail: &Trail,
        batch: &Batch,
        pieces: &[Piece],
        excluded: &[Excluded],
    ) -> Result<(BatchInHand, Prepared), Failure> {
        let mut batch = batch.clone();
        let piece = pieces.iter().find(|piece| piece.key == batch.piece);
        let selection = piece.map(|piece| piece.selection.clone());
        let selection = selection.unwrap_or_else(|| crate::selection::Selection::of(trail));
        let of_stream = excluded.iter().filter(|other| other.stream == batch.piece.stream).cloned().collect();
        let mut gathering = Gathering::new(batch.first, Some(batch.last), selection, of_stream);
        while let Some(from) = gathering.wants() {
            let read = self.context.read(&batch.piece.stream, from, batch.last).await?;
            if read.next == from {
                return Err(Failure::new("events of a batch are not in the journal; restart the server"));
            }
            gathering.take(read, now_ms()).map_err(Failure::new)?;
        }
        let everything = Bounds { linger_ms: 0, bytes: usize::MAX, events: usize::MAX };
        let events = gathering.cut(&everything).map(|cut| cut.events).unwrap_or_default();
        let destination = Destination::of(self.kind, trail, &*self.context.places)?;
        let mut in_hand = BatchInHand { batch: batch.clone(), events };
        let mut prepared = destination.prepare(&in_hand)?;
        if let Prepared::Files(files) = &mut prepared {
            let mut kept = Vec::new();
            for file in std::mem::take(files) {
                let recorded = batch.files.iter_mut().find(|recorded| recorded.region == file.region);
                match recorded {
                    Some(recorded) if recorded.key != file.key => {
                        if destination.has(&recorded.key).await? {
                            continue;
                        }
                        recorded.key.clone_from(&file.key);
                    }
                    _ => {}
                }
                kept.push(file);
            }
            *files = kept;
            self.context.rows.record(&self.id, &batch).await?;
        }
        in_hand.batch = batch;
        Ok((in_hand, prepared))
    }
}
