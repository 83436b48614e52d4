//! What a condition says of the times of logs.

use chrono::{DateTime, Offset, TimeZone};
use datafusion::arrow::array::timezone::Tz;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};

/// The column of times in seconds.
pub(crate) const TIME: &str = "__time__";

/// The same as timestamps.
const DATE: &str = "__date__";

/// Times, Unix seconds, both ends included; an end that is not said is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Bounds {
    pub(crate) from_s: Option<i64>,
    pub(crate) last_s: Option<i64>,
}

impl Bounds {
    /// What two conditions leave together.
    pub(crate) fn and(self, other: Bounds) -> Bounds {
        let both = |one: Option<i64>, two: Option<i64>, pick: fn(i64, i64) -> i64| match (one, two) {
            (Some(one), Some(two)) => Some(pick(one, two)),
            (one, two) => one.or(two),
        };
        Bounds { from_s: both(self.from_s, other.from_s, i64::max), last_s: both(self.last_s, other.last_s, i64::min) }
    }
}

/// What a condition says, when it compares a time with a constant.
pub(crate) fn bounds(condition: &Expr, zone: Tz) -> Option<Bounds> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = condition else {
        return None;
    };
    if *op == Operator::And {
        return Some(bounds(left, zone)?.and(bounds(right, zone)?));
    }
    match (constant(right), constant(left)) {
        (Some(value), None) => compared(column(left)?, *op, value, zone),
        (None, Some(value)) => compared(column(right)?, op.swap()?, value, zone),
        _ => None,
    }
}

fn constant(expression: &Expr) -> Option<&ScalarValue> {
    match expression {
        Expr::Literal(value, _) => Some(value),
        _ => None,
    }
}

/// The name of a column, through conversions of its type.
fn column(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Column(column) => Some(&column.name).filter(|name| *name == TIME || *name == DATE).map(String::as_str),
        Expr::Cast(cast) => column(&cast.expr).filter(|name| *name == TIME),
        _ => None,
    }
}

fn compared(name: &str, operator: Operator, value: &ScalarValue, zone: Tz) -> Option<Bounds> {
    let value_s = if name == TIME { seconds(value)? } else { instant_s(value, zone)? };
    let (floor, ceiling) = (value_s.floor() as i64, value_s.ceil() as i64);
    let bounds = |from_s, last_s| Some(Bounds { from_s, last_s });
    match operator {
        Operator::Eq => bounds(Some(ceiling), Some(floor)),
        Operator::GtEq => bounds(Some(ceiling), None),
        Operator::Gt => bounds(Some(floor + 1), None),
        Operator::LtEq => bounds(None, Some(floor)),
        Operator::Lt => bounds(None, Some(ceiling - 1)),
        _ => None,
    }
}

/// A number of seconds that any log may have.
fn seconds(value: &ScalarValue) -> Option<f64> {
    let number = match value {
        ScalarValue::Int64(Some(number)) => *number as f64,
        ScalarValue::Int32(Some(number)) => f64::from(*number),
        ScalarValue::UInt64(Some(number)) => *number as f64,
        ScalarValue::Float64(Some(number)) => *number,
        _ => return None,
    };
    number.is_finite().then(|| number.clamp(-1e12, 1e12))
}

/// The instant of a time on the wall.
fn instant_s(value: &ScalarValue, zone: Tz) -> Option<f64> {
    let ScalarValue::TimestampMillisecond(Some(wall_ms), None) = value else {
        return None;
    };
    let wall = DateTime::from_timestamp_millis(*wall_ms)?.naive_utc();
    let offset = zone.offset_from_local_datetime(&wall).earliest()?.fix().local_minus_utc();
    Some(*wall_ms as f64 / 1_000.0 - f64::from(offset))
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::DataType;
    use datafusion::logical_expr::{cast, col, lit};

    use super::*;

    #[test]
    fn conditions_on_times_are_understood() {
        let zone: Tz = "+08:00".parse().unwrap();
        let of = |condition: Expr| bounds(&condition, zone).map(|bounds| (bounds.from_s, bounds.last_s));
        assert_eq!(of(col(TIME).gt(lit(5_i64))), Some((Some(6), None)));
        assert_eq!(of(lit(5_i64).gt_eq(col(TIME))), Some((None, Some(5))));
        assert_eq!(of(col(TIME).eq(lit(5_i64))), Some((Some(5), Some(5))));
        assert_eq!(of(cast(col(TIME), DataType::Float64).lt(lit(5.5))), Some((None, Some(5))));
        assert_eq!(of(col(TIME).gt(lit(1_i64)).and(col(TIME).lt(lit(9_i64)))), Some((Some(2), Some(8))));
        let wall = ScalarValue::TimestampMillisecond(Some(8 * 3_600_000), None);
        assert_eq!(of(col(DATE).gt_eq(Expr::Literal(wall, None))), Some((Some(0), None)));
        assert_eq!(of(col("other").gt(lit(5_i64))), None);
        assert_eq!(of(col(TIME).not_eq(lit(5_i64))), None);
        assert_eq!(of(col(TIME).gt(lit(5_i64)).or(col(TIME).lt(lit(1_i64)))), None);
    }
}
