//! The dialect: a statement as people write it becomes one that DataFusion plans to the same meaning.
//!
//! Public documents: Simple Log Service, "Log analysis overview", "SQL syntax", "Nested subquery".
//!
//! | Written | Becomes |
//! |---|---|
//! | `set session x=y; SELECT …;` | `SELECT …` |
//! | `SELECT … WHERE …` | `SELECT … FROM log WHERE …`, in the outermost query |
//! | no LIMIT | `LIMIT 100` |
//! | `LIMIT 20, 10` | `LIMIT 10 OFFSET 20` |
//! | `FROM my-store` | `FROM "my-store"` |
//! | `"Event.eventRW"` | one form of the name, whatever its letter case ([`names::fold`]) |
//! | `count(*)` without a name | `count(*) AS _col0` |
//!
//! Expressions and table functions have files of their own.

mod compare;
mod expressions;
pub(crate) mod names;
mod outer;
mod presto;
mod series;
mod tokens;
mod unnest;
pub(crate) mod words;

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, ObjectName, Query, Select, SetExpr, Statement, Visit, VisitMut, Visitor, VisitorMut,
};
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::Token;

use self::names::{Titles, fold};
use self::presto::Presto;
use self::words::Words;
use crate::fault::Fault;
use crate::limits::MAX_DEPTH;

pub(crate) use compare::ago;
pub(crate) use outer::LOG;

/// A statement that DataFusion can plan.
pub(crate) struct Prepared {
    pub(crate) query: Box<Query>,
    pub(crate) titles: Titles,
    pub(crate) words: Words,
    /// The bound that a missing LIMIT put on the rows; 0 for none.
    pub(crate) limited: u64,
    /// The times ago, in seconds, whose tables it asks for ([`ago`]).
    pub(crate) ago_s: Vec<i64>,
}

/// The range of times of the search.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Range {
    /// Unix seconds.
    pub(crate) from_s: i64,
    /// Unix seconds, inclusive.
    pub(crate) last_s: i64,
    /// Seconds that the wall is ahead of UTC.
    pub(crate) offset_s: i64,
}

/// What a rewriting must know of the statement.
struct Context<'c> {
    words: &'c Words,
    from_s: i64,
    last_s: i64,
    offset_s: i64,
}

/// The folded names of the tables that a statement asks for, in order.
pub(crate) fn tables(text: &str) -> Result<BTreeSet<String>, Fault> {
    Ok(tables_of(&read(text)?.0))
}

/// The same of a query.
pub(crate) fn tables_of(query: &Query) -> BTreeSet<String> {
    let mut names = Names::default();
    let _ = Visit::visit(query, &mut names);
    names.tables.difference(&names.queries).cloned().collect()
}

/// Makes a statement one that DataFusion plans. Without a search there is no table that is implied.
pub(crate) fn prepare(text: &str, has_log: bool, range: Range) -> Result<Prepared, Fault> {
    let (mut query, words) = read(text)?;
    let titles = Titles::of(&query, &words);
    if has_log {
        outer::imply_log(&mut query.body);
    }
    let limited = outer::bound(&mut query, words.start())?;
    let Range { from_s, last_s, offset_s } = range;
    let context = Context { words: &words, from_s, last_s, offset_s };
    let mut rewriting = Rewriting { context, depth: 0, ago_s: Vec::new() };
    if let ControlFlow::Break(fault) = VisitMut::visit(&mut *query, &mut rewriting) {
        return Err(fault);
    }
    let ago_s = rewriting.ago_s;
    Ok(Prepared { query, titles, words, limited, ago_s })
}

/// Reads a statement, which is one query.
fn read(text: &str) -> Result<(Box<Query>, Words), Fault> {
    let (tokens, words) = tokens::tokens(text)?;
    let is_empty = tokens.iter().all(|token| matches!(token.token, Token::Whitespace(_) | Token::SemiColon));
    if is_empty {
        return Err(Fault::syntax(words.start(), "SELECT is expected behind |"));
    }
    let mut parser = Parser::new(&Presto).with_recursion_limit(MAX_DEPTH).with_tokens_with_locations(tokens);
    let mut statements = parser.parse_statements().map_err(|error| Fault::of_parser(&parser_text(&error)))?;
    match (statements.pop(), statements.is_empty()) {
        (Some(Statement::Query(query)), true) if is_reading(&query.body) => Ok((query, words)),
        _ => Err(Fault::syntax(words.start(), "only one SELECT is allowed behind |")),
    }
}

fn parser_text(error: &datafusion::sql::sqlparser::parser::ParserError) -> String {
    use datafusion::sql::sqlparser::parser::ParserError;
    match error {
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.clone(),
        ParserError::RecursionLimitExceeded => format!("the statement is nested more than {MAX_DEPTH} levels deep"),
    }
}

fn is_reading(body: &SetExpr) -> bool {
    match body {
        SetExpr::Select(select) => select.into.is_none(),
        SetExpr::Query(query) => is_reading(&query.body),
        SetExpr::SetOperation { left, right, .. } => is_reading(left) && is_reading(right),
        SetExpr::Values(_) => true,
        _ => false,
    }
}

/// The names of tables, and of the queries that WITH names.
#[derive(Default)]
struct Names {
    tables: BTreeSet<String>,
    queries: BTreeSet<String>,
}

impl Visitor for Names {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let named = query.with.iter().flat_map(|with| &with.cte_tables);
        self.queries.extend(named.map(|query| fold(&query.alias.name.value)));
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        let name = relation.0.iter().filter_map(|part| part.as_ident()).map(|name| name.value.as_str());
        self.tables.insert(fold(&name.collect::<Vec<_>>().join(".")));
        ControlFlow::Continue(())
    }
}

/// What is done to every query and expression.
struct Rewriting<'w> {
    context: Context<'w>,
    depth: usize,
    ago_s: Vec<i64>,
}

/// Reads a SELECT that a rewriting wrote.
fn parse_select(text: &str) -> Result<Select, Fault> {
    let parser = Parser::new(&Presto).with_recursion_limit(MAX_DEPTH).try_with_sql(text);
    let query = parser.and_then(|mut parser| parser.parse_query());
    let query = query.map_err(|error| Fault::of_parser(&parser_text(&error)))?;
    match *query.body {
        SetExpr::Select(select) => Ok(*select),
        _ => Err(Fault::of_parser("a rewritten statement is no SELECT")),
    }
}

impl VisitorMut for Rewriting<'_> {
    type Break = Fault;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Fault> {
        self.depth += 1;
        if self.depth > 1
            && let Err(fault) = outer::refuse_page(query, self.context.words.start())
        {
            return ControlFlow::Break(fault);
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<Fault> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Fault> {
        names::name_all(select);
        sql::keep_names_of_numbers(select);
        let unnested = unnest::rewrite(select, &self.context);
        let rewritten = unnested.and_then(|()| compare::rewrite(select, &self.context)).and_then(|ago_s| {
            self.ago_s.extend(ago_s);
            series::rewrite(select, &self.context)
        });
        rewritten.map_or_else(ControlFlow::Break, ControlFlow::Continue)
    }

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<Fault> {
        let rewritten = expressions::rewrite(expression, self.context.words.start());
        rewritten.map_or_else(ControlFlow::Break, ControlFlow::Continue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(text: &str) -> Result<Prepared, Fault> {
        prepare(text, true, Range { from_s: 7_200, last_s: 14_399, offset_s: 0 })
    }

    fn shown(text: &str) -> String {
        names::unfold(&prepared(text).unwrap_or_else(|fault| panic!("{fault}")).query.to_string())
    }

    #[test]
    fn what_is_implied_is_written() {
        for (text, expected) in [
            ("SELECT count(*)", r#"SELECT count(*) AS "_col0" FROM "log" LIMIT 100"#),
            ("SELECT a WHERE b > 1 LIMIT 5;", r#"SELECT a FROM "log" WHERE b > 1 LIMIT 5"#),
            ("SELECT \"A.b\" FROM log LIMIT 2, 3", r#"SELECT "a.b" FROM log LIMIT 3 OFFSET 2"#),
            ("SELECT a, A FROM x-y", r#"SELECT a, A AS "a_2" FROM "x-y" LIMIT 100"#),
            (
                "SELECT 1 AS a UNION SELECT 2",
                r#"SELECT 1 AS a FROM "log" UNION SELECT 2 AS "_col0" FROM "log" LIMIT 100"#,
            ),
        ] {
            assert_eq!(shown(text), expected);
        }
    }

    #[test]
    fn a_name_of_a_number_is_no_place_of_a_column() {
        let expected = r#"SELECT 26 + 0 AS a, b FROM "log" GROUP BY a, b LIMIT 1"#;
        assert_eq!(shown("SELECT 26 AS a, b GROUP BY a, b LIMIT 1"), expected);
        assert_eq!(shown("SELECT 26 AS a, b LIMIT 1"), r#"SELECT 26 AS a, b FROM "log" LIMIT 1"#);
    }

    #[test]
    fn expressions_are_those_of_the_engine() {
        for (text, expected) in [
            ("if(a, b, c)", "CASE WHEN a THEN b ELSE c END"),
            ("extract(hour FROM t)", "hour(t)"),
            ("x[1][2]", "presto_subscript(presto_subscript(x, 1), 2)"),
            ("cast(x AS row(a bigint)).a", "get_field(presto_cast(x, 'row(a bigint)'), 'a')"),
            ("cast(x AS double)", "presto_cast(x, 'double')"),
            ("try_cast(x AS varchar(3))", "presto_try_cast(x, 'varchar(3)')"),
            ("cast(x AS Array(Bigint))", "presto_cast(x, 'array(bigint)')"),
            ("try(cast(x AS bigint))", "presto_try_cast(x, 'bigint')"),
            ("try(1 / x)", "presto_try(() -> 1 / x)"),
            ("filter(x, y -> y > 1)", "array_filter(x, y -> y > 1)"),
        ] {
            assert_eq!(
                shown(&format!("SELECT {text} AS a LIMIT 1")),
                format!("SELECT {expected} AS a FROM \"log\" LIMIT 1")
            );
        }
    }

    #[test]
    fn bounds_of_rows_are_kept() {
        for text in [
            "SELECT 1 LIMIT 1000001",
            "SELECT 1 LIMIT 999999, 2",
            "SELECT 1 LIMIT 0, 10001",
            "SELECT 1 LIMIT x",
            "SELECT a FROM (SELECT 1 AS a LIMIT 1, 2)",
            "DELETE FROM log",
            "SELECT 1; SELECT 2",
            "",
            ";",
        ] {
            assert!(prepared(text).is_err(), "{text}");
        }
        assert_eq!(prepared("SELECT 1").map(|prepared| prepared.limited).ok(), Some(100));
    }

    #[test]
    fn tables_are_told_without_what_the_statement_names() {
        let found = tables("WITH w AS (SELECT 1 FROM Log) SELECT * FROM w JOIN my-store ON true").unwrap();
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["log", "my-store"]);
    }

    #[test]
    fn a_series_is_joined_to_its_points() {
        let text = shown("SELECT time_series(__time__, '1h', '%H', '0') AS t, count(*) AS n GROUP BY t ORDER BY t");
        assert!(text.contains("generate_series(7200, 10800, 3600)"), "{text}");
        assert!(text.contains("time_bucket(__time__, 3600, 0)") && text.contains("THEN 0 ELSE"), "{text}");
        assert!(prepared("SELECT time_series(__time__, '1h', '%H', '0') AS t, count(*) AS n").is_err());
        assert!(prepared("SELECT time_series(__time__, 'x', '%H', '0') AS t GROUP BY t").is_err());
    }

    #[test]
    fn comparing_asks_for_another_time() {
        let text = "SELECT c[1] AS a FROM (SELECT compare(n, 60) AS c FROM (SELECT count(*) AS n FROM log))";
        let prepared = prepared(text).unwrap();
        assert_eq!(prepared.ago_s, [60]);
        assert!(names::unfold(&prepared.query.to_string()).contains("\"log.60\""));
        assert!(
            super::prepare("SELECT compare(n, 60) FROM log", true, Range { from_s: 0, last_s: 1, offset_s: 0 })
                .is_err()
        );
    }

    #[test]
    fn items_of_arrays_become_rows() {
        for (text, expected) in [
            (
                "t.x FROM log CROSS JOIN UNNEST(split(a, ',')) AS t(x)",
                "x FROM (SELECT log.*, unnest(split(a, ',')) AS x FROM log) AS log",
            ),
            (
                "n FROM log, UNNEST(a, b) WITH ORDINALITY AS t(x, y, n)",
                "n FROM (SELECT log.*, unnest(a) AS x, unnest(b) AS y, unnest(presto_ordinals(a, b)) AS n FROM log) AS log",
            ),
            (
                "t.k FROM UNNEST(m) AS t(k, v)",
                "t.k FROM (SELECT unnest(presto_unnested_1(m)) AS k, unnest(presto_unnested_2(m)) AS v) AS t",
            ),
        ] {
            assert_eq!(shown(&format!("SELECT {text} LIMIT 1")), format!("SELECT {expected} LIMIT 1"));
        }
        for text in ["UNNEST(a) AS t", "UNNEST(a, b) AS t(x)", "UNNEST(a) WITH ORDINALITY AS t"] {
            assert!(prepared(&format!("SELECT 1 FROM log CROSS JOIN {text}")).is_err(), "{text}");
        }
    }
}
