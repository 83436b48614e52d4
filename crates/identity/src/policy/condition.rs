//! Conditions: operators, keys, and how a request answers them.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use openapi::clock::parse_utc;
use serde_json::Value;

use super::document::{PolicyError, object, texts};
use super::pattern;

/// One line of a condition: an operator on a key with alternatives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    /// A negated operator holds when no alternative matches, also when the request does not have the key.
    negated: bool,
    key: String,
    test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    Equals(Vec<String>),
    EqualsIgnoreCase(Vec<String>),
    Like(Vec<String>),
    Number(Order, Vec<Decimal>),
    Date(Order, Vec<i64>),
    Bool(Vec<bool>),
    Address(Vec<IpNet>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Equal,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// A number in a policy; compared as such, kept comparable for equality of documents.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Decimal(f64);

impl Eq for Decimal {}

/// Values of a request, by key. Keys are compared without letter case.
#[derive(Debug, Clone, Default)]
pub struct Context(Vec<(&'static str, String)>);

impl Context {
    /// Adds a value.
    pub fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.0.push((key, value.into()));
        self
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, value)| value.as_str())
    }
}

/// Reads `{"Operator": {"key": value or [values]}}`.
pub(super) fn parse(value: &Value, place: &str) -> Result<Vec<Condition>, PolicyError> {
    let mut conditions = Vec::new();
    for (operator, keys) in object(value, place)? {
        let place = format!("{place}.{operator}");
        for (key, values) in object(keys, &place)? {
            let place = format!("{place}.{key}");
            let (negated, test) = parse_test(operator, scalars(values, &place)?, &place)?;
            conditions.push(Condition { negated, key: key.clone(), test });
        }
    }
    Ok(conditions)
}

/// Numbers and booleans are written as texts, but not by everybody.
fn scalars(value: &Value, place: &str) -> Result<Vec<String>, PolicyError> {
    match value {
        Value::Bool(flag) => Ok(vec![flag.to_string()]),
        Value::Number(number) => Ok(vec![number.to_string()]),
        other => texts(other, place),
    }
}

fn parse_test(operator: &str, values: Vec<String>, place: &str) -> Result<(bool, Test), PolicyError> {
    let number = |order| {
        Ok::<_, PolicyError>(Test::Number(
            order,
            each(&values, place, "a number", |text| text.parse().ok().map(Decimal))?,
        ))
    };
    let date = |order| {
        Ok::<_, PolicyError>(Test::Date(order, each(&values, place, "a time such as 2026-03-01T00:00:00Z", parse_utc)?))
    };
    let address =
        || Ok::<_, PolicyError>(Test::Address(each(&values, place, "an address or a CIDR block", parse_net)?));
    Ok(match operator {
        "StringEquals" => (false, Test::Equals(values)),
        "StringNotEquals" => (true, Test::Equals(values)),
        "StringEqualsIgnoreCase" => (false, Test::EqualsIgnoreCase(values)),
        "StringNotEqualsIgnoreCase" => (true, Test::EqualsIgnoreCase(values)),
        "StringLike" => (false, Test::Like(values)),
        "StringNotLike" => (true, Test::Like(values)),
        "NumericEquals" => (false, number(Order::Equal)?),
        "NumericNotEquals" => (true, number(Order::Equal)?),
        "NumericLessThan" => (false, number(Order::Less)?),
        "NumericLessThanEquals" => (false, number(Order::LessEqual)?),
        "NumericGreaterThan" => (false, number(Order::Greater)?),
        "NumericGreaterThanEquals" => (false, number(Order::GreaterEqual)?),
        "DateEquals" => (false, date(Order::Equal)?),
        "DateNotEquals" => (true, date(Order::Equal)?),
        "DateLessThan" => (false, date(Order::Less)?),
        "DateLessThanEquals" => (false, date(Order::LessEqual)?),
        "DateGreaterThan" => (false, date(Order::Greater)?),
        "DateGreaterThanEquals" => (false, date(Order::GreaterEqual)?),
        "Bool" => {
            (false, Test::Bool(each(&values, place, "true or false", |text| text.to_ascii_lowercase().parse().ok())?))
        }
        "IpAddress" => (false, address()?),
        "NotIpAddress" => (true, address()?),
        _ => return Err(PolicyError::new(place, "the operator is not known")),
    })
}

fn each<T>(
    values: &[String],
    place: &str,
    expected: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, PolicyError> {
    values
        .iter()
        .map(|text| read(text).ok_or_else(|| PolicyError::new(place, format!("{text:?} must be {expected}"))))
        .collect()
}

fn parse_net(text: &str) -> Option<IpNet> {
    IpNet::from_str(text).ok().or_else(|| IpAddr::from_str(text).ok().map(IpNet::from))
}

impl Condition {
    /// Does the request fulfil it? A key that the request does not have fails a positive operator.
    pub(super) fn holds(&self, context: &Context) -> bool {
        context.get(&self.key).is_some_and(|value| self.test.matches(value)) != self.negated
    }
}

impl Test {
    fn matches(&self, value: &str) -> bool {
        match self {
            Test::Equals(texts) => texts.iter().any(|text| text == value),
            Test::EqualsIgnoreCase(texts) => texts.iter().any(|text| text.to_lowercase() == value.to_lowercase()),
            Test::Like(patterns) => patterns.iter().any(|pattern| pattern::matches(pattern, value, false)),
            Test::Number(order, numbers) => {
                value.parse::<f64>().is_ok_and(|value| numbers.iter().any(|number| order.holds(&value, &number.0)))
            }
            Test::Date(order, times) => {
                parse_utc(value).is_some_and(|value| times.iter().any(|time| order.holds(&value, time)))
            }
            Test::Bool(flags) => value.to_ascii_lowercase().parse().is_ok_and(|value| flags.contains(&value)),
            Test::Address(nets) => IpAddr::from_str(value)
                .is_ok_and(|address| nets.iter().any(|net| net.contains(&address.to_canonical()))),
        }
    }
}

impl Order {
    fn holds<T: PartialOrd>(self, value: &T, limit: &T) -> bool {
        match self {
            Order::Equal => value == limit,
            Order::Less => value < limit,
            Order::LessEqual => value <= limit,
            Order::Greater => value > limit,
            Order::GreaterEqual => value >= limit,
        }
    }
}
