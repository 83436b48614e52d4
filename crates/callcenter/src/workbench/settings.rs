//! Where workbenches find servers. What is not configured is left out of answers, never made up.

use openapi::SecretText;

/// Addresses that the operator configured.
#[derive(Debug, Default)]
pub struct WorkbenchSettings {
    /// `AgentServerUrl` of login data.
    pub agent_server_url: Option<String>,
    /// `WebRtcUrl` of login data.
    pub webrtc_url: Option<String>,
    /// The media relay.
    pub turn: Option<TurnSettings>,
}

/// A TURN server that checks time-limited credentials with a shared secret ("A REST API For Access To TURN Services",
/// draft-uberti-behave-turn-rest).
#[derive(Debug)]
pub struct TurnSettings {
    /// `turn:relay.example.com:3478?transport=udp`
    pub urls: Vec<String>,
    /// The secret that the TURN server knows too.
    pub secret: SecretText,
}
