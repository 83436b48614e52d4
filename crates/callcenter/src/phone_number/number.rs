//! A telephone number as it was given, and what follows from its digits.

use crate::limits::PHONE_NUMBER_DIGITS;

/// A readable number: digits with an optional plus sign; hyphens and spaces of the given form are gone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PhoneNumber(String);

impl PhoneNumber {
    /// Reads a number, `None` if it cannot be one.
    pub(crate) fn parse(given: &str) -> Option<Self> {
        let bare: String = given.chars().filter(|character| !matches!(character, '-' | ' ')).collect();
        let digits = bare.strip_prefix('+').unwrap_or(&bare);
        let plausible = PHONE_NUMBER_DIGITS.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        plausible.then_some(Self(bare))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// 400 numbers take calls only (Cloud Call Center, "AddPhoneNumber").
    pub(crate) fn allows_outbound(&self) -> bool {
        let national = self.0.strip_prefix("+86").unwrap_or(&self.0);
        !(national.len() == 10 && national.starts_with("400"))
    }

    /// `Usage` of a number that is bound without saying which.
    pub(crate) fn default_usage(&self) -> &'static str {
        if self.allows_outbound() { "Bidirection" } else { "Inbound" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_without_their_signs() {
        let read = |given| PhoneNumber::parse(given).map(|number| number.as_str().to_owned());
        assert_eq!(read("0571-2688 3072").as_deref(), Some("057126883072"));
        assert_eq!(read("+8657126883072").as_deref(), Some("+8657126883072"));
        for given in ["", "12", "nobody", "+", "1+2345", "123456789012345678901", "１２３４５"] {
            assert_eq!(read(given), None, "{given}");
        }
    }

    #[test]
    fn numbers_of_400_take_calls_only() {
        let usage = |given| PhoneNumber::parse(given).map(|number| (number.allows_outbound(), number.default_usage()));
        assert_eq!(usage("400-123-4567"), Some((false, "Inbound")));
        assert_eq!(usage("+864001234567"), Some((false, "Inbound")));
        assert_eq!(usage("40012345"), Some((true, "Bidirection")));
        assert_eq!(usage("057126883072"), Some((true, "Bidirection")));
    }
}
