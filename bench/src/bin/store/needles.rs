//! Values to look for, taken from events of the history's first tenth: the newest page does not have them.

use std::collections::HashMap;

use audit::{STREAM_PREFIX, event_schemas};
use bench::Failure;
use bench::server::ACCOUNT_ID;
use demo_data::History;
use event::Masking;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::probes::{Ask, KINDS, Probe};

/// Needles of each kind: enough that a median is one, and that no answer is asked for twice in a row.
const NEEDLES: usize = 200;
/// Events that are looked at for one with all columns, and for rare users.
const SAMPLE: u64 = 20_000;

/// Draws all needles of all kinds.
pub fn draw(history: &History) -> Result<Vec<Probe>, Failure> {
    let mut needles = Needles { history, random: StdRng::seed_from_u64(5), rare_users: Vec::new(), last_time_s: 0 };
    needles.rare_users = needles.count_users();
    let probe = |kind: &crate::probes::Kind, needles: &mut Needles<'_>| Probe {
        name: kind.name,
        goals_ms: kind.goals_ms,
        asks: (0..NEEDLES).filter_map(|_| (kind.draw)(needles)).collect(),
    };
    let probes: Vec<Probe> = KINDS.iter().map(|kind| probe(kind, &mut needles)).collect();
    match probes.iter().find(|probe| probe.asks.is_empty()) {
        Some(probe) => Err(format!("no event of the history serves as needle for {:?}", probe.name).into()),
        None => Ok(probes),
    }
}

/// Where needles come from.
pub struct Needles<'a> {
    history: &'a History,
    random: StdRng,
    rare_users: Vec<String>,
    last_time_s: i64,
}

impl Needles<'_> {
    /// Values of an old event in these columns.
    pub fn old(&mut self, columns: &[&'static str]) -> Option<Ask> {
        self.old_where(columns, columns[0], "")
    }

    /// The same of an event whose value of `column` begins with `prefix`.
    pub fn old_where(&mut self, columns: &[&'static str], column: &str, prefix: &str) -> Option<Ask> {
        for _ in 0..SAMPLE {
            let old = self.random.random_range(0..(self.history.len() / 10).max(1));
            let Some((time_s, values)) = values(self.history, old) else { continue };
            let has = values.get(column).is_some_and(|value| value.starts_with(prefix));
            if has && columns.iter().all(|column| values.contains_key(*column)) {
                self.last_time_s = time_s;
                return Some(Ask::of(columns.iter().map(|column| (*column, values[*column].clone())).collect()));
            }
        }
        None
    }

    /// Time of the event that [`Needles::old`] took last.
    pub fn last_time_s(&self) -> i64 {
        self.last_time_s
    }

    /// A customer's number in an old event, and the user of that event.
    pub fn old_phone_number(&mut self) -> Option<(String, String)> {
        for _ in 0..SAMPLE {
            let call = self.history.call(self.random.random_range(0..(self.history.len() / 10).max(1)));
            let number = ["Number", "CalleeNumber", "PhoneNumber"]
                .iter()
                .find_map(|name| call.request_structure.get(*name)?.as_str().filter(|number| number.len() == 11));
            if let Some(number) = number {
                return Some((number.to_owned(), call.caller.display_name()));
            }
        }
        None
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.random.random_range(0..end)
    }

    /// One of the users with the fewest events.
    pub fn rare_user(&mut self) -> Option<(&'static str, String)> {
        let place = self.random.random_range(0..self.rare_users.len().max(1));
        self.rare_users.get(place).map(|user| ("user_name", user.clone()))
    }

    /// Of the users in a sample, those that are in it once.
    fn count_users(&self) -> Vec<String> {
        let step = (self.history.len() / SAMPLE).max(1) as usize;
        let mut counts: HashMap<String, u32> = HashMap::new();
        for number in (0..self.history.len()).step_by(step) {
            *counts.entry(self.history.call(number).caller.display_name()).or_default() += 1;
        }
        let mut rare: Vec<String> = counts.into_iter().filter(|(_, count)| *count == 1).map(|(user, _)| user).collect();
        rare.sort_unstable();
        rare
    }
}

/// Time and columns of an event, as its segment will have them.
fn values(history: &History, number: u64) -> Option<(i64, HashMap<String, String>)> {
    let event = audit::to_event(history.call(number), &Masking::default()).ok()?.into_json();
    let schemas = event_schemas();
    let schema = schemas.of(&format!("{STREAM_PREFIX}{ACCOUNT_ID}"))?;
    let extracted = schema.extract(event.as_bytes()).ok()?;
    let column =
        |field| schema.layout().fields.iter().find(|known| known.id == field).map(|known| known.column.clone());
    let values =
        extracted.terms.into_iter().filter_map(|(field, value)| Some((column(field)?, value.into_owned()))).collect();
    Some((extracted.time_s, values))
}
