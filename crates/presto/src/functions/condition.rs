//! `if` as a function: a CASE under another name, so that only the branch that is meant is computed.

use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{internal_err, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use crate::types::Type;

/// `if(condition, then[, else])`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct If {
    signature: Signature,
}

impl If {
    pub(crate) fn new() -> If {
        If { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for If {
    fn name(&self) -> &str {
        "if"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let common = match given {
            [DataType::Boolean | DataType::Null, then] => Some(then.clone()),
            [DataType::Boolean | DataType::Null, then, otherwise] if then == otherwise => Some(then.clone()),
            [DataType::Boolean | DataType::Null, then, otherwise] => {
                let common = Type::of(then).common(&Type::of(otherwise));
                common.map(|common| common.to_arrow("UTC"))
            }
            _ => None,
        };
        let Some(common) = common else {
            let given = given.iter().map(|one| Type::of(one).to_string()).collect::<Vec<_>>().join(", ");
            return plan_err!("if expects (boolean, T) or (boolean, T, T), got ({given})");
        };
        Ok([DataType::Boolean].into_iter().chain(vec![common; given.len() - 1]).collect())
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        internal_err!("the type of if is told with its fields")
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        match args.arg_fields {
            [_, then, ..] => Ok(std::sync::Arc::new(then.as_ref().clone().with_name("if").with_nullable(true))),
            _ => plan_err!("if expects a condition and what it gives"),
        }
    }

    fn short_circuits(&self) -> bool {
        true
    }

    fn simplify(&self, args: Vec<Expr>, _: &SimplifyContext) -> Result<ExprSimplifyResult> {
        let mut args = args.into_iter().map(Box::new);
        let (Some(condition), Some(then)) = (args.next(), args.next()) else {
            return plan_err!("if expects a condition and what it gives");
        };
        let case = Case { expr: None, when_then_expr: vec![(condition, then)], else_expr: args.next() };
        Ok(ExprSimplifyResult::Simplified(Expr::Case(case)))
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        internal_err!("if is planned as CASE")
    }
}
