//! Phone numbers.

/// Lists of numbers are masked one by one.
pub(super) fn mask_phone_numbers(text: &str) -> String {
    text.split(',').map(mask_phone_number).collect::<Vec<_>>().join(",")
}

/// Keeps the first three and the last two digits; a number too short for that keeps none.
pub fn mask_phone_number(number: &str) -> String {
    // Letters count as digits (names of SIP phones), and so do stars: masking twice is masking once.
    let counts = |c: char| c.is_alphanumeric() || c == '*';
    let digits = number.chars().filter(|c| counts(*c)).count();
    let mut seen = 0;
    let masked = number.chars().map(|c| {
        if !counts(c) {
            return c;
        }
        seen += 1;
        if digits >= 8 && (seen <= 3 || seen > digits - 2) { c } else { '*' }
    });
    masked.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keeps_three_and_two() {
        assert_eq!(mask_phone_number("13800001234"), "138******34");
        assert_eq!(mask_phone_number("+86 138-0000-1234"), "+86 1**-****-**34");
        assert_eq!(mask_phone_number("8003"), "****");
        assert_eq!(mask_phone_number(""), "");
        assert_eq!(mask_phone_numbers("13800001234,10086"), "138******34,*****");
    }

    proptest! {
        #[test]
        fn twice_is_once(text in "[0-9+ ,*-]{0,30}|.{0,20}") {
            let once = mask_phone_numbers(&text);
            prop_assert_eq!(mask_phone_numbers(&once), once);
        }
    }
}
