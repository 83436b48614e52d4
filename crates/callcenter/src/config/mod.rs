//! Settings of an instance, each a name and a text.

mod items;
pub(crate) mod list;
mod request;
pub(crate) mod rows;

use openapi::Operation;

use crate::center::CallCenter;

pub(crate) use items::is_known;
pub use items::{CONFIG_ITEMS, KnownItem};
pub(crate) use request::text_field;

/// The family's part of the table.
pub(crate) const OPERATIONS: &[Operation<CallCenter>] =
    &[Operation { spec: list::SPEC, handler: |center, call| Box::pin(list::list_config(center, call)) }];
