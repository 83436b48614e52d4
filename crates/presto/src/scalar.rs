//! A function of single rows as DataFusion calls it.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{internal_err, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature as Planned, Volatility,
};
use datafusion::scalar::ScalarValue;

use crate::called::Called;
use crate::cast::cast;
use crate::cells::{Cells, column, plain};
use crate::resolve::Resolved;
use crate::session::{Call, Session};
use crate::type_text::Reader;
use crate::types::Type;
use crate::value::Value;
use crate::zone::Zone;

/// What a function does with the values of one row.
pub(crate) type Body = for<'a> fn(&mut Call<'_>, &[Value<'a>]) -> Result<Value<'a>>;

/// One function in a family's table.
pub(crate) struct Row {
    /// `name(type, ...) -> type`, one for each way to call it.
    pub(crate) signatures: &'static [&'static str],
    pub(crate) also: &'static [&'static str],
    body: Body,
    takes_nulls: bool,
    volatility: Volatility,
    result_from: ResultFrom,
}

/// Where a result's type comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
enum ResultFrom {
    Signature,
    /// The zone that is the constant argument at this place.
    Zone(usize),
    /// The type that the constant argument at this place names.
    Name(usize),
}

/// A function that gives NULL when an argument is NULL.
pub(crate) const fn row(signatures: &'static [&'static str], body: Body) -> Row {
    Row {
        signatures,
        also: &[],
        body,
        takes_nulls: false,
        volatility: Volatility::Immutable,
        result_from: ResultFrom::Signature,
    }
}

impl Row {
    /// Other names of the same function.
    pub(crate) const fn also(self, names: &'static [&'static str]) -> Row {
        Row { also: names, ..self }
    }

    /// The body sees NULLs.
    pub(crate) const fn takes_nulls(self) -> Row {
        Row { takes_nulls: true, ..self }
    }

    /// The same in one query only.
    pub(crate) const fn stable(self) -> Row {
        Row { volatility: Volatility::Stable, ..self }
    }

    /// Different with every row.
    pub(crate) const fn volatile(self) -> Row {
        Row { volatility: Volatility::Volatile, ..self }
    }

    /// The result is in the zone that a constant argument names.
    pub(crate) const fn zone_from(self, place: usize) -> Row {
        Row { result_from: ResultFrom::Zone(place), ..self }
    }

    /// The result is of the type that a constant argument names.
    pub(crate) const fn type_from(self, place: usize) -> Row {
        Row { result_from: ResultFrom::Name(place), ..self }
    }
}

/// A row of a table in a session.
#[derive(Debug)]
pub(crate) struct Scalar {
    called: Called,
    body: Body,
    takes_nulls: bool,
    result_from: ResultFrom,
}

impl Scalar {
    pub(crate) fn new(row: &Row, session: &Arc<Session>) -> Result<Scalar> {
        Ok(Scalar {
            called: Called::new(row.signatures, row.also, row.volatility, session)?,
            body: row.body,
            takes_nulls: row.takes_nulls,
            result_from: row.result_from,
        })
    }

    /// The result's type where a constant argument decides it.
    fn result(&self, resolved: Resolved, constants: &[Option<&ScalarValue>]) -> Result<Type> {
        let constant = |place: usize| constants.get(place).copied().flatten();
        let named = |place: usize| constant(place).and_then(|value| value.try_as_str().flatten());
        match self.result_from {
            ResultFrom::Zone(place) if place < constants.len() => match named(place) {
                Some(zone) => Ok(Type::Zoned(Zone::named(zone)?.name)),
                None => plan_err!("{} expects the name of a zone, not an expression", self.called.name),
            },
            ResultFrom::Name(place) => match named(place).and_then(Reader::whole_type) {
                Some(found) => Ok(found),
                None => plan_err!(
                    "{} expects the name of a type, such as 'array(bigint)', not '{}'",
                    self.called.shown(),
                    named(place).unwrap_or_default()
                ),
            },
            _ => Ok(resolved.result),
        }
    }
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        self.called == other.called
    }
}

impl Eq for Scalar {}

impl Hash for Scalar {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.called.hash(state);
    }
}

impl ScalarUDFImpl for Scalar {
    fn name(&self) -> &str {
        &self.called.name
    }

    fn aliases(&self) -> &[String] {
        &self.called.aliases
    }

    fn signature(&self) -> &Planned {
        &self.called.planned
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        self.called.accept(given)
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        internal_err!("the type of {} is told with its fields", self.called.name)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let given: Vec<Type> = args.arg_fields.iter().map(|field| Type::of_field(field)).collect();
        let result = self.result(self.called.resolve(&given)?, args.scalar_arguments)?;
        Ok(result.to_result_field(&self.called.name, &self.called.session.zone.name))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let given: Vec<Type> = args.arg_fields.iter().map(|field| Type::of_field(field)).collect();
        let wanted = self.called.resolve(&given)?.arguments;
        let is_right: Vec<bool> = given.iter().zip(&wanted).map(|(given, wanted)| given.reads_as(wanted)).collect();
        let result = Type::of_field(&args.return_field);
        let is_constant = args.args.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_)))
            && self.called.planned.volatility != Volatility::Volatile;
        let columns: Vec<(ArrayRef, bool)> = args.args.iter().map(read).collect::<Result<_>>()?;
        let cells: Vec<Cells<'_>> = columns.iter().map(|(array, _)| Cells::of(array)).collect();
        let rows = if is_constant { 1 } else { args.number_rows };
        let mut call = Call::new(&self.called.session, &wanted, &result);
        let mut values = Vec::with_capacity(rows);
        let mut row_values = Vec::with_capacity(cells.len());
        for row in 0..rows {
            row_values.clear();
            for (place, cell) in cells.iter().enumerate() {
                let value = cell.value(if columns[place].1 { 0 } else { row });
                row_values.push(match is_right[place] {
                    true => value,
                    false => cast(value, &given[place], &wanted[place], &self.called.session)?,
                });
            }
            let is_null = !self.takes_nulls && row_values.iter().any(Value::is_null);
            values.push(if is_null { Value::Null } else { (self.body)(&mut call, &row_values)? });
        }
        let array = column(&values, &result, &self.called.session.zone.name)?;
        Ok(if is_constant {
            ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?)
        } else {
            ColumnarValue::Array(array)
        })
    }
}

/// An argument as a column, and whether it has one row for all.
fn read(argument: &ColumnarValue) -> Result<(ArrayRef, bool)> {
    Ok(match argument {
        ColumnarValue::Array(array) => (plain(array)?, false),
        ColumnarValue::Scalar(value) => (plain(&value.to_array()?)?, true),
    })
}
