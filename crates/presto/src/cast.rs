//! `cast(x AS type)` as Presto has it.

use serde_json::Value as Json;

use datafusion::error::Result;

use crate::format;
use crate::session::Session;
use crate::time_text::{parse_date, parse_timestamp};
use crate::types::Type;
use crate::value::{Value, invalid};
use crate::zone::{days, milliseconds, wall};

/// The value in another type; an error where it has none.
pub(crate) fn cast<'a>(value: Value<'a>, from: &Type, to: &Type, session: &Session) -> Result<Value<'a>> {
    if value.is_null() || from == to {
        return Ok(value);
    }
    if *from == Type::Json {
        return from_json(&parse(value.text()?)?, to, session);
    }
    Ok(match to {
        Type::Unknown | Type::Variable(_) | Type::Other(_) => value,
        Type::Boolean => Value::Boolean(boolean(&value, from)?),
        Type::Bigint => Value::Bigint(whole(&value, from)?),
        Type::Double => Value::Double(double(&value, from)?),
        Type::Varchar => Value::owned(format::text(&value, from)?),
        Type::Json => Value::owned(format::json(&value, from)?),
        Type::Varbinary => Value::Varbinary(value.bytes().map_err(|_| no(from, to))?.to_vec().into()),
        Type::Date => match value {
            Value::Varchar(text) => Value::Date(parse_date(text.trim())?),
            Value::Timestamp(wall_ms) => Value::Date(days(wall(wall_ms)?.date())),
            Value::Zoned(instant_ms) => Value::Date(days(wall(session.zone.wall_ms(instant_ms)?)?.date())),
            _ => return Err(no(from, to)),
        },
        Type::Timestamp => match value {
            Value::Date(_) => Value::Timestamp(midnight_ms(&value)?),
            Value::Zoned(instant_ms) => Value::Timestamp(session.zone.wall_ms(instant_ms)?),
            Value::Varchar(text) => {
                let (time, zone) = parse_timestamp(text.trim())?;
                match zone {
                    None => Value::Timestamp(milliseconds(time)),
                    Some(zone) => Value::Timestamp(session.zone.wall_ms(zone.instant_ms(milliseconds(time))?)?),
                }
            }
            _ => return Err(no(from, to)),
        },
        Type::Zoned(_) => match value {
            Value::Date(_) => Value::Zoned(session.zone.instant_ms(midnight_ms(&value)?)?),
            Value::Timestamp(wall_ms) => Value::Zoned(session.zone.instant_ms(wall_ms)?),
            Value::Zoned(_) => value,
            Value::Varchar(text) => {
                let (time, zone) = parse_timestamp(text.trim())?;
                Value::Zoned(zone.as_ref().unwrap_or(&session.zone).instant_ms(milliseconds(time))?)
            }
            _ => return Err(no(from, to)),
        },
        Type::Array(_) | Type::Map(..) | Type::Row(_) => return nested(value, from, to, session),
    })
}

fn nested<'a>(value: Value<'a>, from: &Type, to: &Type, session: &Session) -> Result<Value<'a>> {
    Ok(match (value, from, to) {
        (Value::Array(items), Type::Array(from), Type::Array(to)) => {
            Value::Array(items.into_iter().map(|item| cast(item, from, to, session)).collect::<Result<_>>()?)
        }
        (Value::Map(entries), Type::Map(from_key, from_value), Type::Map(to_key, to_value)) => {
            let entries = entries.into_iter().map(|(key, value)| {
                Ok((cast(key, from_key, to_key, session)?, cast(value, from_value, to_value, session)?))
            });
            Value::Map(entries.collect::<Result<_>>()?)
        }
        (Value::Row(items), Type::Row(from), Type::Row(to)) if from.len() == to.len() => {
            let items = items.into_iter().zip(from.iter().zip(to));
            let items = items.map(|(item, ((_, from), (_, to)))| cast(item, from, to, session));
            Value::Row(items.collect::<Result<_>>()?)
        }
        _ => return Err(no(from, to)),
    })
}

fn no(from: &Type, to: &Type) -> datafusion::common::DataFusionError {
    invalid(format!("cannot cast {from} to {to}"))
}

fn midnight_ms(date: &Value<'_>) -> Result<i64> {
    match date {
        Value::Date(days) => Ok(i64::from(*days) * 86_400_000),
        _ => Err(no(&Type::Unknown, &Type::Date)),
    }
}

fn boolean(value: &Value<'_>, from: &Type) -> Result<bool> {
    match value {
        Value::Bigint(number) => Ok(*number != 0),
        Value::Double(number) => Ok(*number != 0.0),
        Value::Varchar(text) => match text.to_ascii_lowercase().as_str() {
            "t" | "true" | "1" => Ok(true),
            "f" | "false" | "0" => Ok(false),
            _ => Err(invalid(format!("cannot cast '{text}' to boolean"))),
        },
        _ => Err(no(from, &Type::Boolean)),
    }
}

fn whole(value: &Value<'_>, from: &Type) -> Result<i64> {
    match value {
        Value::Boolean(is_true) => Ok(i64::from(*is_true)),
        Value::Double(number) => round_to_whole(*number),
        Value::Varchar(text) => text.parse().map_err(|_| invalid(format!("cannot cast '{text}' to bigint"))),
        _ => Err(no(from, &Type::Bigint)),
    }
}

/// The nearest whole number; halves go away from zero.
pub(crate) fn round_to_whole(number: f64) -> Result<i64> {
    let rounded = number.round();
    // The bounds as doubles: the upper one is one more than the greatest bigint.
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&rounded) {
        Ok(rounded as i64)
    } else {
        Err(invalid(format!("cannot cast {} to bigint", format::double(number))))
    }
}

fn double(value: &Value<'_>, from: &Type) -> Result<f64> {
    match value {
        Value::Boolean(is_true) => Ok(f64::from(u8::from(*is_true))),
        Value::Bigint(number) => Ok(*number as f64),
        Value::Varchar(text) => parse_double(text),
        _ => Err(no(from, &Type::Double)),
    }
}

/// As Java reads doubles: no `inf`, no `nan` in small letters.
pub(crate) fn parse_double(text: &str) -> Result<f64> {
    let trimmed = text.trim();
    let unsigned = trimmed.trim_start_matches(['+', '-']);
    let is_number = unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    match trimmed.parse() {
        Ok(number) if is_number || matches!(unsigned, "NaN" | "Infinity") => Ok(number),
        _ => Err(invalid(format!("cannot cast '{text}' to double"))),
    }
}

pub(crate) fn parse(text: &str) -> Result<Json> {
    serde_json::from_str(text).map_err(|error| invalid(format!("'{}' is no JSON: {error}", shortened(text))))
}

/// So much of a text that an error shows.
pub(crate) fn shortened(text: &str) -> String {
    const SHOWN_LETTERS: usize = 80;
    match text.char_indices().nth(SHOWN_LETTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn from_json(json: &Json, to: &Type, session: &Session) -> Result<Value<'static>> {
    let failed = || invalid(format!("cannot cast JSON {} to {to}", shortened(&json.to_string())));
    Ok(match (json, to) {
        (Json::Null, Type::Json) => Value::owned("null"),
        (_, Type::Json) => Value::owned(json.to_string()),
        (Json::Null, _) => Value::Null,
        (Json::String(text), Type::Varchar) => Value::owned(text.clone()),
        (Json::Number(_) | Json::Bool(_), Type::Varchar) => Value::owned(json.to_string()),
        (Json::Bool(is_true), _) => {
            cast(Value::Boolean(*is_true), &Type::Boolean, to, session).map_err(|_| failed())?
        }
        (Json::Number(number), _) => match number.as_i64() {
            Some(number) => cast(Value::Bigint(number), &Type::Bigint, to, session).map_err(|_| failed())?,
            None => {
                let number = parse_double(&number.to_string())?;
                cast(Value::Double(number), &Type::Double, to, session).map_err(|_| failed())?
            }
        },
        (Json::String(text), _) => {
            cast(Value::owned(text.clone()), &Type::Varchar, to, session).map_err(|_| failed())?
        }
        (Json::Array(items), Type::Array(item)) => {
            Value::Array(items.iter().map(|each| from_json(each, item, session)).collect::<Result<_>>()?)
        }
        (Json::Array(items), Type::Row(fields)) if items.len() == fields.len() => {
            let items = items.iter().zip(fields).map(|(each, (_, field))| from_json(each, field, session));
            Value::Row(items.collect::<Result<_>>()?)
        }
        (Json::Object(members), Type::Map(key, value)) => {
            let entries = members.iter().map(|(name, each)| {
                let key = cast(Value::owned(name.clone()), &Type::Varchar, key, session)?;
                Ok((key, from_json(each, value, session)?))
            });
            Value::Map(entries.collect::<Result<_>>()?)
        }
        (Json::Object(members), Type::Row(fields)) => {
            let items = fields.iter().map(|(name, field)| {
                let member = members.iter().find(|(member, _)| member.eq_ignore_ascii_case(name));
                member.map_or(Ok(Value::Null), |(_, each)| from_json(each, field, session))
            });
            Value::Row(items.collect::<Result<_>>()?)
        }
        _ => return Err(failed()),
    })
}
