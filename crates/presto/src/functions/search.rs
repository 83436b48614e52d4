//! Places in texts, parts of texts, and how far texts are apart.

use datafusion::error::Result;

use crate::limits::MAX_DISTANCE_LETTERS;
use crate::scalar::{Row, row};
use crate::session::Call;
use crate::value::{Value, invalid};

pub(crate) const ROWS: &[Row] = &[
    row(&["strpos(varchar, varchar) -> bigint", "strpos(varchar, varchar, bigint) -> bigint"], strpos)
        .also(&["instr", "position"]),
    row(&["strrpos(varchar, varchar) -> bigint", "strrpos(varchar, varchar, bigint) -> bigint"], strrpos),
    row(&["split(varchar, varchar) -> array(varchar)", "split(varchar, varchar, bigint) -> array(varchar)"], split),
    row(&["split_part(varchar, varchar, bigint) -> varchar"], split_part),
    row(&["split_to_map(varchar, varchar, varchar) -> map(varchar, varchar)"], split_to_map),
    row(&["split_to_multimap(varchar, varchar, varchar) -> map(varchar, array(varchar))"], split_to_multimap),
    row(&["levenshtein_distance(varchar, varchar) -> bigint"], levenshtein_distance),
    row(&["hamming_distance(varchar, varchar) -> bigint"], hamming_distance),
];

fn strpos<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    place(args, false)
}

fn strrpos<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    place(args, true)
}

/// The place of a text's n-th occurrence, from the end when n is negative; 0 when there is none.
fn place<'a>(args: &[Value<'a>], is_from_end: bool) -> Result<Value<'a>> {
    let (text, wanted) = (args[0].text()?, args[1].text()?);
    let instance = args.get(2).map_or(Ok(1), Value::whole)?;
    let nth = match usize::try_from(instance.unsigned_abs()) {
        Ok(0) | Err(_) => return Err(invalid("the occurrence is counted from 1, or from -1 at the end")),
        Ok(nth) => nth - 1,
    };
    if wanted.is_empty() {
        return Ok(Value::Bigint(1));
    }
    let starts = || text.char_indices().map(|(start, _)| start).filter(|start| text[*start..].starts_with(wanted));
    let found = if is_from_end == (instance > 0) {
        starts().collect::<Vec<_>>().into_iter().rev().nth(nth)
    } else if nth == 0 {
        text.find(wanted)
    } else {
        starts().nth(nth)
    };
    Ok(Value::count(found.map_or(0, |start| text[..start].chars().count() + 1)))
}

fn delimiter<'v>(value: &'v Value<'_>) -> Result<&'v str> {
    match value.text()? {
        "" => Err(invalid("the delimiter is empty")),
        delimiter => Ok(delimiter),
    }
}

fn split<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let (text, delimiter) = (args[0].text()?, delimiter(&args[1])?);
    let most = match args.get(2) {
        None => usize::MAX,
        Some(limit) => match usize::try_from(limit.whole()?) {
            Ok(0) | Err(_) => return Err(invalid("the limit of split has to be positive")),
            Ok(most) => most,
        },
    };
    Ok(Value::Array(text.splitn(most, delimiter).map(Value::owned).collect()))
}

fn split_part<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let (text, delimiter, index) = (args[0].text()?, args[1].text()?, args[2].whole()?);
    let place = match usize::try_from(index) {
        Ok(0) | Err(_) => return Err(invalid("the index of split_part is counted from 1")),
        Ok(index) => index - 1,
    };
    if delimiter.is_empty() {
        // Every letter is a part.
        return Ok(Value::optional(text.chars().nth(place)));
    }
    Ok(Value::optional(text.split(delimiter).nth(place)))
}

/// The entries of `a=1&b=2`.
fn entries<'t>(args: &'t [Value<'_>]) -> Result<Vec<(&'t str, &'t str)>> {
    let (text, between, within) = (args[0].text()?, delimiter(&args[1])?, delimiter(&args[2])?);
    if between == within {
        return Err(invalid("the delimiters of entries and of keys are the same"));
    }
    let entries = text.split(between).filter(|entry| !entry.is_empty()).map(|entry| match entry.split_once(within) {
        Some((key, value)) if !value.contains(within) => Ok((key, value)),
        _ => Err(invalid(format!("the entry '{entry}' does not have the delimiter '{within}' exactly once"))),
    });
    entries.collect()
}

fn split_to_map<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let mut map: Vec<(Value<'a>, Value<'a>)> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (key, value) in entries(args)? {
        if !seen.insert(key) {
            return Err(invalid(format!("the key '{key}' is there twice")));
        }
        map.push((Value::owned(key), Value::owned(value)));
    }
    Ok(Value::Map(map))
}

fn split_to_multimap<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let mut places = std::collections::HashMap::new();
    let mut found: Vec<(&str, Vec<Value<'a>>)> = Vec::new();
    for (key, value) in entries(args)? {
        let place = *places.entry(key).or_insert_with(|| {
            found.push((key, Vec::new()));
            found.len() - 1
        });
        found[place].1.push(Value::owned(value));
    }
    Ok(Value::Map(found.into_iter().map(|(key, values)| (Value::owned(key), Value::Array(values))).collect()))
}

fn levenshtein_distance<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let one: Vec<char> = args[0].text()?.chars().collect();
    let two: Vec<char> = args[1].text()?.chars().collect();
    if one.len().max(two.len()) > MAX_DISTANCE_LETTERS {
        return Err(invalid(format!("levenshtein_distance takes texts of at most {MAX_DISTANCE_LETTERS} letters")));
    }
    // The distances of one's beginnings to the beginning of two, row by row.
    let mut distances: Vec<usize> = (0..=one.len()).collect();
    for (row, letter) in two.iter().enumerate() {
        let mut diagonal = distances[0];
        distances[0] = row + 1;
        for (column, other) in one.iter().enumerate() {
            let changed = diagonal + usize::from(other != letter);
            diagonal = distances[column + 1];
            distances[column + 1] = changed.min(diagonal + 1).min(distances[column] + 1);
        }
    }
    Ok(Value::count(distances[one.len()]))
}

fn hamming_distance<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let (one, two) = (args[0].text()?, args[1].text()?);
    if one.chars().count() != two.chars().count() {
        return Err(invalid("hamming_distance expects texts of the same length"));
    }
    Ok(Value::count(one.chars().zip(two.chars()).filter(|(a, b)| a != b).count()))
}
