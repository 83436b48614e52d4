//! Days that are over: folded from the rows, and kept with what is open at their end.

use std::collections::HashSet;

use sqlx::AnyConnection;

use crate::activity::Appended;
use crate::center::{CallCenter, CallCenterError};
use crate::day::Day;
use crate::instance;
use crate::report::book::Period;
use crate::report::codec::{decode_state, encode};
use crate::report::fold::{Closed, Fold, State};
use crate::report::rows;
use crate::report::sheet::Sheet;

/// A day that was folded.
pub(super) struct Folded {
    pub(super) day: Day,
    pub(super) sheet: Sheet,
    bytes: Vec<u8>,
}

/// Where to begin so that a day comes out right: after the newest sheet before it, else at the first row of all.
pub(super) async fn starting_point(
    connection: &mut AnyConnection,
    instance_id: &str,
    day: Day,
) -> Result<(i64, State), CallCenterError> {
    let mut before = day;
    while let Some((found, bytes)) = rows::sheet_before(connection, instance_id, before).await? {
        if let Some(state) = decode_state(&bytes) {
            return Ok((found.end_ms(), state));
        }
        before = found;
    }
    let first_ms = rows::next_at_ms(connection, instance_id, i64::MIN).await?;
    let from_ms = first_ms.map_or(day.start_ms(), |at_ms| at_ms.min(day.start_ms()));
    Ok((Day::of_ms(from_ms).start_ms(), State::default()))
}

/// Takes in rows; answers the fold, and the days that were over before the last of them.
pub(super) fn fold_rows(mut fold: Fold, rows: &[Appended]) -> (Fold, Result<Vec<Folded>, CallCenterError>) {
    let mut folded = Vec::new();
    for row in rows {
        fold.row(&row.activity, &mut |closed| folded.push(written(closed)));
    }
    (fold, folded.into_iter().collect())
}

/// Lets the time pass; answers the days that are over then, and what is open at the end.
pub(super) fn finish(mut fold: Fold, end_ms: i64) -> (Result<Vec<Folded>, CallCenterError>, State) {
    let mut folded = Vec::new();
    fold.advance(end_ms, &mut |closed| folded.push(written(closed)));
    (folded.into_iter().collect(), fold.into_state())
}

fn written(closed: Closed<'_>) -> Result<Folded, CallCenterError> {
    let bytes = encode(&closed.sheet, closed.state).map_err(CallCenterError::UnwritableSheet)?;
    Ok(Folded { day: Day::of_ms(closed.start_ms), sheet: closed.sheet, bytes })
}

/// A day of the period that did not come out was quiet, and nothing was open at its end.
pub(super) fn fill_quiet_days(folded: &mut Vec<Folded>, period: Period) -> Result<(), CallCenterError> {
    let there: HashSet<Day> = folded.iter().map(|folded| folded.day).collect();
    for day in period.days().filter(|day| !there.contains(day)) {
        let bytes = encode(&Sheet::default(), &State::default()).map_err(CallCenterError::UnwritableSheet)?;
        folded.push(Folded { day, sheet: Sheet::default(), bytes });
    }
    Ok(())
}

/// Writes the sheets that no row made stale since the rows up to `seen` were read.
pub(super) async fn keep(
    center: &CallCenter,
    instance_id: &str,
    seen: i64,
    folded: &[Folded],
) -> Result<(), CallCenterError> {
    let mut transaction = center.database.begin().await?;
    if !instance::rows::lock(&mut transaction, instance_id).await? {
        return Ok(());
    }
    let stale = rows::news(&mut transaction, instance_id, seen).await?.map(|(_, earliest_ms)| Day::of_ms(earliest_ms));
    for folded in folded.iter().filter(|folded| stale.is_none_or(|stale| folded.day < stale)) {
        rows::keep_sheet(&mut transaction, instance_id, folded.day, &folded.bytes).await?;
    }
    center.commit(transaction, instance_id).await
}
