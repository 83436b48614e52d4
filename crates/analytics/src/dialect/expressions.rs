//! Expressions that DataFusion writes otherwise, or gives another meaning.
//!
//! | Written | Becomes |
//! |---|---|
//! | `if(a, b, c)` | `CASE WHEN a THEN b ELSE c END` |
//! | `cast(x AS t)`, `try_cast(x AS t)` | `presto_cast(x, 't')`, `presto_try_cast(x, 't')` |
//! | `try(cast(x AS t))` | `presto_try_cast(x, 't')` |
//! | `extract(hour FROM x)` | `hour(x)` |
//! | `x AT TIME ZONE z` | `at_timezone(x, z)` |
//! | `filter(x, y -> …)`, `transform`, `any_match` | `array_filter(x, y -> …)` and so on |

use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    CaseWhen, CastKind, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident,
    ObjectName, Value,
};
use datafusion::sql::sqlparser::tokenizer::Location;

use crate::fault::Fault;

/// Conversions with Presto's rules: doubles are rounded, and JSON becomes arrays and maps.
const CAST: &str = "presto_cast";
const TRY_CAST: &str = "presto_try_cast";

/// Rewrites an expression whose parts are rewritten.
pub(super) fn rewrite(expression: &mut Expr, place: Location) -> Result<(), Fault> {
    let replaced = match &*expression {
        Expr::Function(function) => match (name(function).as_str(), arguments(function)) {
            ("if", Some(arguments)) => Some(case(&arguments, place)?),
            ("try", Some(arguments)) => Some(tried(&arguments, place)?),
            ("filter", Some(arguments)) => Some(call("array_filter", arguments)),
            ("transform", Some(arguments)) => Some(call("array_transform", arguments)),
            ("any_match", Some(arguments)) => Some(call("array_any_match", arguments)),
            _ => None,
        },
        Expr::Cast { kind, expr, data_type, .. } => {
            let name = if *kind == CastKind::TryCast { TRY_CAST } else { CAST };
            // The grammar knows `array<t>` where Presto's functions say `array(t)`.
            let wanted = data_type.to_string().to_lowercase().replace('<', "(").replace('>', ")");
            Some(call(name, vec![(**expr).clone(), text(&wanted)]))
        }
        Expr::Extract { field, expr, .. } => Some(call(&field.to_string().to_lowercase(), vec![(**expr).clone()])),
        Expr::AtTimeZone { timestamp, time_zone } => {
            Some(call("at_timezone", vec![(**timestamp).clone(), (**time_zone).clone()]))
        }
        _ => None,
    };
    if let Some(replaced) = replaced {
        *expression = replaced;
    }
    Ok(())
}

/// The name of a function in small letters.
pub(super) fn name(function: &Function) -> String {
    function.name.to_string().to_ascii_lowercase()
}

/// The arguments of a call that has nothing else.
pub(super) fn arguments(function: &Function) -> Option<Vec<Expr>> {
    let FunctionArguments::List(list) = &function.args else {
        return None;
    };
    let one = |argument: &FunctionArg| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) => Some(expression.clone()),
        _ => None,
    };
    list.args.iter().map(one).collect()
}

fn text(text: &str) -> Expr {
    Expr::value(Value::SingleQuotedString(text.to_owned()))
}

/// A call of a function.
pub(super) fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let argument = |expression| FunctionArg::Unnamed(FunctionArgExpr::Expr(expression));
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: arguments.into_iter().map(argument).collect(),
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

fn case(arguments: &[Expr], place: Location) -> Result<Expr, Fault> {
    let (condition, result, otherwise) = match arguments {
        [condition, result] => (condition, result, None),
        [condition, result, otherwise] => (condition, result, Some(otherwise)),
        _ => return Err(Fault::syntax(place, "if takes a condition, a value and, when it is not met, another value")),
    };
    Ok(Expr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions: vec![CaseWhen { condition: condition.clone(), result: result.clone() }],
        else_result: otherwise.cloned().map(Box::new),
    })
}

/// Of what can fail, conversions are told their failure; anything else would need to be tried row by row.
fn tried(arguments: &[Expr], place: Location) -> Result<Expr, Fault> {
    match arguments {
        [Expr::Function(function)] if [CAST, TRY_CAST].contains(&name(function).as_str()) => {
            Ok(call(TRY_CAST, self::arguments(function).unwrap_or_default()))
        }
        [one] if !matches!(one, Expr::Function(_) | Expr::BinaryOp { .. }) => Ok(one.clone()),
        _ => Err(Fault::syntax(place, "try is supported around cast; write CASE WHEN … for other conditions")),
    }
}
