//! One value of Presto, borrowed from a column where that saves a copy.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::common::DataFusionError;
use datafusion::error::Result;

/// A value. What it is the value of is told by a [`Type`](crate::types::Type) beside it.
#[derive(Debug, Clone, Default)]
pub(crate) enum Value<'a> {
    #[default]
    Null,
    Boolean(bool),
    Bigint(i64),
    Double(f64),
    /// Also JSON.
    Varchar(Cow<'a, str>),
    Varbinary(Cow<'a, [u8]>),
    /// Days since 1970.
    Date(i32),
    /// Milliseconds since 1970 on the wall of the session's zone.
    Timestamp(i64),
    /// Milliseconds since 1970 in UTC.
    Zoned(i64),
    Array(Vec<Value<'a>>),
    Map(Vec<(Value<'a>, Value<'a>)>),
    Row(Vec<Value<'a>>),
    /// A column of one cell that is only passed on.
    Other(ArrayRef),
}

/// The error of a value that a function cannot take.
pub(crate) fn invalid(text: impl Into<String>) -> DataFusionError {
    DataFusionError::Execution(text.into())
}

impl<'a> Value<'a> {
    pub(crate) fn owned(text: impl Into<String>) -> Value<'static> {
        Value::Varchar(Cow::Owned(text.into()))
    }

    /// The text, or NULL.
    pub(crate) fn optional(text: Option<impl Into<String>>) -> Value<'static> {
        text.map_or(Value::Null, Value::owned)
    }

    pub(crate) fn count(count: usize) -> Value<'static> {
        Value::Bigint(i64::try_from(count).unwrap_or(i64::MAX))
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    pub(crate) fn text(&self) -> Result<&str> {
        match self {
            Value::Varchar(text) => Ok(text),
            other => Err(other.is_no("varchar")),
        }
    }

    pub(crate) fn whole(&self) -> Result<i64> {
        match self {
            Value::Bigint(number) => Ok(*number),
            other => Err(other.is_no("bigint")),
        }
    }

    pub(crate) fn double(&self) -> Result<f64> {
        match self {
            Value::Double(number) => Ok(*number),
            Value::Bigint(number) => Ok(*number as f64),
            other => Err(other.is_no("double")),
        }
    }

    pub(crate) fn boolean(&self) -> Result<bool> {
        match self {
            Value::Boolean(is_true) => Ok(*is_true),
            other => Err(other.is_no("boolean")),
        }
    }

    pub(crate) fn bytes(&self) -> Result<&[u8]> {
        match self {
            Value::Varbinary(bytes) => Ok(bytes),
            Value::Varchar(text) => Ok(text.as_bytes()),
            other => Err(other.is_no("varbinary")),
        }
    }

    pub(crate) fn items(&self) -> Result<&[Value<'a>]> {
        match self {
            Value::Array(items) | Value::Row(items) => Ok(items),
            other => Err(other.is_no("array")),
        }
    }

    pub(crate) fn entries(&self) -> Result<&[(Value<'a>, Value<'a>)]> {
        match self {
            Value::Map(entries) => Ok(entries),
            other => Err(other.is_no("map")),
        }
    }

    /// Planning decides types, so this tells of a mistake in this crate.
    fn is_no(&self, wanted: &str) -> DataFusionError {
        DataFusionError::Internal(format!("{self:?} is no {wanted}"))
    }

    pub(crate) fn into_owned(self) -> Value<'static> {
        match self {
            Value::Null => Value::Null,
            Value::Boolean(is_true) => Value::Boolean(is_true),
            Value::Bigint(number) => Value::Bigint(number),
            Value::Double(number) => Value::Double(number),
            Value::Varchar(text) => Value::Varchar(Cow::Owned(text.into_owned())),
            Value::Varbinary(bytes) => Value::Varbinary(Cow::Owned(bytes.into_owned())),
            Value::Date(days) => Value::Date(days),
            Value::Timestamp(time_ms) => Value::Timestamp(time_ms),
            Value::Zoned(time_ms) => Value::Zoned(time_ms),
            Value::Array(items) => Value::Array(items.into_iter().map(Value::into_owned).collect()),
            Value::Row(items) => Value::Row(items.into_iter().map(Value::into_owned).collect()),
            Value::Map(entries) => {
                Value::Map(entries.into_iter().map(|(key, value)| (key.into_owned(), value.into_owned())).collect())
            }
            Value::Other(cell) => Value::Other(cell),
        }
    }

    /// Bytes that it holds in memory, about.
    pub(crate) fn size(&self) -> usize {
        size_of::<Value<'_>>()
            + match self {
                Value::Varchar(text) => text.len(),
                Value::Varbinary(bytes) => bytes.len(),
                Value::Array(items) | Value::Row(items) => items.iter().map(Value::size).sum(),
                Value::Map(entries) => entries.iter().map(|(key, value)| key.size() + value.size()).sum(),
                Value::Other(cell) => cell.get_array_memory_size(),
                _ => 0,
            }
    }

    fn rank(&self) -> u8 {
        match self {
            Value::Boolean(_) => 0,
            Value::Bigint(_) | Value::Double(_) => 1,
            Value::Varchar(_) => 2,
            Value::Varbinary(_) => 3,
            Value::Date(_) => 4,
            Value::Timestamp(_) => 5,
            Value::Zoned(_) => 6,
            Value::Array(_) => 7,
            Value::Map(_) => 8,
            Value::Row(_) => 9,
            Value::Other(_) => 10,
            Value::Null => 11,
        }
    }
}

/// Presto's order of values of one type: texts by code point, NaN last, NULL after everything.
impl Ord for Value<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Value::Boolean(one), Value::Boolean(two)) => one.cmp(two),
            (Value::Bigint(one), Value::Bigint(two)) => one.cmp(two),
            (Value::Double(one), Value::Double(two)) => order_of_doubles(*one, *two),
            (Value::Bigint(one), Value::Double(two)) => order_of_doubles(*one as f64, *two),
            (Value::Double(one), Value::Bigint(two)) => order_of_doubles(*one, *two as f64),
            (Value::Varchar(one), Value::Varchar(two)) => one.cmp(two),
            (Value::Varbinary(one), Value::Varbinary(two)) => one.cmp(two),
            (Value::Date(one), Value::Date(two)) => one.cmp(two),
            (Value::Timestamp(one), Value::Timestamp(two)) | (Value::Zoned(one), Value::Zoned(two)) => one.cmp(two),
            (Value::Array(one), Value::Array(two)) | (Value::Row(one), Value::Row(two)) => one.cmp(two),
            (Value::Map(one), Value::Map(two)) => sorted(one).cmp(&sorted(two)),
            (Value::Other(one), Value::Other(two)) => format!("{one:?}").cmp(&format!("{two:?}")),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

/// Zeros are equal whatever their sign.
fn order_of_doubles(one: f64, two: f64) -> Ordering {
    one.partial_cmp(&two).unwrap_or_else(|| one.is_nan().cmp(&two.is_nan()))
}

fn sorted<'m, 'a>(entries: &'m [(Value<'a>, Value<'a>)]) -> Vec<&'m (Value<'a>, Value<'a>)> {
    let mut sorted: Vec<_> = entries.iter().collect();
    sorted.sort();
    sorted
}

impl PartialOrd for Value<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Value<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value<'_> {}

impl Hash for Value<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.rank().hash(state);
        match self {
            Value::Null => {}
            Value::Boolean(is_true) => is_true.hash(state),
            // A whole number equals the double of the same value, so it hashes as that.
            Value::Bigint(number) => hash_double(*number as f64, state),
            Value::Double(number) => hash_double(*number, state),
            Value::Varchar(text) => text.hash(state),
            Value::Varbinary(bytes) => bytes.hash(state),
            Value::Date(days) => days.hash(state),
            Value::Timestamp(time_ms) | Value::Zoned(time_ms) => time_ms.hash(state),
            Value::Array(items) | Value::Row(items) => items.hash(state),
            Value::Map(entries) => sorted(entries).hash(state),
            Value::Other(cell) => format!("{cell:?}").hash(state),
        }
    }
}

fn hash_double<H: Hasher>(number: f64, state: &mut H) {
    let canonical = if number.is_nan() { f64::NAN } else { number + 0.0 };
    canonical.to_bits().hash(state);
}
