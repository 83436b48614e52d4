//! Checks the parameters of a call against its table row.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::error::ApiError;
use crate::operation::{Kind, OperationSpec, Parameter, Repeat};
use crate::params::Params;
use crate::product::{InvalidValue, Product, ValueFault};

/// The first thing that is wrong, in the product's own words.
pub(crate) fn check(product: &Product, operation: &OperationSpec, params: &Params) -> Result<(), ApiError> {
    operation.parameters.iter().try_for_each(|parameter| check_parameter(product, parameter, params))
}

fn check_parameter(product: &Product, parameter: &Parameter, params: &Params) -> Result<(), ApiError> {
    match parameter.repeat {
        Repeat::Once => check_once(product, parameter, parameter.name, params.text(parameter.name)),
        Repeat::List { max } => check_list(product, parameter, params, max),
        Repeat::Structures { fields, max } => check_structures(product, parameter, params, fields, max),
    }
}

fn check_once(product: &Product, parameter: &Parameter, name: &str, value: Option<&str>) -> Result<(), ApiError> {
    match value {
        None if parameter.required => Err((product.missing)(name)),
        None => Ok(()),
        Some(value) => check_value(product, &parameter.kind, name, value),
    }
}

fn check_list(product: &Product, parameter: &Parameter, params: &Params, max: usize) -> Result<(), ApiError> {
    let elements = params.list(parameter.name);
    if elements.is_empty() && parameter.required {
        return Err((product.missing)(&format!("{}.1", parameter.name)));
    }
    refuse_too_many(product, parameter.name, elements.len(), max)?;
    elements.iter().enumerate().try_for_each(|(index, value)| {
        check_value(product, &parameter.kind, &format!("{}.{}", parameter.name, index + 1), value)
    })
}

fn check_structures(
    product: &Product,
    parameter: &Parameter,
    params: &Params,
    fields: &'static [Parameter],
    max: usize,
) -> Result<(), ApiError> {
    let elements: BTreeMap<u64, BTreeMap<&str, &str>> = params.indexed_structures(parameter.name);
    if elements.is_empty() && parameter.required {
        return Err((product.missing)(&format!("{}.1", parameter.name)));
    }
    refuse_too_many(product, parameter.name, elements.len(), max)?;
    for (index, element) in &elements {
        for field in fields {
            let value = element.get(field.name).copied().filter(|value| !value.is_empty());
            check_once(product, field, &format!("{}.{index}.{}", parameter.name, field.name), value)?;
        }
    }
    Ok(())
}

fn refuse_too_many(product: &Product, name: &str, count: usize, max: usize) -> Result<(), ApiError> {
    if count <= max {
        return Ok(());
    }
    Err((product.invalid)(&InvalidValue {
        parameter: name,
        fault: ValueFault::Maximum,
        expected: format!("it has {count} elements, at most {max} are allowed"),
    }))
}

fn check_value(product: &Product, kind: &Kind, name: &str, value: &str) -> Result<(), ApiError> {
    match fault_of(kind, value) {
        None => Ok(()),
        Some((fault, expected)) => Err((product.invalid)(&InvalidValue { parameter: name, fault, expected })),
    }
}

fn fault_of(kind: &Kind, value: &str) -> Option<(ValueFault, String)> {
    match *kind {
        Kind::Text { min_chars, max_chars } => match value.chars().count() {
            count if count > max_chars => {
                Some((ValueFault::Maximum, format!("it has {count} characters, at most {max_chars} are allowed")))
            }
            count if count < min_chars => {
                Some((ValueFault::Minimum, format!("it has {count} characters, at least {min_chars} are needed")))
            }
            _ => None,
        },
        Kind::OneOf(values) if !values.contains(&value) => {
            Some((ValueFault::Enumeration, format!("it must be one of {}", values.join(", "))))
        }
        Kind::Boolean if !value.eq_ignore_ascii_case("true") && !value.eq_ignore_ascii_case("false") => {
            Some((ValueFault::Format, "it must be true or false".to_owned()))
        }
        Kind::Integer { min, max } => match value.parse::<i64>() {
            Err(_) => Some((ValueFault::Format, "it must be a whole number".to_owned())),
            Ok(number) if number > max => Some((ValueFault::Maximum, format!("it must be at most {max}"))),
            Ok(number) if number < min => Some((ValueFault::Minimum, format!("it must be at least {min}"))),
            Ok(_) => None,
        },
        Kind::Json => match serde_json::from_str::<Value>(value) {
            Ok(Value::Object(_) | Value::Array(_)) => None,
            _ => Some((ValueFault::Format, "it must be the JSON text of an object or an array".to_owned())),
        },
        Kind::OneOf(_) | Kind::Boolean => None,
    }
}
