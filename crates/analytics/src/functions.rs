//! Functions that rewritten statements call; people need not know them.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, Float64Builder, Int64Array, ListBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Float64Type, Int64Type, TimeUnit, TimestampMillisecondType};
use datafusion::common::{exec_err, internal_err};
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use datafusion::prelude::SessionContext;

/// Makes the functions known.
pub(crate) fn register(context: &SessionContext) {
    context.register_udf(ScalarUDF::new_from_impl(Own::new(Kind::Compared)));
    context.register_udf(ScalarUDF::new_from_impl(Own::new(Kind::Bucket)));
    context.register_udf(ScalarUDF::new_from_impl(Own::new(Kind::Then)));
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    /// `compared(now, then…, time…)`: the values, their ratios and the times.
    Compared,
    /// `time_bucket(time, width, offset)`: the start of the interval in which a time is, Unix seconds.
    Bucket,
    /// `time_then(time, ago, otherwise)`: so many seconds before a time, or before another when it is none.
    Then,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Own {
    kind: Kind,
    signature: Signature,
}

impl Own {
    fn new(kind: Kind) -> Own {
        let signature = match kind {
            Kind::Compared => Signature::variadic(vec![DataType::Float64], Volatility::Immutable),
            Kind::Bucket | Kind::Then => Signature::any(3, Volatility::Immutable),
        };
        Own { kind, signature }
    }
}

impl ScalarUDFImpl for Own {
    fn name(&self) -> &str {
        match self.kind {
            Kind::Compared => "compared",
            Kind::Bucket => "time_bucket",
            Kind::Then => "time_then",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.kind {
            Kind::Compared => DataType::List(Arc::new(Field::new("item", DataType::Float64, true))),
            Kind::Bucket | Kind::Then => DataType::Int64,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays: Vec<ArrayRef> =
            args.args.iter().map(|value| value.to_array(args.number_rows)).collect::<Result<_>>()?;
        let array: ArrayRef = match (self.kind, &arrays[..]) {
            (Kind::Compared, [now, others @ ..]) => compared(now, others),
            (Kind::Bucket, [time, width, offset]) => {
                let (width, offset) = (width.as_primitive::<Int64Type>(), offset.as_primitive::<Int64Type>());
                let Some(times) = seconds(time, offset)? else {
                    return exec_err!("time_series takes a time: a timestamp, or seconds as __time__ has them");
                };
                let start = |(row, time): (usize, Option<i64>)| {
                    time.map(|time| {
                        let (width, offset) = (width.value(row).max(1), offset.value(row));
                        (time + offset).div_euclid(width) * width - offset
                    })
                };
                Arc::new(times.iter().enumerate().map(start).collect::<Int64Array>())
            }
            (Kind::Then, [time, ago, otherwise]) => {
                let (ago, otherwise) = (ago.as_primitive::<Int64Type>(), otherwise.as_primitive::<Int64Type>());
                let none = Int64Array::from(vec![0; time.len()]);
                let times = seconds(time, &none)?;
                let then = |row: usize| {
                    let time = times.as_ref().filter(|times| times.is_valid(row)).map(|times| times.value(row));
                    time.unwrap_or_else(|| otherwise.value(row)) - ago.value(row)
                };
                Arc::new((0..ago.len()).map(|row| Some(then(row))).collect::<Int64Array>())
            }
            _ => return internal_err!("{} is called otherwise than it is", self.name()),
        };
        Ok(ColumnarValue::Array(array))
    }
}

/// Times as Unix seconds; those on the wall are so many seconds ahead. `None` when they are no times.
fn seconds(times: &ArrayRef, ahead_s: &Int64Array) -> Result<Option<Int64Array>> {
    Ok(match times.data_type() {
        kind if kind.is_integer() => Some(cast(times, &DataType::Int64)?.as_primitive::<Int64Type>().clone()),
        DataType::Timestamp(_, None) | DataType::Date32 => {
            let wall = cast(times, &DataType::Timestamp(TimeUnit::Millisecond, None))?;
            let wall = wall.as_primitive::<TimestampMillisecondType>();
            let one = |(row, wall_ms): (usize, Option<i64>)| {
                wall_ms.map(|wall_ms| wall_ms.div_euclid(1_000) - ahead_s.value(row))
            };
            Some(wall.iter().enumerate().map(one).collect())
        }
        DataType::Timestamp(_, Some(_)) => {
            let seconds = cast(times, &DataType::Timestamp(TimeUnit::Second, None))?;
            Some(cast(&seconds, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
        }
        _ => None,
    })
}

/// `others` are as many values then as times then.
fn compared(now: &ArrayRef, others: &[ArrayRef]) -> ArrayRef {
    let doubles = |array: &ArrayRef| -> Float64Array { array.as_primitive::<Float64Type>().clone() };
    let now = doubles(now);
    let (then, times) = others.split_at(others.len() / 2);
    let (then, times): (Vec<_>, Vec<_>) = (then.iter().map(doubles).collect(), times.iter().map(doubles).collect());
    let value = |array: &Float64Array, row: usize| array.is_valid(row).then(|| array.value(row));
    let mut lists = ListBuilder::new(Float64Builder::new());
    for row in 0..now.len() {
        let items = lists.values();
        items.append_option(value(&now, row));
        then.iter().for_each(|then| items.append_option(value(then, row)));
        then.iter().for_each(|then| {
            items.append_option(value(&now, row).zip(value(then, row)).map(|(now, then)| now / then));
        });
        times.iter().for_each(|time| items.append_option(value(time, row)));
        lists.append(true);
    }
    Arc::new(lists.finish())
}
