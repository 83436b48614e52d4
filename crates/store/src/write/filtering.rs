//! Keeping filters: made for segments that have none, removed when all of theirs are gone.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::error::StoreError;
use super::looked_through::{LookedThrough, day_of, is_day_over};
use super::maintenance::Chore;
use super::rewrite::is_lasting;
use super::store::Shared;
use super::view::{SegmentHandle, View, open_file};
use crate::filters::{FilterBuilder, FilterFolder, Member, SegmentFilter};
use crate::limits::{FILTER_PAUSE_S, MAX_COMPACTED_BYTES, MAX_SEGMENT_ROWS};
use crate::schema::WordRules;
use crate::segment::IndexTerms;

/// Makes filters of segments that are hardly joined with others any more.
#[derive(Default)]
pub(crate) struct Filtering {
    /// Where no filter was to be made or removed.
    done: LookedThrough,
    /// Names of the filters that were in use then.
    kept: HashSet<String>,
    /// Names of segments whose indexes cannot be read, or are of an earlier version.
    left_out: HashSet<String>,
    /// Time until which no filter is made, Unix seconds: the folder could not take one.
    not_before_s: i64,
}

/// A segment that has no filter, and what one would say of it.
type Unfiltered = (Arc<SegmentHandle>, Member);

impl Chore for Filtering {
    fn name(&self) -> &'static str {
        "filters"
    }

    fn step(&mut self, shared: &Shared) -> Result<bool, StoreError> {
        let (Some(folder), Some(options)) = (&shared.filters, &shared.options.filters) else {
            return Ok(false);
        };
        let now_s = shared.options.surroundings.unix_s();
        // Joining gives way then, too, and what is to be joined is not settled.
        if shared.is_flushing() || shared.is_pressed() || now_s < self.not_before_s {
            return Ok(false);
        }
        match self.make_next(shared, folder, options.segments, now_s) {
            Err(error @ StoreError::Filters { .. }) => {
                // Nothing needs a filter, and making one costs a second or more: the others go on meanwhile.
                tracing::error!(%error, pause_s = FILTER_PAUSE_S, "filters cannot be kept; it is tried again");
                shared.maintenance.count(|counters| counters.failures += 1);
                self.not_before_s = now_s + FILTER_PAUSE_S;
                Ok(false)
            }
            outcome => outcome,
        }
    }
}

impl Filtering {
    /// Makes a filter or, when none is to be made, removes those that nothing needs; whether there may be more to do.
    fn make_next(
        &mut self,
        shared: &Shared,
        folder: &FilterFolder,
        enough: usize,
        now_s: i64,
    ) -> Result<bool, StoreError> {
        let view = shared.view();
        let in_use = in_use(&view);
        if self.done.is(&view, now_s) && self.kept == in_use {
            return Ok(false);
        }
        let Some(segments) = self.choose(shared, &view, enough, now_s)? else {
            folder.keep(&in_use)?;
            (self.done, self.kept) = (LookedThrough::at(&view, now_s), in_use);
            return Ok(false);
        };
        if let Some(filter) = self.make(shared, folder, &segments)? {
            tracing::info!(filter = filter.name(), segments = segments.len(), "a filter was made");
            give(&Arc::new(filter), segments.iter().map(|(segment, _)| segment));
            shared.maintenance.count(|counters| counters.filters += 1);
        }
        Ok(true)
    }

    /// The oldest segments of a stream that have no filter, when they are enough for one. Words of all of them were cut by
    /// the same rules.
    fn choose(
        &mut self,
        shared: &Shared,
        view: &View,
        enough: usize,
        now_s: i64,
    ) -> Result<Option<Vec<Unfiltered>>, StoreError> {
        for segments in view.segments.values() {
            let is_due = |segment: &&Arc<SegmentHandle>| {
                segment.filter().is_none()
                    && is_settled(shared, segment, now_s)
                    && !self.left_out.contains(&segment.entry.name)
            };
            let mut due: Vec<&Arc<SegmentHandle>> = segments.iter().filter(is_due).collect();
            if due.len() < enough {
                continue;
            }
            due.sort_by_key(|segment| (segment.entry.summary.first_time_s, segment.entry.summary.lowest_position));
            let mut by_rules: HashMap<WordRules, Vec<Unfiltered>> = HashMap::new();
            for segment in due {
                let read = index(shared, segment).map(|index| (index.rules(), Member::of(&segment.entry, &index)));
                let Some((rules, member)) = self.unless_spoilt(segment, read)? else {
                    continue;
                };
                // An index of an earlier version stays until its segment is written anew.
                let Some(member) = member else {
                    self.left_out.insert(segment.entry.name.clone());
                    continue;
                };
                let alike = by_rules.entry(rules).or_default();
                alike.push((segment.clone(), member));
                if alike.len() == enough {
                    return Ok(Some(std::mem::take(alike)));
                }
            }
        }
        Ok(None)
    }

    /// Makes a filter; nothing when one of the segments cannot be read, which is left out from then on.
    fn make(
        &mut self,
        shared: &Shared,
        folder: &FilterFolder,
        segments: &[Unfiltered],
    ) -> Result<Option<SegmentFilter>, StoreError> {
        let mut terms = 0;
        for (segment, _) in segments {
            if self.each_hash(shared, segment, |_| terms += 1)?.is_none() {
                return Ok(None);
            }
        }
        let [(first, _), ..] = segments else {
            return Ok(None);
        };
        let members = segments.iter().map(|(_, member)| member.clone()).collect();
        let mut builder = FilterBuilder::new(&first.entry.stream, index(shared, first)?.rules(), members, terms);
        for ((segment, _), bit) in segments.iter().zip(0..) {
            if self.each_hash(shared, segment, |hash| builder.note(bit, hash))?.is_none() {
                return Ok(None);
            }
        }
        let unwritable = |error: serde_json::Error| StoreError::Filters {
            what: "the description of a filter".to_owned(),
            cause: error.into(),
        };
        let bytes = builder.finish().map_err(unwritable)?;
        folder.add(&bytes).map(Some)
    }

    /// Calls with every term of a segment; nothing when it cannot be read and is left out.
    fn each_hash(
        &mut self,
        shared: &Shared,
        segment: &SegmentHandle,
        each: impl FnMut(u32),
    ) -> Result<Option<()>, StoreError> {
        if shared.maintenance.is_closing() {
            return Err(StoreError::Closed);
        }
        let read = index(shared, segment).and_then(|index| Ok(index.each_hash(each)?));
        self.unless_spoilt(segment, read)
    }

    /// What was read of a segment; nothing when another attempt would find the same error. The segment is left out then:
    /// whoever looks for its rows gets the error, and what is written anew in its place has another name.
    fn unless_spoilt<T>(
        &mut self,
        segment: &SegmentHandle,
        read: Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        match read {
            Err(error) if is_lasting(&error) => {
                tracing::error!(%error, segment = segment.entry.name, "no filter stands for a segment; run `cairn store check`");
                self.left_out.insert(segment.entry.name.clone());
                Ok(None)
            }
            read => read.map(Some),
        }
    }
}

/// Gives the filters of a folder to the segments that they stand for. A filter that cannot be used is made again later; until
/// then, and when the folder cannot be read, its segments are asked one by one.
pub(crate) fn take_filters(folder: &FilterFolder, view: &View) {
    let filters = folder.names().and_then(|names| {
        let opened = names.iter().map(|name| folder.open(name).or_else(|error| leave(name, error)));
        opened.filter_map(Result::transpose).collect::<Result<Vec<SegmentFilter>, StoreError>>()
    });
    match filters {
        Ok(filters) => filters.into_iter().for_each(|filter| {
            let segments = view.segments.get(&filter.description().stream);
            give(&Arc::new(filter), segments.into_iter().flatten());
        }),
        Err(error) => tracing::warn!(%error, "filters cannot be read; every segment is asked"),
    }
}

fn leave(name: &str, error: StoreError) -> Result<Option<SegmentFilter>, StoreError> {
    tracing::warn!(filter = name, %error, "a filter cannot be used and is made again");
    Ok(None)
}

/// Gives a filter to those of the segments that it stands for.
fn give<'a>(filter: &Arc<SegmentFilter>, segments: impl Iterator<Item = &'a Arc<SegmentHandle>>) {
    let bits: HashMap<&str, (u32, &Member)> =
        filter.description().members.iter().zip(0..).map(|(member, bit)| (&*member.name, (bit, member))).collect();
    for segment in segments {
        if let Some((bit, _)) = bits.get(&*segment.entry.name).filter(|(_, member)| member.is(&segment.entry)) {
            segment.set_filter(filter, *bit);
        }
    }
}

/// Names of the filters that stand for any segment.
fn in_use(view: &View) -> HashSet<String> {
    let filters = view.segments.values().flatten().filter_map(|segment| segment.filter());
    let mut names = HashSet::new();
    for (filter, _) in filters.filter(|(filter, _)| !filter.is_broken()) {
        if !names.contains(filter.name()) {
            names.insert(filter.name().to_owned());
        }
    }
    names
}

/// The index of a segment, opened for a moment: there may be more segments than a process may have open files.
fn index(shared: &Shared, segment: &SegmentHandle) -> Result<IndexTerms, StoreError> {
    Ok(IndexTerms::open(open_file(&*shared.storage, &segment.entry.sidecar_name())?)?)
}

/// Whether a segment is hardly joined with others any more: its day is over, or it has more than two thirds of what any has,
/// so that what may be joined with it is not half as large.
fn is_settled(shared: &Shared, segment: &SegmentHandle, now_s: i64) -> bool {
    let summary = &segment.entry.summary;
    !shared.options.compaction
        || is_day_over(day_of(&segment.entry), now_s)
        || summary.rows * 3 > MAX_SEGMENT_ROWS * 2
        || summary.raw_bytes * 3 > MAX_COMPACTED_BYTES * 2
}
