//! The call centre as Cloud Call Center (CCC) 2017-07-05 shows it: instances, skill groups, users, numbers, settings.
//!
//! It holds the operations' meaning and their rows in the control database; one folder a family, one file an operation.
//! It is not the transport (signatures, envelopes and events are the gateway's), not identity (RAM users come in through
//! [`RamUsers`]), and it makes no calls: telephony has its own home.
//!
//! Reading order: `operations` (the table), `access` (who may), then a family, `cache` for what is kept in memory.

mod access;
pub mod activity;
mod cache;
mod center;
mod config;
mod day;
mod errors;
mod instance;
mod limits;
mod message;
mod operations;
mod page;
mod phone_number;
mod product;
pub mod quality;
mod ram_users;
pub mod recording;
mod schema;
mod skill_group;
mod text;
mod user;

#[cfg(test)]
mod tests;

pub use center::{CallCenter, CallCenterError};
pub use config::{CONFIG_ITEMS, KnownItem};
pub use day::Day;
pub use errors::{ERROR_CODES, ErrorCode};
pub use operations::OPERATIONS;
pub use product::PRODUCT;
pub use ram_users::{RamUser, RamUsers};
pub use user::Role;
