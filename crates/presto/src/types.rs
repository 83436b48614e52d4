//! Presto's types, what they are in Arrow, and their texts.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Fields, TimeUnit};

/// The key and value by which a field says that its texts are JSON (Arrow's canonical extension).
const EXTENSION: (&str, &str) = ("ARROW:extension:name", "arrow.json");

/// A type of Presto.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Type {
    /// The type of a bare NULL.
    Unknown,
    Boolean,
    /// Every whole number.
    Bigint,
    /// Every other number.
    Double,
    Varchar,
    Varbinary,
    /// A text that is JSON; in Arrow a string whose field says so.
    Json,
    Date,
    /// Time on the wall of the session's zone.
    Timestamp,
    /// An instant, shown in a zone; the empty name is the session's.
    Zoned(Arc<str>),
    Array(Box<Type>),
    Map(Box<Type>, Box<Type>),
    Row(Vec<(String, Type)>),
    /// What a signature leaves open.
    Variable(char),
    /// What Presto's functions only pass on.
    Other(DataType),
}

impl Type {
    pub(crate) fn of_field(field: &Field) -> Type {
        let is_json = field.metadata().get(EXTENSION.0).is_some_and(|name| name == EXTENSION.1);
        match Type::of(field.data_type()) {
            Type::Varchar if is_json => Type::Json,
            other => other,
        }
    }

    pub(crate) fn of(data_type: &DataType) -> Type {
        match data_type {
            DataType::Null => Type::Unknown,
            DataType::Boolean => Type::Boolean,
            _ if data_type.is_integer() => Type::Bigint,
            _ if data_type.is_floating() || data_type.is_decimal() => Type::Double,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Type::Varchar,
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
                Type::Varbinary
            }
            DataType::Date32 | DataType::Date64 => Type::Date,
            DataType::Timestamp(_, None) => Type::Timestamp,
            DataType::Timestamp(_, Some(zone)) => Type::Zoned(zone.clone()),
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
                Type::Array(Box::new(Type::of_field(item)))
            }
            DataType::Map(entries, _) => match entries.data_type() {
                DataType::Struct(fields) if fields.len() == 2 => {
                    Type::Map(Box::new(Type::of_field(&fields[0])), Box::new(Type::of_field(&fields[1])))
                }
                _ => Type::Other(data_type.clone()),
            },
            DataType::Struct(fields) => {
                Type::Row(fields.iter().map(|field| (field.name().clone(), Type::of_field(field))).collect())
            }
            DataType::Dictionary(_, values) => Type::of(values),
            _ => Type::Other(data_type.clone()),
        }
    }

    pub(crate) fn to_arrow(&self, session_zone: &str) -> DataType {
        match self {
            Type::Unknown | Type::Variable(_) => DataType::Null,
            Type::Boolean => DataType::Boolean,
            Type::Bigint => DataType::Int64,
            Type::Double => DataType::Float64,
            Type::Varchar | Type::Json => DataType::Utf8,
            Type::Varbinary => DataType::Binary,
            Type::Date => DataType::Date32,
            Type::Timestamp => DataType::Timestamp(TimeUnit::Millisecond, None),
            Type::Zoned(zone) => {
                let zone = if zone.is_empty() { session_zone.into() } else { zone.clone() };
                DataType::Timestamp(TimeUnit::Millisecond, Some(zone))
            }
            Type::Array(item) => DataType::List(Arc::new(item.to_field("item", true, session_zone))),
            Type::Map(key, value) => {
                let key = key.to_field("key", false, session_zone);
                let entry = Fields::from(vec![key, value.to_field("value", true, session_zone)]);
                DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entry), false)), false)
            }
            Type::Row(fields) => {
                let fields = fields.iter().map(|(name, inner)| inner.to_field(name, true, session_zone));
                DataType::Struct(fields.collect::<Vec<Field>>().into())
            }
            Type::Other(data_type) => data_type.clone(),
        }
    }

    pub(crate) fn to_field(&self, name: &str, is_nullable: bool, session_zone: &str) -> Field {
        let field = Field::new(name, self.to_arrow(session_zone), is_nullable);
        match self {
            Type::Json => field.with_metadata(HashMap::from([(EXTENSION.0.to_owned(), EXTENSION.1.to_owned())])),
            _ => field,
        }
    }

    /// The field of a function's result.
    pub(crate) fn to_result_field(&self, name: &str, session_zone: &str) -> FieldRef {
        Arc::new(self.to_field(name, true, session_zone))
    }

    /// A value of it is one of the other as it is: JSON is a text.
    pub(crate) fn reads_as(&self, other: &Type) -> bool {
        match (self, other) {
            (Type::Varchar | Type::Json, Type::Varchar | Type::Json) | (Type::Unknown, _) => true,
            (Type::Array(one), Type::Array(two)) => one.reads_as(two),
            (Type::Map(key, value), Type::Map(other_key, other_value)) => {
                key.reads_as(other_key) && value.reads_as(other_value)
            }
            (one, two) => one == two,
        }
    }

    /// The type that holds the values of both.
    pub(crate) fn common(&self, other: &Type) -> Option<Type> {
        Some(match (self, other) {
            (one, two) if one == two => one.clone(),
            (Type::Unknown, known) | (known, Type::Unknown) => known.clone(),
            (Type::Bigint, Type::Double) | (Type::Double, Type::Bigint) => Type::Double,
            (Type::Varchar, Type::Json) | (Type::Json, Type::Varchar) => Type::Varchar,
            (Type::Date, Type::Timestamp) | (Type::Timestamp, Type::Date) => Type::Timestamp,
            (Type::Zoned(zone), Type::Date | Type::Timestamp | Type::Zoned(_))
            | (Type::Date | Type::Timestamp, Type::Zoned(zone)) => Type::Zoned(zone.clone()),
            (Type::Array(one), Type::Array(two)) => Type::Array(Box::new(one.common(two)?)),
            (Type::Map(key, value), Type::Map(other_key, other_value)) => {
                Type::Map(Box::new(key.common(other_key)?), Box::new(value.common(other_value)?))
            }
            (Type::Row(one), Type::Row(two)) if one.len() == two.len() => {
                let fields = one.iter().zip(two).map(|((name, a), (_, b))| Some((name.clone(), a.common(b)?)));
                Type::Row(fields.collect::<Option<_>>()?)
            }
            _ => return None,
        })
    }
}

/// As `typeof` says it.
impl std::fmt::Display for Type {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Type::Unknown => out.write_str("unknown"),
            Type::Boolean => out.write_str("boolean"),
            Type::Bigint => out.write_str("bigint"),
            Type::Double => out.write_str("double"),
            Type::Varchar => out.write_str("varchar"),
            Type::Varbinary => out.write_str("varbinary"),
            Type::Json => out.write_str("json"),
            Type::Date => out.write_str("date"),
            Type::Timestamp => out.write_str("timestamp"),
            Type::Zoned(_) => out.write_str("timestamp with time zone"),
            Type::Array(item) => write!(out, "array({item})"),
            Type::Map(key, value) => write!(out, "map({key}, {value})"),
            Type::Row(fields) => {
                out.write_str("row(")?;
                for (index, (name, inner)) in fields.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    let space = if name.is_empty() { "" } else { " " };
                    write!(out, "{comma}{name}{space}{inner}")?;
                }
                out.write_str(")")
            }
            Type::Variable(letter) => write!(out, "{letter}"),
            Type::Other(data_type) => out.write_str(&data_type.to_string().to_lowercase()),
        }
    }
}
