//! Names of numbers behind GROUP BY.

use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, GroupByExpr, Select, SelectItem, Value};

use super::outer::number;

/// Keeps the engine from taking `SELECT 26 AS a … GROUP BY a` for `GROUP BY 26`, the twenty-sixth column.
pub(super) fn rewrite(select: &mut Select) {
    if matches!(&select.group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty()) {
        return;
    }
    for item in &mut select.projection {
        if let SelectItem::ExprWithAlias { expr, .. } = item
            && let Expr::Value(value) = &*expr
            && matches!(&value.value, Value::Number(text, _) if text.parse::<i64>().is_ok())
        {
            *expr =
                Expr::BinaryOp { left: Box::new(expr.clone()), op: BinaryOperator::Plus, right: Box::new(number(0)) };
        }
    }
}
