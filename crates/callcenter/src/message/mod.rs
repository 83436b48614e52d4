//! Short messages: SMS configs (what may be sent), messages (what was sent), and what providers report of them.
//!
//! A message's row is stored before a provider sees it, one row for each number. Its rows do not change the instance's
//! facts, so sending does not take the instance's lock and forgets nothing in memory.

mod appraise;
mod batch;
mod configs;
mod get_configs;
mod list;
mod reports;
mod rows;
mod send;

use openapi::Operation;

use crate::center::CallCenter;

/// The family's part of the table.
pub(crate) const OPERATIONS: &[Operation<CallCenter>] = &[
    Operation { spec: get_configs::SPEC, handler: |center, call| Box::pin(get_configs::get_sms_config(center, call)) },
    Operation { spec: send::SPEC, handler: |center, call| Box::pin(send::send_predefined_short_message(center, call)) },
    Operation {
        spec: appraise::SPEC,
        handler: |center, call| Box::pin(appraise::launch_short_message_appraise(center, call)),
    },
    Operation { spec: configs::CREATE, handler: |center, call| Box::pin(configs::create(center, call)) },
    Operation { spec: configs::MODIFY, handler: |center, call| Box::pin(configs::modify(center, call)) },
    Operation { spec: configs::DELETE, handler: |center, call| Box::pin(configs::delete(center, call)) },
    Operation { spec: list::SPEC, handler: |center, call| Box::pin(list::list_short_messages(center, call)) },
];
/// Type of the finer resource of short messages.
const SHORT_MESSAGE_RESOURCE: &str = "ACS::CCC::ShortMessage";
/// Type of the finer resource of SMS configs.
const SMS_CONFIG_RESOURCE: &str = "ACS::CCC::SmsConfig";
