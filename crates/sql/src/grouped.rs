//! Names of numbers behind GROUP BY.

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, GroupByExpr, Select, SelectItem, Value, VisitMut, VisitorMut,
};

/// Keeps the engine from taking `SELECT 26 AS a … GROUP BY a` for `GROUP BY 26`, the twenty-sixth column.
pub fn keep_names_of_numbers(select: &mut Select) {
    if matches!(&select.group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty()) {
        return;
    }
    for item in &mut select.projection {
        if let SelectItem::ExprWithAlias { expr, .. } = item
            && let Expr::Value(value) = &*expr
            && matches!(&value.value, Value::Number(text, _) if text.parse::<i64>().is_ok())
        {
            let nothing = Expr::Value(Value::Number("0".to_owned(), false).into());
            *expr = Expr::BinaryOp { left: Box::new(expr.clone()), op: BinaryOperator::Plus, right: Box::new(nothing) };
        }
    }
}

/// The same in every SELECT of a statement.
pub(crate) fn keep_all_names_of_numbers(statement: &mut Statement) {
    match statement {
        Statement::Statement(statement) => {
            let _ = VisitMut::visit(&mut **statement, &mut Selects);
        }
        Statement::Explain(explain) => keep_all_names_of_numbers(&mut explain.statement),
        _ => {}
    }
}

struct Selects;

impl VisitorMut for Selects {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        keep_names_of_numbers(select);
        ControlFlow::Continue(())
    }
}
