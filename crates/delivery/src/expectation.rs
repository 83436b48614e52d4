//! What a destination should have: every event that the trail wants by its spans, and by what its deliveries have taken on
//! of spans that are over, as the event store has it. How far a delivery says to be decides alone what still waits.

use std::collections::BTreeSet;

use audit::trail::Trail;

use crate::context::{Context, live_id};
use crate::destination::Kind;
use crate::engine::Deliveries;
use crate::failure::Failure;
use crate::gathering::{Bounds, Excluded, Gathering};
use crate::history::excluded;
use crate::holes::{Hole, holes};
use crate::limits::{HOLE_LOOKS, HOLE_PAUSE};
use crate::rows::Piece;
use crate::selection::Selection;
use crate::status::Followed;
use crate::verify::Comparison;

/// Tells a comparison what should be in a destination.
pub(crate) async fn expect(
    deliveries: &Deliveries,
    trail: &Trail,
    kind: Kind,
    target: &str,
    comparison: &mut Comparison,
) -> Result<(), Failure> {
    let context = &*deliveries.context;
    let live = live_id(&trail.id, target);
    let (live_pieces, holes, is_followed) = settled(context, trail, kind, &live).await?;
    let running: BTreeSet<i64> = deliveries.history.unfinished().await?.iter().map(|job| job.id).collect();
    for state in context.rows.states(Some(&trail.id)).await?.into_iter().filter(|state| state.target == target) {
        comparison.report.expired += state.expired;
        if state.job_id == 0 {
            comparison.report.error.clone_from(&state.error);
            for piece in &live_pieces {
                expect_piece(context, piece, false, &[], comparison).await?;
            }
        } else {
            let left_out = excluded(context, trail, kind, target, state.job_id).await?;
            for piece in context.rows.pieces(&state.id).await? {
                expect_piece(context, &piece, !running.contains(&state.job_id), &left_out, comparison).await?;
            }
        }
    }
    for hole in holes {
        let range = Range { stream: &hole.stream, first: hole.first, last: hole.last, selection: &hole.selection };
        // A history job may have delivered it.
        let mut expect = |event: &[u8]| match comparison.expects(event) {
            true => Ok(()),
            false => comparison.expect(event, !is_followed),
        };
        let expired = range.read(context, &[], &mut expect).await?;
        comparison.report.expired += expired;
    }
    Ok(())
}

/// The pieces of a live delivery, what is in none of them, and whether the delivery has taken the trail up. A delivery that
/// runs makes pieces a moment after the trail has changed.
async fn settled(
    context: &Context,
    trail: &Trail,
    kind: Kind,
    id: &str,
) -> Result<(Vec<Piece>, Vec<Hole>, bool), Failure> {
    let mut look = 0;
    loop {
        look += 1;
        let pieces = context.rows.pieces(id).await?;
        let holes = holes(context, trail, kind, &pieces);
        let now = Followed::of(trail, context.streams(trail, kind).len());
        let is_followed = context.health.lock().get(id).is_some_and(|health| health.followed == Some(now));
        if holes.is_empty() || !is_followed || look == HOLE_LOOKS {
            return Ok((pieces, holes, is_followed));
        }
        tokio::time::sleep(HOLE_PAUSE).await;
    }
}

/// What a piece should have delivered, and what it will deliver. A job that has ended delivers nothing more.
async fn expect_piece(
    context: &Context,
    piece: &Piece,
    has_ended: bool,
    left_out: &[Excluded],
    comparison: &mut Comparison,
) -> Result<(), Failure> {
    let (stream, selection) = (&piece.key.stream, &piece.selection);
    let last = piece.last.unwrap_or(u64::MAX).min(context.head(stream).max(piece.next.saturating_sub(1)));
    let settled = Range { stream, first: piece.key.first, last: last.min(piece.next.saturating_sub(1)), selection };
    settled.read(context, left_out, &mut |event| comparison.expect(event, false)).await?;
    if !has_ended {
        let ahead = Range { stream, first: piece.next, last, selection };
        let expired = ahead.read(context, left_out, &mut |event| comparison.expect(event, true)).await?;
        comparison.report.expired += expired;
    }
    Ok(())
}

/// Positions of a stream, and what is wanted of them.
struct Range<'a> {
    stream: &'a str,
    first: u64,
    last: u64,
    selection: &'a Selection,
}

/// Takes an event's bytes.
type Taking<'a> = &'a mut (dyn FnMut(&[u8]) -> Result<(), Failure> + Send);

impl Range<'_> {
    /// Hands over the events that are kept; how many positions are not kept any more.
    async fn read(&self, context: &Context, left_out: &[Excluded], take: Taking<'_>) -> Result<u64, Failure> {
        let mut expired = 0;
        if self.last < self.first {
            return Ok(expired);
        }
        let left_out = left_out.iter().filter(|other| other.stream == self.stream).cloned().collect();
        let mut gathering = Gathering::new(self.first, Some(self.last), self.selection.clone(), left_out);
        let everything = Bounds { linger_ms: 0, bytes: usize::MAX, events: usize::MAX };
        while let Some(from) = gathering.wants() {
            let read = context.read(self.stream, from, self.last).await?;
            if read.next == from {
                break;
            }
            expired += read.expired;
            gathering.take(read, 0).map_err(Failure::new)?;
            for event in gathering.cut(&everything).into_iter().flat_map(|cut| cut.events) {
                take(&event.bytes)?;
            }
        }
        Ok(expired)
    }
}
