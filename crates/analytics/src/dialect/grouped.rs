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

#[cfg(test)]
mod tests {
    use crate::dialect::names::unfold;
    use crate::dialect::{Range, prepare};

    fn shown(text: &str) -> String {
        let prepared = prepare(text, true, Range { from_s: 0, last_s: 1, offset_s: 0 });
        unfold(&prepared.unwrap_or_else(|fault| panic!("{fault}")).query.to_string())
    }

    #[test]
    fn a_name_of_a_number_is_no_place_of_a_column() {
        let expected = r#"SELECT 26 + 0 AS a, b FROM "log" GROUP BY a, b LIMIT 1"#;
        assert_eq!(shown("SELECT 26 AS a, b GROUP BY a, b LIMIT 1"), expected);
        assert_eq!(shown("SELECT 26 AS a, b LIMIT 1"), r#"SELECT 26 AS a, b FROM "log" LIMIT 1"#);
    }
}
