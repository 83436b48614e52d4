//! The bytes of a day sheet in `ccc_day_sheets.sheet`.
//!
//! ```text
//! "CCDS" | version: 1 byte | checksum: crc32c of all that follows, u32 little-endian | body
//!
//! body   = state, groups, agents, numbers, line
//! state  = length, JSON of what is open at the end of the day
//! groups = count, (id, 0, or 1 and of its queue: name, figures) …
//! agents = count, (id, name, figures, count of groups, (place in `groups`, figures) …) …
//! numbers = count, (number, figures) …
//! line   = figures
//! ```
//!
//! Counts, lengths and places are LEB128 integers; a text is its length and its UTF-8. Figures are the values of a
//! tally in their declared order: a mask of those that are not zero, then each of these, zigzag. Changing the order or
//! number of a tally's figures needs a new version. A sheet of another version, or one that is damaged, is not an
//! error: it is folded again from the rows.

use crate::report::fold::State;
use crate::report::sheet::{AgentSheet, QueueSheet, Sheet, entry};
use crate::report::tally::{Queue, Tally, Traffic};

const MAGIC: &[u8; 4] = b"CCDS";
const VERSION: u8 = 1;
const HEADER_BYTES: usize = 9;

/// The bytes of a day sheet.
///
/// # Errors
/// When the state cannot be written as JSON.
pub(crate) fn encode(sheet: &Sheet, state: &State) -> Result<Vec<u8>, serde_json::Error> {
    let mut writer = Writer(Vec::with_capacity(16 * 1024));
    writer.bytes(&serde_json::to_vec(state)?);
    let groups = group_ids(sheet);
    writer.count(groups.len());
    for id in &groups {
        let queue = sheet.queues.get(*id);
        writer.text(id);
        writer.count(queue.iter().len());
        if let Some(queue) = queue {
            writer.text(&queue.name);
            writer.figures(queue.queue.values());
        }
    }
    writer.count(sheet.agents.len());
    for (id, agent) in &sheet.agents {
        writer.text(id);
        writer.text(&agent.name);
        writer.figures(agent.all.values());
        writer.count(agent.groups.len());
        for (group, tally) in &agent.groups {
            writer.count(groups.partition_point(|id| id < &group.as_str()));
            writer.figures(tally.values());
        }
    }
    writer.count(sheet.numbers.len());
    for (number, traffic) in &sheet.numbers {
        writer.text(number);
        writer.figures(traffic.values());
    }
    writer.figures(sheet.line.values());
    Ok(sealed(&writer.0))
}

fn sealed(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES + body.len());
    bytes.extend_from_slice(MAGIC);
    bytes.push(VERSION);
    bytes.extend_from_slice(&crc32c::crc32c(body).to_le_bytes());
    bytes.extend_from_slice(body);
    bytes
}

/// Every group that the sheet speaks of, sorted.
fn group_ids(sheet: &Sheet) -> Vec<&str> {
    let worked_for = sheet.agents.values().flat_map(|agent| agent.groups.keys());
    let mut ids: Vec<&str> = sheet.queues.keys().chain(worked_for).map(String::as_str).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The tallies in these bytes; `None` if they are damaged or of another version.
pub(crate) fn decode_sheet(bytes: &[u8]) -> Option<Sheet> {
    let (mut reader, _) = open(bytes)?;
    let sheet = read_sheet(&mut reader)?;
    reader.0.is_empty().then_some(sheet)
}

/// What is open at the end of the day; `None` if the bytes are damaged or of another version.
pub(crate) fn decode_state(bytes: &[u8]) -> Option<State> {
    let (_, state) = open(bytes)?;
    serde_json::from_slice(state).ok()
}

/// Checks the header, and splits off the state.
fn open(bytes: &[u8]) -> Option<(Reader<'_>, &[u8])> {
    let (header, body) = bytes.split_at_checked(HEADER_BYTES)?;
    let sound = header.starts_with(MAGIC)
        && header[MAGIC.len()] == VERSION
        && header[MAGIC.len() + 1..] == crc32c::crc32c(body).to_le_bytes();
    if !sound {
        return None;
    }
    let mut reader = Reader(body);
    let state = reader.bytes()?;
    Some((reader, state))
}

fn read_sheet(reader: &mut Reader<'_>) -> Option<Sheet> {
    let mut sheet = Sheet::default();
    let mut groups = Vec::new();
    for _ in 0..reader.number()? {
        let id = reader.text()?;
        if reader.number()? == 1 {
            let mut queue = QueueSheet { name: reader.text()?.to_owned(), queue: Queue::default() };
            reader.figures(queue.queue.values_mut())?;
            sheet.queues.insert(id.to_owned(), queue);
        }
        groups.push(id);
    }
    for _ in 0..reader.number()? {
        let id = reader.text()?;
        let mut agent = AgentSheet { name: reader.text()?.to_owned(), ..AgentSheet::default() };
        reader.figures(agent.all.values_mut())?;
        // Collected, not inserted one by one: a map of what is sorted already is built in one go.
        agent.groups = (0..reader.number()?).map(|_| read_group(reader, &groups)).collect::<Option<_>>()?;
        sheet.agents.insert(id.to_owned(), agent);
    }
    for _ in 0..reader.number()? {
        let traffic: &mut Traffic = entry(&mut sheet.numbers, reader.text()?);
        reader.figures(traffic.values_mut())?;
    }
    reader.figures(sheet.line.values_mut())?;
    Some(sheet)
}

fn read_group(reader: &mut Reader<'_>, groups: &[&str]) -> Option<(String, Tally)> {
    let group = groups.get(usize::try_from(reader.number()?).ok()?)?;
    let mut tally = Tally::default();
    reader.figures(tally.values_mut())?;
    Some(((*group).to_owned(), tally))
}

struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push((number as u8) | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn count(&mut self, count: usize) {
        self.number(count as u64);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn figures(&mut self, values: impl Iterator<Item = i64>) {
        let values: Vec<i64> = values.collect();
        let mask = values
            .iter()
            .enumerate()
            .filter(|(_, value)| **value != 0)
            .fold(0, |mask, (place, _)| mask | 1_u64 << place);
        self.number(mask);
        for value in values.into_iter().filter(|value| *value != 0) {
            self.number(((value << 1) ^ (value >> 63)) as u64);
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            let low = u64::from(byte & 0x7f);
            if shift == 63 && low > 1 {
                return None;
            }
            number |= low << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    fn figures<'v>(&mut self, values: impl Iterator<Item = &'v mut i64>) -> Option<()> {
        let mut mask = self.number()?;
        for value in values {
            if mask & 1 == 1 {
                let coded = self.number()?;
                *value = (coded >> 1) as i64 ^ -((coded & 1) as i64);
            }
            mask >>= 1;
        }
        (mask == 0).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn figures<'v>(values: impl Iterator<Item = &'v mut i64>, seed: i64) {
        for (place, value) in (0..).zip(values) {
            *value = if (place ^ seed) % 3 == 0 { 0 } else { seed.wrapping_mul(place + 1) };
        }
    }

    fn sheet(seed: i64) -> Sheet {
        let mut sheet = Sheet::default();
        for (group, name) in [("g1", "账单"), ("g3", "Repairs")] {
            let queue = entry(&mut sheet.queues, group);
            name.clone_into(&mut queue.name);
            figures(queue.queue.values_mut(), seed);
        }
        for agent in ["201", "202"] {
            let cells = entry(&mut sheet.agents, agent);
            "用户".clone_into(&mut cells.name);
            figures(cells.all.values_mut(), seed ^ 1);
            for group in ["g0", "g1"] {
                figures(entry(&mut cells.groups, group).values_mut(), seed ^ 2);
            }
        }
        figures(entry(&mut sheet.numbers, "02112345678").values_mut(), seed);
        figures(sheet.line.values_mut(), seed);
        sheet
    }

    #[test]
    fn a_sheet_reads_back() {
        for seed in [0, 1, 77, -5, i64::MAX, i64::MIN + 9] {
            let sheet = sheet(seed);
            let bytes = encode(&sheet, &State::default()).expect("it can be written");
            assert_eq!(decode_sheet(&bytes), Some(sheet));
            assert_eq!(decode_state(&bytes), Some(State::default()));
        }
    }

    #[test]
    fn every_damage_is_noticed() {
        let bytes = encode(&sheet(3), &State::default()).expect("it can be written");
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 0x10;
            assert_eq!(decode_sheet(&damaged), None, "byte {place}");
            assert_eq!(decode_sheet(&bytes[..place]), None, "cut at {place}");
        }
    }

    proptest! {
        #[test]
        fn sealed_nonsense_is_no_sheet_and_no_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let read = decode_sheet(&sealed(&body));
            prop_assert!(read.is_none_or(|read| read.cells() <= body.len()));
        }
    }
}
