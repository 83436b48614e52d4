//! Where numbers are at home: known rows, an operator's file, any bytes as such a file.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use regions::{Number, PhoneData, PhoneDataError, Region, Regions};

fn number(given: &str) -> Number {
    Number::parse(given).unwrap_or_else(|| panic!("{given} is readable"))
}

fn home<'a>(regions: &'a Regions, given: &str) -> Option<(&'a str, &'a str)> {
    regions.find(&number(given)).map(|Region { province, city }| (province, city))
}

#[test]
fn known_numbers_are_at_home_where_they_should_be() {
    let regions = Regions::default();
    for (given, expected) in [
        ("13812345678", Some(("江苏", "连云港"))),
        ("13800138000", Some(("北京", "北京"))),
        ("13500210000", Some(("广东", "阳江"))),
        ("18616900000", Some(("上海", "上海"))),
        ("15910000000", Some(("山东", "济宁"))),
        ("13322220000", Some(("辽宁", "大连"))),
        ("13602400000", Some(("广东", "广州"))),
        ("18502000000", Some(("广东", "广州"))),
        ("13400000000", Some(("江苏", "无锡"))),
        ("17010000000", None),
        ("19200000000", None),
        ("19900000000", None),
        ("19100000000", None),
        ("010-65529988", Some(("北京", "北京"))),
        ("021-12345678", Some(("上海", "上海"))),
        ("0755-26883072", Some(("广东", "深圳"))),
        ("0571-26883072", Some(("浙江", "杭州"))),
        ("+86 571 26883072", Some(("浙江", "杭州"))),
        ("029-81234567", Some(("陕西", "西安"))),
        ("4001234567", None),
        ("8008101234", None),
        ("95188", None),
        ("+852 2123 4567", Some(("香港", "香港"))),
        ("+886 2 2345 6789", Some(("台湾", ""))),
        ("+1 212 736 5000", None),
        ("+44 20 7946 0958", None),
    ] {
        assert_eq!(home(&regions, given), expected, "{given}");
    }
    assert!(regions.version().starts_with("libphonenumber 9."), "{}", regions.version());
}

/// Writes the format, so that the reader is not tested with its own code.
fn phone_data(version: &[u8; 4], texts: &[&str], entries: &[(i32, usize)]) -> Vec<u8> {
    let (mut body, mut offsets) = (Vec::new(), Vec::new());
    for text in texts {
        offsets.push(i32::try_from(8 + body.len()).expect("small"));
        body.extend_from_slice(text.as_bytes());
        body.push(0);
    }
    let mut bytes = version.to_vec();
    bytes.extend_from_slice(&i32::try_from(8 + body.len()).expect("small").to_le_bytes());
    bytes.extend_from_slice(&body);
    for (prefix, text) in entries {
        bytes.extend_from_slice(&prefix.to_le_bytes());
        bytes.extend_from_slice(&offsets[*text].to_le_bytes());
        bytes.push(1);
    }
    bytes
}

fn parse(bytes: &[u8]) -> Result<PhoneData, PhoneDataError> {
    PhoneData::parse(bytes, Path::new("phone.dat"))
}

const TEXTS: [&str; 3] = ["北京|北京|100000|010", "广东|佛山|528000|0757", "海南|三沙|573100|0898"];

#[test]
fn an_operators_file_comes_first() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = folder.path().join("phone.dat");
    let bytes = phone_data(b"2312", &TEXTS, &[(1_381_234, 2), (1_701_000, 0), (1_920_000, 1)]);
    std::fs::write(&path, bytes).expect("written");
    let regions = Regions::new(Some(PhoneData::open(&path).expect("well-formed")));
    for (given, expected) in [
        ("13812345678", Some(("海南", "三沙"))),
        ("17010000000", Some(("北京", "北京"))),
        ("19200000000", Some(("广东", "佛山"))),
        ("19200010000", None),
        ("13800138000", Some(("北京", "北京"))),
        ("0571-26883072", Some(("浙江", "杭州"))),
    ] {
        assert_eq!(home(&regions, given), expected, "{given}");
    }
    assert!(regions.version().starts_with("phone.dat 2312, libphonenumber 9."), "{}", regions.version());
}

#[test]
fn an_error_names_file_and_place() {
    let good = phone_data(b"2312", &TEXTS, &[(1_381_234, 2), (1_701_000, 0)]);
    let index = good.len() - 18;
    let changed = |at: usize, with: &[u8]| {
        let mut bytes = good.clone();
        bytes[at..at + with.len()].copy_from_slice(with);
        bytes
    };
    let two_fields = phone_data(b"2312", &["北京|010"], &[(1_381_234, 0)]);
    for (bytes, offset) in [
        (Vec::new(), 0),
        (good[..6].to_vec(), 4),
        (changed(0, b"\0\0\0\0"), 0),
        (changed(4, &(-1_i32).to_le_bytes()), 4),
        (changed(4, &i32::MAX.to_le_bytes()), 4),
        (good[..good.len() - 1].to_vec(), index),
        (changed(index, &7_i32.to_le_bytes()), index),
        (changed(index + 9, &1_381_234_i32.to_le_bytes()), index + 9),
        (changed(index + 4, &3_i32.to_le_bytes()), index + 4),
        (changed(index + 4, &i32::try_from(index).expect("small").to_le_bytes()), index + 4),
        (changed(8, b"\xff"), 8),
        (two_fields, 8),
    ] {
        match parse(&bytes) {
            Err(PhoneDataError::Damaged { path, offset: found, what }) => {
                assert_eq!((path.as_path(), found), (Path::new("phone.dat"), offset), "{what}");
            }
            other => panic!("damage at {offset} was not found: {other:?}"),
        }
    }
    let missing = PhoneData::open(Path::new("no such file")).expect_err("not there");
    assert!(missing.to_string().contains("no such file"), "{missing}");
}

proptest! {
    #[test]
    fn a_written_file_is_read_back(rows in prop::collection::btree_map(1_300_000_i32..1_302_000, 0..3_usize, 0..300)) {
        let entries: Vec<(i32, usize)> = rows.iter().map(|(prefix, text)| (*prefix, *text)).collect();
        let regions = Regions::new(Some(parse(&phone_data(b"2026", &TEXTS, &entries)).expect("well-formed")));
        let built_in = Regions::default();
        let names: BTreeMap<usize, (&str, &str)> =
            [(0, ("北京", "北京")), (1, ("广东", "佛山")), (2, ("海南", "三沙"))].into();
        for prefix in 1_299_990..1_302_010 {
            let given = format!("{prefix}0000");
            let expected = match rows.get(&prefix) {
                Some(text) => Some(names[text]),
                None => home(&built_in, &given),
            };
            prop_assert_eq!(home(&regions, &given), expected, "{}", prefix);
        }
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn a_changed_byte_never_panics(at in 0_usize..130, with in any::<u8>()) {
        let mut bytes = phone_data(b"2312", &TEXTS, &[(1_381_234, 2), (1_701_000, 0)]);
        let at = at % bytes.len();
        bytes[at] = with;
        if let Ok(data) = parse(&bytes) {
            let regions = Regions::new(Some(data));
            let _ = regions.find(&number("13812345678"));
        }
    }
}
