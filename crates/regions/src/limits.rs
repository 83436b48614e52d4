//! Bounds of the crate, each with its unit and why it is so.

use std::ops::RangeInclusive;

/// Digits of a telephone number: from a service code to the longest number of E.164 with an exit code before it.
pub const NUMBER_DIGITS: RangeInclusive<usize> = 3..=20;
/// Digits of an international number without the plus sign (E.164: at most 15; no country has shorter ones than 7).
pub const E164_DIGITS: RangeInclusive<usize> = 7..=15;
/// Size of an operator's file, bytes. Public ones have 4 to 5 MB.
pub const MAX_PHONE_DATA_BYTES: u64 = 64 * 1024 * 1024;
/// Size of one text in it, bytes: province, city, postcode and area code together are below 100.
pub const MAX_PLACE_BYTES: usize = 512;
/// Different places in it. Public files have 362, and a run keeps the place in 16 bits.
pub const MAX_PLACES: usize = 60_000;
