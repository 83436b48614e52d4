//! Conditions that a scan decides itself, exactly. Whatever is not one of them stays with DataFusion.

use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use datafusion::scalar::ScalarValue;
use store::Extracted;

use crate::columns::{Column, Columns};

/// Rows that meet all of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    /// Earliest time, seconds, inclusive.
    pub(crate) from_s: i64,
    /// Latest time, seconds, inclusive.
    pub(crate) to_s: i64,
    pub(crate) tests: Vec<ColumnTest>,
}

/// A condition on a column of which a row has one value at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnTest {
    pub(crate) column: Column,
    pub(crate) test: Test,
}

/// A condition on a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Test {
    OneOf(Vec<String>),
    IsNull,
    IsNotNull,
}

impl Test {
    pub(crate) fn matches(&self, value: Option<&str>) -> bool {
        match (self, value) {
            (Test::OneOf(wanted), Some(value)) => wanted.iter().any(|wanted| wanted == value),
            (Test::OneOf(_), None) => false,
            (Test::IsNull, value) => value.is_none(),
            (Test::IsNotNull, value) => value.is_some(),
        }
    }
}

impl ColumnTest {
    pub(crate) fn matches(&self, extracted: &Extracted<'_>) -> bool {
        self.test.matches(value_of(extracted, self.column))
    }
}

/// The value of a column of which a row has one at most.
pub(crate) fn value_of<'a>(extracted: &'a Extracted<'_>, column: Column) -> Option<&'a str> {
    match column {
        Column::Scope => Some(&extracted.scope),
        Column::One(field) => extracted.terms.iter().find(|(id, _)| *id == field).map(|(_, value)| &**value),
        _ => None,
    }
}

impl Filter {
    /// Every row.
    pub(crate) const ALL: Filter = Filter { from_s: i64::MIN, to_s: i64::MAX, tests: Vec::new() };

    /// All of these conditions; `None` when one of them is not decided by a scan.
    pub(crate) fn of(exprs: &[Expr], columns: &Columns) -> Option<Filter> {
        let mut filter = Filter::ALL;
        exprs.iter().try_for_each(|expr| filter.add(expr, columns))?;
        Some(filter)
    }

    fn add(&mut self, expr: &Expr, columns: &Columns) -> Option<()> {
        match expr {
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
                self.add(left, columns)?;
                self.add(right, columns)
            }
            Expr::BinaryExpr(BinaryExpr { left, op, right }) if *op != Operator::Or => {
                if let (Some(column), Expr::Literal(literal, _)) = (column_of(left, columns), &**right) {
                    return self.compare(column, *op, literal);
                }
                let (column, Expr::Literal(literal, _)) = (column_of(right, columns)?, &**left) else {
                    return None;
                };
                self.compare(column, op.swap()?, literal)
            }
            Expr::BinaryExpr(_) | Expr::InList(_) => {
                let (column, wanted) = one_of(expr, columns)?;
                self.test(column, Test::OneOf(wanted))
            }
            Expr::IsNull(inner) => self.test(column_of(inner, columns)?, Test::IsNull),
            Expr::IsNotNull(inner) => self.test(column_of(inner, columns)?, Test::IsNotNull),
            _ => None,
        }
    }

    fn test(&mut self, column: Column, test: Test) -> Option<()> {
        is_single_text(column).then(|| self.tests.push(ColumnTest { column, test }))
    }

    fn compare(&mut self, column: Column, op: Operator, literal: &ScalarValue) -> Option<()> {
        if column != Column::Time {
            let value = literal.try_as_str()??.to_owned();
            return if op == Operator::Eq { self.test(column, Test::OneOf(vec![value])) } else { None };
        }
        let (value, per_s) = instant(literal)?;
        let (floor, is_whole) = (value.div_euclid(per_s), value.rem_euclid(per_s) == 0);
        let (from_s, to_s) = match op {
            Operator::GtEq => (if is_whole { floor } else { floor.checked_add(1)? }, i64::MAX),
            Operator::Gt => (floor.checked_add(1)?, i64::MAX),
            Operator::LtEq => (i64::MIN, floor),
            Operator::Lt => (i64::MIN, if is_whole { floor.checked_sub(1)? } else { floor }),
            Operator::Eq if is_whole => (floor, floor),
            Operator::Eq => (i64::MAX, i64::MIN),
            _ => return None,
        };
        self.from_s = self.from_s.max(from_s);
        self.to_s = self.to_s.min(to_s);
        Some(())
    }
}

/// The column and the values of `a = 'x' OR a IN ('y', 'z')`.
fn one_of(expr: &Expr, columns: &Columns) -> Option<(Column, Vec<String>)> {
    let text = |value: &Expr| match value {
        Expr::Literal(literal, _) => literal.try_as_str()?.map(str::to_owned),
        _ => None,
    };
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            let ((column, mut wanted), (other, more)) = (one_of(left, columns)?, one_of(right, columns)?);
            wanted.extend(more);
            (column == other).then_some((column, wanted))
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => match column_of(left, columns) {
            Some(column) => Some((column, vec![text(right)?])),
            None => Some((column_of(right, columns)?, vec![text(left)?])),
        },
        Expr::InList(list) if !list.negated => {
            let wanted = list.list.iter().map(text).collect::<Option<Vec<String>>>()?;
            Some((column_of(&list.expr, columns)?, wanted))
        }
        _ => None,
    }
}

fn is_single_text(column: Column) -> bool {
    matches!(column, Column::Scope | Column::One(_))
}

fn column_of(expr: &Expr, columns: &Columns) -> Option<Column> {
    match expr {
        Expr::Column(column) => columns.find(&column.name),
        _ => None,
    }
}

/// A moment since 1970 with how many of its units are a second.
fn instant(literal: &ScalarValue) -> Option<(i64, i64)> {
    match literal {
        ScalarValue::TimestampSecond(value, _) => Some(((*value)?, 1)),
        ScalarValue::TimestampMillisecond(value, _) => Some(((*value)?, 1_000)),
        ScalarValue::TimestampMicrosecond(value, _) => Some(((*value)?, 1_000_000)),
        ScalarValue::TimestampNanosecond(value, _) => Some(((*value)?, 1_000_000_000)),
        _ => None,
    }
}
