//! An optimizer's rule: functions over one window are known as such.
//!
//! What several expressions have in common the engine computes once, under a name of its own. In the keys of a window it
//! then writes `common AS "the old text"`, but plain `common` where the function has a name already. Keys that are the same
//! differ so, and the planner, which puts functions over equal windows together, stops at an assertion. This rule takes
//! the names from the keys, and gives the old text to the function.

use datafusion::common::tree_node::Transformed;
use datafusion::error::Result;
use datafusion::logical_expr::expr::{Alias, WindowFunction};
use datafusion::logical_expr::{Expr, LogicalPlan, Window};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

#[derive(Debug)]
pub(crate) struct PlainKeys;

impl OptimizerRule for PlainKeys {
    fn name(&self) -> &str {
        "plain_window_keys"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Window(window) = plan else { return Ok(Transformed::no(plan)) };
        let plain: Vec<Expr> = window.window_expr.iter().cloned().map(plain_function).collect();
        if plain == window.window_expr {
            return Ok(Transformed::no(LogicalPlan::Window(window)));
        }
        Ok(Transformed::yes(LogicalPlan::Window(Window::try_new(plain, window.input)?)))
    }
}

fn plain_function(expr: Expr) -> Expr {
    let name = expr.schema_name().to_string();
    match expr {
        Expr::Alias(Alias { expr, relation, name, metadata }) => {
            let expr = match *expr {
                Expr::WindowFunction(function) => Expr::WindowFunction(plain_keys(function)),
                other => other,
            };
            Expr::Alias(Alias { expr: Box::new(expr), relation, name, metadata })
        }
        Expr::WindowFunction(function) => {
            let plain = Expr::WindowFunction(plain_keys(function));
            if plain.schema_name().to_string() == name { plain } else { plain.alias(name) }
        }
        other => other,
    }
}

fn plain_keys(mut function: Box<WindowFunction>) -> Box<WindowFunction> {
    let params = &mut function.params;
    for key in params.partition_by.iter_mut().chain(params.order_by.iter_mut().map(|sort| &mut sort.expr)) {
        *key = std::mem::take(key).unalias_nested().data;
    }
    function
}
