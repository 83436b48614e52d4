//! Texts: their letters are code points and counted from 1.

use std::borrow::Cow;

use datafusion::error::Result;

use crate::limits::MAX_MADE_BYTES;
use crate::scalar::{Row, row};
use crate::session::Call;
use crate::types::Type;
use crate::value::{Value, invalid};

pub(crate) const ROWS: &[Row] = &[
    row(&["length(varchar) -> bigint", "length(varbinary) -> bigint"], length)
        .also(&["char_length", "character_length"]),
    row(&["lower(varchar) -> varchar"], lower).also(&["lcase"]),
    row(&["upper(varchar) -> varchar"], upper).also(&["ucase"]),
    // `trim(x)` is planned under the first of the other names.
    row(&["trim(varchar) -> varchar", "trim(varchar, varchar) -> varchar"], trim).also(&["btrim"]),
    row(&["ltrim(varchar) -> varchar", "ltrim(varchar, varchar) -> varchar"], ltrim),
    row(&["rtrim(varchar) -> varchar", "rtrim(varchar, varchar) -> varchar"], rtrim),
    row(&["lpad(varchar, bigint, varchar) -> varchar"], lpad),
    row(&["rpad(varchar, bigint, varchar) -> varchar"], rpad),
    row(&["substr(varchar, bigint) -> varchar", "substr(varchar, bigint, bigint) -> varchar"], substr)
        .also(&["substring"]),
    row(&["concat(varchar...) -> varchar", "concat(array(T)...) -> array(T)"], concat),
    row(&["reverse(varchar) -> varchar", "reverse(array(T)) -> array(T)"], reverse),
    row(&["replace(varchar, varchar) -> varchar", "replace(varchar, varchar, varchar) -> varchar"], replace),
    row(&["translate(varchar, varchar, varchar) -> varchar"], translate),
    row(&["chr(bigint) -> varchar"], chr),
    row(&["codepoint(varchar) -> bigint"], codepoint),
    row(&["starts_with(varchar, varchar) -> boolean"], |_, args| {
        Ok(Value::Boolean(args[0].text()?.starts_with(args[1].text()?)))
    }),
    row(&["ends_with(varchar, varchar) -> boolean"], |_, args| {
        Ok(Value::Boolean(args[0].text()?.ends_with(args[1].text()?)))
    }),
    row(&["to_utf8(varchar) -> varbinary"], |_, args| Ok(Value::Varbinary(args[0].text()?.as_bytes().to_vec().into()))),
    row(&["from_utf8(varbinary) -> varchar"], |_, args| Ok(Value::owned(String::from_utf8_lossy(args[0].bytes()?)))),
];

fn length<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    Ok(Value::count(match &args[0] {
        Value::Varbinary(bytes) => bytes.len(),
        text => text.text()?.chars().count(),
    }))
}

/// Letter by letter, so that the number of letters stays: `ß` has no single upper-case letter and remains.
fn lower<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    Ok(Value::owned(map_letters(args[0].text()?, |letter| single(letter.to_lowercase(), letter))))
}

fn upper<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    Ok(Value::owned(map_letters(args[0].text()?, |letter| single(letter.to_uppercase(), letter))))
}

fn map_letters(text: &str, change: impl Fn(char) -> char) -> String {
    text.chars().map(change).collect()
}

fn single(mut changed: impl Iterator<Item = char>, letter: char) -> char {
    match (changed.next(), changed.next()) {
        (Some(only), None) => only,
        _ => letter,
    }
}

fn trim<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    trimmed(args, true, true)
}

fn ltrim<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    trimmed(args, true, false)
}

fn rtrim<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    trimmed(args, false, true)
}

fn trimmed<'a>(args: &[Value<'a>], left: bool, right: bool) -> Result<Value<'a>> {
    let letters = args.get(1).map(Value::text).transpose()?;
    let goes = |letter: char| letters.map_or_else(|| letter.is_whitespace(), |letters| letters.contains(letter));
    let mut text = args[0].text()?;
    if left {
        text = text.trim_start_matches(goes);
    }
    if right {
        text = text.trim_end_matches(goes);
    }
    Ok(Value::owned(text))
}

fn lpad<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let (text, padding) = padded(args)?;
    Ok(Value::owned(padding + &text))
}

fn rpad<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let (text, padding) = padded(args)?;
    Ok(Value::owned(text.into_owned() + &padding))
}

/// The text, cut to the length, and what is missing to it.
fn padded<'t>(args: &'t [Value<'_>]) -> Result<(Cow<'t, str>, String)> {
    let (text, wanted, padding) = (args[0].text()?, args[1].whole()?, args[2].text()?);
    let wanted = usize::try_from(wanted)
        .ok()
        .filter(|letters| *letters <= MAX_MADE_BYTES / 4)
        .ok_or_else(|| invalid(format!("the length {wanted} is not from 0 to {}", MAX_MADE_BYTES / 4)))?;
    if padding.is_empty() {
        return Err(invalid("the padding is empty"));
    }
    match text.char_indices().nth(wanted) {
        Some((end, _)) => Ok((Cow::Borrowed(&text[..end]), String::new())),
        None => {
            let missing = wanted - text.chars().count();
            Ok((Cow::Borrowed(text), padding.chars().cycle().take(missing).collect()))
        }
    }
}

fn substr<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let (text, start) = (args[0].text()?, args[1].whole()?);
    let length = args.get(2).map_or(Ok(i64::MAX), Value::whole)?;
    let letters = text.chars().count() as i64;
    // Zero is no place, and places before the first are none either.
    let first = if start > 0 { start - 1 } else { letters.saturating_add(start) };
    if start == 0 || first < 0 || first >= letters || length <= 0 {
        return Ok(Value::owned(""));
    }
    let end = first.saturating_add(length).min(letters);
    let taken = text.chars().skip(first as usize).take((end - first) as usize);
    Ok(Value::owned(taken.collect::<String>()))
}

fn concat<'a>(call: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    if matches!(call.result, Type::Array(_)) {
        let items: Vec<_> = args.iter().map(Value::items).collect::<Result<Vec<_>>>()?;
        return Ok(Value::Array(items.concat()));
    }
    Ok(Value::owned(args.iter().map(Value::text).collect::<Result<String>>()?))
}

fn reverse<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    Ok(match &args[0] {
        Value::Array(items) => Value::Array(items.iter().rev().cloned().collect()),
        text => Value::owned(text.text()?.chars().rev().collect::<String>()),
    })
}

/// An empty text is found before every letter and at the end, as in Java.
fn replace<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let (text, search) = (args[0].text()?, args[1].text()?);
    let replacement = args.get(2).map_or(Ok(""), Value::text)?;
    let found = if search.is_empty() { text.chars().count() + 1 } else { text.matches(search).count() };
    if text.len().saturating_add(found.saturating_mul(replacement.len())) > MAX_MADE_BYTES.max(text.len()) {
        return Err(invalid(format!("replace makes a text of more than {MAX_MADE_BYTES} bytes")));
    }
    Ok(Value::owned(text.replace(search, replacement)))
}

fn translate<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let (from, to): (Vec<char>, Vec<char>) = (args[1].text()?.chars().collect(), args[2].text()?.chars().collect());
    let translated = args[0].text()?.chars().filter_map(|letter| match from.iter().position(|one| *one == letter) {
        Some(place) => to.get(place).copied(),
        None => Some(letter),
    });
    Ok(Value::owned(translated.collect::<String>()))
}

fn chr<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let code = args[0].whole()?;
    let letter = u32::try_from(code).ok().and_then(char::from_u32);
    letter.map(Value::owned).ok_or_else(|| invalid(format!("{code} is no Unicode code point")))
}

fn codepoint<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let mut letters = args[0].text()?.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => Ok(Value::Bigint(i64::from(u32::from(letter)))),
        _ => Err(invalid("codepoint expects a text of one letter")),
    }
}
