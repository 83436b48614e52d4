//! Any bytes as an operator's file of mobile prefixes: refused with a place inside the file, or every lookup answers.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use regions::{Number, PhoneData, PhoneDataError, Regions};

fuzz_target!(|bytes: &[u8]| {
    match PhoneData::parse(bytes, Path::new("phone.dat")) {
        Err(PhoneDataError::Damaged { offset, .. }) => assert!(offset <= bytes.len(), "damage outside the file"),
        Err(error) => panic!("no file was opened: {error}"),
        Ok(data) => {
            let regions = Regions::new(Some(data));
            for prefix in (1_300_000..2_000_000).step_by(9_973) {
                let number = Number::parse(&format!("{prefix}0000")).expect("eleven digits");
                if let Some(region) = regions.find(&number) {
                    assert!(region.province.len() <= bytes.len().max(64), "a text from elsewhere");
                }
            }
        }
    }
});
