//! What the writer does when the disk has no room: it refuses, tries now and then, and goes on when there is room again.
//!
//! Nothing of a group that did not fit is kept: its positions are taken back, and before anything else is written the file is
//! cut behind the last group that was acknowledged, and synced. A file whose sync failed is only cut; the next file follows.

use std::time::Instant;

use tracing::{debug, warn};

use crate::catalog::Span;
use crate::error::JournalError;
use crate::options::SyncMode;
use crate::storage::write_all_at;
use crate::writer::{Writer, ZEROS};

impl Writer {
    /// Writes one group. While the disk is full the whole backlog is refused instead; any other failure is the caller's.
    pub(crate) fn commit_group_or_refuse(&mut self) -> Result<(), JournalError> {
        let outcome = self.shared.health.full().map_or_else(|| self.commit_group(), Err);
        match outcome {
            Err(JournalError::DiskFull { cause }) => self.refuse_backlog(&cause),
            Err(error) if error.is_disk_full() => {
                self.checked_disk_at = Instant::now();
                self.refuse_backlog(&error.to_string());
            }
            outcome => return outcome,
        }
        Ok(())
    }

    fn refuse_backlog(&mut self, cause: &str) {
        let refusal = self.shared.health.set_full(cause);
        for (waiter, _) in self.waiters.drain(..) {
            // Nobody may wait any more.
            drop(waiter.send(Err(refusal.clone())));
        }
        let mut room = 0;
        for pending in self.backlog.drain(..) {
            room += pending.room();
            pending.answer(Err(refusal.clone()));
        }
        self.shared.queue.release(room);
    }

    /// Gives the positions of a group that was not written to the records that come next.
    pub(crate) fn take_back(&mut self, spans: &[Span]) {
        for span in spans {
            if span.first == 1 {
                self.streams.remove(&span.stream);
            } else if let Some(cursor) = self.streams.get_mut(&span.stream) {
                cursor.last = span.first - 1;
            }
        }
    }

    /// Takes records again when there is room.
    pub(crate) fn try_full_disk_again(&mut self) -> Result<(), JournalError> {
        if self.shared.health.full().is_none() {
            return Ok(());
        }
        match self.find_room() {
            Ok(()) => self.shared.health.set_roomy(),
            Err(error) if error.is_disk_full() => debug!(%error, "the disk is still full"),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Leaves the file as if the group that did not fit had never been, and writes zeros where the next one will be. Room is
    /// tried out, not asked for: a quota may keep what the disk has.
    fn find_room(&mut self) -> Result<(), JournalError> {
        if self.has_ragged_end {
            let cut = self.active.file.set_len(self.active.end);
            cut.map_err(|error| JournalError::io("cut back", &self.active.name, error))?;
            self.sync()?;
            self.active.filled_end = self.active.end;
            self.has_ragged_end = false;
        }
        if self.file_is_over {
            return self.start_next_file();
        }
        let (end, room) = (self.active.end, self.room_to_fill(self.active.end));
        write_all_at(&*self.active.file, end, &ZEROS[..room])
            .map_err(|error| JournalError::io("write to", &self.active.name, error))?;
        self.sync()?;
        self.active.filled_end = self.active.filled_end.max(end + room as u64);
        Ok(())
    }

    /// Ends the journal in order. A full disk has no room for the seal; without it the next start looks at the end of the file
    /// as after a crash, and finds everything that was acknowledged.
    pub(crate) fn end(&mut self) -> Result<(), JournalError> {
        let has_room = self.shared.health.full().map_or(Ok(()), |_| self.find_room());
        match has_room.and_then(|()| self.seal()) {
            Err(error) if error.is_disk_full() && self.shared.options.sync == SyncMode::Full => {
                warn!(%error, "the disk of the journal is full, it ends without a seal");
                self.cut_back_if_possible();
                Ok(())
            }
            outcome => outcome,
        }
    }

    /// Cuts off what was not acknowledged; what cannot be cut now is cut when the file is opened again.
    pub(crate) fn cut_back_if_possible(&mut self) {
        if let Err(error) = self.active.file.set_len(self.active.end) {
            warn!(%error, file = self.active.name, "could not cut the file back, it is done when it is opened again");
        }
    }
}
