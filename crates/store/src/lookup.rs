//! Answering a query: intersect the lists of each scope, merge the scopes, stop when the page is full.

use crate::limits::MAX_PIECE_ROWS;
use crate::query::{Cursor, Direction, FoundRow, Page, Query};
use crate::rows::Rows;
use crate::search::{Atom, FilterView, Known, Search};
use crate::terms::Terms;
use crate::walk::{Reader, Walk};

/// One page. Costs the rows of the page and the leaps between them, not the rows of the stream.
pub(crate) fn lookup(terms: &Terms, rows: &Rows, query: &Query<'_>) -> Page {
    let Some((start, end)) = bounds(query) else {
        return Page::default();
    };
    let reader = Reader::new(rows);
    let mut scopes = scope_walks(terms, query, None, start, end, &reader);
    let mut found = Vec::with_capacity(query.limit.min(PAGE_GUESS_ROWS));
    let mut more = false;
    while let Some(next) = first_scope(&scopes, query.direction) {
        if found.len() == query.limit {
            more = true;
            break;
        }
        if let Some((cursor, row)) = scopes[next].current {
            found.push(FoundRow { cursor, bytes: rows.get(row).bytes.clone() });
        }
        scopes[next].advance(&reader);
    }
    Page { rows: found, more, examined: reader.examined() }
}

/// A row that may match a condition.
pub(crate) struct Candidate {
    pub(crate) row: FoundRow,
    /// Its number in the stream.
    pub(crate) number: u32,
    pub(crate) known: Known,
}

/// Rows that may match a condition, with what is known of them from the lists of their values.
#[derive(Default)]
pub(crate) struct Candidates {
    pub(crate) rows: Vec<Candidate>,
    /// The last row that was looked at; nothing when no more follow.
    pub(crate) reached: Option<Cursor>,
    pub(crate) examined: u64,
}

/// The next rows that may match, as many as the query's limit at most. Looks at [`MAX_PIECE_ROWS`] rows and no more.
pub(crate) fn candidates(
    terms: &Terms,
    rows: &Rows,
    query: &Query<'_>,
    search: &Search,
    mut filters: Option<FilterView<'_>>,
) -> Candidates {
    let Some((start, end)) = bounds(query) else {
        return Candidates::default();
    };
    let reader = Reader::new(rows);
    let mut scopes = scope_walks(terms, query, Some(search), start, end, &reader);
    let mut found = Candidates::default();
    let mut last = None;
    while let Some(next) = first_scope(&scopes, query.direction) {
        if found.rows.len() == query.limit || found.examined == MAX_PIECE_ROWS {
            found.reached = last;
            break;
        }
        if let Some((cursor, row)) = scopes[next].current {
            found.examined += 1;
            last = Some(cursor);
            let mut known = scopes[next].known(cursor, row, &reader).and(search.known_by_time(cursor.time_s));
            if let Some(filters) = &mut filters {
                known = known.and(filters.known(row));
            }
            if search.truth(known) != Some(false) {
                let found_row = FoundRow { cursor, bytes: rows.get(row).bytes.clone() };
                found.rows.push(Candidate { row: found_row, number: row, known });
            }
        }
        scopes[next].advance(&reader);
    }
    found
}

/// Rows for which a page has room at once; a larger page grows as it is filled.
const PAGE_GUESS_ROWS: usize = 64;

/// Where the walk starts and where it ends, both inclusive, in the direction of the query; `None` when nothing can lie
/// between.
pub(crate) fn bounds(query: &Query<'_>) -> Option<(Cursor, Cursor)> {
    let oldest = Cursor { time_s: query.from_s, ..Cursor::FIRST };
    let newest = Cursor { time_s: query.to_s, ..Cursor::LAST };
    let (start, end) = match (query.direction, query.after) {
        (Direction::Forward, None) => (oldest, newest),
        (Direction::Forward, Some(after)) => (oldest.max(after.successor()?), newest),
        (Direction::Backward, None) => (newest, oldest),
        (Direction::Backward, Some(after)) => (newest.min(after.predecessor()?), oldest),
    };
    let is_empty = match query.direction {
        Direction::Forward => start > end,
        Direction::Backward => start < end,
    };
    (!is_empty).then_some((start, end))
}

/// The walks of all scopes that have rows with every term, at their first match.
fn scope_walks<'a>(
    terms: &'a Terms,
    query: &Query<'_>,
    search: Option<&Search>,
    start: Cursor,
    end: Cursor,
    reader: &Reader<'_>,
) -> Vec<ScopeWalk<'a>> {
    let mut names = query.scopes.to_vec();
    names.sort_unstable();
    names.dedup();
    let mut scopes = Vec::with_capacity(names.len());
    for name in names {
        let Some(lists) = scope_lists(terms, name, query) else {
            continue;
        };
        let mut scope = ScopeWalk::new(lists, query.direction, end);
        if let Some(search) = search {
            scope.add_values(terms, name, search);
            if search.truth(scope.absent) == Some(false) {
                continue;
            }
        }
        scope.start(start, reader);
        scopes.push(scope);
    }
    scopes
}

/// The lists of a scope whose intersection is asked for, the shortest first; `None` when a term has no rows.
fn scope_lists<'a>(terms: &'a Terms, scope: &str, query: &Query<'_>) -> Option<Vec<Walk<'a>>> {
    let hash = terms.scope(scope);
    let mut keys: Vec<_> = query.all_of.iter().map(|(field, value)| hash.term(*field, value)).collect();
    if keys.is_empty() {
        keys.push(hash.all_rows());
    }
    let mut lists = Vec::with_capacity(keys.len());
    for key in keys {
        lists.push(Walk::new(terms.get(key)?, query.direction));
    }
    lists.sort_by_key(Walk::list_len);
    Some(lists)
}

/// The scope whose current match comes first.
fn first_scope(scopes: &[ScopeWalk<'_>], direction: Direction) -> Option<usize> {
    let current = scopes.iter().enumerate().filter_map(|(index, scope)| Some((scope.current?.0, index)));
    match direction {
        Direction::Forward => current.min().map(|(_, index)| index),
        Direction::Backward => current.max().map(|(_, index)| index),
    }
}

/// The intersection of the lists of one scope, walked match by match.
struct ScopeWalk<'a> {
    /// The shortest list, which leads, and then the others.
    lists: Vec<Walk<'a>>,
    direction: Direction,
    end: Cursor,
    current: Option<(Cursor, u32)>,
    /// The lists of values that a condition names, by the number of its atom; they follow the rows that are found.
    values: Vec<(usize, Walk<'a>)>,
    /// Values of the condition that no row of the scope has.
    absent: Known,
}

impl<'a> ScopeWalk<'a> {
    fn new(lists: Vec<Walk<'a>>, direction: Direction, end: Cursor) -> ScopeWalk<'a> {
        ScopeWalk { lists, direction, end, current: None, values: Vec::new(), absent: Known::default() }
    }

    fn add_values(&mut self, terms: &'a Terms, scope: &str, search: &Search) {
        let hash = terms.scope(scope);
        for (number, atom) in search.atoms().iter().enumerate() {
            let Atom::Is(field, value) = atom else {
                continue;
            };
            match terms.get(hash.term(*field, value)) {
                Some(list) => self.values.push((number, Walk::new(list, self.direction))),
                None => self.absent.set(number, false),
            }
        }
    }

    /// What the lists of values say about a row; rows must come in order.
    fn known(&mut self, cursor: Cursor, row: u32, reader: &Reader<'_>) -> Known {
        let mut known = self.absent;
        for (number, list) in &mut self.values {
            list.leap(cursor, reader);
            known.set(*number, list.row() == Some(row));
        }
        known
    }

    fn start(&mut self, start: Cursor, reader: &Reader<'_>) {
        self.lists[0].leap(start, reader);
        self.settle(reader);
    }

    fn advance(&mut self, reader: &Reader<'_>) {
        self.lists[0].step();
        self.settle(reader);
    }

    /// Moves to the first row from here on that is in all lists.
    fn settle(&mut self, reader: &Reader<'_>) {
        self.current = None;
        let Some((leader, others)) = self.lists.split_first_mut() else {
            return;
        };
        'candidates: while let Some(row) = leader.row() {
            let cursor = reader.cursor(row);
            let is_past_end = match self.direction {
                Direction::Forward => cursor > self.end,
                Direction::Backward => cursor < self.end,
            };
            if is_past_end {
                return;
            }
            for other in others.iter_mut() {
                other.leap(cursor, reader);
                match other.row() {
                    None => return,
                    Some(other_row) if other_row == row => {}
                    Some(other_row) => {
                        leader.leap(reader.cursor(other_row), reader);
                        continue 'candidates;
                    }
                }
            }
            self.current = Some((cursor, row));
            return;
        }
    }
}
