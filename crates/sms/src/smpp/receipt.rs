//! A receipt: the optional parameters of `deliver_sm` where the gateway sends them, else its text.

use rusmpp::pdus::DeliverSm;
use rusmpp::tlvs::TlvValue;
use rusmpp::values::{MessageState, MessageType};

use crate::provider::{Key, Receipt};
use crate::state::State;

/// The receipt in a `deliver_sm`, if it is one and final. What a customer answers is none.
pub(super) fn of(command: &DeliverSm) -> Option<Receipt> {
    if command.esm_class.message_type != MessageType::ShortMessageContainsMCDeliveryReceipt {
        return None;
    }
    let text = String::from_utf8_lossy(command.short_message().as_ref());
    let mut reference = field(&text, "id").map(str::to_owned);
    let mut state = field(&text, "stat").and_then(state_of_word);
    for tlv in command.tlvs() {
        match tlv.value() {
            Some(TlvValue::ReceiptedMessageId(id)) if !id.as_str().is_empty() => {
                reference = Some(id.as_str().to_owned())
            }
            Some(TlvValue::MessageState(known)) if state.is_none() => state = state_of_number(*known),
            _ => {}
        }
    }
    let code = field(&text, "err").or(field(&text, "stat")).unwrap_or_default().chars().take(32).collect();
    Some(Receipt { key: Key::Reference(reference?), state: state?, code })
}

/// `id:… sub:001 dlvrd:001 submit date:… done date:… stat:DELIVRD err:000 text:…`; names in any letter case.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.split_ascii_whitespace()
        // What follows is the message itself.
        .take_while(|word| !word.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("text:")))
        .filter_map(|word| word.split_once(':'))
        .find(|(found, value)| found.eq_ignore_ascii_case(name) && !value.is_empty())
        .map(|(_, value)| value)
}

fn state_of_word(word: &str) -> Option<State> {
    match word.to_ascii_uppercase().as_str() {
        "DELIVRD" => Some(State::Delivered),
        "EXPIRED" | "DELETED" | "UNDELIV" | "REJECTD" => Some(State::Failed),
        // ENROUTE, ACCEPTD and UNKNOWN are no end.
        _ => None,
    }
}

fn state_of_number(state: MessageState) -> Option<State> {
    match u8::from(state) {
        2 => Some(State::Delivered),
        3..=5 | 8 => Some(State::Failed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rusmpp::types::OctetString;
    use rusmpp::values::EsmClass;

    use super::*;

    fn deliver(esm_class: u8, text: &[u8]) -> DeliverSm {
        let text = OctetString::from_vec(text.to_vec()).expect("at most 255 bytes");
        DeliverSm::builder().esm_class(EsmClass::from(esm_class)).short_message(text).build()
    }

    fn receipt(text: &str) -> Option<Receipt> {
        of(&deliver(4, text.as_bytes()))
    }

    #[test]
    fn the_text_of_a_receipt() {
        let text =
            "id:0A-7 sub:001 dlvrd:001 submit date:2603040506 done date:2603040507 stat:DELIVRD err:000 text:id:9";
        let expected =
            Receipt { key: Key::Reference("0A-7".to_owned()), state: State::Delivered, code: "000".to_owned() };
        assert_eq!(receipt(text), Some(expected));
        assert_eq!(receipt("id:1 stat:UNDELIV err:011").map(|receipt| receipt.state), Some(State::Failed));
        assert_eq!(receipt("ID:1 Stat:expired").map(|receipt| receipt.code), Some("expired".to_owned()));
        for no_end in ["id:1 stat:ENROUTE", "id:1 stat:ACCEPTD", "stat:DELIVRD", "id:1", "", "text:id:1 stat:DELIVRD"] {
            assert_eq!(receipt(no_end), None, "{no_end}");
        }
    }

    #[test]
    fn what_a_customer_writes_is_no_receipt() {
        assert_eq!(of(&deliver(0, b"id:1 stat:DELIVRD err:000")), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_passed_over(class in any::<u8>(), text in prop::collection::vec(any::<u8>(), 0..255)) {
            if let Some(receipt) = of(&deliver(class, &text)) {
                prop_assert!(receipt.state.is_final());
            }
        }
    }
}
