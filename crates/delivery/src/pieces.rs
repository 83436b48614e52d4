//! The pieces of a delivery as a trail wants them: one for each span in which it logged and each stream that belongs to it,
//! cut where the trail changed its mind about what it wants.

use audit::trail::{LoggingSpan, Marks, Trail};

use crate::batch::Batch;
use crate::destination::Kind;
use crate::gathering::{Excluded, Gathering};
use crate::rows::{Piece, PieceKey};
use crate::selection::Selection;

/// A piece with what is gathered of it.
pub(crate) struct Active {
    pub(crate) piece: Piece,
    pub(crate) gathering: Gathering,
    /// The position from which on the event that ended the span is looked for.
    pub(crate) tail_from: u64,
}

impl Active {
    /// Takes a piece up where it is, behind the batch that is being written.
    pub(crate) fn new(piece: Piece, batch: Option<&Batch>, excluded: &[Excluded]) -> Active {
        let written = batch.filter(|batch| batch.piece == piece.key).map(|batch| batch.last + 1);
        let next = written.unwrap_or(piece.next).max(piece.next);
        let of_stream = excluded.iter().filter(|other| other.stream == piece.key.stream).cloned().collect();
        let gathering = Gathering::new(next, piece.last, piece.selection.clone(), of_stream);
        let tail_from = piece.last.unwrap_or_default() + 1;
        Active { piece, gathering, tail_from }
    }
}

/// Brings the pieces of a live delivery up to what the trail says now. The answer is what came or changed.
pub(crate) fn follow(active: &mut Vec<Active>, trail: &Trail, kind: Kind, streams: &[String]) -> Vec<Piece> {
    if kind == Kind::Data {
        return streams.iter().flat_map(|stream| follow_data(active, trail, stream)).collect();
    }
    let selection = Selection::of(trail);
    let mut changed = Vec::new();
    for span in &trail.spans {
        for stream in streams {
            follow_span(active, trail, kind, span, stream, &selection, &mut changed);
        }
    }
    changed
}

/// Of data events: a piece for each span, which has one selection from its beginning to its end. A span ends where the
/// stream was when the trail was changed; if its piece had come further by then, the next one begins there.
fn follow_data(active: &mut Vec<Active>, trail: &Trail, stream: &str) -> Vec<Piece> {
    let mut changed = Vec::new();
    let is_own = stream == trail.data_stream();
    let is_here = |known: &Active| known.piece.key.stream == stream;
    let find = |number| trail.data_spans.iter().find(|span| span.number == number);
    for known in active.iter_mut().filter(|known| is_here(known) && known.piece.last.is_none()) {
        // A span that is gone ended where it began.
        let until =
            find(known.piece.span).map_or(Some(known.piece.key.first - 1), |span| span.until_in(stream, is_own));
        if let Some(until) = until {
            let last = until.max(known.gathering.settled() - 1);
            known.piece.last = Some(last);
            known.gathering.end_at(last);
            changed.push(known.piece.clone());
        }
    }
    let settled = active.iter().filter(|known| is_here(known)).map(|known| known.gathering.settled());
    let settled = settled.max().unwrap_or_default();
    active.retain(|known| !is_here(known) || known.piece.last.is_none_or(|last| last >= known.piece.key.first));
    for span in &trail.data_spans {
        let (first, until) = (settled.max(span.after_in(stream, is_own) + 1), span.until_in(stream, is_own));
        let is_new = active.iter().all(|known| !is_here(known) || known.piece.span != span.number);
        if is_new && until.is_none_or(|until| until >= first) {
            let piece = Piece {
                key: PieceKey { stream: stream.to_owned(), first },
                last: until,
                next: first,
                span: span.number,
                is_tail_done: true,
                selection: Selection::of_data(trail, &span.selection),
            };
            changed.push(piece.clone());
            active.push(Active::new(piece, None, &[]));
        }
    }
    changed
}

/// Where a span is in a stream for a kind of destination: its first position, and its last when it has ended.
pub(crate) fn span_in(trail: &Trail, kind: Kind, span: &LoggingSpan, stream: &str) -> (u64, Option<u64>) {
    let first = mark(&span.after, stream).max(mark(since(trail, kind), stream)) + 1;
    (first, span.until.as_ref().map(|until| mark(until, stream)))
}

/// Where the streams were when the trail got its present destination of a kind.
fn since(trail: &Trail, kind: Kind) -> &Marks {
    match kind {
        Kind::Bucket => &trail.oss_since,
        Kind::Logs | Kind::Data => &trail.sls_since,
    }
}

/// Whether a span was over in a stream before the trail got its present destination of a kind: what was left of it then is a
/// piece that was handed over, and nothing else of it is for this destination.
fn is_before(trail: &Trail, kind: Kind, span: &LoggingSpan, stream: &str) -> bool {
    span.until.as_ref().is_some_and(|until| mark(until, stream) < mark(since(trail, kind), stream))
}

/// The same of the account's own stream, whose events begin and end spans.
pub(crate) fn is_span_before(trail: &Trail, kind: Kind, span: &LoggingSpan) -> bool {
    is_before(trail, kind, span, &format!("{}{}", audit::STREAM_PREFIX, trail.account_id))
}

fn follow_span(
    active: &mut Vec<Active>,
    trail: &Trail,
    kind: Kind,
    span: &LoggingSpan,
    stream: &str,
    selection: &Selection,
    changed: &mut Vec<Piece>,
) {
    let (first, until) = span_in(trail, kind, span, stream);
    let is_of_span = |known: &&mut Active| known.piece.span == span.number && known.piece.key.stream == stream;
    let newest = active.iter_mut().filter(is_of_span).max_by_key(|known| known.piece.key.first);
    let Some(newest) = newest else {
        if is_before(trail, kind, span, stream) {
            return;
        }
        let is_own = span.stopped_by.is_none() || !is_stream_of(stream, &trail.account_id);
        // Nothing was in the span: a piece of it would have the key of the one of the next span.
        if is_own && until.is_some_and(|until| until < first) {
            return;
        }
        let piece = Piece {
            key: PieceKey { stream: stream.to_owned(), first },
            last: until.map(|until| until.max(first - 1)),
            next: first,
            span: span.number,
            is_tail_done: until.is_some() && is_own,
            selection: selection.clone(),
        };
        // One that ended where it began, in an earlier span, has the same key and says nothing.
        active.retain(|known| known.piece.key != piece.key);
        changed.push(piece.clone());
        active.push(Active::new(piece, None, &[]));
        return;
    };
    if newest.piece.last.is_some() {
        return;
    }
    if let Some(until) = until {
        let last = until.max(newest.gathering.settled() - 1);
        newest.piece.last = Some(last);
        newest.piece.is_tail_done = span.stopped_by.is_none() || !is_stream_of(stream, &trail.account_id);
        newest.gathering.end_at(last);
        newest.tail_from = last + 1;
        changed.push(newest.piece.clone());
    } else if newest.piece.selection != *selection
        && let Some(boundary) = newest.gathering.wants()
    {
        // What was read is judged by what was wanted then, what is read from now on by what is wanted now.
        newest.piece.last = Some(boundary - 1);
        newest.piece.is_tail_done = true;
        newest.gathering.end_at(boundary - 1);
        changed.push(newest.piece.clone());
        let piece = Piece {
            key: PieceKey { stream: stream.to_owned(), first: boundary },
            last: None,
            next: boundary,
            span: span.number,
            is_tail_done: false,
            selection: selection.clone(),
        };
        changed.push(piece.clone());
        active.push(Active::new(piece, None, &[]));
    }
}

/// The piece of the one event that ended a span and lies behind its end.
pub(crate) fn tail_piece(ended: &Piece, position: u64) -> Piece {
    Piece {
        key: PieceKey { stream: ended.key.stream.clone(), first: position },
        last: Some(position),
        next: position,
        is_tail_done: true,
        ..ended.clone()
    }
}

fn mark(marks: &Marks, stream: &str) -> u64 {
    marks.get(stream).copied().unwrap_or_default()
}

/// The stream is that of an account's own events.
pub(crate) fn is_stream_of(stream: &str, account_id: &str) -> bool {
    stream.strip_prefix(audit::STREAM_PREFIX) == Some(account_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_that_was_over_before_the_destination_leaves_the_pieces_of_the_next_alone() {
        let stream = format!("{}7", audit::STREAM_PREFIX);
        let at = |position: u64| Marks::from([(stream.clone(), position)]);
        let span = |number, after, until: Option<u64>| LoggingSpan {
            number,
            after: at(after),
            until: until.map(at),
            stopped_by: until.map(|_| "R".to_owned()),
        };
        let mut trail = Trail {
            id: "T".to_owned(),
            account_id: "7".to_owned(),
            name: "t".to_owned(),
            home_region: String::new(),
            is_organization_trail: false,
            properties: audit::trail::Properties::default(),
        };
        trail.spans = vec![span(1, 0, Some(100)), span(2, 105, None)];
        trail.oss_since = at(200);
        let mut active = Vec::new();
        let made = follow(&mut active, &trail, Kind::Bucket, std::slice::from_ref(&stream));
        assert_eq!(made.iter().map(|piece| (piece.span, piece.key.first)).collect::<Vec<_>>(), [(2, 201)]);
        active[0].piece.next = 500;
        let again = follow(&mut active, &trail, Kind::Bucket, std::slice::from_ref(&stream));
        assert_eq!((again, active.len(), active[0].piece.next), (Vec::new(), 1, 500));
        // For a destination that was there, the event that ended the first span is looked for.
        trail.oss_since = Marks::new();
        let made = follow(&mut Vec::new(), &trail, Kind::Bucket, &[stream]);
        assert_eq!(
            made.iter().map(|piece| (piece.span, piece.is_tail_done)).collect::<Vec<_>>(),
            [(1, false), (2, false)]
        );
    }
}
