//! Whether a store gives back what was recorded: all events, each once, byte for byte.

use std::iter::Peekable;

use audit::STREAM_PREFIX;
use bytes::Bytes;
use event::Event;
use store::{Cursor, Direction, FoundRow, Query, Store};

use crate::Failure;

/// Rows of a page: few pages, little memory.
const PAGE_ROWS: usize = 5_000;

/// The scopes of all events: the region of the demo data, and that of services without regions.
pub const SCOPES: [&str; 2] = ["cn-shanghai", "*"];

/// Compares a stream with the events that were recorded, given in the order of their times. Events of the same second may
/// have any order: their recording went on at the same time. Returns their number.
pub fn compare(
    store: &Store,
    account_id: &str,
    recorded: impl Iterator<Item = Result<Bytes, Failure>>,
) -> Result<u64, Failure> {
    let mut recorded = recorded.peekable();
    let mut stored = Stored::of(store, account_id).peekable();
    let mut count = 0;
    loop {
        let (mut expected, time_s) = next_second(&mut recorded)?;
        let mut found = Vec::new();
        while let Some(row) = stored.next_if(|row| row.as_ref().map_or(true, |row| row.cursor.time_s <= time_s)) {
            found.push(row?.bytes);
        }
        expected.sort_unstable();
        found.sort_unstable();
        if expected != found {
            let different = expected.iter().zip(&found).find(|(expected, found)| expected != found);
            let sample = different.map(|(expected, _)| String::from_utf8_lossy(expected).into_owned());
            return Err(format!(
                "second {time_s}: {} events were recorded, {} came back; the first that differs: {}",
                expected.len(),
                found.len(),
                sample.unwrap_or_default()
            )
            .into());
        }
        if expected.is_empty() {
            return Ok(count);
        }
        count += expected.len() as u64;
    }
}

/// All events of the next second, and that second; none, and the end of time, at the end.
fn next_second(
    recorded: &mut Peekable<impl Iterator<Item = Result<Bytes, Failure>>>,
) -> Result<(Vec<Bytes>, i64), Failure> {
    let mut events = Vec::new();
    let mut second = None;
    while let Some(next) = recorded.peek() {
        let Ok(bytes) = next else {
            recorded.next().transpose()?;
            continue;
        };
        let time_s = Event::parse(bytes)?.event_time_s();
        if *second.get_or_insert(time_s) != time_s {
            break;
        }
        events.extend(recorded.next().transpose()?);
    }
    Ok((events, second.unwrap_or(i64::MAX)))
}

/// The rows of a stream, oldest first, page by page.
struct Stored<'a> {
    store: &'a Store,
    stream: String,
    page: std::vec::IntoIter<FoundRow>,
    after: Option<Cursor>,
    is_last: bool,
}

impl<'a> Stored<'a> {
    fn of(store: &'a Store, account_id: &str) -> Stored<'a> {
        let stream = format!("{STREAM_PREFIX}{account_id}");
        Stored { store, stream, page: Vec::new().into_iter(), after: None, is_last: false }
    }

    fn read_page(&mut self) -> Result<(), Failure> {
        let query = Query {
            scopes: &SCOPES,
            all_of: &[],
            from_s: i64::MIN,
            to_s: i64::MAX,
            direction: Direction::Forward,
            after: self.after,
            limit: PAGE_ROWS,
        };
        let page = self.store.lookup(&self.stream, &query)?;
        self.after = page.rows.last().map(|row| row.cursor).or(self.after);
        self.is_last = !page.more;
        self.page = page.rows.into_iter();
        Ok(())
    }
}

impl Iterator for Stored<'_> {
    type Item = Result<FoundRow, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.page.next() {
                return Some(Ok(row));
            }
            if self.is_last {
                return None;
            }
            if let Err(error) = self.read_page() {
                self.is_last = true;
                return Some(Err(error));
            }
        }
    }
}
