//! How many records each hour has, by kind and disposition, and by number of the call centre: an index of counts.
//!
//! It is written with the records, in their transaction. A list reads at most a week of hours instead of counting or
//! skipping hundreds of thousands of index entries; the hours that a span cuts are counted in the records.

use sqlx::AnyConnection;

use crate::center::CallCenterError;
use crate::contact::detail::{CallDetail, contact_type_name};
use crate::contact::rows::{Filter, Page, count_in};
use crate::contact::span::Span;

const HOUR_MS: i64 = 3_600_000;
/// Scope of all calls of an instance; any other scope is a number of the call centre.
const EVERYTHING: &str = "";

/// Adds a record to its hour, or takes it away with -1.
pub(super) async fn add(
    connection: &mut AnyConnection,
    instance_id: &str,
    detail: &CallDetail,
    calls: i64,
) -> Result<(), CallCenterError> {
    let number = detail.center_number.as_str();
    for scope in [EVERYTHING, number].into_iter().take(if number == EVERYTHING { 1 } else { 2 }) {
        sqlx::query(
            "INSERT INTO ccc_call_hours (instance_id, scope, hour, contact_type, disposition, calls)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (instance_id, scope, hour, contact_type, disposition)
             DO UPDATE SET calls = ccc_call_hours.calls + excluded.calls",
        )
        .bind(instance_id)
        .bind(scope)
        .bind(detail.started_at_ms.div_euclid(HOUR_MS))
        .bind(contact_type_name(detail.contact_type))
        .bind(detail.disposition.name())
        .bind(calls)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// The matching records along the time, without any of them being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Timeline {
    /// Stretches with matching records, oldest first, and how many each has.
    stretches: Vec<(Span, i64)>,
}

impl Timeline {
    /// Of a filter without a search text.
    pub(super) async fn read(connection: &mut AnyConnection, filter: &Filter<'_>) -> Result<Self, CallCenterError> {
        let Span { from_ms, to_ms } = filter.span;
        let first_hour = from_ms.div_euclid(HOUR_MS) + i64::from(from_ms.rem_euclid(HOUR_MS) != 0);
        let end_hour = (to_ms + 1).div_euclid(HOUR_MS);
        let (head, tail) = if first_hour < end_hour {
            let head = Span { from_ms, to_ms: first_hour * HOUR_MS - 1 };
            (head, Span { from_ms: end_hour * HOUR_MS, to_ms })
        } else {
            (filter.span, Span { from_ms: to_ms + 1, to_ms })
        };
        let mut stretches = vec![(head, count_cut(connection, filter, head).await?)];
        for (hour, calls) in whole_hours(connection, filter, first_hour, end_hour).await? {
            stretches.push((Span { from_ms: hour * HOUR_MS, to_ms: (hour + 1) * HOUR_MS - 1 }, calls));
        }
        stretches.push((tail, count_cut(connection, filter, tail).await?));
        stretches.retain(|(_, calls)| *calls > 0);
        Ok(Self { stretches })
    }

    /// How many records match.
    pub(super) fn total(&self) -> i64 {
        self.stretches.iter().map(|(_, calls)| calls).sum()
    }

    /// The span that a page lies in, and the page with the offset inside that span; `None` for a page beyond the end.
    pub(super) fn locate(&self, page: Page) -> Option<(Span, Page)> {
        let mut ordered: Vec<&(Span, i64)> = self.stretches.iter().collect();
        if page.newest_first {
            ordered.reverse();
        }
        let (mut offset, mut place) = (page.offset, 0);
        while let Some((_, calls)) = ordered.get(place)
            && offset >= *calls
        {
            offset -= calls;
            place += 1;
        }
        let (mut span, mut covered) = **ordered.get(place)?;
        for (next, calls) in ordered.into_iter().skip(place + 1) {
            if covered >= offset + page.limit {
                break;
            }
            span = Span { from_ms: span.from_ms.min(next.from_ms), to_ms: span.to_ms.max(next.to_ms) };
            covered += calls;
        }
        Some((span, Page { offset, ..page }))
    }
}

async fn count_cut(connection: &mut AnyConnection, filter: &Filter<'_>, span: Span) -> Result<i64, CallCenterError> {
    if span.from_ms > span.to_ms {
        return Ok(0);
    }
    count_in(connection, filter, span).await
}

async fn whole_hours(
    connection: &mut AnyConnection,
    filter: &Filter<'_>,
    first_hour: i64,
    end_hour: i64,
) -> Result<Vec<(i64, i64)>, CallCenterError> {
    if first_hour >= end_hour {
        return Ok(Vec::new());
    }
    // A sum of integers is a decimal in PostgreSQL.
    let sql = format!(
        "SELECT hour, CAST(SUM(calls) AS BIGINT) FROM ccc_call_hours
         WHERE instance_id = $1 AND scope = $2 AND hour >= $3 AND hour < $4{} GROUP BY hour ORDER BY hour",
        filter.kind_conditions()
    );
    // The text is made of the program's own constants.
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(filter.instance_id)
        .bind(filter.center_number.unwrap_or(EVERYTHING))
        .bind(first_hour)
        .bind(end_hour)
        .fetch_all(connection)
        .await?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// A page found in its span is the page of the whole list.
        #[test]
        fn a_page_is_where_the_timeline_says(
            counts in prop::collection::vec(0_i64..6, 0..12),
            offset in 0_i64..40,
            limit in 1_i64..12,
            newest_first: bool,
        ) {
            // One record a millisecond at the begin of its stretch.
            let mut all = Vec::new();
            let mut stretches = Vec::new();
            for (place, calls) in counts.into_iter().enumerate() {
                let from_ms = i64::try_from(place).expect("few") * 10;
                all.extend((0..calls).map(|number| from_ms + number));
                stretches.push((Span { from_ms, to_ms: from_ms + 9 }, calls));
            }
            stretches.retain(|(_, calls)| *calls > 0);
            let timeline = Timeline { stretches };
            prop_assert_eq!(timeline.total(), i64::try_from(all.len()).expect("few"));
            let page_of = |mut records: Vec<i64>, page: Page| -> Vec<i64> {
                if page.newest_first {
                    records.reverse();
                }
                let (offset, limit) = (usize::try_from(page.offset), usize::try_from(page.limit));
                records.into_iter().skip(offset.expect("small")).take(limit.expect("small")).collect()
            };
            let page = Page { newest_first, offset, limit };
            let expected = page_of(all.clone(), page);
            match timeline.locate(page) {
                None => prop_assert!(expected.is_empty()),
                Some((span, inside)) => {
                    let part = all.into_iter().filter(|at_ms| (span.from_ms..=span.to_ms).contains(at_ms)).collect();
                    prop_assert_eq!(page_of(part, inside), expected);
                    prop_assert!(inside.offset < 6, "a stretch is skipped, not read");
                }
            }
        }
    }
}
