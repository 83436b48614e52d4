//! Statements in the dialect and the cells of their answers.

mod bench;

mod casts;
mod subscripts;
mod tried;
mod unnested;
