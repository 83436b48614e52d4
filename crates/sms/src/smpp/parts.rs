//! A message as `submit_sm`: one, or as many as its text needs.

use std::str::FromStr;

use rusmpp::pdus::SubmitSm;
use rusmpp::types::{COctetString, OctetString};
use rusmpp::values::{DataCoding, EsmClass, InterfaceVersion, Npi, RegisteredDelivery, Ton};

use crate::limits::{PART_UNITS, WHOLE_UNITS};
use crate::provider::Message;

/// What this driver says it speaks.
pub(super) const INTERFACE_VERSION: InterfaceVersion = InterfaceVersion::Smpp3_4;

/// The parts, or why the message cannot be written so.
pub(super) fn of(message: &Message, source: &str, number_of_long: u8) -> Result<Vec<SubmitSm>, String> {
    let (ton, digits) = address(&message.number);
    let (source_ton, source_digits) = address(source);
    let whole = SubmitSm::builder()
        .source_addr_ton(source_ton)
        .source_addr_npi(Npi::Isdn)
        .source_addr(c_string(source_digits, "source address")?)
        .dest_addr_ton(ton)
        .dest_addr_npi(Npi::Isdn)
        .destination_addr(c_string(digits, "number")?)
        .registered_delivery(RegisteredDelivery::from(1))
        .data_coding(DataCoding::Ucs2)
        .build();
    let texts = texts(&message.text);
    let count = u8::try_from(texts.len()).map_err(|_| "the text needs more than 255 parts".to_owned())?;
    let mut parts = Vec::with_capacity(texts.len());
    for (text, number) in texts.iter().zip(1..=count) {
        let is_whole = count == 1;
        // Concatenated short messages, 8-bit reference: GSM 03.40, 9.2.3.24.1.
        let header: &[u8] = if is_whole { &[] } else { &[5, 0, 3, number_of_long, count, number] };
        let bytes = [header, text].concat();
        let mut part = whole.clone();
        // The crate's default has a bit set that no gateway expects.
        part.esm_class = EsmClass::from(if is_whole { 0 } else { 0x40 });
        part.set_short_message(OctetString::from_vec(bytes).map_err(|_| "a part is too long".to_owned())?);
        parts.push(part);
    }
    Ok(parts)
}

/// The text as UTF-16BE, whole or cut; never inside a character, which may need two units.
fn texts(text: &str) -> Vec<Vec<u8>> {
    let room = if text.encode_utf16().count() <= WHOLE_UNITS { WHOLE_UNITS } else { PART_UNITS };
    let mut texts = vec![Vec::new()];
    for character in text.chars() {
        let mut units = [0_u16; 2];
        let encoded = character.encode_utf16(&mut units);
        let is_full = texts.last().is_some_and(|last| last.len() / 2 + encoded.len() > room);
        if is_full {
            texts.push(Vec::new());
        }
        if let Some(last) = texts.last_mut() {
            last.extend(encoded.iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    texts
}

fn address(number: &str) -> (Ton, &str) {
    match number.strip_prefix('+') {
        Some(digits) => (Ton::International, digits),
        None => (Ton::Unknown, number),
    }
}

/// A text of the protocol, for settings and numbers.
pub(super) fn c_string<const MIN: usize, const MAX: usize>(
    text: &str,
    what: &str,
) -> Result<COctetString<MIN, MAX>, String> {
    COctetString::from_str(text).map_err(|_| format!("the {what} is not ASCII of at most {} characters", MAX - 1))
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;

    fn message(text: &str) -> Message {
        Message {
            id: "1".to_owned(),
            number: "+8613800000000".to_owned(),
            sign_name: String::new(),
            template_code: String::new(),
            parameters: Map::new(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_short_text_is_one_part() {
        let parts = of(&message(&"短".repeat(70)), "10086", 7).expect("it fits");
        assert_eq!(parts.len(), 1);
        assert_eq!(parts[0].short_message().as_ref().len(), 140);
        assert_eq!(u8::from(parts[0].data_coding), 8);
        assert_eq!((u8::from(parts[0].esm_class), u8::from(parts[0].registered_delivery)), (0, 1));
        assert_eq!(parts[0].destination_addr.as_str(), "8613800000000");
        assert_eq!(u8::from(parts[0].dest_addr_ton), 1);
    }

    #[test]
    fn a_long_text_is_cut_after_67() {
        let parts = of(&message(&"长".repeat(71)), "", 7).expect("it fits");
        assert_eq!(parts.len(), 2);
        for (part, (number, characters)) in parts.iter().zip([(1, 67), (2, 4)]) {
            let bytes = part.short_message().as_ref();
            assert_eq!(bytes[..6], [5, 0, 3, 7, 2, number]);
            assert_eq!(bytes.len(), 6 + 2 * characters);
            assert_eq!(u8::from(part.esm_class), 0x40);
        }
    }

    #[test]
    fn no_character_is_cut() {
        let parts = of(&message(&format!("{}😀{}", "a".repeat(66), "b".repeat(10))), "", 7).expect("it fits");
        assert_eq!(parts[0].short_message().as_ref().len(), 6 + 2 * 66);
        assert_eq!(parts[1].short_message().as_ref()[6..10], [0xD8, 0x3D, 0xDE, 0x00]);
    }

    #[test]
    fn a_number_that_does_not_fit_is_refused() {
        let mut long = message("x");
        long.number = "1".repeat(21);
        assert!(of(&long, "", 0).is_err());
    }
}
