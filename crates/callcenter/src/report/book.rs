//! The sheets of an instance's days: from memory, from `ccc_day_sheets`, or folded from the rows.
//!
//! **They always equal a fold of the rows from the first one on.** A day that is over is folded once; its sheet and
//! what is open at its end are kept in the database, and the next day is folded from there. An append to a day deletes
//! the sheets of that day and of all later ones in its own transaction. A sheet is kept under the instance's lock, and
//! only if no row that belongs to its day or to an earlier one came since the rows were read. Folding itself holds no
//! lock: calls go on meanwhile.
//!
//! **Memory** holds sheets already read, and today's fold, which takes in only what is new. Before each report it asks
//! for the rows after the last that it has seen, and forgets the days that these belong to; no writer needs to tell it.
//! One report of an instance runs at a time: a second would fold the same rows again.
//!
//! Folding and merging run on threads of their own.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;
use sqlx::AnyConnection;
use tokio::task::JoinHandle;

use crate::activity::Appended;
use crate::activity::rows::between;
use crate::center::{CallCenter, CallCenterError};
use crate::day::Day;
use crate::limits::{MAX_BOOK_CELLS, MAX_BOOKS};
use crate::report::codec::{decode_sheet, decode_state};
use crate::report::days_over::{fill_quiet_days, finish, fold_rows, keep, starting_point};
use crate::report::fold::{Closed, Fold, State, Width};
use crate::report::rows;
use crate::report::sheet::Sheet;

/// The memory of all instances.
#[derive(Default)]
pub(crate) struct Books {
    // A plain lock around a look-up; each book has a lock of its own that may be held while waiting.
    books: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Book>>>>,
}

/// What memory has of an instance.
#[derive(Default)]
struct Book {
    /// Something was looked up already.
    opened: bool,
    /// Rows up to this sequence are known.
    seen: i64,
    /// Days that are over.
    days: BTreeMap<Day, Arc<Sheet>>,
    /// What is open at the end of a day.
    carry: Option<(Day, State)>,
    /// The day under way.
    live: Option<Live>,
}

struct Live {
    day: Day,
    fold: Fold,
    seen: i64,
}

/// Days of an instance, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) first: Day,
    pub(crate) last: Day,
}

impl Period {
    pub(crate) fn days(self) -> impl Iterator<Item = Day> {
        (self.first.number()..=self.last.number()).map(Day::of_number)
    }
}

impl Books {
    fn of(&self, instance_id: &str) -> Arc<tokio::sync::Mutex<Book>> {
        let mut books = self.books.lock();
        if books.len() >= MAX_BOOKS && !books.contains_key(instance_id) {
            books.clear();
        }
        Arc::clone(books.entry(instance_id.to_owned()).or_default())
    }

    /// As after a restart.
    #[cfg(test)]
    pub(crate) fn forget_all(&self) {
        self.books.lock().clear();
    }
}

/// The sheet of each day of a period, as it stands at a moment; days after that moment are left out.
pub(crate) async fn days(
    center: &CallCenter,
    instance_id: &str,
    period: Period,
    now_ms: i64,
) -> Result<BTreeMap<Day, Arc<Sheet>>, CallCenterError> {
    let book = center.books.of(instance_id);
    let mut book = book.lock().await;
    book.catch_up(center, instance_id).await?;
    let today = Day::of_ms(now_ms);
    book.live.take_if(|live| live.day != today);
    let wants_today = period.first <= today && today <= period.last;
    // Today's rows are read while the sheets of the other days are decoded.
    let rows = (wants_today && book.live.is_none()).then(|| {
        let (database, instance_id, seen) = (center.database.clone(), instance_id.to_owned(), book.seen);
        tokio::spawn(async move {
            let mut connection = database.pool().acquire().await?;
            rows_of_day(&mut connection, &instance_id, today, seen).await
        })
    });
    let over = Period { last: period.last.min(Day::of_number(today.number().saturating_sub(1))), ..period };
    book.load(center, instance_id, over).await?;
    let mut sheets: BTreeMap<Day, Arc<Sheet>> =
        over.days().filter_map(|day| book.days.get(&day).map(|sheet| (day, Arc::clone(sheet)))).collect();
    if wants_today {
        let sheet = book.live(center, instance_id, today, rows).await?.sheet_at(now_ms);
        sheets.insert(today, Arc::new(sheet));
    }
    book.shrink();
    Ok(sheets)
}

/// The period's sheets in one.
pub(crate) async fn merged(
    center: &CallCenter,
    instance_id: &str,
    period: Period,
    now_ms: i64,
) -> Result<Sheet, CallCenterError> {
    let days = days(center, instance_id, period, now_ms).await?;
    blocking(move || {
        let mut total = Sheet::default();
        for sheet in days.values() {
            total.merge(sheet);
        }
        total
    })
    .await
}

/// What `pick` takes of every five minutes of a day until a moment, by their beginning. Quiet ones are left out.
pub(crate) async fn five_minutes<T: Send + 'static>(
    center: &CallCenter,
    instance_id: &str,
    day: Day,
    now_ms: i64,
    pick: impl Fn(&Sheet) -> T + Send + 'static,
) -> Result<BTreeMap<i64, T>, CallCenterError> {
    let book = center.books.of(instance_id);
    let mut book = book.lock().await;
    book.catch_up(center, instance_id).await?;
    let state = book.carry_into(center, instance_id, day).await?;
    let mut connection = center.database.pool().acquire().await?;
    let rows = rows_of_day(&mut connection, instance_id, day, book.seen).await?;
    drop((connection, book));
    blocking(move || {
        let mut picked = BTreeMap::new();
        let mut fold = Fold::new(Width::Minute5, day.start_ms(), state);
        let mut take = |closed: Closed<'_>| {
            picked.insert(closed.start_ms, pick(&closed.sheet));
        };
        for row in &rows {
            fold.row(&row.activity, &mut take);
        }
        let until_ms = now_ms.min(day.end_ms());
        fold.advance(until_ms, &mut take);
        if until_ms < day.end_ms() {
            picked.insert(fold.start_ms(), pick(&fold.sheet_at(until_ms)));
        }
        picked
    })
    .await
}

async fn rows_of_day(
    connection: &mut AnyConnection,
    instance_id: &str,
    day: Day,
    seen: i64,
) -> Result<Vec<Appended>, CallCenterError> {
    let mut rows = between(connection, instance_id, day.start_ms(), day.end_ms()).await?;
    // What came after the book caught up belongs to the next report.
    rows.retain(|row| row.sequence <= seen);
    Ok(rows)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, CallCenterError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| CallCenterError::Interrupted)
}

impl Book {
    /// Learns of the rows that came, and forgets what they make stale.
    async fn catch_up(&mut self, center: &CallCenter, instance_id: &str) -> Result<(), CallCenterError> {
        let mut connection = center.database.pool().acquire().await?;
        if !std::mem::replace(&mut self.opened, true) {
            // Nothing is known yet, so nothing can be stale: no need to look at every row's time.
            self.seen = rows::last_sequence(&mut connection, instance_id).await?;
            return Ok(());
        }
        let Some((last, earliest_ms)) = rows::news(&mut connection, instance_id, self.seen).await? else {
            return Ok(());
        };
        let stale = Day::of_ms(earliest_ms);
        self.days.split_off(&stale);
        self.carry.take_if(|(day, _)| *day >= stale);
        self.live.take_if(|live| live.day > stale);
        self.seen = last;
        Ok(())
    }

    /// Brings the sheets of days that are over into memory.
    async fn load(&mut self, center: &CallCenter, instance_id: &str, period: Period) -> Result<(), CallCenterError> {
        let Some(missing) = self.missing(period) else { return Ok(()) };
        let mut connection = center.database.pool().acquire().await?;
        let kept = rows::sheets(&mut connection, instance_id, missing.first, missing.last).await?;
        drop(connection);
        let decoding: Vec<_> = kept
            .into_iter()
            .map(|(day, bytes)| (day, tokio::task::spawn_blocking(move || decode_sheet(&bytes))))
            .collect();
        for (day, sheet) in decoding {
            if let Some(sheet) = sheet.await.map_err(|_| CallCenterError::Interrupted)? {
                self.days.insert(day, Arc::new(sheet));
            }
        }
        if let Some(missing) = self.missing(period) {
            self.fold_days(center, instance_id, missing).await?;
        }
        Ok(())
    }

    /// From the first day that is not in memory to the end of the period.
    fn missing(&self, period: Period) -> Option<Period> {
        let first = period.days().find(|day| !self.days.contains_key(day))?;
        Some(Period { first, ..period })
    }

    /// Folds the period from the newest sheet before it on, and keeps what comes out.
    async fn fold_days(
        &mut self,
        center: &CallCenter,
        instance_id: &str,
        period: Period,
    ) -> Result<(), CallCenterError> {
        let mut connection = center.database.pool().acquire().await?;
        let (from_ms, state) = starting_point(&mut connection, instance_id, period.first).await?;
        let end_ms = period.last.end_ms();
        let mut fold = Fold::new(Width::Day, from_ms, state);
        let mut folded = Vec::new();
        let mut cursor_ms = from_ms;
        while let Some(at_ms) = rows::next_at_ms(&mut connection, instance_id, cursor_ms).await?
            && at_ms < end_ms
        {
            let day = Day::of_ms(at_ms);
            let rows = rows_of_day(&mut connection, instance_id, day, self.seen).await?;
            let days;
            (fold, days) = blocking(move || fold_rows(fold, &rows)).await?;
            folded.extend(days?);
            cursor_ms = day.end_ms();
        }
        drop(connection);
        let (days, state);
        (days, state) = blocking(move || finish(fold, end_ms)).await?;
        folded.extend(days?);
        self.carry = Some((period.last, state));
        fill_quiet_days(&mut folded, period)?;
        keep(center, instance_id, self.seen, &folded).await?;
        self.days.extend(folded.into_iter().map(|folded| (folded.day, Arc::new(folded.sheet))));
        Ok(())
    }

    /// What is open when a day begins.
    async fn carry_into(&mut self, center: &CallCenter, instance_id: &str, day: Day) -> Result<State, CallCenterError> {
        let before = Day::of_number(day.number().saturating_sub(1));
        let yesterday = Period { first: before, last: before };
        if let Some((_, state)) = self.carry.as_ref().filter(|(known, _)| *known == before) {
            return Ok(state.clone());
        }
        self.load(center, instance_id, yesterday).await?;
        if let Some((_, state)) = self.carry.as_ref().filter(|(known, _)| *known == before) {
            return Ok(state.clone());
        }
        let mut connection = center.database.pool().acquire().await?;
        let kept = rows::sheets(&mut connection, instance_id, before, before).await?.remove(&before);
        drop(connection);
        if let Some(state) = kept.and_then(|bytes| decode_state(&bytes)) {
            self.carry = Some((before, state.clone()));
            return Ok(state);
        }
        // It was deleted since: fold the day once more, as of the rows that this report sees.
        self.fold_days(center, instance_id, yesterday).await?;
        Ok(self.carry.as_ref().map(|(_, state)| state.clone()).unwrap_or_default())
    }

    /// Today's fold with all rows that are known; `rows` are all of today's, if they are being read already.
    async fn live(
        &mut self,
        center: &CallCenter,
        instance_id: &str,
        today: Day,
        rows: Option<JoinHandle<Result<Vec<Appended>, CallCenterError>>>,
    ) -> Result<&Fold, CallCenterError> {
        if let Some(live) = &self.live
            && live.seen < self.seen
        {
            let mut connection = center.database.pool().acquire().await?;
            let mut rows = rows::rows_after(&mut connection, instance_id, live.seen, self.seen).await?;
            rows.retain(|row| row.activity.at_ms < today.end_ms());
            // A row from before the last one folded cannot be taken in any more: fold the day anew.
            let in_order = rows.first().is_none_or(|row| row.activity.at_ms >= live.fold.at_ms());
            if let Some(live) = self.live.take().filter(|_| in_order) {
                let (fold, _) = blocking(move || fold_rows(live.fold, &rows)).await?;
                self.live = Some(Live { day: today, fold, seen: self.seen });
            }
        }
        let live = match self.live.take() {
            Some(live) => live,
            None => {
                let state = self.carry_into(center, instance_id, today).await?;
                let rows = match rows {
                    Some(rows) => rows.await.map_err(|_| CallCenterError::Interrupted)??,
                    None => {
                        let mut connection = center.database.pool().acquire().await?;
                        rows_of_day(&mut connection, instance_id, today, self.seen).await?
                    }
                };
                let fold = Fold::new(Width::Day, today.start_ms(), state);
                let (fold, _) = blocking(move || fold_rows(fold, &rows)).await?;
                Live { day: today, fold, seen: self.seen }
            }
        };
        Ok(&self.live.insert(live).fold)
    }

    /// Gives the oldest days back when there are too many.
    fn shrink(&mut self) {
        let mut cells: usize = self.days.values().map(|sheet| sheet.cells()).sum();
        while cells > MAX_BOOK_CELLS
            && let Some((_, oldest)) = self.days.pop_first()
        {
            cells -= oldest.cells();
        }
    }
}
