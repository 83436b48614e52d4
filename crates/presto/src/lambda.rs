//! Functions that take a lambda of two parameters, called once for the items of all rows.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, UInt32Array};
use datafusion::arrow::compute::take_arrays;
use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::common::plan_err;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs, HigherOrderSignature, HigherOrderUDF,
    HigherOrderUDFImpl, LambdaArgument, LambdaParametersProgress, ValueOrLambda, Volatility,
};

use crate::cells::{Cells, column, plain};
use crate::types::Type;
use crate::value::{Value, invalid};

/// The functions.
pub(crate) fn functions() -> [Arc<HigherOrderUDF>; 2] {
    [Kind::ZipWith, Kind::MapFilter].map(|kind| Arc::new(HigherOrderUDF::new_from_impl(Lambda::new(kind))))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    /// `zip_with(array(T), array(U), (T, U) -> R) -> array(R)`; the shorter array is filled up with NULL.
    ZipWith,
    /// `map_filter(map(K, V), (K, V) -> boolean) -> map(K, V)`.
    MapFilter,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Lambda {
    kind: Kind,
    signature: HigherOrderSignature,
}

/// What the lambda is called with for one row; nothing where the row has NULL.
type Pairs<'a> = Option<Vec<(Value<'a>, Value<'a>)>>;

impl Lambda {
    fn new(kind: Kind) -> Lambda {
        let mut arguments = match kind {
            Kind::ZipWith => vec![ValueOrLambda::Value(()), ValueOrLambda::Value(())],
            Kind::MapFilter => vec![ValueOrLambda::Value(())],
        };
        arguments.push(ValueOrLambda::Lambda(()));
        Lambda { kind, signature: HigherOrderSignature::exact(arguments, Volatility::Immutable) }
    }

    /// The types of the lambda's parameters.
    fn parameters(&self, given: &[Type]) -> Result<[Type; 2]> {
        let item = |given: &Type| match given {
            Type::Array(item) => Some(*item.clone()),
            Type::Unknown => Some(Type::Unknown),
            _ => None,
        };
        match (self.kind, given) {
            (Kind::ZipWith, [one, two]) => match (item(one), item(two)) {
                (Some(one), Some(two)) => Ok([one, two]),
                _ => plan_err!("zip_with expects two arrays, got {one} and {two}"),
            },
            (Kind::MapFilter, [Type::Unknown]) => Ok([Type::Unknown, Type::Unknown]),
            (Kind::MapFilter, [Type::Map(key, value)]) => Ok([*key.clone(), *value.clone()]),
            (Kind::ZipWith, _) => plan_err!("zip_with expects two arrays and a lambda of two parameters"),
            (Kind::MapFilter, _) => plan_err!("map_filter expects a map and a lambda of two parameters"),
        }
    }

    fn pairs<'a>(&self, row: &[Value<'a>]) -> Result<Pairs<'a>> {
        if row.iter().any(Value::is_null) {
            return Ok(None);
        }
        if self.kind == Kind::MapFilter {
            return Ok(Some(row[0].entries()?.to_vec()));
        }
        let (one, two) = (row[0].items()?, row[1].items()?);
        let at = |items: &[Value<'a>], place: usize| items.get(place).cloned().unwrap_or_default();
        Ok(Some((0..one.len().max(two.len())).map(|place| (at(one, place), at(two, place))).collect()))
    }

    /// A row's value, of what it was called with and the answers to it.
    fn made<'a>(&self, pairs: Vec<(Value<'a>, Value<'a>)>, answers: impl Iterator<Item = Value<'a>>) -> Value<'a> {
        match self.kind {
            Kind::ZipWith => Value::Array(answers.take(pairs.len()).collect()),
            Kind::MapFilter => {
                let kept = pairs.into_iter().zip(answers).filter(|(_, answer)| matches!(answer, Value::Boolean(true)));
                Value::Map(kept.map(|(entry, _)| entry).collect())
            }
        }
    }
}

fn values<L>(fields: &[ValueOrLambda<FieldRef, L>]) -> Vec<Type> {
    let each = fields.iter().filter_map(|field| match field {
        ValueOrLambda::Value(field) => Some(Type::of_field(field)),
        ValueOrLambda::Lambda(_) => None,
    });
    each.collect()
}

/// Calls the lambda with every pair of every row.
fn answers(lambda: &LambdaArgument, rows: &[Pairs<'_>], types: &[Type; 2]) -> Result<ArrayRef> {
    let (mut from_rows, mut ones, mut twos) = (Vec::new(), Vec::new(), Vec::new());
    for (row, pairs) in rows.iter().enumerate() {
        let row = row_number(row)?;
        for (one, two) in pairs.iter().flatten() {
            from_rows.push(row);
            ones.push(one.clone());
            twos.push(two.clone());
        }
    }
    call(lambda, from_rows, &[column(&ones, &types[0], "")?, column(&twos, &types[1], "")?])
}

/// The place of a row, as Arrow takes it.
pub(crate) fn row_number(row: usize) -> Result<u32> {
    u32::try_from(row).map_err(|_| invalid("a batch has too many rows"))
}

/// Calls a lambda with columns of parameters; the lambda's other columns are taken from the rows that are told.
pub(crate) fn call(lambda: &LambdaArgument, from_rows: Vec<u32>, parameters: &[ArrayRef]) -> Result<ArrayRef> {
    let count = from_rows.len();
    let from_rows = UInt32Array::from(from_rows);
    let each: Vec<_> = parameters.iter().map(|parameter| move || Ok(parameter.clone())).collect();
    let each: Vec<&dyn Fn() -> Result<ArrayRef>> =
        each.iter().map(|one| one as &dyn Fn() -> Result<ArrayRef>).collect();
    let spread = |captured: &[ArrayRef]| Ok(take_arrays(captured, &from_rows, None)?);
    lambda.evaluate(&each, spread)?.into_array(count)
}

impl HigherOrderUDFImpl for Lambda {
    fn name(&self) -> &str {
        match self.kind {
            Kind::ZipWith => "zip_with",
            Kind::MapFilter => "map_filter",
        }
    }

    fn signature(&self) -> &HigherOrderSignature {
        &self.signature
    }

    fn coerce_value_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        self.parameters(&given.iter().map(Type::of).collect::<Vec<_>>())?;
        Ok(given.to_vec())
    }

    fn lambda_parameters(
        &self,
        _: usize,
        fields: &[ValueOrLambda<FieldRef, Option<FieldRef>>],
    ) -> Result<LambdaParametersProgress> {
        let types = self.parameters(&values(fields))?;
        let fields = types.iter().map(|of| of.to_result_field("", "")).collect();
        Ok(LambdaParametersProgress::Complete(vec![fields]))
    }

    fn return_field_from_args(&self, args: HigherOrderReturnFieldArgs) -> Result<FieldRef> {
        let given = values(args.arg_fields);
        self.parameters(&given)?;
        let answer = match args.arg_fields.last() {
            Some(ValueOrLambda::Lambda(field)) => Type::of_field(field),
            _ => return plan_err!("{} expects a lambda at the end", self.name()),
        };
        match self.kind {
            Kind::ZipWith => Ok(Type::Array(Box::new(answer)).to_result_field("", "")),
            Kind::MapFilter if matches!(answer, Type::Boolean | Type::Unknown) => Ok(given[0].to_result_field("", "")),
            Kind::MapFilter => plan_err!("map_filter expects a lambda that gives a boolean, not {answer}"),
        }
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> Result<ColumnarValue> {
        let types = self.parameters(&values(&args.arg_fields))?;
        let (mut columns, mut lambda) = (Vec::new(), None);
        for argument in &args.args {
            match argument {
                ValueOrLambda::Value(value) => columns.push(plain(&value.to_array(args.number_rows)?)?),
                ValueOrLambda::Lambda(given) => lambda = Some(given),
            }
        }
        let Some(lambda) = lambda else { return plan_err!("{} expects a lambda", self.name()) };
        let cells: Vec<Cells<'_>> = columns.iter().map(Cells::of).collect();
        let row = |row: usize| self.pairs(&cells.iter().map(|cell| cell.value(row)).collect::<Vec<_>>());
        let rows = (0..args.number_rows).map(row).collect::<Result<Vec<Pairs<'_>>>>()?;
        let answers = plain(&answers(lambda, &rows, &types)?)?;
        let (answers, mut place) = (Cells::of(&answers), 0);
        let made = rows.into_iter().map(|pairs| match pairs {
            None => Value::Null,
            Some(pairs) => {
                let from = place;
                place += pairs.len();
                self.made(pairs, (from..place).map(|place| answers.value(place)))
            }
        });
        let made: Vec<Value<'_>> = made.collect();
        Ok(ColumnarValue::Array(column(&made, &Type::of_field(&args.return_field), "")?))
    }
}
