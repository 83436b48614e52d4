//! New ids and secrets, from the system's random source.

use rand::RngExt;

const LETTERS_AND_DIGITS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

fn random_text(length: usize) -> String {
    let mut random = rand::rng();
    (0..length).map(|_| char::from(LETTERS_AND_DIGITS[random.random_range(0..LETTERS_AND_DIGITS.len())])).collect()
}

fn random_digits(first: char, length: usize) -> String {
    let mut random = rand::rng();
    std::iter::once(first).chain((1..length).map(|_| char::from(b'0' + random.random_range(0..10_u8)))).collect()
}

/// 16 digits.
pub(crate) fn account_id() -> String {
    random_digits('1', 16)
}

/// 18 digits.
pub(crate) fn user_id() -> String {
    random_digits('2', 18)
}

/// 18 digits.
pub(crate) fn role_id() -> String {
    random_digits('3', 18)
}

/// 18 digits.
pub(crate) fn group_id() -> String {
    random_digits('4', 18)
}

/// `LTAI5t` and 18 letters or digits.
pub(crate) fn access_key_id() -> String {
    format!("LTAI5t{}", random_text(18))
}

/// `STS.` and 25 letters or digits.
pub(crate) fn temporary_key_id() -> String {
    format!("STS.{}", random_text(25))
}

/// 30 letters or digits: 174 random bits.
pub(crate) fn secret() -> String {
    random_text(30)
}
