//! Reports cut into intervals: every interval of the period that has begun, in order, quiet ones too.

use std::collections::BTreeMap;

use crate::center::{CallCenter, CallCenterError};
use crate::day::Day;
use crate::report::book::{self, Period};
use crate::report::request::Interval;
use crate::report::sheet::Sheet;

const MINUTE5_MS: i64 = 300_000;

/// What `pick` takes of each interval, with the interval's first moment.
pub(super) async fn spans<T: Default + Send + 'static>(
    center: &CallCenter,
    instance_id: &str,
    period: Period,
    interval: Interval,
    now_ms: i64,
    pick: impl Fn(&Sheet) -> T + Clone + Send + 'static,
) -> Result<Vec<(i64, T)>, CallCenterError> {
    match interval {
        Interval::Daily => {
            let days = book::days(center, instance_id, period, now_ms).await?;
            Ok(days.iter().map(|(day, sheet)| (day.start_ms(), pick(sheet))).collect())
        }
        Interval::Minute5 => {
            let mut all = Vec::new();
            for day in period.days().filter(|day| *day <= Day::of_ms(now_ms)) {
                let picked = book::five_minutes(center, instance_id, day, now_ms, pick.clone()).await?;
                all.extend(filled(day, now_ms, picked));
            }
            Ok(all)
        }
    }
}

fn filled<T: Default>(day: Day, now_ms: i64, mut picked: BTreeMap<i64, T>) -> Vec<(i64, T)> {
    let end_ms = day.end_ms().min(now_ms.saturating_add(1));
    let mut spans = Vec::new();
    let mut start_ms = day.start_ms();
    while start_ms < end_ms {
        spans.push((start_ms, picked.remove(&start_ms).unwrap_or_default()));
        start_ms += MINUTE5_MS;
    }
    spans
}
