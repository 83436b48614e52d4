//! Settings of an instance, each a name and a text.

mod get;
mod items;
pub(crate) mod list;
mod request;
pub(crate) mod rows;
mod set;
mod values;

use openapi::Operation;

use crate::center::CallCenter;

pub(crate) use items::is_known;
pub use items::{CONFIG_ITEMS, KnownItem};
pub(crate) use request::text_field;
pub(crate) use values::fault_of;

/// The family's part of the table.
pub(crate) const OPERATIONS: &[Operation<CallCenter>] = &[
    Operation { spec: list::SPEC, handler: |center, call| Box::pin(list::list_config(center, call)) },
    Operation { spec: get::SPEC, handler: |center, call| Box::pin(get::get_config(center, call)) },
    Operation { spec: set::SPEC, handler: |center, call| Box::pin(set::set_config_item(center, call)) },
];
