//! The RPC OpenAPI gateway: from bytes of an HTTP request to a checked call, and from its outcome to bytes.
//!
//! It knows both signatures, both parameter forms, JSON and XML answers, the error envelope, the clock and nonce
//! rules, and the tables that products declare their operations in. It asks a [`Directory`] who signs and what he
//! may do, and tells a [`Recorder`] of every call before the caller hears of it. It is not any product's meaning,
//! and it owns no socket.

mod answer;
mod authenticate;
mod call;
mod check;
pub mod client;
pub mod clock;
mod describe;
mod directory;
mod error;
mod faults;
mod gateway;
mod hang_up;
pub mod limits;
#[cfg(feature = "for_tests")]
mod nobody;
mod nonce;
mod operation;
mod params;
mod permission;
mod product;
mod recorder;
mod region;
mod reply;
mod request;
mod signature;
mod throttle;
mod xml;

pub use answer::{Answer, wrapped_list};
pub use call::{Call, Caller, Principal};
pub use directory::{Decision, Directory, KeyFault, KeyOwner, PermissionRequest, SecretText};
pub use error::{AccessDenied, ApiError};
pub use gateway::{Gateway, GatewaySettings};
pub use hang_up::HangUp;
#[cfg(feature = "for_tests")]
pub use nobody::Nobody;
pub use operation::{
    Access, EventType, Handler, HandlerResult, Kind, NameFrom, Operation, OperationSpec, Parameter, Permission, Repeat,
    Resource, joined_codes,
};
pub use params::Params;
pub use permission::no_permission;
pub use product::{
    Envelope, InvalidValue, Product, Service, TableService, ValueFault, invalid_parameter, missing_parameter,
};
pub use recorder::{
    Arrival, CallRecord, Category, DataCall, DataPlace, RESOURCE_ARN, Recorder, RecorderFault, RejectedCall,
};
pub use reply::{CallLabel, Reply};
pub use request::{ParsedParameters, RawRequest, body_too_large};
pub use throttle::Throttling;
