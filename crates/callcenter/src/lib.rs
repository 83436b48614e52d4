//! The call centre as Cloud Call Center (CCC) 2017-07-05 shows it: instances, skill groups, users, numbers, settings.
//!
//! It holds the operations' meaning and their rows in the control database; one folder a family, one file an operation.
//! It is not the transport (signatures, envelopes and events are the gateway's), not identity (RAM users come in through
//! [`RamUsers`]), and it does not dial: it admits calls and hands them to a [`Dialler`].
//!
//! Reading order: `operations` (the table), `access` (who may), then a family, `cache` for what is kept in memory.

mod access;
pub mod activity;
pub mod agent;
mod cache;
mod call;
mod center;
mod config;
pub mod contact;
mod contact_flow;
mod day;
mod demo_day;
mod errors;
mod instance;
mod limits;
mod media;
mod message;
mod operations;
mod page;
mod phone_number;
mod product;
pub mod quality;
mod ram_users;
pub mod recording;
mod report;
mod schema;
mod skill_group;
mod text;
mod user;
mod workbench;

#[cfg(test)]
mod tests;

pub use call::desk::{Calling, Clock, SystemClock};
pub use call::dialler::{AdmittedCall, CallLimits, Dialler, NO_TRUNK_CAUSE, NoTrunk, Party, Then};
pub use call::progress::{Progress, Signal};
pub use center::{CallCenter, CallCenterError};
pub use config::{CONFIG_ITEMS, KnownItem};
pub use day::Day;
pub use errors::{ERROR_CODES, ErrorCode};
pub use operations::OPERATIONS;
pub use product::PRODUCT;
pub use ram_users::{NewRamUser, RamUser, RamUserFault, RamUserFuture, RamUsers};
pub use user::Role;
pub use workbench::{LoginKey, LoginRefusal, LoginUser, TurnSettings, WorkbenchSettings};
