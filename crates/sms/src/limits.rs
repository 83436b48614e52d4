//! Bounds of the short messages, each with its unit and why it is so.

use std::time::Duration;

/// Characters of a rendered text: 10 parts of 67 (the usual bound of gateways), rounded down.
pub const MAX_TEXT_CHARS: usize = 660;
/// UTF-16 units of a text that goes whole: 140 bytes of the radio interface (GSM 03.40).
pub(crate) const WHOLE_UNITS: usize = 70;
/// UTF-16 units of a part: six bytes are for the header that joins the parts.
pub(crate) const PART_UNITS: usize = 67;
/// Requests that wait to be written to an SMPP connection; senders wait when it is full.
pub(crate) const REQUEST_QUEUE: usize = 64;
/// A silent SMPP peer is asked whether it lives this often, and is given up after twice the time.
pub(crate) const ENQUIRE_INTERVAL: Duration = Duration::from_secs(30);
/// Reports that wait for the call centre; a driver waits when it is full.
pub(crate) const REPORT_QUEUE: usize = 1_024;
/// Messages whose receipts the HTTP driver asks for at a time; the oldest is given up first.
pub(crate) const MAX_WATCHED: usize = 10_000;
/// Receipts are asked for so long after sending; carriers keep trying for two days.
pub(crate) const WATCH_TIME: Duration = Duration::from_secs(72 * 3_600);
/// Most bytes of a provider's HTTP answer; honest ones have a few hundred.
pub(crate) const MAX_ANSWER_BYTES: u64 = 1024 * 1024;
/// A late answer of an SMPP peer is waited for so long.
pub(crate) const LATE_ANSWER_TIME: Duration = Duration::from_secs(600);
/// First and longest pause before an SMPP connection is tried again.
pub(crate) const RECONNECT_PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));
