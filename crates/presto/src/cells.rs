//! Values read from columns of Arrow, and columns made of values.

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Date32Array, Float64Array, GenericStringArray, Int64Array,
    ListArray, MapArray, NullArray, StringArray, StringViewArray, StructArray, TimestampMillisecondArray,
    new_null_array,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::{cast, concat};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Field, Float64Type, Int64Type, TimeUnit, TimestampMillisecondType,
};
use datafusion::common::internal_err;
use datafusion::error::Result;

use crate::types::Type;
use crate::value::Value;

/// The column in the one form of its type that [`Cells`] reads; strings stay as they are.
pub(crate) fn plain(array: &ArrayRef) -> Result<ArrayRef> {
    let data_type = array.data_type();
    if matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) {
        return Ok(array.clone());
    }
    let wanted = match Type::of(data_type) {
        Type::Map(key, value) => map_like(data_type, &Type::Map(key, value)),
        other => other.to_arrow(""),
    };
    if wanted == *data_type { Ok(array.clone()) } else { Ok(cast(array, &wanted)?) }
}

/// Names inside of maps differ between makers; Arrow casts the values, whatever they are called.
fn map_like(given: &DataType, wanted: &Type) -> DataType {
    let plain = wanted.to_arrow("");
    match (given, &plain) {
        (DataType::Map(_, is_sorted), DataType::Map(entries, _)) => DataType::Map(entries.clone(), *is_sorted),
        _ => plain,
    }
}

/// A column whose values can be read one by one.
pub(crate) enum Cells<'a> {
    Null,
    Boolean(&'a BooleanArray),
    Bigint(&'a Int64Array),
    Double(&'a Float64Array),
    Utf8(&'a StringArray),
    LargeUtf8(&'a GenericStringArray<i64>),
    Utf8View(&'a StringViewArray),
    Varbinary(&'a BinaryArray),
    Date(&'a Date32Array),
    Timestamp(&'a TimestampMillisecondArray),
    Zoned(&'a TimestampMillisecondArray),
    Array(&'a ListArray, Box<Cells<'a>>),
    Map(&'a MapArray, Box<(Cells<'a>, Cells<'a>)>),
    Row(&'a StructArray, Vec<Cells<'a>>),
    Other(&'a ArrayRef),
}

impl<'a> Cells<'a> {
    /// Of a column that [`plain`] gave.
    pub(crate) fn of(array: &'a ArrayRef) -> Cells<'a> {
        match array.data_type() {
            DataType::Null => Cells::Null,
            DataType::Boolean => Cells::Boolean(array.as_boolean()),
            DataType::Int64 => Cells::Bigint(array.as_primitive::<Int64Type>()),
            DataType::Float64 => Cells::Double(array.as_primitive::<Float64Type>()),
            DataType::Utf8 => Cells::Utf8(array.as_string()),
            DataType::LargeUtf8 => Cells::LargeUtf8(array.as_string()),
            DataType::Utf8View => Cells::Utf8View(array.as_string_view()),
            DataType::Binary => Cells::Varbinary(array.as_binary()),
            DataType::Date32 => Cells::Date(array.as_primitive::<Date32Type>()),
            DataType::Timestamp(TimeUnit::Millisecond, None) => {
                Cells::Timestamp(array.as_primitive::<TimestampMillisecondType>())
            }
            DataType::Timestamp(TimeUnit::Millisecond, Some(_)) => {
                Cells::Zoned(array.as_primitive::<TimestampMillisecondType>())
            }
            DataType::List(_) => {
                let list = array.as_list::<i32>();
                Cells::Array(list, Box::new(Cells::of(list.values())))
            }
            DataType::Map(..) => {
                let map = array.as_map();
                Cells::Map(map, Box::new((Cells::of(map.keys()), Cells::of(map.values()))))
            }
            DataType::Struct(_) => {
                let row = array.as_struct();
                Cells::Row(row, row.columns().iter().map(Cells::of).collect())
            }
            _ => Cells::Other(array),
        }
    }

    pub(crate) fn value(&self, row: usize) -> Value<'a> {
        if self.is_null(row) {
            return Value::Null;
        }
        match self {
            Cells::Null => Value::Null,
            Cells::Boolean(array) => Value::Boolean(array.value(row)),
            Cells::Bigint(array) => Value::Bigint(array.value(row)),
            Cells::Double(array) => Value::Double(array.value(row)),
            Cells::Utf8(array) => Value::Varchar(Cow::Borrowed(array.value(row))),
            Cells::LargeUtf8(array) => Value::Varchar(Cow::Borrowed(array.value(row))),
            Cells::Utf8View(array) => Value::Varchar(Cow::Borrowed(array.value(row))),
            Cells::Varbinary(array) => Value::Varbinary(Cow::Borrowed(array.value(row))),
            Cells::Date(array) => Value::Date(array.value(row)),
            Cells::Timestamp(array) => Value::Timestamp(array.value(row)),
            Cells::Zoned(array) => Value::Zoned(array.value(row)),
            Cells::Array(array, items) => {
                let range = range(array.value_offsets(), row);
                Value::Array(range.map(|index| items.value(index)).collect())
            }
            Cells::Map(array, entries) => {
                let range = range(array.value_offsets(), row);
                Value::Map(range.map(|index| (entries.0.value(index), entries.1.value(index))).collect())
            }
            Cells::Row(_, fields) => Value::Row(fields.iter().map(|field| field.value(row)).collect()),
            Cells::Other(array) => Value::Other(array.slice(row, 1)),
        }
    }

    fn is_null(&self, row: usize) -> bool {
        match self {
            Cells::Null => true,
            Cells::Boolean(array) => array.is_null(row),
            Cells::Bigint(array) => array.is_null(row),
            Cells::Double(array) => array.is_null(row),
            Cells::Utf8(array) => array.is_null(row),
            Cells::LargeUtf8(array) => array.is_null(row),
            Cells::Utf8View(array) => array.is_null(row),
            Cells::Varbinary(array) => array.is_null(row),
            Cells::Date(array) => array.is_null(row),
            Cells::Timestamp(array) | Cells::Zoned(array) => array.is_null(row),
            Cells::Array(array, _) => array.is_null(row),
            Cells::Map(array, _) => array.is_null(row),
            Cells::Row(array, _) => array.is_null(row),
            Cells::Other(array) => array.is_null(row),
        }
    }
}

fn range(offsets: &[i32], row: usize) -> std::ops::Range<usize> {
    offsets[row] as usize..offsets[row + 1] as usize
}

/// The column of the values, in the form that [`Type::to_arrow`] says.
pub(crate) fn column(values: &[Value<'_>], of: &Type, session_zone: &str) -> Result<ArrayRef> {
    macro_rules! collect {
        ($array:ty, $pattern:pat => $found:expr) => {{
            let each = values.iter().map(|value| match value {
                Value::Null => Ok(None),
                $pattern => Ok(Some($found)),
                other => internal_err!("{other:?} is no {of}"),
            });
            each.collect::<Result<$array>>()?
        }};
    }
    Ok(match of {
        Type::Unknown | Type::Variable(_) => Arc::new(NullArray::new(values.len())),
        Type::Boolean => Arc::new(collect!(BooleanArray, Value::Boolean(is_true) => *is_true)),
        Type::Bigint => Arc::new(collect!(Int64Array, Value::Bigint(number) => *number)),
        Type::Double => {
            let each = values.iter().map(|value| if value.is_null() { Ok(None) } else { value.double().map(Some) });
            Arc::new(each.collect::<Result<Float64Array>>()?)
        }
        Type::Varchar | Type::Json => Arc::new(collect!(StringArray, Value::Varchar(text) => text.as_ref())),
        Type::Varbinary => {
            let each = values.iter().map(|value| if value.is_null() { Ok(None) } else { value.bytes().map(Some) });
            Arc::new(each.collect::<Result<BinaryArray>>()?)
        }
        Type::Date => Arc::new(collect!(Date32Array, Value::Date(days) => *days)),
        Type::Timestamp => Arc::new(collect!(TimestampMillisecondArray, Value::Timestamp(time_ms) => *time_ms)),
        Type::Zoned(zone) => {
            let times = collect!(TimestampMillisecondArray, Value::Zoned(time_ms) => *time_ms);
            Arc::new(times.with_timezone(if zone.is_empty() { session_zone.into() } else { zone.clone() }))
        }
        Type::Array(item) => {
            let parts: Vec<&[Value<'_>]> = values.iter().map(Value::or_empty).collect::<Result<_>>()?;
            let inner = column(&parts.concat(), item, session_zone)?;
            let field = Arc::new(item.to_field("item", true, session_zone));
            Arc::new(ListArray::try_new(field, offsets(&parts), inner, present(values))?)
        }
        Type::Map(key, value) => {
            let parts: Vec<&[(Value<'_>, Value<'_>)]> = values
                .iter()
                .map(|value| if value.is_null() { Ok(&[][..]) } else { value.entries() })
                .collect::<Result<_>>()?;
            let (keys, inner): (Vec<_>, Vec<_>) = parts.iter().copied().flatten().cloned().unzip();
            let fields = vec![key.to_field("key", false, session_zone), value.to_field("value", true, session_zone)];
            let columns = vec![column(&keys, key, session_zone)?, column(&inner, value, session_zone)?];
            let entries = StructArray::try_new(fields.into(), columns, None)?;
            let field = Arc::new(Field::new("entries", entries.data_type().clone(), false));
            Arc::new(MapArray::try_new(field, offsets(&parts), entries, present(values), false)?)
        }
        Type::Row(fields) => row_column(values, fields, session_zone)?,
        Type::Other(data_type) => {
            let none = new_null_array(data_type, 1);
            let cells = values.iter().map(|value| match value {
                Value::Other(cell) => cell.as_ref(),
                _ => none.as_ref(),
            });
            let cells: Vec<&dyn Array> = cells.collect();
            if cells.is_empty() { new_null_array(data_type, 0) } else { concat(&cells)? }
        }
    })
}

fn row_column(values: &[Value<'_>], fields: &[(String, Type)], session_zone: &str) -> Result<ArrayRef> {
    let mut columns = Vec::with_capacity(fields.len());
    for (index, (_, inner)) in fields.iter().enumerate() {
        let each = values.iter().map(|value| match value {
            Value::Row(items) => items.get(index).cloned().unwrap_or_default(),
            _ => Value::Null,
        });
        columns.push(column(&each.collect::<Vec<_>>(), inner, session_zone)?);
    }
    let fields: Vec<Field> = fields.iter().map(|(name, inner)| inner.to_field(name, true, session_zone)).collect();
    Ok(Arc::new(StructArray::try_new(fields.into(), columns, present(values))?))
}

fn present(values: &[Value<'_>]) -> Option<NullBuffer> {
    let mask: NullBuffer = values.iter().map(|value| !value.is_null()).collect::<Vec<bool>>().into();
    (mask.null_count() > 0).then_some(mask)
}

fn offsets<T>(parts: &[&[T]]) -> OffsetBuffer<i32> {
    OffsetBuffer::from_lengths(parts.iter().map(|part| part.len()))
}

impl<'a> Value<'a> {
    fn or_empty(&self) -> Result<&[Value<'a>]> {
        if self.is_null() { Ok(&[]) } else { self.items() }
    }
}
