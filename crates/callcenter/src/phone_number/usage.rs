//! What a bound number is used for.

use crate::phone_number::PhoneNumber;

/// `Usage` on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Usage {
    /// Takes calls.
    Inbound,
    /// Makes calls.
    Outbound,
    /// Both.
    Bidirection,
}

impl Usage {
    /// What callers may write; the public documents misspell one in places.
    pub(crate) const GIVEN: &[&str] = &["Inbound", "Outbound", "Outboung", "Bidirection"];

    pub(crate) fn of_given(text: &str) -> Option<Self> {
        match text {
            "Inbound" => Some(Usage::Inbound),
            "Outbound" | "Outboung" => Some(Usage::Outbound),
            "Bidirection" => Some(Usage::Bidirection),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Usage::Inbound => "Inbound",
            Usage::Outbound => "Outbound",
            Usage::Bidirection => "Bidirection",
        }
    }

    /// Of a number that is bound without saying which.
    pub(crate) fn default_of(number: &PhoneNumber) -> Self {
        if number.is_inbound_only() { Usage::Inbound } else { Usage::Bidirection }
    }

    /// Whether the number may be used so: 400 numbers take calls only (Cloud Call Center, "AddPhoneNumber").
    pub(crate) fn fits(self, number: &PhoneNumber) -> bool {
        self == Usage::Inbound || !number.is_inbound_only()
    }

    /// `AllowOutbound`
    pub(crate) fn makes_calls(self) -> bool {
        self != Usage::Inbound
    }

    /// Calls can come in, so a contact flow can take them.
    pub(crate) fn takes_calls(self) -> bool {
        self != Usage::Outbound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_has_a_meaning() {
        for given in Usage::GIVEN {
            let usage = Usage::of_given(given).expect(given);
            assert!(Usage::of_given(usage.name()) == Some(usage));
        }
        assert_eq!(Usage::of_given("Outboung"), Some(Usage::Outbound));
        assert_eq!(Usage::of_given("inbound"), None);
    }

    #[test]
    fn numbers_of_400_take_calls_only() {
        let number = |given| PhoneNumber::parse(given).expect("readable");
        let toll_free = number("400-123-4567");
        assert_eq!(Usage::default_of(&toll_free), Usage::Inbound);
        assert!(Usage::Inbound.fits(&toll_free) && !Usage::Bidirection.fits(&toll_free));
        assert_eq!(Usage::default_of(&number("0571-26883072")), Usage::Bidirection);
        assert!(Usage::Outbound.fits(&number("0571-26883072")));
    }
}
