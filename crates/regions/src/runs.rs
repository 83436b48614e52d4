//! A compact map from seven-digit prefixes to places: sorted runs of neighbours that are at home together.
//!
//! ```text
//! run:  first prefix (u32, little-endian) | place (u16, little-endian)
//! ```
//! A run ends where the next begins; [`NOWHERE`] fills the gaps. Six bytes a run, found by binary search.

use std::borrow::Cow;

/// Digits of a full prefix: three of the network or area, four of the exchange.
pub(crate) const PREFIX_DIGITS: usize = 7;
/// Place of prefixes that no row covers.
pub(crate) const NOWHERE: u16 = u16::MAX;
/// Bytes of a run.
const RUN_BYTES: usize = 6;

/// The map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Runs(pub(crate) Cow<'static, [u8]>);

impl Runs {
    /// Wraps what the build script wrote.
    pub(crate) const fn of_bytes(bytes: &'static [u8]) -> Self {
        Self(Cow::Borrowed(bytes))
    }

    /// How many runs there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len() / RUN_BYTES
    }

    /// The place of a seven-digit prefix.
    pub(crate) fn find(&self, prefix: u32) -> Option<u16> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.run(middle)?.0 <= prefix { low = middle + 1 } else { high = middle }
        }
        let (_, place) = self.run(low.checked_sub(1)?)?;
        Some(place).filter(|place| *place != NOWHERE)
    }

    fn run(&self, index: usize) -> Option<(u32, u16)> {
        let run: &[u8; RUN_BYTES] = self.0.get(index * RUN_BYTES..)?.first_chunk()?;
        let [a, b, c, d, e, f] = *run;
        Some((u32::from_le_bytes([a, b, c, d]), u16::from_le_bytes([e, f])))
    }
}

/// Collects runs out of rows in ascending order.
#[derive(Debug, Default)]
pub(crate) struct RunsBuilder {
    bytes: Vec<u8>,
    last: Option<u16>,
    next: u32,
}

impl RunsBuilder {
    /// Adds a prefix above all earlier ones.
    pub(crate) fn push(&mut self, prefix: u32, place: u16) {
        if prefix > self.next {
            self.begin(self.next, NOWHERE);
        }
        self.begin(prefix, place);
        self.next = prefix.saturating_add(1);
    }

    /// The map.
    pub(crate) fn finish(mut self) -> Runs {
        self.begin(self.next, NOWHERE);
        Runs(Cow::Owned(self.bytes))
    }

    fn begin(&mut self, prefix: u32, place: u16) {
        if self.last.unwrap_or(NOWHERE) == place {
            return;
        }
        self.bytes.extend_from_slice(&prefix.to_le_bytes());
        self.bytes.extend_from_slice(&place.to_le_bytes());
        self.last = Some(place);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_is_found_in_nothing() {
        assert_eq!(Runs::of_bytes(&[]).find(1), None);
        assert_eq!(RunsBuilder::default().finish().find(0), None);
    }

    proptest! {
        #[test]
        fn runs_are_the_rows(rows in prop::collection::btree_map(0_u32..2_000, 0_u16..4, 0..200)) {
            let mut builder = RunsBuilder::default();
            for (prefix, place) in &rows {
                builder.push(*prefix, *place);
            }
            let runs = builder.finish();
            let found: BTreeMap<u32, u16> =
                (0..2_100).filter_map(|prefix| Some((prefix, runs.find(prefix)?))).collect();
            prop_assert_eq!(found, rows);
        }
    }
}
