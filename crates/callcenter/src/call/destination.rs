//! Telephone numbers as dialling needs them: one normal form, and what kind of place it leads to.
//!
//! Two numbers are the same party exactly if their normal forms are equal. The normal form is what is dialled inside
//! China: mobile numbers without a zero, fixed ones with their area code, all others with `00` and their country code.

use crate::phone_number::PhoneNumber;

/// A number that can be dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destination {
    /// Normal form: digits only.
    pub(crate) number: String,
    /// Where it leads.
    pub(crate) kind: DestinationKind,
}

/// Where a number leads, as far as the rules distinguish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DestinationKind {
    /// A mobile telephone in China.
    Mobile,
    /// A fixed line in China, with area code.
    Fixed,
    /// 400 and 800 numbers.
    TollFree,
    /// Service numbers of three to eight digits: 10086, 12345, 95188.
    Short,
    /// Police, ambulance, fire, traffic accidents.
    Emergency,
    /// Numbers that bill the caller for a service.
    Premium,
    /// Outside mainland China.
    International,
}

/// Numbers for help, in China and, where the network understands them, from mobile telephones everywhere.
const EMERGENCY: [&str; 9] = ["110", "112", "119", "120", "122", "911", "999", "12110", "12395"];

/// Reads a number; `None` if it leads nowhere that a trunk knows.
///
/// The numbering plan's own crate may take this function's place: callers use the answer only.
pub(crate) fn normalise(given: &str) -> Option<Destination> {
    let number = PhoneNumber::parse(given)?;
    let text = number.as_str();
    let (national, has_country_code) = match text.strip_prefix('+') {
        Some(foreign) => match foreign.strip_prefix("86") {
            Some(national) => (national, true),
            None => return international(&format!("00{foreign}")),
        },
        None => match text.strip_prefix("0086") {
            Some(national) => (national, true),
            None if text.starts_with("00") => return international(text),
            // As identity keeps mobile numbers: 86-13800000000.
            None => match text.strip_prefix("86").filter(|rest| is_mobile(rest)) {
                Some(national) => (national, true),
                None => (text, false),
            },
        },
    };
    inside_china(national, has_country_code)
}

fn international(number: &str) -> Option<Destination> {
    // E.164: at most 15 digits, and no country code begins with zero.
    let plausible = (7..=17).contains(&number.len()) && number.as_bytes().get(2).is_some_and(|digit| *digit != b'0');
    plausible.then(|| Destination { number: number.to_owned(), kind: DestinationKind::International })
}

fn inside_china(national: &str, has_country_code: bool) -> Option<Destination> {
    let found = |number: &str, kind| Some(Destination { number: number.to_owned(), kind });
    let bare = national.strip_prefix('0').filter(|rest| is_mobile(rest)).unwrap_or(national);
    if is_mobile(bare) {
        return found(bare, DestinationKind::Mobile);
    }
    if bare.len() == 10 && (bare.starts_with("400") || bare.starts_with("800")) {
        return found(bare, DestinationKind::TollFree);
    }
    if EMERGENCY.contains(&bare) {
        return found(bare, DestinationKind::Emergency);
    }
    if is_premium(bare) {
        return found(bare, DestinationKind::Premium);
    }
    if bare.starts_with('0') {
        return fixed_line(bare);
    }
    if is_short(bare) {
        return found(bare, DestinationKind::Short);
    }
    // With a country code the zero of the area code is left out.
    if has_country_code { fixed_line(&format!("0{bare}")) } else { None }
}

/// Area code with its zero (three digits for 010 and 02x, else four) and seven or eight digits.
fn fixed_line(number: &str) -> Option<Destination> {
    let area_digits = if number.starts_with("01") || number.starts_with("02") { 3 } else { 4 };
    let (area, subscriber) = number.split_at_checked(area_digits)?;
    let plausible = (7..=8).contains(&subscriber.len()) && !matches!(subscriber.as_bytes().first(), Some(b'0'));
    let lawful_area = !area.starts_with("00") && (!area.starts_with("01") || area == "010");
    if !plausible || !lawful_area {
        return None;
    }
    let kind = if is_premium(subscriber) { DestinationKind::Premium } else { DestinationKind::Fixed };
    Some(Destination { number: number.to_owned(), kind })
}

fn is_mobile(number: &str) -> bool {
    number.len() == 11 && number.starts_with('1') && matches!(number.as_bytes().get(1), Some(b'3'..=b'9'))
}

/// Voice information (160, 168 and five digits) and services billed by mobile operators (125).
fn is_premium(number: &str) -> bool {
    (number.len() == 8 && (number.starts_with("160") || number.starts_with("168")))
        || ((5..=11).contains(&number.len()) && number.starts_with("125"))
}

fn is_short(number: &str) -> bool {
    let service = number.starts_with('1') || number.starts_with("95") || number.starts_with("96");
    service && (3..=8).contains(&number.len())
}

#[cfg(test)]
mod tests {
    use DestinationKind::{Emergency, Fixed, International, Mobile, Premium, Short, TollFree};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_party_has_one_form() {
        for (spellings, number, kind) in [
            (
                vec!["13812345678", "+8613812345678", "008613812345678", "013812345678", "86-13812345678"],
                "13812345678",
                Mobile,
            ),
            (vec!["057126883072", "0571-2688 3072", "+8657126883072", "+86 571 26883072"], "057126883072", Fixed),
            (vec!["01012345678", "+861012345678"], "01012345678", Fixed),
            (vec!["02112345678", "0086 21 12345678"], "02112345678", Fixed),
            (vec!["400-123-4567", "+864001234567"], "4001234567", TollFree),
            (vec!["8001234567"], "8001234567", TollFree),
            (vec!["95188"], "95188", Short),
            (vec!["10086", "+8610086"], "10086", Short),
            (vec!["12345"], "12345", Short),
            (vec!["110"], "110", Emergency),
            (vec!["12110"], "12110", Emergency),
            (vec!["16812345"], "16812345", Premium),
            (vec!["02116812345"], "02116812345", Premium),
            (vec!["12590123"], "12590123", Premium),
            (vec!["+85212345678", "0085212345678"], "0085212345678", International),
            (vec!["+12125550123"], "0012125550123", International),
        ] {
            for spelling in spellings {
                let found = normalise(spelling).unwrap_or_else(|| panic!("{spelling} is a number"));
                assert_eq!((found.number.as_str(), found.kind), (number, kind), "{spelling}");
            }
        }
    }

    #[test]
    fn what_leads_nowhere_is_none() {
        for given in
            ["", "nobody", "26883072", "5712688307", "+0123456789", "000123456", "0571", "01234567890", "+86", "00861"]
        {
            assert_eq!(normalise(given), None, "{given}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic_and_twice_alike(given in "[+0-9 -]{0,24}|.{0,24}") {
            if let Some(found) = normalise(&given) {
                prop_assert!(found.number.bytes().all(|byte| byte.is_ascii_digit()));
                prop_assert_eq!(normalise(&found.number), Some(found.clone()));
            }
        }
    }
}
