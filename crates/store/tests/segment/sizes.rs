//! What a segment costs on disk and to read.

use store::search::{Budget, Expr, PageEnd, Pattern, Search, Stopped};
use store::{Cursor, Direction, Query};

use crate::common::*;

/// Row numbers of three bytes, many buckets, lists in places of their own.
#[test]
fn the_largest_segment_answers_exactly() {
    let rows = rows(store::limits::MAX_SEGMENT_ROWS as u64);
    let segment = open(&build(&rows, &*schema()), schema());
    assert_eq!(segment.row_count(), rows.len());
    let all = ModelQuery::everything(Direction::Forward);
    let middle = rows[70_000].cursor;
    for query in [
        ModelQuery { all_of: vec![rows[131_071].terms[1].clone()], ..all.clone() },
        ModelQuery { texts: vec!["agent17".to_owned()], ..all.clone() },
        ModelQuery { texts: vec!["agent17 in queue3".to_owned()], direction: Direction::Backward, ..all.clone() },
        ModelQuery { all_of: vec![(NAME, "Hangup".to_owned())], after: Some(middle), limit: 60, ..all.clone() },
        ModelQuery { from_s: middle.time_s, to_s: middle.time_s + 3, direction: Direction::Backward, ..all.clone() },
        ModelQuery { texts: vec!["nowhere".to_owned()], ..all },
    ] {
        let expected = query.naive(&rows);
        let page = query.ask(&segment).unwrap();
        assert!(page.rows == expected[..expected.len().min(query.limit)], "{query:?}");
    }
}

/// Rows with a unique id, a few names, a phone number and some words.
fn rows(count: u64) -> Vec<ModelRow> {
    (0..count)
        .map(|n| {
            let cursor = Cursor { time_s: 1_772_352_000 + (n / 20) as i64, position: n + 1 };
            let id = format!("{:08x}-{:04x}", n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32, n % 65_536);
            let phone = format!("139{:08}", n.wrapping_mul(2_654_435_761) % 100_000_000);
            let text = format!("call {phone} by agent{} in queue{}", n % 300, n % 11);
            ModelRow::new(cursor, "a", Some(["Dial", "Hangup"][n as usize % 2]), &id, &["t"], &text)
        })
        .collect()
}

#[test]
fn the_index_is_small_and_a_lookup_reads_little() {
    let rows = rows(20_000);
    let built = build(&rows, &*schema());
    let raw: usize = rows.iter().map(|row| row.bytes.len()).sum();
    let (parquet, sidecar) = (built.parquet.len(), built.sidecar.len());
    assert!(parquet * 3 < raw, "{raw} bytes of rows became {parquet}");
    assert!(sidecar < rows.len() * 60, "{} bytes of index a row", sidecar / rows.len());

    let segment = open(&built, schema());
    let wanted = &rows[7_777];
    let all = ModelQuery::everything(Direction::Backward);
    let by_id = ModelQuery { all_of: vec![wanted.terms[1].clone()], ..all.clone() }.ask(&segment).unwrap();
    assert_eq!((by_id.rows.len(), &by_id.rows[0].bytes), (1, &wanted.bytes));
    assert!(by_id.examined < 10, "{}", by_id.examined);
    let phone = wanted.text.split(' ').nth(1).unwrap().to_owned();
    let by_phone = ModelQuery { texts: vec![phone], ..all.clone() }.ask(&segment).unwrap();
    assert_eq!((by_phone.rows.len(), &by_phone.rows[0].bytes), (1, &wanted.bytes));
    assert!(by_phone.examined < 10, "{}", by_phone.examined);
    let newest = ModelQuery { limit: 50, ..all }.ask(&segment).unwrap();
    assert_eq!((newest.rows.len(), newest.more), (50, true));
    assert!(newest.examined < 120, "{}", newest.examined);
}

/// Sixteen small pages are read at once, but not sixteen that have megabytes.
#[test]
fn large_pages_are_read_few_at_once() {
    const ROW_BYTES: usize = 24 * 1024;
    let word = "x".repeat(ROW_BYTES);
    let rows: Vec<ModelRow> = (0..7 * 256)
        .map(|n| ModelRow::new(Cursor { time_s: n, position: n as u64 + 1 }, "a", None, "id", &[], &word))
        .collect();
    let segment = open(&build(&rows, &*schema()), schema());
    let search = Search::new(Expr::TextLike(Pattern::prefix("absent")), schema().layout()).unwrap();
    let query = Query {
        scopes: &["a"],
        all_of: &[],
        from_s: i64::MIN,
        to_s: i64::MAX,
        direction: Direction::Forward,
        after: None,
        limit: 10,
    };
    // One page, then two, then as many as make sixteen megabytes.
    let page_bytes = 256 * ROW_BYTES as u64;
    let page = segment.search(&query, &search, &Budget::unlimited().bytes(3 * page_bytes + page_bytes / 2)).unwrap();
    assert!(matches!(page.end, PageEnd::Stopped { reason: Stopped::Bytes, .. }), "{:?}", page.end);
    assert_eq!(page.bytes_read / page_bytes, 6);
}
