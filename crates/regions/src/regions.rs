//! Where a number is at home: the operator's file first, then the built-in table.

use crate::number::{Kind, Number, area_code};
use crate::phone_data::PhoneData;
use crate::runs::{PREFIX_DIGITS, Runs};

// `VERSION` and `PLACES`.
include!(concat!(env!("OUT_DIR"), "/places.rs"));
static RUNS: Runs = Runs::of_bytes(include_bytes!(concat!(env!("OUT_DIR"), "/runs.bin")));

/// Regions with a country code of their own, which the tables of the mainland do not have.
const BY_COUNTRY_CODE: [(&str, Region<'static>); 3] = [
    ("852", Region { province: "香港", city: "香港" }),
    ("853", Region { province: "澳门", city: "澳门" }),
    ("886", Region { province: "台湾", city: "" }),
];

/// The home of a number. Municipalities are province and city at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region<'a> {
    /// `江苏`
    pub province: &'a str,
    /// `连云港`; empty if only the province is known.
    pub city: &'a str,
}

/// The tables.
#[derive(Debug, Default)]
pub struct Regions {
    operators_file: Option<PhoneData>,
}

impl Regions {
    /// The built-in table, and an operator's file before it if there is one.
    pub fn new(operators_file: Option<PhoneData>) -> Self {
        Self { operators_file }
    }

    /// Which tables answer, for the record: `phone.dat 2312, libphonenumber 9.0.33`.
    pub fn version(&self) -> String {
        match &self.operators_file {
            Some(file) => format!("phone.dat {}, libphonenumber {VERSION}", file.version()),
            None => format!("libphonenumber {VERSION}"),
        }
    }

    /// The home of a number, if the tables have it.
    pub fn find(&self, number: &Number) -> Option<Region<'_>> {
        let file = self.operators_file.as_ref();
        match number.kind() {
            Kind::Mobile => {
                let prefix = prefix(number.significant())?;
                file.and_then(|file| file.find(prefix)).or_else(|| built_in(prefix))
            }
            Kind::FixedLine => {
                let area = area_code(number.significant())?;
                prefix(number.significant()).and_then(built_in).or_else(|| file.and_then(|file| file.find_area(area)))
            }
            Kind::Foreign => BY_COUNTRY_CODE
                .iter()
                .find(|(code, _)| number.significant().starts_with(code))
                .map(|(_, region)| *region),
            Kind::TollFree | Kind::ShortCode | Kind::Unknown => None,
        }
    }
}

/// Whether the built-in table has fixed lines under this area code.
pub(crate) fn is_area_code(area: &str) -> bool {
    let first = format!("{area:0<PREFIX_DIGITS$}");
    prefix(&first).and_then(built_in).is_some()
}

fn prefix(digits: &str) -> Option<u32> {
    digits.get(..PREFIX_DIGITS)?.parse().ok()
}

fn built_in(prefix: u32) -> Option<Region<'static>> {
    let (province, city) = PLACES.get(usize::from(RUNS.find(prefix)?))?;
    Some(Region { province, city })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_compact() {
        assert!((50_000..150_000).contains(&RUNS.len()), "{} runs", RUNS.len());
        assert!((300..400).contains(&PLACES.len()), "{} places", PLACES.len());
        assert!(PLACES.iter().all(|(province, city)| !province.is_empty() && !city.ends_with('市')));
    }

    #[test]
    fn area_codes_are_those_of_the_plan() {
        for area in ["10", "21", "571", "755", "29", "898", "991"] {
            assert!(is_area_code(area), "{area}");
        }
        for area in ["26", "400", "800"] {
            assert!(!is_area_code(area), "{area}");
        }
    }
}
