//! Presto's text form of every value: what `cast(x AS varchar)` gives and what stands in the cells of a result.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType, Field, Int64Type, IntervalDayTimeType, IntervalMonthDayNanoType, IntervalUnit, IntervalYearMonthType,
    TimeUnit,
};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::error::Result;

use crate::cells::{Cells, plain};
use crate::types::Type;
use crate::value::{Value, invalid};
use crate::zone::{Zone, date_text, timestamp_text};

/// What a cell shows for NULL.
pub const NULL: &str = "null";

/// The values of a column as texts.
pub struct Texts {
    column: ArrayRef,
    of: Type,
}

impl Texts {
    /// Of a column and its field, which tells JSON from other texts.
    pub fn new(column: &ArrayRef, field: &Field) -> Result<Texts> {
        Ok(Texts { column: plain(column)?, of: Type::of_field(field) })
    }

    /// The text of a row's value; nothing for NULL.
    pub fn at(&self, row: usize) -> Result<Option<String>> {
        match Cells::of(&self.column).value(row) {
            Value::Null => Ok(None),
            value => text(&value, &self.of).map(Some),
        }
    }

    /// What a row's cell shows: the text of its value, or [`NULL`].
    pub fn cell(&self, row: usize) -> Result<String> {
        Ok(self.at(row)?.unwrap_or_else(|| NULL.to_owned()))
    }
}

/// The name that `typeof` gives a column's type.
pub fn type_name(field: &Field) -> String {
    Type::of_field(field).to_string()
}

/// A double as Java writes it: `0.5`, `1.0E7`, `NaN`.
pub fn double(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let size = number.abs();
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        let text = number.to_string();
        return if text.contains('.') { text } else { text + ".0" };
    }
    let text = format!("{number:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let point = if digits.contains('.') { "" } else { ".0" };
    format!("{digits}{point}E{exponent}")
}

pub(crate) fn text(value: &Value<'_>, of: &Type) -> Result<String> {
    Ok(match (value, of) {
        (Value::Null, _) => NULL.to_owned(),
        (Value::Boolean(is_true), _) => is_true.to_string(),
        (Value::Bigint(number), Type::Double) => double(*number as f64),
        (Value::Bigint(number), _) => number.to_string(),
        (Value::Double(number), _) => double(*number),
        (Value::Varchar(text), _) => text.clone().into_owned(),
        (Value::Varbinary(bytes), _) => base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes),
        (Value::Date(days), _) => date_text(*days)?,
        (Value::Timestamp(wall_ms), _) => timestamp_text(*wall_ms)?,
        (Value::Zoned(instant_ms), Type::Zoned(zone)) => {
            let zone = Zone::named(if zone.is_empty() { "UTC" } else { zone })?;
            format!("{} {}", timestamp_text(zone.wall_ms(*instant_ms)?)?, zone.name)
        }
        (Value::Zoned(instant_ms), _) => format!("{} UTC", timestamp_text(*instant_ms)?),
        (Value::Array(_) | Value::Map(_) | Value::Row(_), _) => json(value, of)?,
        (Value::Other(cell), _) => other_text(cell)?,
    })
}

/// The value as JSON: what is neither number nor boolean is a string; a row is a list, as Presto's clients get it.
pub(crate) fn json(value: &Value<'_>, of: &Type) -> Result<String> {
    let mut out = String::new();
    write_json(&mut out, value, of)?;
    Ok(out)
}

fn write_json(out: &mut String, value: &Value<'_>, of: &Type) -> Result<()> {
    match (value, of) {
        (Value::Varchar(text), Type::Json) => out.push_str(text),
        (Value::Null | Value::Boolean(_), _) => out.push_str(&text(value, of)?),
        (Value::Double(number), _) if !number.is_finite() => write_string(out, &double(*number)),
        (Value::Bigint(_) | Value::Double(_), _) => out.push_str(&text(value, of)?),
        (Value::Array(items), Type::Array(item)) => {
            write_list(out, ["[", "]"], items, |out, value| write_json(out, value, item))?;
        }
        (Value::Row(items), Type::Row(fields)) => {
            let typed: Vec<_> = items.iter().zip(fields).collect();
            write_list(out, ["[", "]"], &typed, |out, (value, (_, inner))| write_json(out, value, inner))?;
        }
        (Value::Map(entries), Type::Map(key_type, value_type)) => {
            write_list(out, ["{", "}"], entries, |out, (key, value)| {
                write_string(out, &text(key, key_type)?);
                out.push(':');
                write_json(out, value, value_type)
            })?;
        }
        _ => write_string(out, &text(value, of)?),
    }
    Ok(())
}

fn write_list<T>(
    out: &mut String,
    [open, close]: [&str; 2],
    items: &[T],
    write: impl Fn(&mut String, &T) -> Result<()>,
) -> Result<()> {
    out.push_str(open);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, item)?;
    }
    out.push_str(close);
    Ok(())
}

pub(crate) fn write_string(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

/// Intervals and times of day; for anything else Arrow's form.
fn other_text(cell: &ArrayRef) -> Result<String> {
    Ok(match cell.data_type() {
        DataType::Duration(_) => {
            let whole = cast(&cast(cell, &DataType::Duration(TimeUnit::Millisecond))?, &DataType::Int64)?;
            day_to_second(whole.as_primitive::<Int64Type>().value(0))
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            let interval = cell.as_primitive::<IntervalMonthDayNanoType>().value(0);
            if interval.months != 0 && interval.days == 0 && interval.nanoseconds == 0 {
                return Ok(year_to_month(interval.months));
            }
            let days = i64::from(interval.months) * 30 + i64::from(interval.days);
            day_to_second(days * 86_400_000 + interval.nanoseconds / 1_000_000)
        }
        DataType::Interval(IntervalUnit::DayTime) => {
            let interval = cell.as_primitive::<IntervalDayTimeType>().value(0);
            day_to_second(i64::from(interval.days) * 86_400_000 + i64::from(interval.milliseconds))
        }
        DataType::Interval(IntervalUnit::YearMonth) => {
            year_to_month(cell.as_primitive::<IntervalYearMonthType>().value(0))
        }
        DataType::Time32(_) | DataType::Time64(_) => {
            let whole = cast(&cast(cell, &DataType::Time64(TimeUnit::Microsecond))?, &DataType::Int64)?;
            let time = timestamp_text(whole.as_primitive::<Int64Type>().value(0) / 1000)?;
            time.split_once(' ').map_or_else(String::new, |(_, time)| time.to_owned())
        }
        _ => {
            let formatter = ArrayFormatter::try_new(cell, &FormatOptions::default())?;
            formatter.value(0).try_to_string().map_err(|error| invalid(error.to_string()))?
        }
    })
}

/// `1 02:03:04.005`.
fn day_to_second(interval_ms: i64) -> String {
    let sign = if interval_ms < 0 { "-" } else { "" };
    let size_ms = interval_ms.unsigned_abs();
    let (days, rest_ms) = (size_ms / 86_400_000, size_ms % 86_400_000);
    let (hours, minutes) = (rest_ms / 3_600_000, rest_ms / 60_000 % 60);
    format!("{sign}{days} {hours:02}:{minutes:02}:{:02}.{:03}", rest_ms / 1000 % 60, rest_ms % 1000)
}

/// `1-6`.
fn year_to_month(months: i32) -> String {
    let sign = if months < 0 { "-" } else { "" };
    let size = months.unsigned_abs();
    format!("{sign}{}-{}", size / 12, size % 12)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_written_as_java_writes_them() {
        for (number, text) in [
            (0.5, "0.5"),
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (1e7, "1.0E7"),
            (9_999_999.0, "9999999.0"),
            (12_345_678.9, "1.23456789E7"),
            (0.001, "0.001"),
            (0.000_99, "9.9E-4"),
            (1.0 / 3.0, "0.3333333333333333"),
            (f64::MAX, "1.7976931348623157E308"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(double(number), text);
        }
    }

    #[test]
    fn intervals_have_days_and_a_clock() {
        assert_eq!(day_to_second(93_784_005), "1 02:03:04.005");
        assert_eq!(day_to_second(-1), "-0 00:00:00.001");
        assert_eq!(year_to_month(18), "1-6");
    }
}
