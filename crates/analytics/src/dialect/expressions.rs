//! Expressions that DataFusion writes otherwise, or gives another meaning.
//!
//! | Written | Becomes |
//! |---|---|
//! | `if(a, b, c)` | `CASE WHEN a THEN b ELSE c END` |
//! | `cast(x AS t)`, `try_cast(x AS t)` | `presto_cast(x, 't')`, `presto_try_cast(x, 't')` |
//! | `try(x)` | `presto_try(() -> x)` |
//! | `x[i]` | `presto_subscript(x, i)` |
//! | `row(…).name` | `get_field(row(…), 'name')` |
//! | `extract(hour FROM x)` | `hour(x)` |
//! | `x AT TIME ZONE z` | `at_timezone(x, z)` |
//! | `filter(x, y -> …)`, `transform`, `any_match` | `array_filter(x, y -> …)` and so on |

use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    AccessExpr, CaseWhen, CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, Ident, LambdaFunction, LambdaSyntax, ObjectName, ObjectNamePart, OneOrManyWithParens, Subscript,
    Value,
};
use datafusion::sql::sqlparser::tokenizer::Location;

use super::names::fold;
use crate::fault::Fault;

/// Conversions with Presto's rules: doubles are rounded, and JSON becomes arrays and maps.
const CAST: &str = "presto_cast";
const TRY_CAST: &str = "presto_try_cast";
const TRY: &str = "presto_try";
const SUBSCRIPT: &str = "presto_subscript";

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
            Some(call(name, vec![(**expr).clone(), text(&type_text(data_type))]))
        }
        Expr::CompoundFieldAccess { root, access_chain } => Some(accessed(root, access_chain, place)?),
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

/// The type of a cast: a name as it was written ([`super::tokens`]), or what the grammar made of it.
fn type_text(data_type: &DataType) -> String {
    match data_type {
        DataType::Custom(name, modifiers) if modifiers.is_empty() => match &name.0[..] {
            [ObjectNamePart::Identifier(name)] => name.value.clone(),
            _ => name.to_string(),
        },
        other => other.to_string().to_lowercase(),
    }
}

/// What fails gives NULL. A conversion of a column tells itself whether it fails.
fn tried(arguments: &[Expr], place: Location) -> Result<Expr, Fault> {
    let [tried] = arguments else {
        return Err(Fault::syntax(place, "try takes one expression"));
    };
    if let Expr::Function(function) = tried
        && [CAST, TRY_CAST].contains(&name(function).as_str())
        && let Some(arguments) = self::arguments(function)
        && let [Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Value(_), ..] = &arguments[..]
    {
        return Ok(call(TRY_CAST, arguments));
    }
    let body = Box::new(tried.clone());
    let params = OneOrManyWithParens::Many(Vec::new());
    Ok(call(TRY, vec![Expr::Lambda(LambdaFunction { params, body, syntax: LambdaSyntax::Arrow })]))
}

/// `a.b[1].c`: names from the left are those of a column, what follows is taken out of its value.
fn accessed(root: &Expr, chain: &[AccessExpr], place: Location) -> Result<Expr, Fault> {
    let mut names = match root {
        Expr::Identifier(name) => vec![name.clone()],
        Expr::CompoundIdentifier(names) => names.clone(),
        _ => Vec::new(),
    };
    let mut rest = chain;
    while let (false, [AccessExpr::Dot(Expr::Identifier(name)), behind @ ..]) = (names.is_empty(), rest) {
        names.push(name.clone());
        rest = behind;
    }
    let start = match names.len() {
        0 => root.clone(),
        1 => Expr::Identifier(names.remove(0)),
        _ => Expr::CompoundIdentifier(names),
    };
    rest.iter().try_fold(start, |value, access| match access {
        AccessExpr::Subscript(Subscript::Index { index }) => Ok(call(SUBSCRIPT, vec![value, index.clone()])),
        AccessExpr::Dot(Expr::Identifier(name)) => Ok(call("get_field", vec![value, text(&fold(&name.value))])),
        _ => Err(Fault::syntax(place, "a subscript is one place or key; slice(x, start, length) gives several items")),
    })
}
