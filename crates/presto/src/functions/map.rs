//! Maps.

use std::collections::{HashMap, HashSet};

use datafusion::error::Result;

use crate::scalar::{Row, row};
use crate::session::Call;
use crate::value::{Value, invalid};

pub(crate) const ROWS: &[Row] = &[
    row(&["map(array(K), array(V)) -> map(K, V)"], map),
    row(&["map_from_entries(array(row(key K, value V))) -> map(K, V)"], |_, args| {
        let entries = args[0].items()?.iter().map(|entry| match entry {
            Value::Row(fields) if fields.len() == 2 => Ok((fields[0].clone(), fields[1].clone())),
            _ => Err(invalid("an entry of a map is not NULL")),
        });
        unique(entries.collect::<Result<_>>()?)
    }),
    row(&["map_keys(map(K, V)) -> array(K)"], |_, args| {
        Ok(Value::Array(args[0].entries()?.iter().map(|(key, _)| key.clone()).collect()))
    }),
    row(&["map_values(map(K, V)) -> array(V)"], |_, args| {
        Ok(Value::Array(args[0].entries()?.iter().map(|(_, value)| value.clone()).collect()))
    }),
    row(&["map_entries(map(K, V)) -> array(row(K, V))"], |_, args| {
        let entries = args[0].entries()?.iter();
        Ok(Value::Array(entries.map(|(key, value)| Value::Row(vec![key.clone(), value.clone()])).collect()))
    }),
    row(&["map_concat(map(K, V)...) -> map(K, V)"], |_, args| {
        // The last of the maps that have a key decides its value.
        let mut joined: Vec<(Value<'_>, Value<'_>)> = Vec::new();
        let mut places: HashMap<Value<'_>, usize> = HashMap::new();
        for (key, value) in args.iter().map(Value::entries).collect::<Result<Vec<_>>>()?.concat() {
            match places.get(&key) {
                Some(place) => joined[*place].1 = value,
                None => {
                    places.insert(key.clone(), joined.len());
                    joined.push((key, value));
                }
            }
        }
        Ok(Value::Map(joined))
    }),
];

fn map<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let (keys, values) = (args[0].items()?, args[1].items()?);
    if keys.len() != values.len() {
        return Err(invalid(format!("map expects as many keys as values, got {} and {}", keys.len(), values.len())));
    }
    unique(keys.iter().cloned().zip(values.iter().cloned()).collect())
}

fn unique<'a>(entries: Vec<(Value<'a>, Value<'a>)>) -> Result<Value<'a>> {
    let mut seen = HashSet::new();
    for (key, _) in &entries {
        if key.is_null() {
            return Err(invalid("a key of a map is not NULL"));
        }
        if !seen.insert(key) {
            return Err(invalid("the keys of a map are different; one is there twice"));
        }
    }
    Ok(Value::Map(entries))
}
