//! The terms that came last. Most terms of a row are those of nearly every row: they are neither hashed nor looked up again,
//! but compared with the term that came before in the same place.

use crate::kept_values::Common;
use crate::limits::{RECENT_SCOPES, RECENT_TERMS, RECENT_VALUE_BYTES, ROWS_BEFORE_RECENT_TERMS};
use crate::query::FieldId;
use crate::terms::{ListPlace, ScopeHash, Terms};

/// Scopes and terms of a stream that came last.
#[derive(Default)]
pub(crate) struct RecentTerms {
    scopes: Vec<RecentScope>,
    next_scope: u32,
    /// Empty until a stream has so many rows that it is worth its memory.
    terms: Vec<RecentTerm>,
}

/// A scope with the state of its hashes.
pub(crate) struct RecentScope {
    name: Box<str>,
    /// Never given twice in a stream.
    number: u32,
    pub(crate) hash: ScopeHash,
    /// The list of all its rows.
    pub(crate) all_rows: Option<ListPlace>,
}

/// What is remembered of a term.
#[derive(Clone, Copy)]
pub(crate) struct Known {
    pub(crate) list: ListPlace,
    /// The number under which the value is kept, once it came again.
    pub(crate) common: Option<Common>,
}

/// A term whose rows are in a list.
#[derive(Clone, Copy)]
struct RecentTerm {
    known: Option<Known>,
    scope: u32,
    field: FieldId,
    /// How often it came again, less how often another one wanted its place.
    uses: u8,
    len: u8,
    bytes: [u8; RECENT_VALUE_BYTES],
}

impl RecentTerms {
    /// Makes room for terms when the stream has become large enough.
    pub(crate) fn note_rows(&mut self, rows: usize) {
        if rows == ROWS_BEFORE_RECENT_TERMS {
            let nothing = RecentTerm {
                known: None,
                scope: 0,
                field: FieldId(0),
                uses: 0,
                len: 0,
                bytes: [0; RECENT_VALUE_BYTES],
            };
            self.terms = vec![nothing; RECENT_TERMS];
        }
    }

    /// The number of a scope here and now.
    pub(crate) fn scope(&mut self, name: &str, terms: &Terms) -> usize {
        if let Some(index) = self.scopes.iter().position(|scope| *scope.name == *name) {
            return index;
        }
        let number = self.next_scope;
        self.next_scope = number.wrapping_add(1);
        let scope = RecentScope { name: name.into(), number, hash: terms.scope(name), all_rows: None };
        if self.scopes.len() < RECENT_SCOPES {
            self.scopes.push(scope);
            return self.scopes.len() - 1;
        }
        let index = number as usize % RECENT_SCOPES;
        self.scopes[index] = scope;
        index
    }

    pub(crate) fn scope_at(&mut self, index: usize) -> &mut RecentScope {
        &mut self.scopes[index]
    }

    /// What is remembered of a term.
    pub(crate) fn known(&mut self, scope: usize, field: FieldId, value: &str) -> Option<&mut Known> {
        let scope = self.scopes[scope].number;
        let term = self.terms.get_mut(place(field, value)).filter(|term| term.scope == scope && term.field == field)?;
        if term.bytes.get(..usize::from(term.len)) != Some(value.as_bytes()) {
            return None;
        }
        term.uses = term.uses.saturating_add(1);
        term.known.as_mut()
    }

    /// Remembers a term, unless one that comes more often has its place.
    pub(crate) fn note(&mut self, scope: usize, field: FieldId, value: &str, list: ListPlace) {
        let bytes = value.as_bytes();
        let Some(term) = self.terms.get_mut(place(field, value)).filter(|_| bytes.len() <= RECENT_VALUE_BYTES) else {
            return;
        };
        if let Some(uses) = term.uses.checked_sub(1) {
            term.uses = uses;
            return;
        }
        term.bytes[..bytes.len()].copy_from_slice(bytes);
        (term.known, term.len) = (Some(Known { list, common: None }), bytes.len() as u8);
        (term.scope, term.field) = (self.scopes[scope].number, field);
    }

    /// Bytes, by capacity.
    pub(crate) fn bytes(&self) -> u64 {
        let scopes: usize = self.scopes.iter().map(|scope| scope.name.len() + size_of::<RecentScope>()).sum();
        (scopes + self.terms.capacity() * size_of::<RecentTerm>()) as u64
    }
}

/// The place that a term has to itself, until another one with the same place comes.
fn place(field: FieldId, value: &str) -> usize {
    let bytes = value.as_bytes();
    let ends = match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        (Some(first), Some(last)) => u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(29),
        _ => bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)),
    };
    let marked = ends ^ (bytes.len() as u64) << 56 ^ u64::from(field.0) << 48;
    (marked.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize % RECENT_TERMS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryPart;
    use crate::query::{Direction, Query, Row};
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    /// More scopes than are remembered, values that share places, have the same ends, or are too long.
    #[test]
    fn rows_are_found_as_if_nothing_was_remembered() {
        let mut random = StdRng::seed_from_u64(11);
        let scopes: Vec<String> = (0..RECENT_SCOPES + 4).map(|n| format!("scope {n}")).collect();
        let values: Vec<String> = (0..900).map(|n| format!("beginning {n:0width$} end-end-", width = n % 50)).collect();
        let small = |random: &mut StdRng, count: usize| {
            let at: f64 = random.random();
            ((at * at * count as f64) as usize).min(count - 1)
        };
        let rows: Vec<(usize, i64, [usize; 3])> = (0..ROWS_BEFORE_RECENT_TERMS * 4)
            .map(|n| {
                let late = if n % 50 == 0 { random.random_range(0..2_000) } else { 0 };
                let scope = small(&mut random, scopes.len());
                (scope, n as i64 - late, std::array::from_fn(|_| small(&mut random, values.len())))
            })
            .collect();
        let part = MemoryPart::new();
        for (position, (scope, time_s, row)) in (1..).zip(&rows) {
            let terms: Vec<_> = row.iter().zip(0..).map(|(value, n)| (FieldId(n / 2), &*values[*value])).collect();
            let scope = &scopes[*scope];
            part.insert("s", &[Row { position, time_s: *time_s, scope, terms: &terms, bytes: bytes::Bytes::new() }]);
        }
        for (scope, field, value) in (0..3_000).map(|n| (n % scopes.len(), n as u8 % 2, n / 3 % values.len())) {
            let has = |row: &[usize; 3]| if field == 0 { row[..2].contains(&value) } else { row[2] == value };
            let mut expected: Vec<_> = rows.iter().zip(1..).filter(|(row, _)| row.0 == scope && has(&row.2)).collect();
            expected.sort_by_key(|(row, position)| (row.1, *position));
            let page = part.lookup(
                "s",
                &Query {
                    scopes: &[&scopes[scope]],
                    all_of: &[(FieldId(field), &values[value])],
                    from_s: i64::MIN,
                    to_s: i64::MAX,
                    direction: Direction::Forward,
                    after: None,
                    limit: rows.len(),
                },
            );
            let found: Vec<u64> = page.rows.iter().map(|row| row.cursor.position).collect();
            assert_eq!(
                found,
                expected.iter().map(|(_, position)| *position).collect::<Vec<u64>>(),
                "{scope} {field} {value}"
            );
        }
    }
}
