//! Random rows and queries against a plain vector.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::world::{Fact, World, sorted};

const START: i64 = 1_772_366_400;

fn facts() -> impl Strategy<Value = Vec<Fact>> {
    let name = prop_oneof![
        Just(None),
        prop::sample::select(vec!["a", "b", "客服", "e'f", "\"", ""]).prop_map(|name| Some(name.to_owned())),
    ];
    let tags = prop::collection::vec(prop::sample::select(vec!["x", "y", "话"]), 0..3);
    let fact = (0i64..2_000, prop::sample::select(vec!["r1", "r2", ""]), name, 0u32..40, tags);
    let fact = fact.prop_map(|(offset, region, name, id, tags)| Fact {
        time_s: START + offset,
        region,
        name,
        id: format!("id{id}"),
        tags: tags.into_iter().map(str::to_owned).collect(),
    });
    prop::collection::vec(fact, 0..700)
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
        (0u32..45).prop_map(Condition::Id),
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
            Condition::Id(id) => format!("id = 'id{id}'"),
            Condition::Region(region) => format!("region = {}", quoted(region)),
            Condition::From(offset) => format!("event_time >= to_timestamp({})", START + offset),
            Condition::Before(offset) => format!("event_time < to_timestamp({})", START + offset),
            Condition::Tag(tag) => format!("array_has(tags, {})", quoted(tag)),
        }
    }

    fn holds(&self, fact: &Fact) -> bool {
        match self {
            Condition::Name(name) => fact.name.as_deref() == *name,
            Condition::Id(id) => fact.id == format!("id{id}"),
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn queries_give_what_a_vector_gives(
        facts in facts(),
        in_files in 0usize..700,
        part_rows in 20u64..400,
        conditions in conditions(),
    ) {
        let mut world = World::new(part_rows);
        let in_files = in_files.min(facts.len());
        world.insert(facts[..in_files].iter().cloned());
        world.store.flush().unwrap();
        world.insert(facts[in_files..].iter().cloned());

        let found: Vec<&Fact> = facts.iter().filter(|fact| conditions.iter().all(|one| one.holds(fact))).collect();
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
        let all = rows(format!("SELECT event, tags FROM events{where_}"));
        let expected = found.iter().map(|fact| vec![json!(fact.json().to_string()), json!(fact.tags)]).collect();
        prop_assert_eq!(all, sorted(expected));
    }
}
