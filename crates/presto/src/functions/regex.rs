//! Regular expressions in the dialect of RE2: no look-around, no back-references, linear time.

use datafusion::error::Result;
use regex::{Captures, Regex};

use crate::limits::MAX_MADE_BYTES;
use crate::scalar::{Row, row};
use crate::session::Call;
use crate::value::{Value, invalid};

pub(crate) const ROWS: &[Row] = &[
    row(&["regexp_like(varchar, varchar) -> boolean"], |call, args| {
        Ok(Value::Boolean(call.pattern(args[1].text()?)?.is_match(args[0].text()?)))
    }),
    row(
        &["regexp_extract(varchar, varchar) -> varchar", "regexp_extract(varchar, varchar, bigint) -> varchar"],
        extract,
    ),
    row(
        &[
            "regexp_extract_all(varchar, varchar) -> array(varchar)",
            "regexp_extract_all(varchar, varchar, bigint) -> array(varchar)",
        ],
        extract_all,
    ),
    row(
        &["regexp_replace(varchar, varchar) -> varchar", "regexp_replace(varchar, varchar, varchar) -> varchar"],
        replace,
    ),
    row(&["regexp_split(varchar, varchar) -> array(varchar)"], |call, args| {
        let pattern = call.pattern(args[1].text()?)?;
        Ok(Value::Array(pattern.split(args[0].text()?).map(Value::owned).collect()))
    }),
    row(&["regexp_count(varchar, varchar) -> bigint"], |call, args| {
        Ok(Value::count(call.pattern(args[1].text()?)?.find_iter(args[0].text()?).count()))
    }),
    row(&["regexp_position(varchar, varchar) -> bigint"], |call, args| {
        let text = args[0].text()?;
        let found = call.pattern(args[1].text()?)?.find(text);
        Ok(found.map_or(Value::Bigint(-1), |found| Value::count(text[..found.start()].chars().count() + 1)))
    }),
];

fn group(pattern: &Regex, wanted: Option<&Value<'_>>) -> Result<usize> {
    let wanted = wanted.map_or(Ok(0), Value::whole)?;
    let groups = pattern.captures_len() - 1;
    usize::try_from(wanted)
        .ok()
        .filter(|group| *group <= groups)
        .ok_or_else(|| invalid(format!("the pattern has {groups} groups; there is no group {wanted}")))
}

fn text_of<'a>(captures: &Captures<'_>, group: usize) -> Value<'a> {
    Value::optional(captures.get(group).map(|found| found.as_str()))
}

fn extract<'a>(call: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let pattern = call.pattern(args[1].text()?)?;
    let group = group(&pattern, args.get(2))?;
    Ok(pattern.captures(args[0].text()?).map_or(Value::Null, |found| text_of(&found, group)))
}

fn extract_all<'a>(call: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let pattern = call.pattern(args[1].text()?)?;
    let group = group(&pattern, args.get(2))?;
    Ok(Value::Array(pattern.captures_iter(args[0].text()?).map(|found| text_of(&found, group)).collect()))
}

fn replace<'a>(call: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let pattern = call.pattern(args[1].text()?)?;
    let (text, replacement) = (args[0].text()?, args.get(2).map_or(Ok(""), Value::text)?);
    let (mut out, mut end) = (String::new(), 0);
    for found in pattern.captures_iter(text) {
        let Some(whole) = found.get(0) else { continue };
        out.push_str(&text[end..whole.start()]);
        expand(&mut out, replacement, &pattern, &found)?;
        end = whole.end();
        if out.len() > MAX_MADE_BYTES.max(text.len()) {
            return Err(invalid(format!("regexp_replace makes a text of more than {MAX_MADE_BYTES} bytes")));
        }
    }
    out.push_str(&text[end..]);
    Ok(Value::owned(out))
}

/// `$1` and `${name}` are groups, `\` takes the next letter as it is.
fn expand(out: &mut String, replacement: &str, pattern: &Regex, found: &Captures<'_>) -> Result<()> {
    let mut letters = replacement.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some((_, next)) => out.push(next),
                None => return Err(invalid("the replacement ends in the middle of an escape")),
            },
            '$' => {
                let rest = &replacement[at + 1..];
                let (captured, used) = if let Some(named) = rest.strip_prefix('{') {
                    let end = named.find('}').ok_or_else(|| invalid("the replacement has '${' without '}'"))?;
                    (named_group(&named[..end], pattern, found)?, end + 2)
                } else {
                    numbered_group(rest, pattern, found)?
                };
                out.push_str(captured);
                let end = at + 1 + used;
                while letters.peek().is_some_and(|(next, _)| *next < end) {
                    letters.next();
                }
            }
            _ => out.push(letter),
        }
    }
    Ok(())
}

fn named_group<'t>(name: &str, pattern: &Regex, found: &Captures<'t>) -> Result<&'t str> {
    if pattern.capture_names().flatten().all(|known| known != name) {
        return Err(invalid(format!("the pattern has no group '{name}'")));
    }
    Ok(found.name(name).map_or("", |group| group.as_str()))
}

/// As many digits as make a group that is there, and how many they are.
fn numbered_group<'t>(rest: &str, pattern: &Regex, found: &Captures<'t>) -> Result<(&'t str, usize)> {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let group = (1..=digits).rev().find_map(|used| {
        let group = rest[..used].parse::<usize>().ok().filter(|group| *group < pattern.captures_len())?;
        Some((group, used))
    });
    match group {
        Some((group, used)) => Ok((found.get(group).map_or("", |group| group.as_str()), used)),
        None => {
            Err(invalid(format!("'${rest}' in the replacement is no group of the pattern; '\\$' is a dollar sign")))
        }
    }
}
