//! Readers beside a writer see whole batches only.

use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use store::{Direction, FieldId, MemoryPart, Query, Row};

const BATCHES: u64 = 400;
const BATCH_ROWS: u64 = 25;

#[test]
fn no_reader_sees_half_a_batch() {
    let part = MemoryPart::new();
    let done = AtomicBool::new(false);
    std::thread::scope(|threads| {
        let readers: Vec<_> = (0..2).map(|_| threads.spawn(|| read_until(&part, &done))).collect();
        for batch in 0..BATCHES {
            let first = batch * BATCH_ROWS;
            let rows: Vec<Row<'_>> = (first..first + BATCH_ROWS)
                .map(|position| Row {
                    position,
                    // Every other batch is a late one.
                    time_s: if batch % 2 == 0 { batch as i64 } else { -(batch as i64) },
                    scope: if position % 2 == 0 { "even" } else { "odd" },
                    terms: &[(FieldId(1), "x")],
                    bytes: Bytes::from_static(b"row"),
                })
                .collect();
            part.insert("s", &rows);
        }
        done.store(true, Ordering::SeqCst);
        for reader in readers {
            assert!(reader.join().is_ok_and(|reads| reads > 0));
        }
    });
    assert_eq!(part.stats().rows, BATCHES * BATCH_ROWS);
}

/// Counts the rows again and again: always whole batches, never fewer than before.
fn read_until(part: &MemoryPart, done: &AtomicBool) -> u64 {
    let query = Query {
        scopes: &["even", "odd"],
        all_of: &[(FieldId(1), "x")],
        from_s: i64::MIN,
        to_s: i64::MAX,
        direction: Direction::Backward,
        after: None,
        limit: usize::MAX,
    };
    let mut seen = 0;
    let mut reads = 0;
    loop {
        let was_done = done.load(Ordering::SeqCst);
        let page = part.lookup("s", &query);
        let rows = page.rows.len() as u64;
        assert!(rows.is_multiple_of(BATCH_ROWS) && rows >= seen && !page.more, "{rows} rows after {seen}");
        assert!(page.rows.windows(2).all(|pair| pair[0].cursor > pair[1].cursor));
        seen = rows;
        reads += 1;
        if was_done {
            assert_eq!(seen, BATCHES * BATCH_ROWS);
            return reads;
        }
    }
}
