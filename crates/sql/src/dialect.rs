//! The parser's general dialect, but for one form that it reads wrongly.

use std::any::TypeId;

use datafusion::sql::sqlparser::ast::Expr;
use datafusion::sql::sqlparser::dialect::{Dialect, GenericDialect};
use datafusion::sql::sqlparser::keywords::Keyword::{DISTINCT, FROM, IS, NOT};
use datafusion::sql::sqlparser::parser::{Parser, ParserError};

/// `a IS DISTINCT FROM b` for a dialect's `parse_infix`: the parser would take what stands behind `b AND` for a part of `b`.
pub fn parse_distinct_from(parser: &mut Parser, left: &Expr, precedence: u8) -> Option<Result<Expr, ParserError>> {
    let form = match () {
        () if parser.parse_keywords(&[IS, DISTINCT, FROM]) => Expr::IsDistinctFrom,
        () if parser.parse_keywords(&[IS, NOT, DISTINCT, FROM]) => Expr::IsNotDistinctFrom,
        () => return None,
    };
    let right = parser.parse_subexpr(precedence);
    Some(right.map(|right| form(Box::new(left.clone()), Box::new(right))))
}

/// The dialect of queries over events.
#[derive(Debug)]
pub(crate) struct General;

macro_rules! general_forms {
    ($($form:ident),+) => {
        $(fn $form(&self) -> bool {
            GenericDialect.$form()
        })+
    };
}

impl Dialect for General {
    fn dialect(&self) -> TypeId {
        TypeId::of::<GenericDialect>()
    }

    fn parse_infix(&self, parser: &mut Parser, left: &Expr, precedence: u8) -> Option<Result<Expr, ParserError>> {
        parse_distinct_from(parser, left, precedence)
    }

    fn is_delimited_identifier_start(&self, letter: char) -> bool {
        GenericDialect.is_delimited_identifier_start(letter)
    }

    fn is_identifier_start(&self, letter: char) -> bool {
        GenericDialect.is_identifier_start(letter)
    }

    fn is_identifier_part(&self, letter: char) -> bool {
        GenericDialect.is_identifier_part(letter)
    }

    // Whatever else the general dialect takes.
    general_forms! {
        supports_unicode_string_literal, supports_partition_by_after_order_by, supports_array_join_syntax,
        supports_group_by_expr, supports_group_by_with_modifier, supports_left_associative_joins_without_parens,
        supports_connect_by, supports_match_recognize, supports_pipe_operator, supports_start_transaction_modifier,
        supports_window_function_null_treatment_arg, supports_dictionary_syntax,
        supports_window_clause_named_window_reference, supports_parenthesized_set_variables,
        supports_select_wildcard_except, support_map_literal_syntax, allow_extract_custom,
        allow_extract_single_quotes, supports_extract_comma_syntax, supports_create_view_comment_syntax,
        supports_parens_around_table_factor, supports_values_as_table_factor, supports_create_index_with_clause,
        supports_explain_with_utility_options, supports_limit_comma, supports_update_order_by,
        supports_from_first_select, supports_projection_trailing_commas, supports_asc_desc_in_column_definition,
        supports_try_convert, supports_bitwise_shift_operators, supports_comment_on, supports_load_extension,
        supports_named_fn_args_with_assignment_operator, supports_struct_literal, supports_empty_projections,
        supports_nested_comments, supports_multiline_comment_hints, supports_user_host_grantee,
        supports_string_escape_constant, supports_array_typedef_with_brackets, supports_match_against,
        supports_set_names, supports_comma_separated_set_assignments, supports_filter_during_aggregation,
        supports_select_wildcard_exclude, supports_data_type_signed_suffix, supports_interval_options,
        supports_quote_delimited_string, supports_select_wildcard_replace, supports_select_wildcard_ilike,
        supports_select_wildcard_rename, supports_optimize_table, supports_install, supports_detach,
        supports_prewhere, supports_with_fill, supports_limit_by, supports_interpolate, supports_settings,
        supports_select_format, supports_comment_optimizer_hint, supports_constraint_keyword_without_name,
        supports_key_column_option, supports_comma_separated_trim, supports_cte_without_as,
        supports_select_item_multi_column_alias, supports_xml_expressions
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::sql::sqlparser::ast::BinaryOperator;

    #[test]
    fn what_stands_behind_distinct_from_ends_at_and() {
        for form in ["IS DISTINCT FROM", "IS NOT DISTINCT FROM"] {
            let text = format!("x OR a {form} b + 1 AND c");
            let read = Parser::new(&General).try_with_sql(&text).unwrap().parse_expr().unwrap();
            let Expr::BinaryOp { op: BinaryOperator::Or, right, .. } = read else { panic!("{read:?}") };
            let Expr::BinaryOp { op: BinaryOperator::And, left, right } = *right else { panic!("{right:?}") };
            assert_eq!((left.to_string(), right.to_string()), (format!("a {form} b + 1"), "c".to_owned()));
        }
    }
}
