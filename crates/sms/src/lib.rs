//! Short messages: how one leaves for a provider, and what the provider says of it afterwards.
//!
//! It holds the seam [`Provider`] with its three drivers: [`Sink`] (nothing leaves the machine), [`HttpProvider`] (the
//! cloud's own short message service, RPC style) and [`SmppProvider`] (a carrier's gateway, SMPP 3.4); and the templates
//! that texts are made from. It keeps nothing: rows, retries over restarts and who may send are the call centre's.
//!
//! The rule that all drivers obey: **a message whose fate is not known is never sent again by itself**, because the
//! protocols have no way to tell a repetition from a second message. It stays [`State::Unknown`] until a report comes.
//!
//! Reading order: `provider` (the seam), `state`, `template`, then the drivers.

mod http;
mod limits;
mod provider;
mod sink;
mod smpp;
mod state;
mod template;

pub use http::{HttpProvider, HttpSettings};
pub use limits::MAX_TEXT_CHARS;
pub use provider::{Connected, Key, Message, Outcome, Provider, Receipt, Rejection, Report, Watched};
pub use sink::Sink;
pub use smpp::{SmppProvider, SmppSettings};
pub use state::State;
pub use template::{TemplateFault, render, variables};
