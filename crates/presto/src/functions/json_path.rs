//! JSON paths such as `$.a.b[0]["x.y"]`, and what stands at them.

use std::cell::Cell;

use datafusion::error::Result;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::value::invalid;

/// A path: the names and places to walk down.
#[derive(Debug)]
pub(crate) struct JsonPath(Vec<Step>);

#[derive(Debug, PartialEq)]
struct Step {
    name: String,
    /// The name as a place in an array, if it is one.
    index: Option<usize>,
}

impl JsonPath {
    /// Of `$`, `.name`, `[0]`, `["name"]` and `['name']`.
    pub(crate) fn parse(text: &str) -> Result<JsonPath> {
        let failed = || invalid(format!("'{text}' is no JSON path such as '$.a.b[0][\"x\"]'"));
        let mut rest = text.trim().strip_prefix('$').ok_or_else(failed)?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (name, after) = if let Some(inside) = rest.strip_prefix('[') {
                bracketed(inside).ok_or_else(failed)?
            } else {
                let named = rest.strip_prefix('.').ok_or_else(failed)?;
                let (name, after) = named.split_at(named.find(['.', '[']).unwrap_or(named.len()));
                (name.to_owned(), after)
            };
            if name.is_empty() || name == "*" {
                return Err(failed());
            }
            steps.push(Step { index: name.parse().ok(), name });
            rest = after;
        }
        Ok(JsonPath(steps))
    }

    /// The text of what stands at the path, the first where names are there twice. It is there also when the text is
    /// damaged behind it; the second answer tells whether the text is whole.
    pub(crate) fn find<'t>(&self, text: &'t str) -> (Option<&'t str>, Result<()>) {
        let found = Cell::new(None);
        let mut reader = serde_json::Deserializer::from_str(text);
        let walk = Walk { steps: &self.0, found: &found };
        let read = walk.deserialize(&mut reader).and_then(|()| reader.end());
        (found.get().map(RawValue::get), read.map_err(|error| invalid(error.to_string())))
    }
}

/// The name or number before `]`, and what comes after that.
fn bracketed(inside: &str) -> Option<(String, &str)> {
    let Some(quote) = inside.chars().next().filter(|quote| matches!(quote, '"' | '\'')) else {
        let (number, rest) = inside.split_once(']')?;
        return number.bytes().all(|digit| digit.is_ascii_digit()).then(|| (number.to_owned(), rest));
    };
    let mut name = String::new();
    let mut letters = inside[1..].char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => name.push(letters.next()?.1),
            _ if letter == quote => return Some((name, inside[at + 2..].strip_prefix(']')?)),
            _ => name.push(letter),
        }
    }
    None
}

/// Reads a text once and remembers where the path ends.
struct Walk<'p, 'f, 'de> {
    steps: &'p [Step],
    found: &'f Cell<Option<&'de RawValue>>,
}

impl<'de> DeserializeSeed<'de> for Walk<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> std::result::Result<(), D::Error> {
        if self.steps.is_empty() {
            let raw: &'de RawValue = serde::Deserialize::deserialize(reader)?;
            self.found.set(Some(self.found.get().unwrap_or(raw)));
            return Ok(());
        }
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<(), A::Error> {
        let Some((step, rest)) = self.steps.split_first() else { return Err(A::Error::custom("no step")) };
        while let Some(is_it) = map.next_key_seed(IsName(&step.name))? {
            if is_it && self.found.get().is_none() {
                map.next_value_seed(Walk { steps: rest, found: self.found })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<(), A::Error> {
        let Some((step, rest)) = self.steps.split_first() else { return Err(A::Error::custom("no step")) };
        for place in 0.. {
            let went_on = if step.index == Some(place) {
                items.next_element_seed(Walk { steps: rest, found: self.found })?.is_some()
            } else {
                items.next_element::<IgnoredAny>()?.is_some()
            };
            if !went_on {
                break;
            }
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> std::result::Result<(), E> {
        Ok(())
    }
}

/// Whether the next member has the name.
struct IsName<'p>(&'p str);

impl<'de> DeserializeSeed<'de> for IsName<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> std::result::Result<bool, D::Error> {
        reader.deserialize_str(self)
    }
}

impl Visitor<'_> for IsName<'_> {
    type Value = bool;

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> std::result::Result<bool, E> {
        Ok(name == self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_what_stands_there() {
        let text = r#"{"a": {"b": [10, {"x.y": "呼叫", "q\"": 1}], "b": 2}, "n": 1.50, "0": true}"#;
        for (path, found) in [
            ("$", Some(text)),
            ("$.a.b[0]", Some("10")),
            ("$.a.b.0", Some("10")),
            (r#"$.a.b[1]["x.y"]"#, Some(r#""呼叫""#)),
            (r#"$['a']['b'][1]['q"']"#, Some("1")),
            (r#"$.a.b[1]["q\""]"#, Some("1")),
            ("$.n", Some("1.50")),
            ("$.n.x", None),
            ("$.a.b[2]", None),
            ("$[0]", Some("true")),
            ("$.A", None),
        ] {
            let (at, read) = JsonPath::parse(path).unwrap().find(text);
            assert_eq!(at, found, "{path}");
            read.unwrap();
        }
        for path in ["", "a.b", "$.", "$..a", "$[", "$[a]", "$['a]", "$a", "$[*]", "$.*", "$[-1]"] {
            assert!(JsonPath::parse(path).is_err(), "{path}");
        }
        let (at, read) = JsonPath::parse("$.a").unwrap().find(r#"{"a":"kept","b":"cut o"#);
        assert_eq!(at, Some(r#""kept""#));
        assert!(read.is_err());
    }
}
