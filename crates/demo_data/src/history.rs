//! A history: any of its calls, made when it is asked for.

use openapi::{CallRecord, Category};
use serde_json::{Map, Value};

use crate::DEMO_MARK;
use crate::dice::{Dice, Subject};
use crate::operations::{BURSTS, OPERATIONS, Operation, Service};
use crate::people::{self, Actor, Who};
use crate::refusals;
use crate::rhythm::Rhythm;
use crate::scene::{Made, Scene};

const REGION: &str = "cn-shanghai";
/// Share of the calls in a minute of a burst that its script makes.
const SCRIPT_SHARE: f64 = 0.85;

/// What a history is made of. Equal plans make equal calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Number of calls.
    pub calls: u64,
    /// Days over which they are spread.
    pub days: u64,
    /// Chooses among all histories.
    pub seed: u64,
    /// End of the last day, Unix seconds.
    pub end_s: i64,
    /// Account of all callers.
    pub account_id: String,
}

/// A planned history. Cheap to share; each call costs some microseconds when it is made.
pub struct History {
    plan: Plan,
    rhythm: Rhythm,
    total_weight: u64,
}

impl History {
    /// Plans. A history has at least one day.
    pub fn new(plan: Plan) -> History {
        let rhythm = Rhythm::new(plan.calls, plan.days.max(1), plan.end_s, plan.seed);
        History { plan, rhythm, total_weight: OPERATIONS.iter().map(|operation| operation.weight).sum() }
    }

    /// Number of calls.
    pub fn len(&self) -> u64 {
        self.plan.calls
    }

    /// Whether there are no calls.
    pub fn is_empty(&self) -> bool {
        self.plan.calls == 0
    }

    /// All calls, oldest first.
    pub fn calls(&self) -> impl Iterator<Item = CallRecord> + '_ {
        (0..self.len()).map(|number| self.call(number))
    }

    /// Call `number`, from 0 on; later numbers are not earlier in time.
    pub fn call(&self, number: u64) -> CallRecord {
        let seed = self.plan.seed;
        let mut dice = Dice::of(seed, Subject::Call, number);
        let request_id = dice.uuid().to_uppercase();
        let moment = self.rhythm.moment(number, seed, dice.share());
        let script = moment.burst.filter(|_| dice.happens(SCRIPT_SHARE));
        let (operation, who) = match script {
            Some(burst) => (script_of(seed, burst), Who::Script),
            None => self.ordinary(&mut dice),
        };
        // All calls of a script are of one caller.
        let mut actor_dice = script.map(|burst| Dice::of(seed, Subject::Burst, burst));
        let at_s = moment.at_ms.div_euclid(1_000);
        let actor = people::draw(seed, &self.plan.account_id, who, at_s, actor_dice.as_mut().unwrap_or(&mut dice));
        let made = (operation.make)(&mut Scene { seed, at_ms: moment.at_ms, actor: &actor, dice: &mut dice });
        let error = refusals::draw(&mut dice, script.is_some());
        record(operation, actor, made, request_id, moment.at_ms, error)
    }

    fn ordinary(&self, dice: &mut Dice) -> (&'static Operation, Who) {
        let mut place = dice.below(self.total_weight);
        let mut chosen = &OPERATIONS[0];
        for operation in OPERATIONS {
            chosen = operation;
            match place.checked_sub(operation.weight) {
                Some(rest) => place = rest,
                None => break,
            }
        }
        (chosen, chosen.who)
    }
}

fn script_of(seed: u64, burst: u64) -> &'static Operation {
    let name = Dice::of(seed ^ 1, Subject::Burst, burst).pick(&BURSTS);
    OPERATIONS.iter().find(|operation| operation.name == name).unwrap_or(&OPERATIONS[0])
}

fn record(
    operation: &'static Operation,
    actor: Actor,
    made: Made,
    request_id: String,
    at_ms: i64,
    error: Option<(String, String)>,
) -> CallRecord {
    let Service { name, code, version, host, is_global } = operation.service;
    let mut structure = made.parameters;
    structure.sort_keys();
    let is_write = operation.rw == "Write";
    let response = (is_write && error.is_none()).then(|| answer(&request_id, made.answer));
    let mut event_data = if error.is_none() { made.extra } else { Map::new() };
    event_data.insert(DEMO_MARK.to_owned(), true.into());
    let instance = made.instance.map(|instance| ("ACS::CCC::Instance", vec![instance]));
    let finer = made.finer.filter(|_| error.is_none());
    CallRecord {
        request_parameters: parameters(&structure, operation.service, &request_id),
        request_structure: structure,
        category: Category::Management,
        event_id: request_id.clone(),
        request_id,
        arrived_at_ms: at_ms,
        operation: operation.name.to_owned(),
        version: version.to_owned(),
        service_name: name,
        product_code: code,
        is_global,
        event_type: if operation.is_console { "ConsoleOperation" } else { "ApiCall" },
        event_rw: operation.rw,
        region: REGION.to_owned(),
        host: host.to_owned(),
        scheme: "https",
        source_ip: actor.source_ip,
        user_agent: actor.user_agent.to_owned(),
        caller: actor.caller,
        response,
        personal_resources: Vec::new(),
        resources: instance.into_iter().chain(finer).collect(),
        event_data,
        error,
    }
}

/// Dotted names, then what the gateway adds.
fn parameters(structure: &Map<String, Value>, service: Service, request_id: &str) -> Map<String, Value> {
    let mut flat = Map::new();
    for (name, value) in structure {
        match value {
            Value::Array(elements) => {
                flat.extend(
                    elements.iter().enumerate().map(|(n, element)| (format!("{name}.{}", n + 1), element.clone())),
                );
            }
            single => {
                flat.insert(name.clone(), single.clone());
            }
        }
    }
    for (name, value) in [
        ("AcsHost", service.host),
        ("HostId", service.host),
        ("AcsProduct", service.code),
        ("RegionId", REGION),
        ("RequestId", request_id),
    ] {
        flat.insert(name.to_owned(), value.into());
    }
    flat
}

fn answer(request_id: &str, own: Map<String, Value>) -> Map<String, Value> {
    let mut answer = Map::new();
    answer.insert("RequestId".to_owned(), request_id.into());
    answer.insert("HttpStatusCode".to_owned(), 200.into());
    answer.insert("Code".to_owned(), "OK".into());
    answer.insert("Success".to_owned(), true.into());
    answer.extend(own);
    answer
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    fn history(calls: u64, seed: u64) -> History {
        History::new(Plan { calls, days: 30, seed, end_s: 1_795_737_600, account_id: "1059804828509".to_owned() })
    }

    fn events(history: &History, step: usize) -> Vec<event::Event> {
        let masking = event::Masking::default();
        let numbers = (0..history.len()).step_by(step);
        numbers.map(|number| audit::to_event(history.call(number), &masking).unwrap()).collect()
    }

    #[test]
    fn equal_plans_make_equal_events_and_other_seeds_others() {
        let texts = |seed| -> Vec<String> {
            events(&history(2_000, seed), 37).into_iter().map(|event| event.into_json()).collect()
        };
        assert_eq!(texts(1), texts(1));
        assert_ne!(texts(1), texts(2));
    }

    #[test]
    fn events_are_as_mixed_as_in_life() {
        let history = history(4_000, 7);
        let events = events(&history, 1);
        let ids: HashSet<_> = events.iter().map(|event| event.event_id().unwrap().into_owned()).collect();
        assert_eq!(ids.len(), events.len(), "every request id is its own");
        assert!(events.windows(2).all(|pair| pair[0].event_time_s() <= pair[1].event_time_s()));
        let mut by_name: HashMap<String, usize> = HashMap::new();
        events.iter().for_each(|event| *by_name.entry(event.event_name().unwrap().into_owned()).or_default() += 1);
        assert!(by_name["RefreshToken"] > 300 && by_name.len() > 30, "{by_name:?}");
        let texts: Vec<String> = events.into_iter().map(|event| event.into_json()).collect();
        let bytes: usize = texts.iter().map(String::len).sum();
        assert!((1_200..1_600).contains(&(bytes / texts.len())), "{} bytes an event", bytes / texts.len());
        for (mark, least) in [(r#""DemoData":true"#, 4_000), ("errorCode", 60), ("assumed-role", 700), ("客户", 10)] {
            let found = texts.iter().filter(|text| text.contains(mark)).count();
            assert!(found >= least, "{mark}: {found}");
        }
    }

    #[test]
    fn operations_are_named_once_and_bursts_have_theirs() {
        let names: HashSet<_> = OPERATIONS.iter().map(|operation| (operation.service.name, operation.name)).collect();
        assert_eq!(names.len(), OPERATIONS.len());
        assert!(BURSTS.iter().all(|name| OPERATIONS.iter().any(|operation| operation.name == *name)));
    }
}
