//! The functions: a table for each family, and here the tables together.

pub(crate) mod calendar;
mod ip;
mod json;
pub(crate) mod json_path;
mod mysql_format;
mod regex;
mod search;
mod text;
mod time;
mod url;

use crate::scalar::Row;

/// The functions of single rows.
pub(crate) const SCALARS: &[&[Row]] =
    &[ip::ROWS, json::ROWS, regex::ROWS, search::ROWS, text::ROWS, time::ROWS, time::FIELDS, url::ROWS];
