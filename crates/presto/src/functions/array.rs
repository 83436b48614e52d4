//! Arrays, whose places are counted from 1.

use std::collections::HashSet;

use datafusion::error::Result;

use crate::format;
use crate::limits::{MAX_ARRAY_JOIN_BYTES, MAX_MADE_ITEMS};
use crate::scalar::{Row, row};
use crate::session::Call;
use crate::types::Type;
use crate::value::{Value, invalid};

pub(crate) const ROWS: &[Row] = &[
    row(&["cardinality(array(T)) -> bigint", "cardinality(map(K, V)) -> bigint"], |_, args| {
        Ok(Value::count(match &args[0] {
            Value::Map(entries) => entries.len(),
            items => items.items()?.len(),
        }))
    }),
    row(&["element_at(array(T), bigint) -> T", "element_at(map(K, V), K) -> V"], element_at),
    row(&["contains(array(T), T) -> boolean"], |_, args| {
        let items = args[0].items()?;
        Ok(match items.contains(&args[1]) {
            true => Value::Boolean(true),
            // A NULL among them might be it.
            false if items.iter().any(Value::is_null) => Value::Null,
            false => Value::Boolean(false),
        })
    }),
    row(&["array_join(array(T), varchar) -> varchar", "array_join(array(T), varchar, varchar) -> varchar"], array_join),
    row(&["array_sort(array(T)) -> array(T)"], |_, args| {
        let mut items = args[0].items()?.to_vec();
        items.sort();
        Ok(Value::Array(items))
    }),
    row(&["array_distinct(array(T)) -> array(T)"], |_, args| {
        let mut seen = HashSet::new();
        Ok(Value::Array(args[0].items()?.iter().filter(|item| seen.insert(*item)).cloned().collect()))
    }),
    row(&["array_union(array(T), array(T)) -> array(T)"], |_, args| {
        let (mut seen, all) = (HashSet::new(), args[0].items()?.iter().chain(args[1].items()?));
        Ok(Value::Array(all.filter(|item| seen.insert(*item)).cloned().collect()))
    }),
    row(&["array_intersect(array(T), array(T)) -> array(T)"], |_, args| kept(args, true)),
    row(&["array_except(array(T), array(T)) -> array(T)"], |_, args| kept(args, false)),
    row(&["array_max(array(T)) -> T"], |_, args| extreme(args, |items| items.iter().max())),
    row(&["array_min(array(T)) -> T"], |_, args| extreme(args, |items| items.iter().min())),
    row(&["array_position(array(T), T) -> bigint"], |_, args| {
        let place = args[0].items()?.iter().position(|item| *item == args[1]);
        Ok(Value::count(place.map_or(0, |place| place + 1)))
    }),
    row(&["array_remove(array(T), T) -> array(T)"], |_, args| {
        Ok(Value::Array(args[0].items()?.iter().filter(|item| **item != args[1]).cloned().collect()))
    }),
    row(&["arrays_overlap(array(T), array(T)) -> boolean"], |_, args| {
        let (one, two) = (args[0].items()?, args[1].items()?);
        let items: HashSet<_> = two.iter().filter(|item| !item.is_null()).collect();
        Ok(match one.iter().any(|item| items.contains(item)) {
            true => Value::Boolean(true),
            false if one.iter().chain(two).any(Value::is_null) => Value::Null,
            false => Value::Boolean(false),
        })
    }),
    row(&["slice(array(T), bigint, bigint) -> array(T)"], slice),
    row(&["flatten(array(array(T))) -> array(T)"], |_, args| {
        let lists = args[0].items()?.iter().filter(|list| !list.is_null()).map(Value::items);
        Ok(Value::Array(lists.collect::<Result<Vec<_>>>()?.concat()))
    }),
    row(&["repeat(T, bigint) -> array(T)"], |_, args| match usize::try_from(args[1].whole()?) {
        Ok(count) if count <= MAX_MADE_ITEMS => Ok(Value::Array(vec![args[0].clone(); count])),
        _ => Err(invalid(format!("repeat makes from 0 to {MAX_MADE_ITEMS} items"))),
    })
    .takes_nulls(),
    row(
        &[
            "sequence(bigint, bigint) -> array(bigint)",
            "sequence(bigint, bigint, bigint) -> array(bigint)",
            "sequence(date, date) -> array(date)",
        ],
        sequence,
    ),
    row(
        &[
            "zip(array(A), array(B)) -> array(row(A, B))",
            "zip(array(A), array(B), array(C)) -> array(row(A, B, C))",
            "zip(array(A), array(B), array(C), array(D)) -> array(row(A, B, C, D))",
            "zip(array(A), array(B), array(C), array(D), array(E)) -> array(row(A, B, C, D, E))",
        ],
        |_, args| {
            let lists = args.iter().map(Value::items).collect::<Result<Vec<_>>>()?;
            let longest = lists.iter().map(|list| list.len()).max().unwrap_or(0);
            let row = |place: usize| lists.iter().map(|list| list.get(place).cloned().unwrap_or_default()).collect();
            Ok(Value::Array((0..longest).map(|place| Value::Row(row(place))).collect()))
        },
    ),
];

/// The item at a place, from the end when it is negative, or the value of a key; NULL where there is none.
fn element_at<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    if let Value::Map(entries) = &args[0] {
        let found = entries.iter().find(|(key, _)| *key == args[1]);
        return Ok(found.map(|(_, value)| value.clone()).unwrap_or_default());
    }
    let (items, index) = (args[0].items()?, args[1].whole()?);
    let place = match index {
        0 => return Err(invalid("places in arrays are counted from 1, or from -1 at the end")),
        1.. => usize::try_from(index - 1).ok(),
        _ => usize::try_from(index.unsigned_abs()).ok().and_then(|back| items.len().checked_sub(back)),
    };
    Ok(place.and_then(|place| items.get(place)).cloned().unwrap_or_default())
}

fn array_join<'a>(call: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let (items, between) = (args[0].items()?, args[1].text()?);
    let for_null = args.get(2).map(Value::text).transpose()?;
    let Type::Array(of) = &call.types[0] else { return Ok(Value::Null) };
    let mut out = String::new();
    let mut is_first = true;
    for item in items {
        let text = match (item.is_null(), for_null) {
            (true, None) => continue,
            (true, Some(text)) => text.to_owned(),
            (false, _) => format::text(item, of)?,
        };
        if !is_first {
            out.push_str(between);
        }
        is_first = false;
        out.push_str(&text);
        if out.len() > MAX_ARRAY_JOIN_BYTES {
            out.truncate(out.floor_char_boundary(MAX_ARRAY_JOIN_BYTES));
            break;
        }
    }
    Ok(Value::owned(out))
}

/// The different items of the first that are in the second, or are not.
fn kept<'a>(args: &[Value<'a>], is_in_second: bool) -> Result<Value<'a>> {
    let second: HashSet<_> = args[1].items()?.iter().collect();
    let mut seen = HashSet::new();
    let items = args[0].items()?.iter().filter(|item| second.contains(item) == is_in_second && seen.insert(*item));
    Ok(Value::Array(items.cloned().collect()))
}

/// Of an array with a NULL it is not known.
fn extreme<'a>(args: &[Value<'a>], find: for<'v> fn(&'v [Value<'a>]) -> Option<&'v Value<'a>>) -> Result<Value<'a>> {
    let items = args[0].items()?;
    Ok(if items.iter().any(Value::is_null) { Value::Null } else { find(items).cloned().unwrap_or_default() })
}

fn slice<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let (items, start, length) = (args[0].items()?, args[1].whole()?, args[2].whole()?);
    let Ok(length) = usize::try_from(length) else { return Err(invalid("the length of a slice is not negative")) };
    let first = match start {
        0 => return Err(invalid("places in arrays are counted from 1, or from -1 at the end")),
        1.. => usize::try_from(start - 1).ok(),
        _ => usize::try_from(start.unsigned_abs()).ok().and_then(|back| items.len().checked_sub(back)),
    };
    let first = first.filter(|first| *first < items.len());
    Ok(Value::Array(first.map_or_else(Vec::new, |first| items[first..].iter().take(length).cloned().collect())))
}

fn sequence<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    if let (Value::Date(from), Value::Date(to)) = (&args[0], &args[1]) {
        let made = steps(i64::from(*from), i64::from(*to), if from <= to { 1 } else { -1 })?;
        let date =
            |day: i64| i32::try_from(day).map(Value::Date).map_err(|_| invalid("the date is outside of the calendar"));
        return Ok(Value::Array(made.map(date).collect::<Result<_>>()?));
    }
    let (from, to) = (args[0].whole()?, args[1].whole()?);
    let step = args.get(2).map_or(Ok(if from <= to { 1 } else { -1 }), Value::whole)?;
    Ok(Value::Array(steps(from, to, step)?.map(Value::Bigint).collect()))
}

fn steps(from: i64, to: i64, step: i64) -> Result<impl Iterator<Item = i64>> {
    let (distance, step_wide) = (i128::from(to) - i128::from(from), i128::from(step));
    if step == 0 || (distance != 0 && (distance > 0) != (step > 0)) {
        return Err(invalid(format!("a sequence from {from} to {to} cannot go by {step}")));
    }
    let count = distance / step_wide + 1;
    if count > MAX_MADE_ITEMS as i128 {
        return Err(invalid(format!("a sequence has at most {MAX_MADE_ITEMS} items, not {count}")));
    }
    Ok((0..count).map(move |place| from + (place * step_wide) as i64))
}
