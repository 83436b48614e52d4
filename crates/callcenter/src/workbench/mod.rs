//! What an agent's workbench needs: login data and tokens, media relays, notes of sign-ins, fault reports.
//!
//! Reading order: `token` (what is signed and how it is checked), `subject` (for whom), then one file an operation or a
//! pair of them.

mod device_rows;
mod devices;
mod fault_rows;
mod faults;
mod login;
mod settings;
mod subject;
mod token;
mod turn;

use openapi::Operation;

use crate::center::CallCenter;

pub use settings::{TurnSettings, WorkbenchSettings};
pub use token::{LoginKey, LoginRefusal, LoginUser};

/// The family's part of the table.
pub(crate) const OPERATIONS: &[Operation<CallCenter>] = &[
    Operation { spec: login::INFO, handler: |center, call| Box::pin(login::request_login_info(center, call)) },
    Operation { spec: login::REFRESH, handler: |center, call| Box::pin(login::refresh_token(center, call)) },
    Operation { spec: turn::SERVERS, handler: |center, call| Box::pin(turn::get_turn_server_list(center, call)) },
    Operation { spec: turn::CREDENTIALS, handler: |center, call| Box::pin(turn::get_turn_credentials(center, call)) },
    Operation { spec: devices::ADD, handler: |center, call| Box::pin(devices::add_agent_device(center, call)) },
    Operation { spec: devices::MODIFY, handler: |center, call| Box::pin(devices::modify_agent_device(center, call)) },
    Operation { spec: devices::LIST, handler: |center, call| Box::pin(devices::list_agent_devices(center, call)) },
    Operation { spec: faults::CREATE, handler: |center, call| Box::pin(faults::create_fault(center, call)) },
    Operation { spec: faults::LIST, handler: |center, call| Box::pin(faults::list_faults(center, call)) },
];
