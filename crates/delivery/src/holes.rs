//! What a trail wants and no piece of its delivery has. It waits for as long as the delivery has not taken the trail up;
//! afterwards it is missing.

use audit::trail::Trail;

use crate::context::Context;
use crate::destination::Kind;
use crate::pieces::span_in;
use crate::rows::Piece;
use crate::selection::Selection;

/// Positions of a stream that a trail wants by one selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hole {
    /// The stream.
    pub(crate) stream: String,
    /// First position.
    pub(crate) first: u64,
    /// Last position.
    pub(crate) last: u64,
    /// What is wanted of them.
    pub(crate) selection: Selection,
}

/// The positions of the trail's spans, up to now, that are in none of the pieces.
pub(crate) fn holes(context: &Context, trail: &Trail, kind: Kind, pieces: &[Piece]) -> Vec<Hole> {
    spans(context, trail, kind).into_iter().flat_map(|span| without(span, pieces)).collect()
}

fn spans(context: &Context, trail: &Trail, kind: Kind) -> Vec<Hole> {
    let mut spans = Vec::new();
    for stream in context.streams(trail, kind) {
        let head = context.head(&stream);
        let mut add = |(first, until): (u64, Option<u64>), selection| {
            spans.push(Hole { stream: stream.clone(), first, last: until.unwrap_or(head), selection });
        };
        if kind == Kind::Data {
            let is_own = stream == trail.data_stream();
            for span in &trail.data_spans {
                let place = (span.after_in(&stream, is_own) + 1, span.until_in(&stream, is_own));
                add(place, Selection::of_data(trail, &span.selection));
            }
        } else {
            for span in &trail.spans {
                add(span_in(trail, kind, span, &stream), Selection::of(trail));
            }
        }
    }
    spans
}

/// What is left of a span.
fn without(span: Hole, pieces: &[Piece]) -> Vec<Hole> {
    let of_stream = pieces.iter().filter(|piece| piece.key.stream == span.stream);
    let mut taken: Vec<(u64, u64)> = of_stream
        .map(|piece| (piece.key.first, piece.last.unwrap_or(u64::MAX)))
        .filter(|(first, last)| first <= last)
        .collect();
    taken.sort_unstable();
    let mut left = Vec::new();
    let mut from = span.first;
    for (first, last) in taken {
        if from < first && from <= span.last {
            left.push(Hole { first: from, last: span.last.min(first - 1), ..span.clone() });
        }
        from = from.max(last.saturating_add(1));
    }
    if from <= span.last {
        left.push(Hole { first: from, ..span });
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::PieceKey;
    use audit::trail::EventRw;

    #[test]
    fn what_is_in_no_piece_is_left() {
        let selection =
            Selection { event_rw: EventRw::All, regions: None, home_region: String::new(), times_s: None, data: None };
        let span = |first, last| Hole { stream: "a".to_owned(), first, last, selection: selection.clone() };
        let piece = |stream: &str, first, last| Piece {
            key: PieceKey { stream: stream.to_owned(), first },
            last,
            next: first,
            span: 1,
            is_tail_done: false,
            selection: selection.clone(),
        };
        let left = |pieces: &[Piece]| -> Vec<(u64, u64)> {
            without(span(5, 20), pieces).iter().map(|hole| (hole.first, hole.last)).collect()
        };
        assert_eq!(left(&[]), [(5, 20)]);
        assert_eq!(left(&[piece("b", 1, None)]), [(5, 20)]);
        assert_eq!(left(&[piece("a", 5, None)]), []);
        assert_eq!(left(&[piece("a", 9, None)]), [(5, 8)]);
        assert_eq!(
            left(&[piece("a", 12, Some(14)), piece("a", 1, Some(9)), piece("a", 30, Some(31))]),
            [(10, 11), (15, 20)]
        );
        assert_eq!(left(&[piece("a", 5, Some(4)), piece("a", 5, Some(20))]), []);
    }
}
