//! The things that a call names: instances, groups, numbers, calls.

use serde_json::{Map, Value, json};

use crate::dice::{Dice, Subject};
use crate::people::{Actor, USERS, display_name};
use crate::texts::{GROUPS, REMARKS};

/// Customers, some of whom call often.
const CUSTOMERS: u64 = 3_000_000;
const GROUPS_OF_AN_INSTANCE: u64 = 12;
/// Beginnings of mobile numbers.
const MOBILE: [&str; 12] = ["138", "139", "150", "151", "158", "186", "188", "199", "133", "176", "135", "137"];

/// What one call can draw from.
pub(crate) struct Scene<'a> {
    pub(crate) seed: u64,
    pub(crate) at_ms: i64,
    pub(crate) actor: &'a Actor,
    pub(crate) dice: &'a mut Dice,
}

/// Parameters, answer and resources of a call.
#[derive(Default)]
pub(crate) struct Made {
    pub(crate) parameters: Map<String, Value>,
    pub(crate) answer: Map<String, Value>,
    /// The operation has an instance, and its event names it.
    pub(crate) instance: Option<String>,
    pub(crate) finer: Option<(&'static str, Vec<String>)>,
    pub(crate) extra: Map<String, Value>,
}

impl Made {
    /// A call on an instance.
    pub(crate) fn on(scene: &Scene<'_>) -> Made {
        let instance = scene.instance();
        Made { instance: Some(instance.clone()), ..Made::default() }.with("InstanceId", instance)
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Made {
        self.parameters.insert(name.to_owned(), value.into());
        self
    }

    /// What a write answers, and events keep.
    pub(crate) fn answers(mut self, name: &str, value: impl Into<Value>) -> Made {
        self.answer.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn names(mut self, resource_type: &'static str, names: Vec<String>) -> Made {
        self.finer = Some((resource_type, names));
        self
    }

    pub(crate) fn says(mut self, name: &str, value: impl Into<Value>) -> Made {
        self.extra.insert(name.to_owned(), value.into());
        self
    }
}

impl Scene<'_> {
    pub(crate) fn instance(&self) -> String {
        Dice::of(self.seed, Subject::Instance, self.actor.instance).uuid()
    }

    pub(crate) fn group(&mut self) -> String {
        let group = self.dice.skewed(GROUPS_OF_AN_INSTANCE);
        Dice::of(self.seed, Subject::Instance, (self.actor.instance + 1) << 16 | group).uuid()
    }

    pub(crate) fn groups(&mut self, most: u64) -> Vec<String> {
        let mut groups: Vec<String> = (0..1 + self.dice.below(most)).map(|_| self.group()).collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    pub(crate) fn group_name(&mut self) -> String {
        format!("{}{}", self.dice.pick(&GROUPS), self.dice.below(9) + 1)
    }

    pub(crate) fn user(&mut self) -> String {
        let user = self.dice.skewed(USERS);
        Dice::of(self.seed, Subject::Instance, 1 << 40 | user).uuid()
    }

    pub(crate) fn person(&mut self) -> String {
        let user = self.dice.skewed(USERS);
        display_name(self.seed, user)
    }

    /// A customer's number; a third of the calls are about those who call again and again.
    pub(crate) fn customer(&mut self) -> String {
        let customer = if self.dice.happens(0.3) { self.dice.skewed(5_000) } else { self.dice.below(CUSTOMERS) };
        let mut dice = Dice::of(self.seed, Subject::Instance, 1 << 41 | customer);
        format!("{}{}", dice.pick(&MOBILE), dice.digits(8))
    }

    /// A number of the call centre.
    pub(crate) fn own_number(&mut self) -> String {
        let line = self.dice.skewed(20);
        let mut dice = Dice::of(self.seed, Subject::Instance, 1 << 42 | self.actor.instance << 8 | line);
        format!("0{}{}", dice.pick(&["21", "10", "755", "571", "28"]), dice.digits(8))
    }

    pub(crate) fn own_numbers(&mut self, most: u64) -> Vec<String> {
        (0..1 + self.dice.below(most)).map(|_| self.own_number()).collect()
    }

    /// Id of a call that is going on.
    pub(crate) fn call_id(&mut self) -> String {
        format!("call-{}", self.dice.digits(18))
    }

    pub(crate) fn remark(&mut self) -> &'static str {
        self.dice.pick(&REMARKS)
    }

    /// First and last millisecond of a range that ends about now.
    pub(crate) fn range_ms(&mut self) -> (i64, i64) {
        let days = 1 + self.dice.skewed(30) as i64;
        let day_ms = 86_400_000;
        let end_ms = self.at_ms.div_euclid(day_ms) * day_ms;
        (end_ms - days * day_ms, end_ms - 1)
    }

    /// What a browser measures of a call.
    pub(crate) fn rtc_stats(&mut self) -> String {
        let (received, lost) = (self.dice.below(9_000), self.dice.skewed(60));
        let jitter = self.dice.below(40) as f64 / 1_000.0;
        let id = format!("RTCInboundRTPAudioStream_{}", self.dice.digits(9));
        json!([{"id": id, "type": "inbound-rtp", "kind": "audio", "packetsReceived": received, "packetsLost": lost,
            "jitter": jitter}])
        .to_string()
    }
}
