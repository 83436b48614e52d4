//! The known settings and what a new instance gets.
//!
//! Public documents: Cloud Call Center 1.x, "ListConfig" for the names; the values are those of the items of the same
//! meaning in version 2020-07-01. Where neither says a default, the choice here is the one that restricts an agent least
//! and records nothing unasked.

/// A setting of dimension `instance`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownItem {
    /// Name on the wire; compared exactly.
    pub name: &'static str,
    /// Value of a new instance. Always text.
    pub default_value: &'static str,
    /// What it controls.
    pub meaning: &'static str,
}

/// All known settings, in the order of an answer to a call that names none.
pub static CONFIG_ITEMS: &[KnownItem] = &[
    item("AllowHangup", "1", "agents may end an inbound call: 0 no, 1 yes"),
    item("ShowCalledID", "1", "the customer's number on inbound calls: -1 hidden, 0 in part, 1 whole"),
    item("ShowCalleeID", "1", "the customer's number on outbound calls: -1 hidden, 0 in part, 1 whole"),
    item("AutoAnswerCall", "-1", "seconds before a call is answered by itself, -1 for never"),
    item("AudioDownload", "1", "agents may download recordings: 0 no, 1 yes"),
    item("AllowChooseSkillGroup", "1", "agents choose the skill group they check in to: 0 no, 1 yes"),
    item("enableRecord", "0", "recording on the agent's side: 0 no, 1 yes"),
    item("SettingWorkbenchLogLevel", "info", "log level of the workbench"),
    item("SatisfactionSurvey", "{}", "settings of the voice survey, JSON text"),
    item("SmsSatisfactionSurvey", "{}", "settings of the SMS survey, JSON text"),
];

const fn item(name: &'static str, default_value: &'static str, meaning: &'static str) -> KnownItem {
    KnownItem { name, default_value, meaning }
}

/// Whether a setting is known.
pub(crate) fn is_known(name: &str) -> bool {
    CONFIG_ITEMS.iter().any(|item| item.name == name)
}
