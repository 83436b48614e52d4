//! What the grammar does with arrays, maps and rows: `x[i]`, and UNNEST. Who parses the statement calls these.

use datafusion::error::Result;

use crate::scalar::{Row, row};
use crate::session::Call;
use crate::value::{Value, invalid};

macro_rules! unnested {
    ($name:literal, $place:literal, [$($signature:literal),+]) => {
        row(&[$(concat!($name, $signature)),+], |_, args| part(&args[0], $place))
    };
}

pub(crate) const ROWS: &[Row] = &[
    row(&["presto_subscript(array(T), bigint) -> T", "presto_subscript(map(K, V), K) -> V"], subscript),
    // `UNNEST(x) AS t(a, b)`: the columns of a map's entries, or of an array's rows.
    unnested!(
        "presto_unnested_1",
        0,
        [
            "(map(K, V)) -> array(K)",
            "(array(row(A, B))) -> array(A)",
            "(array(row(A, B, C))) -> array(A)",
            "(array(row(A, B, C, D))) -> array(A)",
            "(array(row(A, B, C, D, E))) -> array(A)"
        ]
    ),
    unnested!(
        "presto_unnested_2",
        1,
        [
            "(map(K, V)) -> array(V)",
            "(array(row(A, B))) -> array(B)",
            "(array(row(A, B, C))) -> array(B)",
            "(array(row(A, B, C, D))) -> array(B)",
            "(array(row(A, B, C, D, E))) -> array(B)"
        ]
    ),
    unnested!(
        "presto_unnested_3",
        2,
        [
            "(array(row(A, B, C))) -> array(C)",
            "(array(row(A, B, C, D))) -> array(C)",
            "(array(row(A, B, C, D, E))) -> array(C)"
        ]
    ),
    unnested!(
        "presto_unnested_4",
        3,
        ["(array(row(A, B, C, D))) -> array(D)", "(array(row(A, B, C, D, E))) -> array(D)"]
    ),
    unnested!("presto_unnested_5", 4, ["(array(row(A, B, C, D, E))) -> array(E)"]),
    // `WITH ORDINALITY`: numbers for the longest of what is unnested together.
    row(
        &[
            "presto_ordinals(A) -> array(bigint)",
            "presto_ordinals(A, B) -> array(bigint)",
            "presto_ordinals(A, B, C) -> array(bigint)",
            "presto_ordinals(A, B, C, D) -> array(bigint)",
            "presto_ordinals(A, B, C, D, E) -> array(bigint)",
        ],
        |_, args| {
            let longest = args.iter().map(length).collect::<Result<Vec<_>>>()?.into_iter().max().unwrap_or(0);
            Ok(Value::Array((1..=longest).map(Value::count).collect()))
        },
    )
    .takes_nulls(),
];

/// The item at a place or the value of a key, which has to be there.
fn subscript<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    if let Value::Map(entries) = &args[0] {
        let found = entries.iter().find(|(key, _)| *key == args[1]).map(|(_, value)| value.clone());
        return found.ok_or_else(|| invalid("Key not present in map: element_at gives NULL where there is none"));
    }
    let (items, index) = (args[0].items()?, args[1].whole()?);
    match index {
        0 => Err(invalid("SQL array indices start at 1")),
        ..0 => Err(invalid(format!("Array subscript is negative: {index}; element_at counts from the end"))),
        _ => usize::try_from(index - 1).ok().and_then(|place| items.get(place)).cloned().ok_or_else(|| {
            let length = items.len();
            invalid(format!(
                "Array subscript must be less than or equal to array length: {index} > {length}; element_at gives NULL there"
            ))
        }),
    }
}

/// A column of what a value is unnested to.
fn part<'a>(value: &Value<'a>, place: usize) -> Result<Value<'a>> {
    if let Value::Map(entries) = value {
        let of = |(key, value): &(Value<'a>, Value<'a>)| if place == 0 { key.clone() } else { value.clone() };
        return Ok(Value::Array(entries.iter().map(of).collect()));
    }
    let of = |item: &Value<'a>| match item {
        Value::Null => Ok(Value::Null),
        item => Ok(item.items()?.get(place).cloned().unwrap_or_default()),
    };
    Ok(Value::Array(value.items()?.iter().map(of).collect::<Result<_>>()?))
}

fn length(value: &Value<'_>) -> Result<usize> {
    match value {
        Value::Null => Ok(0),
        Value::Map(entries) => Ok(entries.len()),
        value => Ok(value.items()?.len()),
    }
}
