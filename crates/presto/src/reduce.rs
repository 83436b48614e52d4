//! `reduce(array(T), S, (S, T) -> S, S -> R) -> R`: the lambda is called with the first items of all rows, then with the
//! second ones, and so on.

use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::common::plan_err;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs, HigherOrderSignature, HigherOrderUDF,
    HigherOrderUDFImpl, LambdaArgument, LambdaParametersProgress, ValueOrLambda, Volatility,
};

use crate::cells::{Cells, column, plain};
use crate::lambda::{call, row_number};
use crate::types::Type;
use crate::value::Value;

const EXPECTS: &str = "reduce expects an array, a first state, a lambda (state, item) -> state and a lambda state -> \
                       result, where one type holds all states";

/// The function.
pub(crate) fn function() -> Arc<HigherOrderUDF> {
    let (value, lambda) = (ValueOrLambda::Value(()), ValueOrLambda::Lambda(()));
    let arguments = vec![value.clone(), value, lambda.clone(), lambda];
    let signature = HigherOrderSignature::exact(arguments, Volatility::Immutable);
    Arc::new(HigherOrderUDF::new_from_impl(Reduce { signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Reduce {
    signature: HigherOrderSignature,
}

fn item(array: &Type) -> Result<Type> {
    match array {
        Type::Array(item) => Ok(*item.clone()),
        Type::Unknown => Ok(Type::Unknown),
        _ => plan_err!("{EXPECTS}"),
    }
}

/// The type that holds the first state and what the lambda makes of it.
fn state(first: &Type, made: &Type) -> Result<Type> {
    first.common(made).map_or_else(|| plan_err!("{EXPECTS}"), Ok)
}

impl HigherOrderUDFImpl for Reduce {
    fn name(&self) -> &str {
        "reduce"
    }

    fn signature(&self) -> &HigherOrderSignature {
        &self.signature
    }

    fn coerce_value_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        match given {
            [array, _] => item(&Type::of(array)).map(|_| given.to_vec()),
            _ => plan_err!("{EXPECTS}"),
        }
    }

    fn lambda_parameters(
        &self,
        _: usize,
        fields: &[ValueOrLambda<FieldRef, Option<FieldRef>>],
    ) -> Result<LambdaParametersProgress> {
        let [ValueOrLambda::Value(array), ValueOrLambda::Value(first), ValueOrLambda::Lambda(made), _] = fields else {
            return plan_err!("{EXPECTS}");
        };
        let item = item(&Type::of_field(array))?.to_result_field("", "");
        let first = Type::of_field(first);
        let Some(made) = made else {
            let pair = vec![first.to_result_field("", ""), item];
            return Ok(LambdaParametersProgress::Partial(vec![Some(pair), None]));
        };
        let state = state(&first, &Type::of_field(made))?.to_result_field("", "");
        Ok(LambdaParametersProgress::Complete(vec![vec![state.clone(), item], vec![state]]))
    }

    fn coerce_values_for_lambdas(&self, fields: &[ValueOrLambda<DataType, DataType>]) -> Result<Option<Vec<DataType>>> {
        match fields {
            [ValueOrLambda::Value(array), ValueOrLambda::Value(first), ValueOrLambda::Lambda(made), _] => {
                let state = state(&Type::of(first), &Type::of(made))?;
                Ok(Some(vec![array.clone(), state.to_arrow("")]))
            }
            _ => plan_err!("{EXPECTS}"),
        }
    }

    fn return_field_from_args(&self, args: HigherOrderReturnFieldArgs) -> Result<FieldRef> {
        match args.arg_fields {
            [.., ValueOrLambda::Lambda(result)] => Ok(Type::of_field(result).to_result_field("", "")),
            _ => plan_err!("{EXPECTS}"),
        }
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> Result<ColumnarValue> {
        let (
            [
                ValueOrLambda::Value(array),
                ValueOrLambda::Value(first),
                ValueOrLambda::Lambda(fold),
                ValueOrLambda::Lambda(end),
            ],
            [ValueOrLambda::Value(array_field), ValueOrLambda::Value(state_field), ..],
        ) = (args.args.as_slice(), args.arg_fields.as_slice())
        else {
            return plan_err!("{EXPECTS}");
        };
        let (item, state) = (item(&Type::of_field(array_field))?, Type::of_field(state_field));
        let arrays = plain(&array.to_array(args.number_rows)?)?;
        let firsts = plain(&first.to_array(args.number_rows)?)?;
        let (arrays, firsts) = (Cells::of(&arrays), Cells::of(&firsts));
        let rows: Vec<Value<'_>> = (0..args.number_rows).map(|row| arrays.value(row)).collect();
        let mut states: Vec<_> = (0..args.number_rows).map(|row| firsts.value(row).into_owned()).collect();
        fold_all(fold, &rows, &mut states, &item, &state)?;
        let there: Vec<usize> = (0..rows.len()).filter(|row| !rows[*row].is_null()).collect();
        let last: Vec<Value<'_>> = there.iter().map(|row| states[*row].clone()).collect();
        let mut results = vec![Value::Null; rows.len()];
        for (row, result) in there.iter().zip(answers(end, &there, &[column(&last, &state, "")?])?) {
            results[*row] = result;
        }
        Ok(ColumnarValue::Array(column(&results, &Type::of_field(&args.return_field), "")?))
    }
}

/// Gives every row's state its items, one after the other.
fn fold_all(
    fold: &LambdaArgument,
    rows: &[Value<'_>],
    states: &mut [Value<'static>],
    item: &Type,
    state: &Type,
) -> Result<()> {
    let lists = rows.iter().map(|row| if row.is_null() { Ok(&[][..]) } else { row.items() });
    let lists = lists.collect::<Result<Vec<&[Value<'_>]>>>()?;
    for place in 0..lists.iter().map(|list| list.len()).max().unwrap_or(0) {
        let there: Vec<usize> = (0..lists.len()).filter(|row| place < lists[*row].len()).collect();
        let before: Vec<Value<'_>> = there.iter().map(|row| states[*row].clone()).collect();
        let items: Vec<Value<'_>> = there.iter().map(|row| lists[*row][place].clone()).collect();
        let parameters = [column(&before, state, "")?, column(&items, item, "")?];
        for (row, after) in there.iter().zip(answers(fold, &there, &parameters)?) {
            states[*row] = after;
        }
    }
    Ok(())
}

/// What the lambda gives for each of the rows.
fn answers(lambda: &LambdaArgument, rows: &[usize], parameters: &[ArrayRef]) -> Result<Vec<Value<'static>>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let from_rows = rows.iter().map(|row| row_number(*row)).collect::<Result<Vec<u32>>>()?;
    let answers = plain(&call(lambda, from_rows, parameters)?)?;
    let cells = Cells::of(&answers);
    Ok((0..rows.len()).map(|place| cells.value(place).into_owned()).collect())
}
