//! Random rows and queries against a plain vector.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use store::Hold;

use crate::world::{Fact, World, sorted};

const START: i64 = 1_772_366_400;

fn facts() -> impl Strategy<Value = Vec<Fact>> {
    let name = prop_oneof![
        Just(None),
        prop::sample::select(vec!["a", "b", "客服", "e'f", "\"", ""]).prop_map(|name| Some(name.to_owned())),
    ];
    let tags = prop::collection::vec(prop::sample::select(vec!["x", "y", "话"]), 0..3);
    let fact = (0i64..2_000, prop::sample::select(vec!["r1", "r2", ""]), name, 0u32..IDS, tags);
    let fact = fact.prop_map(|(offset, region, name, id, tags)| Fact {
        time_s: START + offset,
        region,
        name,
        id: id_text(id),
        tags: tags.into_iter().map(str::to_owned).collect(),
    });
    prop::collection::vec(fact, 0..700)
}

const IDS: u32 = 200;

/// So long that they are packed in small segments and not in large ones.
fn id_text(id: u32) -> String {
    format!("id{id}{}", "x".repeat(2_000))
}

/// A condition in both languages.
#[derive(Debug, Clone)]
enum Condition {
    Name(Option<&'static str>),
    Id(u32),
    Region(&'static str),
    From(i64),
    Before(i64),
    Tag(&'static str),
}

fn conditions() -> impl Strategy<Value = Vec<Condition>> {
    let condition = prop_oneof![
        prop::sample::select(vec![None, Some("a"), Some("客服"), Some("e'f"), Some("none")]).prop_map(Condition::Name),
        (0..IDS + 5).prop_map(Condition::Id),
        prop::sample::select(vec!["r1", "", "r9"]).prop_map(Condition::Region),
        (-10i64..2_010).prop_map(Condition::From),
        (-10i64..2_010).prop_map(Condition::Before),
        prop::sample::select(vec!["x", "话"]).prop_map(Condition::Tag),
    ];
    prop::collection::vec(condition, 0..3)
}

impl Condition {
    fn sql(&self) -> String {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        match self {
            Condition::Name(None) => "name IS NULL".to_owned(),
            Condition::Name(Some(name)) => format!("name = {}", quoted(name)),
            Condition::Id(id) => format!("id = '{}'", id_text(*id)),
            Condition::Region(region) => format!("region = {}", quoted(region)),
            Condition::From(offset) => format!("event_time >= to_timestamp({})", START + offset),
            Condition::Before(offset) => format!("event_time < to_timestamp({})", START + offset),
            Condition::Tag(tag) => format!("array_has(tags, {})", quoted(tag)),
        }
    }

    fn holds(&self, fact: &Fact) -> bool {
        match self {
            Condition::Name(name) => fact.name.as_deref() == *name,
            Condition::Id(id) => fact.id == id_text(*id),
            Condition::Region(region) => fact.region == *region,
            Condition::From(offset) => fact.time_s >= START + offset,
            Condition::Before(offset) => fact.time_s < START + offset,
            Condition::Tag(tag) => fact.tags.iter().any(|found| found == tag),
        }
    }
}

fn counted(facts: &[&Fact], key: impl Fn(&Fact) -> Vec<Value>) -> Vec<Vec<Value>> {
    let mut counts: BTreeMap<String, (Vec<Value>, i64)> = BTreeMap::new();
    for fact in facts {
        let key = key(fact);
        counts.entry(Value::from(key.clone()).to_string()).or_insert((key, 0)).1 += 1;
    }
    sorted(counts.into_values().map(|(key, count)| [key, vec![json!(count)]].concat()).collect())
}

/// From when on rows are kept, and times under a hold.
#[derive(Debug, Clone)]
struct Kept {
    from: i64,
    held: Option<(i64, i64)>,
}

fn kept() -> impl Strategy<Value = Option<Kept>> {
    let held = prop::option::of((0i64..2_000, 0i64..600).prop_map(|(from, len)| (from, from + len)));
    prop::option::of((0i64..2_100, held).prop_map(|(from, held)| Kept { from, held }))
}

impl Kept {
    fn apply(&self, world: &mut World) {
        world.now_s = START + self.from + 86_400;
        world.keep(self.held.map(|(from, to)| {
            let text = String::new;
            let (from_s, to_s) = (START + from, START + to);
            Hold { name: text(), from_s, to_s, reason: text(), placed_by: text(), placed_at_ms: 0 }
        }));
    }

    fn has(&self, fact: &Fact) -> bool {
        let time = fact.time_s - START;
        time >= self.from || self.held.is_some_and(|(from, to)| (from..=to).contains(&time))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn queries_give_what_a_vector_gives(
        facts in facts(),
        in_files in 0usize..700,
        part_rows in 20u64..400,
        conditions in conditions(),
        kept in kept(),
    ) {
        let mut world = World::new(part_rows);
        let in_files = in_files.min(facts.len());
        world.insert(facts[..in_files].iter().cloned());
        world.store.flush().unwrap();
        world.insert(facts[in_files..].iter().cloned());

        if let Some(kept) = &kept {
            kept.apply(&mut world);
        }
        let is_kept = |fact: &Fact| kept.as_ref().is_none_or(|kept| kept.has(fact));
        let meets = |fact: &Fact| is_kept(fact) && conditions.iter().all(|one| one.holds(fact));
        let found: Vec<&Fact> = facts.iter().filter(|fact| meets(fact)).collect();
        let mut where_ = String::new();
        for (index, condition) in conditions.iter().enumerate() {
            where_ += if index == 0 { " WHERE " } else { " AND " };
            where_ += &condition.sql();
        }
        let rows = |text: String| sorted(world.rows(&text));

        prop_assert_eq!(rows(format!("SELECT count(*) FROM events{where_}")), vec![vec![json!(found.len())]]);
        let by_name = rows(format!("SELECT name, count(*) FROM events{where_} GROUP BY name"));
        prop_assert_eq!(by_name, counted(&found, |fact| vec![json!(fact.name)]));
        let by_id = rows(format!("SELECT id, region, count(*) FROM events{where_} GROUP BY id, region"));
        prop_assert_eq!(by_id, counted(&found, |fact| vec![json!(fact.id), json!(fact.region)]));
        let by_minute = rows(format!(
            "SELECT arrow_cast(date_trunc('minute', event_time), 'Int64') / 1000, count(*) FROM events{where_} GROUP BY date_trunc('minute', event_time)"
        ));
        prop_assert_eq!(by_minute, counted(&found, |fact| vec![json!(fact.time_s.div_euclid(60) * 60)]));
        let by_bin = rows(format!(
            "SELECT arrow_cast(date_bin(INTERVAL '7 minutes', event_time), 'Int64') / 1000000000, count(*) FROM events{where_} GROUP BY date_bin(INTERVAL '7 minutes', event_time)"
        ));
        prop_assert_eq!(by_bin, counted(&found, |fact| vec![json!(fact.time_s.div_euclid(420) * 420)]));
        let ends = rows(format!(
            "SELECT arrow_cast(min(event_time), 'Int64') / 1000, arrow_cast(max(event_time), 'Int64') / 1000 FROM events{where_}"
        ));
        let times = || found.iter().map(|fact| fact.time_s);
        prop_assert_eq!(ends, vec![vec![json!(times().min()), json!(times().max())]]);
        let mut in_order: Vec<(i64, usize)> =
            (1..).zip(&facts).filter(|(_, fact)| meets(fact)).map(|(position, fact)| (fact.time_s, position)).collect();
        in_order.sort_unstable();
        let ask = |order: &str| {
            let by = format!("event_time {order}, position {order}");
            world.rows(&format!("SELECT position, event FROM events{where_} ORDER BY {by} LIMIT 5"))
        };
        let row = |(_, position): &(i64, usize)| vec![json!(position), json!(facts[position - 1].json().to_string())];
        prop_assert_eq!(ask("DESC"), in_order.iter().rev().take(5).map(row).collect::<Vec<_>>());
        prop_assert_eq!(ask("ASC"), in_order.iter().take(5).map(row).collect::<Vec<_>>());
        let all = rows(format!("SELECT event, tags FROM events{where_}"));
        let expected = found.iter().map(|fact| vec![json!(fact.json().to_string()), json!(fact.tags)]).collect();
        prop_assert_eq!(all, sorted(expected));
    }
}
