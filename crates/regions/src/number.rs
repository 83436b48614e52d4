//! A telephone number in one form, whatever way it was typed.
//!
//! Chinese numbers are kept as people dial them inside the country (`057126883072`, `13800138000`, `4001234567`), others
//! with plus sign and country code. Two texts of the same number are equal afterwards.

use crate::limits::{E164_DIGITS, NUMBER_DIGITS};
use crate::regions;

/// What a number is, by its digits alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Chinese mobile number.
    Mobile,
    /// Chinese fixed line with a known area code.
    FixedLine,
    /// 400 and 800 numbers.
    TollFree,
    /// 95188, 10086, 110: dialled as they are.
    ShortCode,
    /// A valid number of another country or region.
    Foreign,
    /// A text of digits that none of the rules knows.
    Unknown,
}

/// A readable number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number {
    kind: Kind,
    dialled: String,
    /// Digits after the country code, without the trunk's 0.
    significant: String,
}

/// Digits of a Chinese mobile number.
const MOBILE_DIGITS: usize = 11;
/// Country code of the mainland.
const CHINA: &str = "86";

impl Number {
    /// Reads a number: digits with an optional plus sign; spaces, hyphens, dots and brackets are passed over. `None` if
    /// there is anything else, or too few or too many digits.
    pub fn parse(given: &str) -> Option<Self> {
        let bare: String = given.chars().filter(|sign| !matches!(sign, ' ' | '-' | '.' | '(' | ')')).collect();
        let (international, digits) = match bare.strip_prefix('+') {
            Some(digits) => (true, digits),
            None => (false, bare.as_str()),
        };
        let after_exit_code = digits.strip_prefix("00").filter(|_| !international);
        let without_exit_code = after_exit_code.unwrap_or(digits);
        if !NUMBER_DIGITS.contains(&without_exit_code.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        if international || after_exit_code.is_some() {
            return Some(of_country_code(without_exit_code));
        }
        Some(match digits.strip_prefix(CHINA) {
            Some(rest) if is_mobile(rest) => chinese(rest),
            _ => chinese(digits),
        })
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The one form: as dialled inside China, or with plus sign and country code.
    pub fn as_str(&self) -> &str {
        &self.dialled
    }

    /// With plus sign and country code; `None` for numbers that have no such form, such as short codes.
    pub fn e164(&self) -> Option<String> {
        match self.kind {
            Kind::Mobile | Kind::FixedLine | Kind::TollFree => Some(format!("+{CHINA}{}", self.significant)),
            Kind::Foreign => Some(self.dialled.clone()),
            Kind::ShortCode | Kind::Unknown => None,
        }
    }

    /// As a Chinese trunk wants it: digits alone, other countries with the exit code.
    pub fn trunk(&self) -> String {
        match self.dialled.strip_prefix('+') {
            Some(digits) => format!("00{digits}"),
            None => self.dialled.clone(),
        }
    }

    /// Only takes calls, such as 400 numbers.
    pub fn is_inbound_only(&self) -> bool {
        self.kind == Kind::TollFree && self.significant.starts_with("400")
    }

    /// Digits after the country code, without the trunk's 0; for foreign numbers the country code is among them.
    pub(crate) fn significant(&self) -> &str {
        &self.significant
    }
}

fn of_country_code(digits: &str) -> Number {
    // What the Chinese rules do not know keeps its country code: without it, it would read as another number.
    if let Some(number) = digits.strip_prefix(CHINA).map(chinese).filter(|number| number.kind != Kind::Unknown) {
        return number;
    }
    let dialled = format!("+{digits}");
    let kind = if is_valid_elsewhere(&dialled, digits) { Kind::Foreign } else { Kind::Unknown };
    Number { kind, dialled, significant: digits.to_owned() }
}

fn is_valid_elsewhere(dialled: &str, digits: &str) -> bool {
    E164_DIGITS.contains(&digits.len())
        && phonenumber::parse(None, dialled).is_ok_and(|number| phonenumber::is_valid(&number))
}

fn chinese(digits: &str) -> Number {
    let without_zero = digits.strip_prefix('0').unwrap_or(digits);
    let (kind, dialled, significant) = if is_mobile(without_zero) {
        (Kind::Mobile, without_zero.to_owned(), without_zero)
    } else if is_toll_free(digits) {
        (Kind::TollFree, digits.to_owned(), digits)
    } else if is_short_code(digits) {
        (Kind::ShortCode, digits.to_owned(), digits)
    } else if is_fixed_line(without_zero) {
        (Kind::FixedLine, format!("0{without_zero}"), without_zero)
    } else {
        (Kind::Unknown, digits.to_owned(), digits)
    };
    Number { kind, dialled, significant: significant.to_owned() }
}

fn is_mobile(digits: &str) -> bool {
    digits.len() == MOBILE_DIGITS && matches!(digits.as_bytes(), [b'1', b'3'..=b'9', ..])
}

fn is_toll_free(digits: &str) -> bool {
    digits.len() == 10 && (digits.starts_with("400") || digits.starts_with("800"))
}

/// 95xxx and 96xxx of companies, 1[0-2]x of operators and emergency services.
fn is_short_code(digits: &str) -> bool {
    match digits.as_bytes() {
        [b'9', b'5' | b'6', ..] => (5..=8).contains(&digits.len()),
        [b'1', b'0'..=b'2', ..] => (3..=8).contains(&digits.len()),
        _ => false,
    }
}

/// Area code and subscriber's number. Area codes of two digits have eight after them, those of three seven or eight.
fn is_fixed_line(significant: &str) -> bool {
    let Some(area) = area_code(significant) else { return false };
    let subscriber = &significant[area.len()..];
    let fitting = if area.len() == 2 { 8..=8 } else { 7..=8 };
    fitting.contains(&subscriber.len()) && !subscriber.starts_with('0') && regions::is_area_code(area)
}

/// The area code at the beginning of a fixed line's digits, by the number plan: 10 and 2x, else three digits.
pub(crate) fn area_code(significant: &str) -> Option<&str> {
    match significant.as_bytes() {
        [b'1', b'0', ..] | [b'2', ..] => significant.get(..2),
        [b'3'..=b'9', ..] => significant.get(..3),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_way_of_typing_gives_one_form() {
        for (given, dialled, kind) in [
            ("13812345678", "13812345678", Kind::Mobile),
            ("+8613812345678", "13812345678", Kind::Mobile),
            ("+86 138-1234-5678", "13812345678", Kind::Mobile),
            ("008613812345678", "13812345678", Kind::Mobile),
            ("8613812345678", "13812345678", Kind::Mobile),
            ("013812345678", "13812345678", Kind::Mobile),
            ("0571-2688 3072", "057126883072", Kind::FixedLine),
            ("57126883072", "057126883072", Kind::FixedLine),
            ("+86 571 26883072", "057126883072", Kind::FixedLine),
            ("+86 0571 26883072", "057126883072", Kind::FixedLine),
            ("(010) 6552.9988", "01065529988", Kind::FixedLine),
            ("1065529988", "01065529988", Kind::FixedLine),
            ("0527-8123456", "05278123456", Kind::FixedLine),
            ("400-123-4567", "4001234567", Kind::TollFree),
            ("+864001234567", "4001234567", Kind::TollFree),
            ("8008101234", "8008101234", Kind::TollFree),
            ("95188", "95188", Kind::ShortCode),
            ("10086", "10086", Kind::ShortCode),
            ("110", "110", Kind::ShortCode),
            ("+1 212 736 5000", "+12127365000", Kind::Foreign),
            ("0012127365000", "+12127365000", Kind::Foreign),
            ("+852 2123 4567", "+85221234567", Kind::Foreign),
            ("+1 000 000 0000", "+10000000000", Kind::Unknown),
            ("40012345", "40012345", Kind::Unknown),
            ("01012345", "01012345", Kind::Unknown),
            ("00057126883072", "+057126883072", Kind::Unknown),
            ("+860", "+860", Kind::Unknown),
            ("+86 0012127365000", "+860012127365000", Kind::Unknown),
        ] {
            let number = Number::parse(given).unwrap_or_else(|| panic!("{given} is readable"));
            assert_eq!((number.as_str(), number.kind()), (dialled, kind), "{given}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for given in
            ["", "12", "nobody", "+", "1+2345", "123456789012345678901", "１２３４５", "138#", "+-", "０", "001"]
        {
            assert_eq!(Number::parse(given), None, "{given}");
        }
    }

    #[test]
    fn forms_for_trunks_and_other_countries() {
        let forms = |given| {
            let number = Number::parse(given).expect("readable");
            (number.e164(), number.trunk())
        };
        assert_eq!(forms("0571 26883072"), (Some("+8657126883072".to_owned()), "057126883072".to_owned()));
        assert_eq!(forms("13812345678"), (Some("+8613812345678".to_owned()), "13812345678".to_owned()));
        assert_eq!(forms("95188"), (None, "95188".to_owned()));
        assert_eq!(forms("+12127365000"), (Some("+12127365000".to_owned()), "0012127365000".to_owned()));
    }

    #[test]
    fn numbers_of_400_take_calls_only() {
        let inbound_only = |given| Number::parse(given).is_some_and(|number| number.is_inbound_only());
        assert!(inbound_only("400-123-4567") && inbound_only("+864001234567"));
        assert!(!inbound_only("8008101234") && !inbound_only("40012345") && !inbound_only("057126883072"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic_and_reading_again_changes_nothing(text in "\\PC{0,24}|[+0-9 ()-]{0,24}") {
            if let Some(number) = Number::parse(&text) {
                prop_assert_eq!(Number::parse(number.as_str()), Some(number.clone()));
                if let Some(e164) = number.e164() {
                    prop_assert_eq!(Number::parse(&e164), Some(number.clone()));
                    prop_assert_eq!(Number::parse(&number.trunk()), Some(number));
                }
            }
        }
    }
}
