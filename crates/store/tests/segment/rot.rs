//! Rotten bytes: an error that names the segment, or the right answer.

use bytes::Bytes;
use store::segment::{check_segment, rebuild_sidecar};
use store::{Cursor, Direction, Segment, SegmentError};

use crate::common::*;

fn rows() -> Vec<ModelRow> {
    (0..600u64)
        .map(|n| {
            let cursor = Cursor { time_s: (n / 4) as i64, position: n + 1 };
            let name = ["Create", "Delete", "List"][n as usize % 3];
            let scope = if n % 5 < 2 { "a" } else { "b" };
            ModelRow::new(
                cursor,
                scope,
                Some(name),
                &format!("id-{n}"),
                &["x", "y"][..n as usize % 3 % 2 + 1],
                "呼叫中心 ok",
            )
        })
        .collect()
}

/// One of each kind, so that every section is read by some.
fn queries() -> Vec<ModelQuery> {
    let all = ModelQuery::everything(Direction::Backward);
    vec![
        ModelQuery { limit: 5, ..all.clone() },
        ModelQuery { all_of: vec![(ID, "id-333".to_owned())], ..all.clone() },
        ModelQuery { all_of: vec![(NAME, "List".to_owned())], limit: 20, ..all.clone() },
        ModelQuery { all_of: vec![(TAGS, "y".to_owned())], direction: Direction::Forward, limit: 9, ..all.clone() },
        ModelQuery { texts: vec!["叫中".to_owned()], from_s: 30, to_s: 31, ..all.clone() },
        ModelQuery { texts: vec!["none".to_owned()], ..all },
    ]
}

fn names_the_segment(error: &SegmentError) -> bool {
    error.to_string().starts_with("test.idx: ") || error.to_string().starts_with("test.parquet: ")
}

/// Asks everything of a segment; true when nothing was refused.
fn ask_all(sidecar: &[u8], parquet: &[u8], rows: &[ModelRow], what: &str) -> bool {
    let (sidecar, parquet) = files(Bytes::copy_from_slice(sidecar), Bytes::copy_from_slice(parquet));
    let segment = match Segment::open(sidecar, parquet, schema()) {
        Ok(segment) => segment,
        Err(error) => {
            assert!(names_the_segment(&error), "{what}: {error}");
            return false;
        }
    };
    let mut all_answered = true;
    for query in queries() {
        match query.ask(&segment) {
            Err(error) => {
                assert!(names_the_segment(&error), "{what}: {error}");
                all_answered = false;
            }
            Ok(page) => {
                let expected = query.naive(rows);
                assert_eq!(page.rows, expected[..expected.len().min(query.limit)], "{what}");
            }
        }
    }
    all_answered
}

#[test]
fn a_flipped_bit_anywhere_is_seen_or_harmless() {
    let rows = rows();
    let built = build(&rows, &*schema());
    assert!(ask_all(&built.sidecar, &built.parquet, &rows, "as built"));
    // Every byte of the header, then steps that no structure repeats.
    let header_len = u32::from_le_bytes(built.sidecar[12..16].try_into().unwrap()) as usize;
    let mut refused = 0;
    for at in (0..header_len).chain((header_len..built.sidecar.len()).step_by(37)) {
        let mut rotten = built.sidecar.clone();
        rotten[at] ^= 1 << (at % 8);
        refused += usize::from(!ask_all(&rotten, &built.parquet, &rows, &format!("sidecar byte {at}")));
        assert!(at >= header_len || refused == at + 1, "header byte {at} was not noticed");
        let (sidecar, parquet) = files(rotten, built.parquet.clone());
        assert!(!check_segment(&sidecar, &parquet, &*schema()).is_empty(), "the check does not see byte {at}");
    }
    let mut noticed = 0;
    for at in (0..built.parquet.len()).step_by(53) {
        let mut rotten = built.parquet.clone();
        rotten[at] ^= 1 << (at % 8);
        noticed += usize::from(!ask_all(&built.sidecar, &rotten, &rows, &format!("parquet byte {at}")));
        let (sidecar, parquet) = files(built.sidecar.clone(), rotten.clone());
        let segment = Segment::open(sidecar, parquet, schema()).unwrap();
        let refused = segment.unpacked_fields(&[ID]).err();
        assert!(refused.is_some_and(|error| names_the_segment(&error)), "a column is read with byte {at} flipped");
        let (sidecar, parquet) = files(built.sidecar.clone(), rotten.clone());
        let damages = check_segment(&sidecar, &parquet, &*schema());
        assert!(damages.iter().all(|error| error.to_string().starts_with("test.parquet: ")), "{damages:?}");
        assert!(!damages.is_empty(), "the check does not see byte {at}");
    }
    assert!(noticed > 0);
}

#[test]
fn a_rebuild_gives_the_true_index_or_refuses() {
    let rows = rows();
    let built = build(&rows, &*schema());
    for at in (0..built.parquet.len()).step_by(31) {
        let mut rotten = built.parquet.clone();
        rotten[at] ^= 1 << (at % 8);
        let rotten = Bytes::from(rotten);
        match rebuild_sidecar("test.parquet", &rotten, &*schema()) {
            Err(error) => assert!(names_the_segment(&error), "{error}"),
            // Rot in columns that are copies of what the rows say, or in statistics.
            Ok(sidecar) => assert!(ask_all(&sidecar, &rotten, &rows, &format!("rebuilt with byte {at} flipped"))),
        }
    }
}

#[test]
fn files_cut_short_or_mixed_up_are_refused() {
    let rows = rows();
    let built = build(&rows, &*schema());
    for len in (0..built.sidecar.len()).step_by(211) {
        assert!(!ask_all(&built.sidecar[..len], &built.parquet, &rows, "sidecar cut short"), "{len}");
    }
    for len in [0, 4, 100, built.parquet.len() - 1] {
        assert!(!ask_all(&built.sidecar, &built.parquet[..len], &rows, "parquet cut short"));
        let cut = Bytes::copy_from_slice(&built.parquet[..len]);
        assert!(rebuild_sidecar("test.parquet", &cut, &*schema()).is_err_and(|error| names_the_segment(&error)));
    }
    let other = build(&rows[1..], &*schema());
    assert!(!ask_all(&built.sidecar, &other.parquet, &rows, "another segment's rows"));
    assert!(!ask_all(&built.parquet, &built.parquet, &rows, "not a sidecar"));
}

#[test]
fn an_unknown_version_is_named() {
    let built = build(&rows(), &*schema());
    let mut later = built.sidecar.clone();
    later[8] = 3;
    let (sidecar, parquet) = files(later, built.parquet);
    let refused = Segment::open(sidecar, parquet, schema()).err().map(|error| error.to_string());
    assert!(refused.is_some_and(|text| text.starts_with("test.idx: has format version 3 at byte 8")));
}
