//! Times. A bigint where a time is expected is seconds since 1970, as in `__time__`; a timestamp is the time on the wall
//! of the session's zone.

use datafusion::error::Result;

use crate::cast::cast;
use crate::functions::calendar::{Unit, field};
use crate::functions::mysql_format;
use crate::scalar::{Row, row};
use crate::session::Call;
use crate::time_text::{parse_date, parse_iso8601};
use crate::types::Type;
use crate::value::{Value, invalid};
use crate::zone::{date_text, days, milliseconds, timestamp_text, wall};

pub(crate) const ROWS: &[Row] = &[
    row(
        &["from_unixtime(double) -> timestamp", "from_unixtime(double, varchar) -> timestamp with time zone"],
        |call, args| {
            let instant_ms = instant_ms(&args[0])?;
            match call.result {
                Type::Zoned(_) => Ok(Value::Zoned(instant_ms)),
                _ => Ok(Value::Timestamp(call.session.zone.wall_ms(instant_ms)?)),
            }
        },
    )
    .zone_from(1),
    row(&["to_unixtime(timestamp with time zone) -> double"], |_, args| match args[0] {
        Value::Zoned(instant_ms) => Ok(Value::Double(instant_ms as f64 / 1000.0)),
        _ => Err(invalid("to_unixtime expects a timestamp")),
    }),
    row(
        &[
            "date_format(timestamp, varchar) -> varchar",
            "date_format(timestamp with time zone, varchar) -> varchar",
            "date_format(bigint, varchar) -> varchar",
        ],
        |call, args| Ok(Value::owned(mysql_format::write(wall(wall_ms(call, args, 0)?)?, args[1].text()?)?)),
    ),
    row(&["date_parse(varchar, varchar) -> timestamp"], |_, args| {
        Ok(Value::Timestamp(milliseconds(mysql_format::read(args[0].text()?, args[1].text()?)?)))
    }),
    row(
        &[
            "date_trunc(varchar, bigint) -> timestamp",
            "date_trunc(varchar, date) -> date",
            "date_trunc(varchar, timestamp) -> timestamp",
            "date_trunc(varchar, timestamp with time zone) -> timestamp with time zone",
        ],
        date_trunc,
    ),
    row(
        &[
            "date_add(varchar, bigint, date) -> date",
            "date_add(varchar, bigint, timestamp) -> timestamp",
            "date_add(varchar, bigint, timestamp with time zone) -> timestamp with time zone",
        ],
        date_add,
    ),
    row(
        &[
            "date_diff(varchar, date, date) -> bigint",
            "date_diff(varchar, timestamp, timestamp) -> bigint",
            "date_diff(varchar, timestamp with time zone, timestamp with time zone) -> bigint",
        ],
        date_diff,
    ),
    row(&["now() -> timestamp with time zone"], |call, _| Ok(Value::Zoned(call.session.now_ms)))
        .also(&["current_timestamp"])
        .stable(),
    row(&["localtimestamp() -> timestamp"], |call, _| {
        Ok(Value::Timestamp(call.session.zone.wall_ms(call.session.now_ms)?))
    })
    .stable(),
    row(&["current_date() -> date"], |call, _| {
        Ok(Value::Date(days(wall(call.session.zone.wall_ms(call.session.now_ms)?)?.date())))
    })
    .stable(),
    row(&["current_timezone() -> varchar"], |call, _| Ok(Value::owned(&*call.session.zone.name))).stable(),
    row(&["date(varchar) -> date", "date(timestamp) -> date", "date(date) -> date"], |call, args| {
        cast(args[0].clone(), &call.types[0], &Type::Date, call.session)
    }),
    row(&["last_day_of_month(date) -> date", "last_day_of_month(timestamp) -> date"], |call, args| {
        let next = Unit::Month.add(1, Unit::Month.truncate(wall_ms(call, args, 0)?)?)?;
        Ok(Value::Date(days(wall(next)?.date()) - 1))
    }),
    row(&["from_iso8601_timestamp(varchar) -> timestamp with time zone"], |call, args| {
        let (time, zone) = parse_iso8601(args[0].text()?)?;
        Ok(Value::Zoned(zone.as_ref().unwrap_or(&call.session.zone).instant_ms(milliseconds(time))?))
    }),
    row(&["from_iso8601_date(varchar) -> date"], |_, args| Ok(Value::Date(parse_date(args[0].text()?)?))),
    row(
        &[
            "to_iso8601(date) -> varchar",
            "to_iso8601(timestamp) -> varchar",
            "to_iso8601(timestamp with time zone) -> varchar",
        ],
        to_iso8601,
    ),
    row(&["at_timezone(timestamp with time zone, varchar) -> timestamp with time zone"], |_, args| Ok(args[0].clone()))
        .zone_from(1),
    row(&["timezone_hour(timestamp with time zone) -> bigint"], |call, args| {
        Ok(Value::Bigint(i64::from(ahead_s(call, args)? / 3600)))
    }),
    row(&["timezone_minute(timestamp with time zone) -> bigint"], |call, args| {
        Ok(Value::Bigint(i64::from(ahead_s(call, args)? / 60 % 60)))
    }),
];

macro_rules! fields {
    ($name:literal, $also:expr) => {
        row(
            &[
                concat!($name, "(bigint) -> bigint"),
                concat!($name, "(date) -> bigint"),
                concat!($name, "(timestamp) -> bigint"),
                concat!($name, "(timestamp with time zone) -> bigint"),
            ],
            |call, args| Ok(Value::Bigint(field($name, wall_ms(call, args, 0)?)?)),
        )
        .also(&$also)
    };
}
/// The functions that take one field out of a time; `extract` is planned otherwise, see the crate's root.
pub(crate) const FIELDS: &[Row] = &[
    fields!("year", []),
    fields!("quarter", []),
    fields!("month", []),
    fields!("week", ["week_of_year"]),
    fields!("year_of_week", ["yow"]),
    fields!("day", ["day_of_month"]),
    fields!("day_of_week", ["dow"]),
    fields!("day_of_year", ["doy"]),
    fields!("hour", []),
    fields!("minute", []),
    fields!("second", []),
    fields!("millisecond", []),
];

/// Milliseconds of seconds.
fn instant_ms(seconds: &Value<'_>) -> Result<i64> {
    crate::cast::round_to_whole(seconds.double()? * 1000.0)
}

/// What the wall shows at the time that an argument is: in its own zone, or in the session's.
fn wall_ms(call: &mut Call<'_>, args: &[Value<'_>], place: usize) -> Result<i64> {
    match (&args[place], &call.types[place]) {
        (Value::Timestamp(wall_ms), _) => Ok(*wall_ms),
        (Value::Date(days), _) => Ok(i64::from(*days) * 86_400_000),
        (Value::Zoned(instant_ms), Type::Zoned(zone)) if !zone.is_empty() => {
            let zone = zone.clone();
            call.zone(&zone)?.wall_ms(*instant_ms)
        }
        (Value::Zoned(instant_ms), _) => call.session.zone.wall_ms(*instant_ms),
        (Value::Bigint(time_s), _) => {
            let instant_ms =
                time_s.checked_mul(1000).ok_or_else(|| invalid(format!("{time_s} is no time in seconds")))?;
            call.session.zone.wall_ms(instant_ms)
        }
        (other, _) => Err(invalid(format!("{other:?} is no time"))),
    }
}

/// A value of the result's type that the wall shows so.
fn made<'a>(call: &mut Call<'_>, wall_ms: i64) -> Result<Value<'a>> {
    Ok(match call.result {
        Type::Date => Value::Date(days(wall(wall_ms)?.date())),
        Type::Zoned(zone) if !zone.is_empty() => {
            let zone = zone.clone();
            Value::Zoned(call.zone(&zone)?.instant_ms(wall_ms)?)
        }
        Type::Zoned(_) => Value::Zoned(call.session.zone.instant_ms(wall_ms)?),
        _ => Value::Timestamp(wall_ms),
    })
}

fn unit(call: &Call<'_>, args: &[Value<'_>]) -> Result<Unit> {
    let has_dates = call.types.contains(&Type::Date);
    if has_dates { Unit::named_for_dates(args[0].text()?) } else { Unit::named(args[0].text()?) }
}

fn date_trunc<'a>(call: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let start_ms = unit(call, args)?.truncate(wall_ms(call, args, 1)?)?;
    made(call, start_ms)
}

fn date_add<'a>(call: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let later_ms = unit(call, args)?.add(args[1].whole()?, wall_ms(call, args, 2)?)?;
    made(call, later_ms)
}

fn date_diff<'a>(call: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let unit = unit(call, args)?;
    Ok(Value::Bigint(unit.between(wall_ms(call, args, 1)?, wall_ms(call, args, 2)?)?))
}

/// Seconds that a time's zone is ahead of UTC.
fn ahead_s(call: &mut Call<'_>, args: &[Value<'_>]) -> Result<i32> {
    let Value::Zoned(instant_ms) = args[0] else { return Err(invalid("the time has no zone")) };
    let Type::Zoned(name) = &call.types[0] else { return call.session.zone.ahead_s(instant_ms) };
    let name = name.clone();
    if name.is_empty() { call.session.zone.ahead_s(instant_ms) } else { call.zone(&name)?.ahead_s(instant_ms) }
}

fn to_iso8601<'a>(call: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let text = match &args[0] {
        Value::Date(days) => date_text(*days)?,
        Value::Zoned(_) => {
            let minutes = ahead_s(call, args)? / 60;
            let sign = if minutes < 0 { '-' } else { '+' };
            let offset = format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60);
            let wall = timestamp_text(wall_ms(call, args, 0)?)?.replacen(' ', "T", 1);
            wall + if minutes == 0 { "Z" } else { &offset }
        }
        _ => timestamp_text(wall_ms(call, args, 0)?)?.replacen(' ', "T", 1),
    };
    Ok(Value::owned(text))
}
