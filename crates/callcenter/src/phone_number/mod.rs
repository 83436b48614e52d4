//! Telephone numbers: bought by an account, bound to one instance, chosen as caller numbers.
//!
//! Reading order: `owned` (whose a number is), `rows` (where it is bound), the operations, `pick` (which one calls).

pub(crate) mod add;
pub(crate) mod add_bulk;
mod check;
mod console;
mod list;
mod list_of_user;
mod modify;
pub(crate) mod owned;
pub(crate) mod pick;
mod region_info;
mod remove;
pub(crate) mod rows;
mod tags;
mod usage;
pub(crate) mod view;

use openapi::Operation;

use crate::center::CallCenter;

pub(crate) use regions::Number as PhoneNumber;
pub(crate) use usage::Usage;

/// The family's part of the table.
pub(crate) const OPERATIONS: &[Operation<CallCenter>] = &[
    Operation {
        spec: region_info::SPEC,
        handler: |center, call| Box::pin(region_info::get_number_region_info(center, call)),
    },
    Operation {
        spec: pick::global::SPEC,
        handler: |center, call| Box::pin(pick::global::pick_global_outbound_numbers(center, call)),
    },
    Operation {
        spec: pick::given::OUTBOUND_SPEC,
        handler: |center, call| Box::pin(pick::given::pick_outbound_numbers(center, call)),
    },
    Operation {
        spec: pick::given::LOCAL_SPEC,
        handler: |center, call| Box::pin(pick::given::pick_local_number(center, call)),
    },
    Operation { spec: check::SPEC, handler: |center, call| Box::pin(check::check_number_avaliable(center, call)) },
    Operation {
        spec: add_bulk::SPEC,
        handler: |center, call| Box::pin(add_bulk::add_bulk_phone_numbers(center, call)),
    },
    Operation { spec: add::SPEC, handler: |center, call| Box::pin(add::add_phone_number(center, call)) },
    Operation { spec: modify::SPEC, handler: |center, call| Box::pin(modify::modify_phone_number(center, call)) },
    Operation { spec: remove::SPEC, handler: |center, call| Box::pin(remove::remove_phone_number(center, call)) },
    Operation { spec: list::SPEC, handler: |center, call| Box::pin(list::list_phone_numbers(center, call)) },
    Operation {
        spec: list_of_user::SPEC,
        handler: |center, call| Box::pin(list_of_user::list_outbound_phone_number_of_user(center, call)),
    },
    Operation { spec: tags::ADD_SPEC, handler: |center, call| Box::pin(tags::add_phone_tags(center, call)) },
    Operation { spec: tags::MODIFY_SPEC, handler: |center, call| Box::pin(tags::modify_phone_tags(center, call)) },
    Operation { spec: tags::DELETE_SPEC, handler: |center, call| Box::pin(tags::delete_phone_tags(center, call)) },
    Operation { spec: tags::list::SPEC, handler: |center, call| Box::pin(tags::list::list_phone_tags(center, call)) },
    Operation { spec: console::BUY_SPEC, handler: |center, call| Box::pin(console::buy_phone_numbers(center, call)) },
    Operation {
        spec: console::RELEASE_SPEC,
        handler: |center, call| Box::pin(console::release_phone_numbers(center, call)),
    },
    Operation {
        spec: console::LIST_SPEC,
        handler: |center, call| Box::pin(console::list_owned_phone_numbers(center, call)),
    },
    Operation {
        spec: console::ARREARS_SPEC,
        handler: |center, call| Box::pin(console::set_phone_number_arrears(center, call)),
    },
];
