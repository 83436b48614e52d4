//! Calls with a grammar of their own, `substr(…)` and `position(… IN …)`: DataFusion plans them with its own functions,
//! whatever is registered.

use std::sync::Arc;

use datafusion::common::DFSchema;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::error::Result;
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;
use datafusion::logical_expr::{Expr, ScalarUDF};

/// Names of the functions that such calls mean.
const FORMS: [&str; 2] = ["strpos", "substr"];

/// Puts Presto's functions in the place of DataFusion's.
#[derive(Debug, Default)]
pub(crate) struct Forms(Vec<Arc<ScalarUDF>>);

impl Forms {
    /// Keeps a function that such a call means.
    pub(crate) fn keep(&mut self, function: &ScalarUDF) {
        if FORMS.contains(&function.name()) {
            self.0.push(Arc::new(function.clone()));
        }
    }
}

impl FunctionRewrite for Forms {
    fn name(&self) -> &str {
        "presto_forms"
    }

    fn rewrite(&self, expr: Expr, _: &DFSchema, _: &ConfigOptions) -> Result<Transformed<Expr>> {
        let Expr::ScalarFunction(mut call) = expr else { return Ok(Transformed::no(expr)) };
        match self.0.iter().find(|own| own.name() == call.func.name() && **own != call.func) {
            None => Ok(Transformed::no(Expr::ScalarFunction(call))),
            Some(own) => {
                call.func = own.clone();
                Ok(Transformed::yes(Expr::ScalarFunction(call)))
            }
        }
    }
}
