//! Aggregates that keep values: the values of the greatest or least, maps, sets.

use std::collections::HashMap;

use datafusion::error::Result;

use crate::aggregate::fold::{Fold, Part};
use crate::aggregate::{Row, row};
use crate::limits::MAX_MADE_ITEMS;
use crate::value::{Value, invalid};

pub(crate) const ROWS: &[Row] = &[
    row(&["max_by(V, K) -> V", "max_by(V, K, bigint) -> array(V)"], BY, || Box::new(By::new(true))),
    row(&["min_by(V, K) -> V", "min_by(V, K, bigint) -> array(V)"], BY, || Box::new(By::new(false))),
    row(&["map_agg(K, V) -> map(K, V)"], &["map(K, V)"], || Box::new(Entries::new(Joined::First))),
    row(&["map_union(map(K, V)) -> map(K, V)"], &["map(K, V)"], || Box::new(Entries::new(Joined::First))),
    row(&["multimap_agg(K, V) -> map(K, array(V))"], &["map(K, array(V))"], || Box::new(Entries::new(Joined::All))),
    row(&["set_agg(T) -> array(T)"], &["array(T)"], || Box::new(Set::default())),
];

const BY: &[&str] = &["array(V)", "array(K)", "bigint"];

/// The values of the greatest or least keys, the best first.
#[derive(Debug)]
struct By {
    is_max: bool,
    /// How many are asked for; nothing when it is one, and not an array of one.
    count: Option<usize>,
    best: Vec<(Value<'static>, Value<'static>)>,
}

impl By {
    fn new(is_max: bool) -> By {
        By { is_max, count: None, best: Vec::new() }
    }

    fn take(&mut self, value: &Value<'_>, key: &Value<'_>) {
        if key.is_null() {
            return;
        }
        let is_before = |kept: &Value<'_>| if self.is_max { kept >= key } else { kept <= key };
        let (place, most) = (self.best.partition_point(|(kept, _)| is_before(kept)), self.count.unwrap_or(1));
        if place < most {
            self.best.insert(place, (key.clone().into_owned(), value.clone().into_owned()));
            self.best.truncate(most);
        }
    }

    fn set_count(&mut self, count: &Value<'_>) -> Result<()> {
        if count.is_null() {
            return Ok(());
        }
        let most = usize::try_from(count.whole()?).ok().filter(|most| (1..=MAX_MADE_ITEMS).contains(most));
        let most = most.ok_or_else(|| invalid(format!("the number of values is from 1 to {MAX_MADE_ITEMS}")))?;
        self.count = Some(most);
        Ok(())
    }
}

impl Fold for By {
    fn add(&mut self, row: &[Value<'_>]) -> Result<()> {
        if let Some(count) = row.get(2) {
            self.set_count(count)?;
        }
        self.take(&row[0], &row[1]);
        Ok(())
    }

    fn merge(&mut self, part: &[Value<'_>]) -> Result<()> {
        self.set_count(&part[2])?;
        for (value, key) in part[0].items()?.iter().zip(part[1].items()?) {
            self.take(value, key);
        }
        Ok(())
    }

    fn part(&self) -> Result<Part> {
        let (keys, values) = self.best.iter().cloned().unzip();
        Ok(vec![Value::Array(values), Value::Array(keys), self.count.map_or(Value::Null, Value::count)])
    }

    fn finish(&self) -> Result<Value<'static>> {
        let mut values = self.best.iter().map(|(_, value)| value.clone());
        Ok(match (self.count, self.best.is_empty()) {
            (None, _) => values.next().unwrap_or_default(),
            (Some(_), true) => Value::Null,
            (Some(_), false) => Value::Array(values.collect()),
        })
    }

    fn size(&self) -> usize {
        self.best.iter().map(|(key, value)| key.size() + value.size()).sum()
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Joined {
    /// The first value of a key stays.
    First,
    /// A key has all of its values.
    All,
}

/// Keys with their values, in the order of the keys' first rows.
#[derive(Debug)]
struct Entries {
    joined: Joined,
    places: HashMap<Value<'static>, usize>,
    values: Vec<Vec<Value<'static>>>,
    bytes: usize,
}

impl Entries {
    fn new(joined: Joined) -> Entries {
        Entries { joined, places: HashMap::new(), values: Vec::new(), bytes: 0 }
    }

    fn put(&mut self, key: &Value<'_>, value: &Value<'_>) {
        if key.is_null() {
            return;
        }
        if let Some(place) = self.places.get(key) {
            if self.joined == Joined::All {
                self.bytes += value.size();
                self.values[*place].push(value.clone().into_owned());
            }
            return;
        }
        self.bytes += 2 * key.size() + value.size();
        self.places.insert(key.clone().into_owned(), self.values.len());
        self.values.push(vec![value.clone().into_owned()]);
    }
}

impl Fold for Entries {
    fn add(&mut self, row: &[Value<'_>]) -> Result<()> {
        match row {
            [key, value] => self.put(key, value),
            [Value::Map(entries)] => entries.iter().for_each(|(key, value)| self.put(key, value)),
            _ => {}
        }
        Ok(())
    }

    fn merge(&mut self, part: &[Value<'_>]) -> Result<()> {
        for (key, value) in part[0].entries()? {
            match self.joined {
                Joined::First => self.put(key, value),
                Joined::All => value.items()?.iter().for_each(|value| self.put(key, value)),
            }
        }
        Ok(())
    }

    fn part(&self) -> Result<Part> {
        Ok(vec![self.finish()?])
    }

    fn finish(&self) -> Result<Value<'static>> {
        if self.values.is_empty() {
            return Ok(Value::Null);
        }
        let mut places: Vec<_> = self.places.iter().collect();
        places.sort_by_key(|(_, place)| **place);
        let entries = places.into_iter().map(|(key, place)| {
            let values = &self.values[*place];
            let value = if self.joined == Joined::All { Value::Array(values.clone()) } else { values[0].clone() };
            (key.clone(), value)
        });
        Ok(Value::Map(entries.collect()))
    }

    fn size(&self) -> usize {
        self.bytes
    }
}

/// Different values in the order of their first rows.
#[derive(Debug, Default)]
struct Set {
    seen: std::collections::HashSet<Value<'static>>,
    items: Vec<Value<'static>>,
    bytes: usize,
}

impl Set {
    fn put(&mut self, value: &Value<'_>) {
        if !self.seen.contains(value) {
            let value = value.clone().into_owned();
            self.bytes += 2 * value.size();
            self.seen.insert(value.clone());
            self.items.push(value);
        }
    }
}

impl Fold for Set {
    fn add(&mut self, row: &[Value<'_>]) -> Result<()> {
        self.put(&row[0]);
        Ok(())
    }

    fn merge(&mut self, part: &[Value<'_>]) -> Result<()> {
        part[0].items()?.iter().for_each(|value| self.put(value));
        Ok(())
    }

    fn part(&self) -> Result<Part> {
        Ok(vec![self.finish()?])
    }

    fn finish(&self) -> Result<Value<'static>> {
        Ok(if self.items.is_empty() { Value::Null } else { Value::Array(self.items.clone()) })
    }

    fn size(&self) -> usize {
        self.bytes
    }
}
