//! Bounds of the gateway, each with its unit and why it is so.

/// Largest body, bytes. The largest honest request (a contact flow) is far below it.
pub const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;
/// Most parameters in query and form together. Above it a request is an attack on the maps.
pub const MAX_PARAMETERS: usize = 1_000;
/// Longest name of a parameter, bytes.
pub const MAX_NAME_BYTES: usize = 256;
/// Longest nonce, bytes. The official clients send 32 to 36.
pub const MAX_NONCE_BYTES: usize = 256;
/// How far a request's time may be from the server's clock, both ways, seconds (public rule: 15 minutes).
pub const CLOCK_WINDOW_S: i64 = 15 * 60;
/// Nonces remembered over all keys. Beyond it calls are throttled: forgetting one would let a request be repeated.
pub const MAX_NONCES: usize = 16_000_000;
/// Nonces remembered for one key, so that one caller cannot throttle the others.
pub const MAX_NONCES_PER_KEY: usize = 12_000_000;
/// Calls per second of one account to one operation that are served by default: no honest client comes near it.
pub const PROTECTIVE_CALLS_PER_SECOND: u32 = 50_000;
/// Throttled (account, operation) pairs that are watched at a time; idle ones are forgotten first.
pub const MAX_THROTTLE_BUCKETS: usize = 100_000;
/// Longest text of a caller that goes into an event or the log of rejected calls as it is, bytes.
pub const MAX_CLAIM_BYTES: usize = 256;
