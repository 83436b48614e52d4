//! Settings of an instance, each a name and a text.

mod items;
pub(crate) mod list;
mod request;
pub(crate) mod rows;

pub(crate) use items::is_known;
pub use items::{CONFIG_ITEMS, KnownItem};
pub(crate) use request::text_field;
