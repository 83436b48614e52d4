//! What a setting may hold. A value that no part of the call centre could read is refused when it is set, not when it is
//! needed.

use openapi::ValueFault;
use serde_json::{Map, Value};

use crate::limits::MAX_AUTO_ANSWER_S;

/// Why a value does not fit its setting: the kind of fault, and what would fit.
pub(crate) fn fault_of(name: &str, value: &str) -> Option<(ValueFault, String)> {
    match name {
        "AllowHangup" | "AudioDownload" | "AllowChooseSkillGroup" | "enableRecord" => one_of(value, &["0", "1"]),
        "ShowCalledID" | "ShowCalleeID" => one_of(value, &["-1", "0", "1"]),
        "AutoAnswerCall" => seconds(value),
        "SatisfactionSurvey" | "SmsSatisfactionSurvey" => json_object(value),
        _ => None,
    }
}

fn one_of(value: &str, allowed: &[&str]) -> Option<(ValueFault, String)> {
    let expected = || (ValueFault::Enumeration, format!("it must be one of {}", allowed.join(", ")));
    (!allowed.contains(&value)).then(expected)
}

fn seconds(value: &str) -> Option<(ValueFault, String)> {
    let fits = value.parse::<i64>().is_ok_and(|seconds| (-1..=MAX_AUTO_ANSWER_S).contains(&seconds));
    let expected = || (ValueFault::Format, format!("it must be 0 to {MAX_AUTO_ANSWER_S} seconds, or -1 for never"));
    (!fits).then(expected)
}

fn json_object(value: &str) -> Option<(ValueFault, String)> {
    let fits = serde_json::from_str::<Map<String, Value>>(value).is_ok();
    (!fits).then(|| (ValueFault::Format, "it must be the JSON text of an object".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::CONFIG_ITEMS;

    #[test]
    fn defaults_fit() {
        for item in CONFIG_ITEMS {
            assert_eq!(fault_of(item.name, item.default_value), None, "{}", item.name);
        }
    }

    #[test]
    fn what_nobody_could_read_is_refused() {
        let fault = |name, value| fault_of(name, value).map(|(fault, _)| fault);
        for (name, value) in [("AllowHangup", "2"), ("AllowHangup", "true"), ("ShowCalleeID", "whole")] {
            assert_eq!(fault(name, value), Some(ValueFault::Enumeration), "{name} {value}");
        }
        for (name, value) in [("AutoAnswerCall", "-2"), ("AutoAnswerCall", "601"), ("SatisfactionSurvey", "[]")] {
            assert_eq!(fault(name, value), Some(ValueFault::Format), "{name} {value}");
        }
        assert_eq!(fault("AutoAnswerCall", "600"), None);
        assert_eq!(fault("SettingWorkbenchLogLevel", "anything"), None);
    }
}
