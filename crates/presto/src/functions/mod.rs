//! The functions: a table for each family, and here the tables together.

mod array;
pub(crate) mod calendar;
pub(crate) mod condition;
mod convert;
mod ip;
mod json;
pub(crate) mod json_path;
mod map;
mod math;
mod mysql_format;
mod regex;
mod search;
mod subscript;
mod text;
mod time;
mod url;

use crate::aggregate::{Row as AggregateRow, approximate, collect, simple};
use crate::scalar::Row;

/// The functions of single rows.
pub(crate) const SCALARS: &[&[Row]] = &[
    array::ROWS,
    convert::ROWS,
    ip::ROWS,
    json::ROWS,
    map::ROWS,
    math::ROWS,
    regex::ROWS,
    search::ROWS,
    subscript::ROWS,
    text::ROWS,
    time::ROWS,
    time::FIELDS,
    url::ROWS,
];

/// The functions of many rows.
pub(crate) const AGGREGATES: &[&[AggregateRow]] = &[approximate::ROWS, collect::ROWS, simple::ROWS];
