//! Times, in the zone Asia/Shanghai.

use crate::bench::{Row, check, check_refused};

pub(crate) const ROWS: &[Row] = &[
    ("from_unixtime(0)", "1970-01-01 08:00:00.000"),
    ("from_unixtime(1795305600)", "2026-11-22 08:00:00.000"),
    ("from_unixtime(1795305600.5)", "2026-11-22 08:00:00.500"),
    ("from_unixtime(-1)", "1970-01-01 07:59:59.000"),
    ("from_unixtime(1795305600, 'Europe/Berlin')", "2026-11-22 01:00:00.000 Europe/Berlin"),
    ("from_unixtime(NULL)", "null"),
    ("to_unixtime(from_unixtime(1795305600))", "1.7953056E9"),
    ("date_format(1795305600, '%Y-%m-%d %H:%i:%s')", "2026-11-22 08:00:00"),
    ("date_format(from_unixtime(1795305600.25), '%H:%i:%S.%f')", "08:00:00.250000"),
    ("date_format(from_unixtime(1795305600), '%M %e %W %j %y %b')", "November 22 Sunday 326 26 Nov"),
    ("date_format(from_unixtime(1795305600), '审计 %%%Y')", "审计 %2026"),
    ("date_format(NULL, '%Y')", "null"),
    ("date_parse('2026-11-22 08:05:06', '%Y-%m-%d %H:%i:%s')", "2026-11-22 08:05:06.000"),
    ("date_parse('22/11/2026', '%d/%m/%Y')", "2026-11-22 00:00:00.000"),
    ("date_trunc('hour', 1795309261)", "2026-11-22 09:00:00.000"),
    ("date_trunc('day', from_unixtime(1795305661))", "2026-11-22 00:00:00.000"),
    ("date_trunc('week', date '2026-11-22')", "2026-11-16"),
    ("date_trunc('month', date '2026-11-22')", "2026-11-01"),
    ("date_trunc('quarter', timestamp '2026-11-22 08:00:00')", "2026-10-01 00:00:00.000"),
    ("date_trunc('year', now())", "2026-01-01 00:00:00.000 Asia/Shanghai"),
    ("date_add('day', -7, date '2026-11-22')", "2026-11-15"),
    ("date_add('month', 1, date '2026-01-31')", "2026-02-28"),
    ("date_add('hour', 20, timestamp '2026-11-22 08:00:00')", "2026-11-23 04:00:00.000"),
    ("date_add('day', NULL, date '2026-11-22')", "null"),
    ("date_diff('day', date '2026-11-15', date '2026-11-22')", "7"),
    ("date_diff('hour', timestamp '2026-11-22 08:00:00', timestamp '2026-11-22 06:30:00')", "-1"),
    ("date_diff('month', date '2026-01-31', date '2026-02-28')", "1"),
    ("now()", "2026-11-22 08:01:01.234 Asia/Shanghai"),
    ("current_timestamp", "2026-11-22 08:01:01.234 Asia/Shanghai"),
    ("current_date", "2026-11-22"),
    ("localtimestamp", "2026-11-22 08:01:01.234"),
    ("current_timezone()", "Asia/Shanghai"),
    ("date('2026-11-22')", "2026-11-22"),
    ("date(from_unixtime(1795305600))", "2026-11-22"),
    ("year(now())", "2026"),
    ("quarter(now())", "4"),
    ("month(date '2026-11-22')", "11"),
    ("week(date '2027-01-01')", "53"),
    ("year_of_week(date '2027-01-01')", "2026"),
    ("day(1795305600)", "22"),
    ("day_of_week(date '2026-11-22')", "7"),
    ("day_of_year(date '2026-11-22')", "326"),
    ("hour(1795305600)", "8"),
    ("minute(now())", "1"),
    ("second(now())", "1"),
    ("millisecond(now())", "234"),
    ("hour(NULL)", "null"),
    ("last_day_of_month(date '2028-02-01')", "2028-02-29"),
    // A column has one zone, which is the session's.
    ("from_iso8601_timestamp('2026-11-22T00:00:00Z')", "2026-11-22 08:00:00.000 Asia/Shanghai"),
    ("from_iso8601_timestamp('2026-11-22T00:00:00')", "2026-11-22 00:00:00.000 Asia/Shanghai"),
    ("from_iso8601_date('2026-11-22')", "2026-11-22"),
    ("to_iso8601(date '2026-11-22')", "2026-11-22"),
    ("to_iso8601(now())", "2026-11-22T08:01:01.234+08:00"),
    ("to_iso8601(from_unixtime(1795305600))", "2026-11-22T08:00:00.000"),
    ("at_timezone(now(), 'UTC')", "2026-11-22 00:01:01.234 UTC"),
    ("timezone_hour(now())", "8"),
    ("extract(YEAR FROM timestamp '2026-11-22 08:00:00')", "2026"),
    ("extract(HOUR FROM timestamp '2026-11-22 08:00:00')", "8"),
    ("timestamp '2026-11-22 08:00:00' - interval '1' day", "2026-11-21 08:00:00.000"),
    ("now() - interval '1' hour", "2026-11-22 07:01:01.234 Asia/Shanghai"),
    ("1795305661 - 1795305661 % 300", "1795305600"),
];

#[test]
fn times_are_made_cut_and_shown() {
    check(ROWS);
}

#[test]
fn wrong_times_are_refused() {
    check_refused(&[
        ("date_trunc('fortnight', 0)", "'fortnight' is no unit of time"),
        ("date_trunc('hour', date '2026-11-22')", "a date has no 'hour'"),
        ("date_parse('yesterday', '%Y-%m-%d')", "yesterday"),
        ("from_unixtime(0, 'Mars/Base')", "is no time zone"),
        ("from_iso8601_timestamp('now')", "is no ISO 8601 timestamp"),
        ("from_unixtime(1e300)", ""),
    ]);
}
