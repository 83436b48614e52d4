//! Telephone numbers of an instance.

mod number;
pub(crate) mod rows;

pub(crate) use number::PhoneNumber;
