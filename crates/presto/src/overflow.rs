//! `+`, `-` and `*` of whole numbers: what no longer is a bigint is an error, where DataFusion begins again at the other
//! end.

use std::sync::Arc;

use datafusion::arrow::compute::kernels::numeric::{add, mul, sub};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, internal_err};
use datafusion::error::Result;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, ExprSchemable, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};
use datafusion::physical_expr_common::datum::apply;

/// Puts functions in the place of operators.
#[derive(Debug)]
pub(crate) struct Overflow([Arc<ScalarUDF>; 3]);

impl Default for Overflow {
    fn default() -> Overflow {
        let function = |operator| {
            let signature = Signature::exact(vec![DataType::Int64, DataType::Int64], Volatility::Immutable);
            Arc::new(ScalarUDF::new_from_impl(Checked { operator, signature }))
        };
        Overflow([Operator::Plus, Operator::Minus, Operator::Multiply].map(function))
    }
}

impl FunctionRewrite for Overflow {
    fn name(&self) -> &str {
        "presto_overflow"
    }

    fn rewrite(&self, expr: Expr, schema: &DFSchema, _: &ConfigOptions) -> Result<Transformed<Expr>> {
        let Expr::BinaryExpr(BinaryExpr { left, op, right }) = expr else { return Ok(Transformed::no(expr)) };
        let function = match op {
            Operator::Plus => Some(&self.0[0]),
            Operator::Minus => Some(&self.0[1]),
            Operator::Multiply => Some(&self.0[2]),
            _ => None,
        };
        let is_bigint = |of: &Expr| of.get_type(schema).is_ok_and(|of| of == DataType::Int64);
        match function.filter(|_| is_bigint(&left) && is_bigint(&right)) {
            None => Ok(Transformed::no(Expr::BinaryExpr(BinaryExpr { left, op, right }))),
            Some(function) => {
                let call = ScalarFunction::new_udf(function.clone(), vec![*left, *right]);
                Ok(Transformed::yes(Expr::ScalarFunction(call)))
            }
        }
    }
}

/// An operator whose result has to be a bigint.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Checked {
    operator: Operator,
    signature: Signature,
}

impl ScalarUDFImpl for Checked {
    fn name(&self) -> &str {
        match self.operator {
            Operator::Plus => "presto_plus",
            Operator::Minus => "presto_minus",
            _ => "presto_times",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [left, right] = args.args.as_slice() else {
            return internal_err!("{} takes two numbers", self.name());
        };
        match self.operator {
            Operator::Plus => apply(left, right, add),
            Operator::Minus => apply(left, right, sub),
            _ => apply(left, right, mul),
        }
    }
}
