//! Presto's functions in statements: each table's rows are expressions and the texts of their values.

mod bench;

mod aggregates;
mod arrays;
mod conversions;
mod json;
mod networks;
mod patterns;
mod reference;
mod texts;
mod times;
