//! How many bytes a function makes for a row, at most, told from its arguments.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use datafusion::arrow::compute::{cast, take};
use datafusion::arrow::datatypes::{DataType, Int64Type, IntervalMonthDayNanoType, IntervalUnit, TimeUnit, UInt64Type};
use datafusion::common::exec_err;
use datafusion::error::Result;

/// Of the arguments, as columns, and the place of the row.
pub(crate) type MadeBytes = fn(&[ArrayRef], usize) -> Result<u128>;

/// The functions that are bounded.
pub(crate) const MADE_BYTES: &[(&str, MadeBytes)] = &[
    ("repeat", repeated),
    ("replace", replaced),
    ("lpad", padded),
    ("rpad", padded),
    ("range", ranged),
    ("generate_series", ranged),
    ("array_repeat", array_repeated),
    ("array_resize", array_resized),
];

/// Bytes of a number, a time, or a place in a list.
const ITEM_BYTES: u128 = 16;

fn repeated(arguments: &[ArrayRef], row: usize) -> Result<u128> {
    let [text, times, ..] = arguments else { return Ok(0) };
    Ok(bytes(text, row).saturating_mul(count(times, row)?))
}

fn replaced(arguments: &[ArrayRef], row: usize) -> Result<u128> {
    let texts: Vec<&str> = arguments.iter().filter_map(|argument| text(argument, row)).collect();
    let [text, search, replacement] = texts[..] else { return Ok(0) };
    let found = if search.is_empty() { text.chars().count() + 1 } else { text.matches(search).count() };
    Ok(text.len() as u128 + found as u128 * replacement.len() as u128)
}

fn padded(arguments: &[ArrayRef], row: usize) -> Result<u128> {
    let [padded, letters, padding @ ..] = arguments else { return Ok(0) };
    let is_ascii = std::iter::once(padded).chain(padding).filter_map(|part| text(part, row)).all(str::is_ascii);
    Ok(count(letters, row)?.saturating_mul(if is_ascii { 1 } else { 4 }))
}

fn array_repeated(arguments: &[ArrayRef], row: usize) -> Result<u128> {
    let [item, times, ..] = arguments else { return Ok(0) };
    Ok((bytes(item, row) + ITEM_BYTES).saturating_mul(count(times, row)?))
}

fn array_resized(arguments: &[ArrayRef], row: usize) -> Result<u128> {
    let [items, length, filling @ ..] = arguments else { return Ok(0) };
    let each = filling.iter().map(|item| bytes(item, row)).sum::<u128>() + ITEM_BYTES;
    Ok(bytes(items, row) + each.saturating_mul(count(length, row)?))
}

/// Items from a start, 0 by default, to an end by steps.
fn ranged(arguments: &[ArrayRef], row: usize) -> Result<u128> {
    if arguments.iter().any(|argument| argument.is_null(row) || *argument.data_type() == DataType::Null) {
        return Ok(0);
    }
    let (start, end, step) = match arguments {
        [end] => (0, place(end, row)?, 1),
        [start, end] => (place(start, row)?, place(end, row)?, 1),
        [start, end, step] => (place(start, row)?, place(end, row)?, width(step, row)?),
        _ => (0, 0, 1),
    };
    let steps = (end - start).checked_div(step).unwrap_or(0).unsigned_abs();
    Ok((steps + 1) * ITEM_BYTES)
}

/// A whole number, or a time as nanoseconds.
fn place(column: &ArrayRef, row: usize) -> Result<i128> {
    let number = match column.data_type() {
        DataType::UInt64 => return Ok(i128::from(column.as_primitive::<UInt64Type>().value(row))),
        kind if kind.is_integer() => cast(&column.slice(row, 1), &DataType::Int64)?,
        _ => {
            let time = cast(&column.slice(row, 1), &DataType::Timestamp(TimeUnit::Nanosecond, None))?;
            cast(&time, &DataType::Int64)?
        }
    };
    Ok(i128::from(number.as_primitive::<Int64Type>().value(0)))
}

/// A step: a whole number, or the shortest that an interval can be, in nanoseconds.
fn width(column: &ArrayRef, row: usize) -> Result<i128> {
    const DAY_NS: i128 = 86_400_000_000_000;
    if column.data_type().is_integer() {
        return place(column, row);
    }
    let column = cast(&column.slice(row, 1), &DataType::Interval(IntervalUnit::MonthDayNano))?;
    let step = column.as_primitive::<IntervalMonthDayNanoType>().value(0);
    let parts = [i128::from(step.months) * 28 * DAY_NS, i128::from(step.days) * DAY_NS, i128::from(step.nanoseconds)];
    if parts.iter().any(|part| *part > 0) && parts.iter().any(|part| *part < 0) {
        return exec_err!("a step goes forward or back, not both: {step:?}");
    }
    Ok(parts.iter().sum())
}

/// How many are asked for; less than none are none.
fn count(column: &ArrayRef, row: usize) -> Result<u128> {
    if column.is_null(row) || *column.data_type() == DataType::Null {
        return Ok(0);
    }
    Ok(place(column, row)?.max(0).unsigned_abs())
}

fn text(column: &ArrayRef, row: usize) -> Option<&str> {
    match column.data_type() {
        _ if column.is_null(row) => None,
        DataType::Utf8 => Some(column.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => Some(column.as_string::<i64>().value(row)),
        DataType::Utf8View => Some(column.as_string_view().value(row)),
        _ => None,
    }
}

/// Bytes of one value.
fn bytes(column: &ArrayRef, row: usize) -> u128 {
    if let Some(text) = text(column, row) {
        return text.len() as u128;
    }
    if column.is_null(row) {
        return 0;
    }
    if let Some(width) = column.data_type().primitive_width() {
        return width as u128;
    }
    // A copy of the one value has the buffers of no other.
    let alone = u32::try_from(row).ok().and_then(|row| take(column, &UInt32Array::from(vec![row]), None).ok());
    alone.map_or(u128::MAX / 2, |alone| alone.get_array_memory_size() as u128)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{Date32Array, Int64Array, IntervalMonthDayNanoArray, StringArray};
    use datafusion::arrow::datatypes::IntervalMonthDayNano;

    use super::*;

    fn texts(values: &[Option<&str>]) -> ArrayRef {
        Arc::new(StringArray::from(values.to_vec()))
    }

    fn numbers(values: &[Option<i64>]) -> ArrayRef {
        Arc::new(Int64Array::from(values.to_vec()))
    }

    #[test]
    fn bytes_are_told_before_they_are_made() {
        let bytes = |of: MadeBytes, arguments: &[ArrayRef]| of(arguments, 0).unwrap();
        assert_eq!(bytes(repeated, &[texts(&[Some("呼")]), numbers(&[Some(5)])]), 15);
        assert_eq!(bytes(repeated, &[texts(&[Some("a")]), numbers(&[Some(-5)])]), 0);
        assert_eq!(bytes(repeated, &[texts(&[None]), numbers(&[Some(5)])]), 0);
        assert_eq!(bytes(padded, &[texts(&[Some("a")]), numbers(&[Some(7)])]), 7);
        assert_eq!(bytes(padded, &[texts(&[Some("a")]), numbers(&[Some(7)]), texts(&[Some("呼")])]), 28);
        assert_eq!(bytes(replaced, &[texts(&[Some("aba")]), texts(&[Some("a")]), texts(&[Some("xyz")])]), 9);
        assert_eq!(bytes(ranged, &[numbers(&[Some(10)])]), 11 * ITEM_BYTES);
        let extremes = [numbers(&[Some(i64::MIN)]), numbers(&[Some(i64::MAX)]), numbers(&[Some(-1)])];
        assert_eq!(bytes(ranged, &extremes), (1 << 64) * ITEM_BYTES);
        assert_eq!(bytes(ranged, &[numbers(&[Some(1)]), numbers(&[None])]), 0);
        assert_eq!(bytes(array_repeated, &[texts(&[Some("ab")]), numbers(&[Some(3)])]), 3 * (2 + ITEM_BYTES));
    }

    #[test]
    fn steps_of_time_are_counted() {
        let day = |day: i32| -> ArrayRef { Arc::new(Date32Array::from(vec![day])) };
        let step = |months, days, ns| -> ArrayRef {
            Arc::new(IntervalMonthDayNanoArray::from(vec![IntervalMonthDayNano::new(months, days, ns)]))
        };
        assert_eq!(ranged(&[day(0), day(10), step(0, 1, 0)], 0).unwrap(), 11 * ITEM_BYTES);
        assert_eq!(ranged(&[day(280), day(0), step(-1, 0, 0)], 0).unwrap(), 11 * ITEM_BYTES);
        assert!(ranged(&[day(0), day(10), step(1, -27, 0)], 0).is_err());
    }
}
