//! `try(expression)`: NULL for the rows where the expression fails, whatever it is made of.
//!
//! A function does not see its arguments fail: they are computed before it is called. So the expression comes as a lambda
//! without parameters, `presto_try(() -> expression)`, and its columns are what the lambda captures. All rows are computed
//! together; where that fails each half is, down to the rows that fail.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, NullArray, new_null_array};
use datafusion::arrow::compute::concat;
use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::arrow::error::ArrowError;
use datafusion::common::{DataFusionError, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs, HigherOrderSignature, HigherOrderUDF,
    HigherOrderUDFImpl, LambdaArgument, LambdaParametersProgress, ValueOrLambda, Volatility,
};

const EXPECTS: &str = "try expects one expression";

/// The function.
pub(crate) fn function() -> Arc<HigherOrderUDF> {
    let signature = HigherOrderSignature::exact(vec![ValueOrLambda::Lambda(())], Volatility::Immutable);
    Arc::new(HigherOrderUDF::new_from_impl(Tried { signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Tried {
    signature: HigherOrderSignature,
}

impl HigherOrderUDFImpl for Tried {
    fn name(&self) -> &str {
        "presto_try"
    }

    fn signature(&self) -> &HigherOrderSignature {
        &self.signature
    }

    fn coerce_value_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        Ok(given.to_vec())
    }

    fn lambda_parameters(
        &self,
        _: usize,
        _: &[ValueOrLambda<FieldRef, Option<FieldRef>>],
    ) -> Result<LambdaParametersProgress> {
        Ok(LambdaParametersProgress::Complete(vec![Vec::new()]))
    }

    fn return_field_from_args(&self, args: HigherOrderReturnFieldArgs) -> Result<FieldRef> {
        match args.arg_fields {
            [ValueOrLambda::Lambda(result)] => {
                Ok(Arc::new(result.as_ref().clone().with_name("try").with_nullable(true)))
            }
            _ => plan_err!("{EXPECTS}"),
        }
    }

    /// Else a part of the expression that comes twice would be computed before, where its failure is one of the query.
    fn short_circuits(&self) -> bool {
        true
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> Result<ColumnarValue> {
        let [ValueOrLambda::Lambda(expression)] = args.args.as_slice() else {
            return plan_err!("{EXPECTS}");
        };
        let mut parts = Vec::new();
        compute(expression, Rows { first: 0, count: args.number_rows }, args.return_field.data_type(), &mut parts)?;
        let parts: Vec<&dyn Array> = parts.iter().map(|part| &**part).collect();
        Ok(ColumnarValue::Array(concat(&parts)?))
    }
}

#[derive(Debug, Clone, Copy)]
struct Rows {
    first: usize,
    count: usize,
}

impl Rows {
    fn halves(self) -> [Rows; 2] {
        let half = self.count / 2;
        [Rows { count: half, ..self }, Rows { first: self.first + half, count: self.count - half }]
    }
}

/// Adds the values of some rows to the parts before.
fn compute(expression: &LambdaArgument, rows: Rows, of: &DataType, parts: &mut Vec<ArrayRef>) -> Result<()> {
    match evaluate(expression, rows) {
        Ok(values) => parts.push(values),
        Err(error) if !is_of_values(&error) => return Err(error),
        Err(_) if rows.count <= 1 => parts.push(new_null_array(of, rows.count)),
        Err(_) => {
            for half in rows.halves() {
                compute(expression, half, of, parts)?;
            }
        }
    }
    Ok(())
}

fn evaluate(expression: &LambdaArgument, rows: Rows) -> Result<ArrayRef> {
    let Rows { first, count } = rows;
    // An expression without columns is told by this how many rows there are.
    let counted: ArrayRef = Arc::new(NullArray::new(count));
    let captured = |columns: &[ArrayRef]| Ok(columns.iter().map(|column| column.slice(first, count)).collect());
    expression.evaluate(&[&|| Ok(counted.clone())], captured)?.into_array(count)
}

/// Whether values made an expression fail: not memory, files, or a mistake of the engine.
fn is_of_values(error: &DataFusionError) -> bool {
    match error.find_root() {
        DataFusionError::Execution(_) => true,
        DataFusionError::ArrowError(cause, _) => matches!(
            **cause,
            ArrowError::DivideByZero
                | ArrowError::ArithmeticOverflow(_)
                | ArrowError::CastError(_)
                | ArrowError::ParseError(_)
                | ArrowError::ComputeError(_)
        ),
        _ => false,
    }
}
