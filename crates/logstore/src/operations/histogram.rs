//! How many logs there are, by intervals of time. Public document: Simple Log Service, "GetHistograms".

use openapi::clock::now_ms;
use serde_json::{Value, json};
use store::Direction;

use super::get_logs::progress;
use super::page::{Ask, Search, range, streams};
use crate::answer::{Answer, json_answer, put_header};
use crate::data::counting::each_time;
use crate::fault::{Fault, codes};
use crate::limits::HISTOGRAM_INTERVALS;
use crate::service::{LogService, Request};

/// Widths of intervals that people count in, seconds.
const WIDTHS_S: &[i64] =
    &[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400];

/// Most intervals when the client chooses their width.
const MAX_CHOSEN_INTERVALS: i64 = 2_000;

pub(crate) async fn get(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let query = &request.query;
    let ask = Ask {
        from_s: query.required_number("from")?,
        to_s: query.required_number("to")?,
        query: query.text("query").unwrap_or_default().to_owned(),
        topic: query.text("topic").unwrap_or_default().to_owned(),
    }
    .checked()?;
    let width_s = match query.number("interval")? {
        None | Some(0) => width_s(ask.to_s - ask.from_s),
        Some(width_s) if width_s > 0 && (ask.to_s - ask.from_s) / width_s < MAX_CHOSEN_INTERVALS => width_s,
        Some(_) => return Err(codes::PARAMETER_INVALID.says("interval must leave at most 2,000 intervals")),
    };
    let logstore = service.logstore(request).await?;
    let search = Search::parse(&ask.query, logstore.index.as_ref())?;
    service.caught_up().await?;
    let range = range(&logstore, &ask, &search, Direction::Forward, now_ms())?;
    let (store, shards) = (service.store.clone(), streams(&logstore)?);
    let intervals = intervals(ask.from_s, ask.to_s, width_s);
    let (counts, counted_until_s) = super::blocking(move || {
        let streams: Vec<&str> = shards.iter().map(|(_, stream)| stream.as_str()).collect();
        let mut counts = vec![0_u64; intervals.len()];
        // Times ascend, so most are in the interval of the one before.
        let mut place = 0;
        let until_s = each_time(&store, &streams, &range, &mut |rows| {
            for time_s in rows.iter().map(|row| row.cursor.time_s) {
                if intervals.get(place).is_none_or(|(from_s, end_s)| !(*from_s..*end_s).contains(&time_s)) {
                    place = intervals.partition_point(|(_, end_s)| *end_s <= time_s);
                }
                counts.get_mut(place).into_iter().for_each(|count| *count += 1);
            }
            true
        })?;
        Ok((intervals.into_iter().zip(counts).collect::<Vec<_>>(), until_s.unwrap_or(ask.to_s)))
    })
    .await?;
    let total: u64 = counts.iter().map(|(_, count)| count).sum();
    let shown = counts.iter().map(|((from_s, to_s), count)| {
        json!({"from": from_s, "to": to_s, "count": count, "progress": progress(*to_s <= counted_until_s)})
    });
    let mut answer = json_answer(&Value::Array(shown.collect()));
    let is_complete = counts.last().is_none_or(|((_, to_s), _)| *to_s <= counted_until_s);
    put_header(&mut answer, "x-log-progress", progress(is_complete));
    put_header(&mut answer, "x-log-count", &total.to_string());
    Ok(answer)
}

fn width_s(span_s: i64) -> i64 {
    let fits = |width_s: &&i64| parts(span_s, **width_s) <= HISTOGRAM_INTERVALS;
    let days = || parts(parts(span_s, HISTOGRAM_INTERVALS), 86_400) * 86_400;
    WIDTHS_S.iter().find(fits).copied().unwrap_or_else(days)
}

/// Half-open intervals that cover the range and whose inner edges are multiples of the width.
fn intervals(from_s: i64, to_s: i64, width_s: i64) -> Vec<(i64, i64)> {
    let mut intervals = Vec::new();
    let mut start_s = from_s;
    while start_s < to_s {
        let end_s = ((start_s.div_euclid(width_s) + 1) * width_s).min(to_s);
        intervals.push((start_s, end_s));
        start_s = end_s;
    }
    intervals
}

/// How many parts of a size cover a span; both are positive.
fn parts(span_s: i64, part_s: i64) -> i64 {
    span_s.div_euclid(part_s) + i64::from(span_s.rem_euclid(part_s) != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn intervals_cover_the_range_without_gap(from_s in 0_i64..2_000_000_000, span_s in 1_i64..400_000_000) {
            let width_s = width_s(span_s);
            let intervals = intervals(from_s, from_s + span_s, width_s);
            // The first and the last may be cut, so there may be one more.
            prop_assert!(intervals.len() as i64 <= HISTOGRAM_INTERVALS + 1);
            prop_assert_eq!((intervals[0].0, intervals[intervals.len() - 1].1), (from_s, from_s + span_s));
            prop_assert!(intervals.windows(2).all(|pair| pair[0].1 == pair[1].0));
            prop_assert!(intervals.iter().all(|(start, end)| start < end && end - start <= width_s));
        }
    }
}
