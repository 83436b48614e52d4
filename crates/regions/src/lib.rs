//! Telephone numbers normalised, and where they are at home: province and city in Chinese.
//!
//! [`Number`] reads what people type into one form; [`Regions`] answers its home out of a table compiled at build time
//! and, before it, an operator's file ([`PhoneData`]). It is not a dialling plan: who may be called is decided elsewhere,
//! and the operator of a number is not guessed at all.
//!
//! The built-in table is libphonenumber's, taken at build time from the package `phonenumber` (Apache-2.0, © The
//! Libphonenumber Authors); the licence's text is in that package.
//!
//! Reading order: `number`, `regions`, then `runs` (the compact table) and `phone_data` (the operator's file).

pub mod limits;
mod number;
mod phone_data;
mod regions;
mod runs;

// The build script's own parts are tested with the library: a build script has no tests.
#[cfg(test)]
#[path = "../build/flatten.rs"]
mod flatten;
#[cfg(test)]
#[path = "../build/names.rs"]
mod names;

pub use number::{Kind, Number};
pub use phone_data::{PhoneData, PhoneDataError};
pub use regions::{Region, Regions};
