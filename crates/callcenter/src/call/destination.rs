//! Telephone numbers as dialling needs them: the form that a trunk dials, and what kind of place it leads to.
//!
//! Two numbers are the same party exactly if these forms are equal. `regions` knows the number plan; what costs money or
//! calls for help is known here.

use regions::{Kind, Number};

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
pub(crate) fn normalise(given: &str) -> Option<Destination> {
    let parsed = Number::parse(given)?;
    let number = parsed.trunk();
    let kind = kind_of(&number, parsed.kind())?;
    Some(Destination { number, kind })
}

fn kind_of(number: &str, kind: Kind) -> Option<DestinationKind> {
    if EMERGENCY.contains(&number) {
        return Some(DestinationKind::Emergency);
    }
    if is_premium(number) {
        return Some(DestinationKind::Premium);
    }
    Some(match kind {
        Kind::Mobile => DestinationKind::Mobile,
        Kind::FixedLine if is_premium(subscriber(number)) => DestinationKind::Premium,
        Kind::FixedLine => DestinationKind::Fixed,
        Kind::TollFree => DestinationKind::TollFree,
        Kind::ShortCode => DestinationKind::Short,
        Kind::Foreign => DestinationKind::International,
        Kind::Unknown => return None,
    })
}

/// What follows the area code, which has three digits for 010 and 02x, else four.
fn subscriber(fixed_line: &str) -> &str {
    let area_digits = if fixed_line.starts_with("01") || fixed_line.starts_with("02") { 3 } else { 4 };
    fixed_line.get(area_digits..).unwrap_or_default()
}

/// Voice information (160, 168 and five digits) and services billed by mobile operators (125).
fn is_premium(number: &str) -> bool {
    (number.len() == 8 && (number.starts_with("160") || number.starts_with("168")))
        || ((5..=11).contains(&number.len()) && number.starts_with("125"))
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
            (vec!["+85221234567", "0085221234567"], "0085221234567", International),
            (vec!["+12127365000"], "0012127365000", International),
        ] {
            for spelling in spellings {
                let found = normalise(spelling).unwrap_or_else(|| panic!("{spelling} is a number"));
                assert_eq!((found.number.as_str(), found.kind), (number, kind), "{spelling}");
            }
        }
    }

    #[test]
    fn what_leads_nowhere_is_none() {
        for given in ["", "nobody", "26883072", "+0123456789", "000123456", "0571", "01234567890", "+86", "00861"] {
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
