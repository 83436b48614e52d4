//! Leaves of JSON values: texts, truth values and numbers that are in no array, by the dotted path of their keys
//! (SLS, "JSON index").
//!
//! Broken JSON is read as far as it is valid, so this is a reader of its own: one that reads a whole document or
//! nothing would lose what stands before the fault.

use std::borrow::Cow;

use super::limits::MAX_JSON_DEPTH;

/// A leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leaf<'a> {
    /// Keys from the outside in, joined by dots.
    pub(crate) path: String,
    /// How many keys.
    pub(crate) depth: usize,
    /// A text decoded, anything else as it is written.
    pub(crate) text: Cow<'a, str>,
}

/// A leaf while its value is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LeafRef<'a> {
    /// Keys from the outside in, joined by dots.
    pub(crate) path: &'a str,
    /// How many keys.
    pub(crate) depth: usize,
    /// A text decoded, anything else as it is written.
    pub(crate) text: &'a str,
}

/// What stands under a path.
pub(crate) enum Piece<'a> {
    /// A text decoded, anything else as it is written.
    Leaf(Cow<'a, str>),
    /// An object or an array as it is written.
    Whole(&'a str),
}

/// Tells of the leaves of a value up to its first fault, in order. A `null` is no leaf.
pub(crate) fn visit_leaves(text: &str, tell: &mut dyn FnMut(LeafRef<'_>)) {
    visit(text, &mut |path, depth, piece| {
        if let Piece::Leaf(text) = piece {
            tell(LeafRef { path, depth, text: &text });
        }
    });
}

/// The same leaves, kept.
pub(crate) fn leaves(text: &str) -> Vec<Leaf<'_>> {
    let mut leaves = Vec::new();
    visit(text, &mut |path, depth, piece| {
        if let Piece::Leaf(text) = piece {
            leaves.push(Leaf { path: path.to_owned(), depth, text });
        }
    });
    leaves
}

/// Tells of each leaf, object and array below a value its path and how many keys that has, up to the first fault. What
/// is in arrays has no path and is passed over; an object comes after what is in it.
pub(crate) fn visit<'a>(text: &'a str, tell: &mut dyn FnMut(&str, usize, Piece<'a>)) {
    let mut reader = Reader { text, at: 0, path: String::new(), tell };
    reader.skip_spaces();
    if reader.peek() == Some(b'{') {
        // A fault ends the reading; what was found before it is told.
        let _ = reader.object(0, false);
    }
}

struct Reader<'a, 't> {
    text: &'a str,
    at: usize,
    path: String,
    tell: &'t mut dyn FnMut(&str, usize, Piece<'a>),
}

impl<'a> Reader<'a, '_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    fn skip_spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// `depth` is the number of keys around the value. In an array values are passed over.
    fn value(&mut self, depth: usize, is_in_array: bool) -> Option<()> {
        if depth > MAX_JSON_DEPTH {
            return None;
        }
        let start = self.at;
        let leaf = match self.peek()? {
            open @ (b'{' | b'[') => {
                if open == b'{' {
                    self.object(depth, is_in_array)?
                } else {
                    self.array(depth)?
                }
                if !is_in_array {
                    (self.tell)(&self.path, depth, Piece::Whole(&self.text[start..self.at]));
                }
                return Some(());
            }
            b'"' => self.string()?,
            b't' => self.literal("true")?,
            b'f' => self.literal("false")?,
            b'n' => return self.literal("null").map(drop),
            _ => self.number()?,
        };
        if !is_in_array {
            (self.tell)(&self.path, depth, Piece::Leaf(leaf));
        }
        Some(())
    }

    fn object(&mut self, depth: usize, is_in_array: bool) -> Option<()> {
        self.take(b'{')?;
        self.skip_spaces();
        if self.peek() == Some(b'}') {
            return self.take(b'}');
        }
        loop {
            let key = self.string()?;
            self.skip_spaces();
            self.take(b':')?;
            self.skip_spaces();
            let length = self.path.len();
            if depth > 0 {
                self.path.push('.');
            }
            self.path.push_str(&key);
            self.value(depth + 1, is_in_array)?;
            self.path.truncate(length);
            self.skip_spaces();
            if self.peek() != Some(b',') {
                return self.take(b'}');
            }
            self.take(b',')?;
            self.skip_spaces();
        }
    }

    fn array(&mut self, depth: usize) -> Option<()> {
        self.take(b'[')?;
        self.skip_spaces();
        if self.peek() == Some(b']') {
            return self.take(b']');
        }
        loop {
            self.value(depth + 1, true)?;
            self.skip_spaces();
            if self.peek() != Some(b',') {
                return self.take(b']');
            }
            self.take(b',')?;
            self.skip_spaces();
        }
    }

    fn string(&mut self) -> Option<Cow<'a, str>> {
        let start = self.at;
        self.take(b'"')?;
        let mut has_escapes = false;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    has_escapes = true;
                    self.at += 2;
                }
                0..0x20 => return None,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        let text = self.text.get(start..self.at)?;
        if has_escapes {
            serde_json::from_str(text).ok().map(Cow::Owned)
        } else {
            Some(Cow::Borrowed(&text[1..text.len() - 1]))
        }
    }

    fn literal(&mut self, literal: &str) -> Option<Cow<'a, str>> {
        let text = self.text.get(self.at..self.at + literal.len()).filter(|text| *text == literal)?;
        self.at += literal.len();
        Some(Cow::Borrowed(text))
    }

    fn number(&mut self) -> Option<Cow<'a, str>> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        // No digit follows a zero that begins the number.
        if self.peek() == Some(b'0') {
            self.at += 1
        } else {
            self.digits()?
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(Cow::Borrowed(&self.text[start..self.at]))
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn list(text: &str) -> Vec<(String, usize, String)> {
        leaves(text).into_iter().map(|leaf| (leaf.path, leaf.depth, leaf.text.into_owned())).collect()
    }

    fn leaf(path: &str, depth: usize, text: &str) -> (String, usize, String) {
        (path.to_owned(), depth, text.to_owned())
    }

    #[test]
    fn leaves_outside_arrays_are_found_by_their_path() {
        let text = r#" {"a":"x\n\u547c","b":{"c":true,"d.e":-1.50e+3,"n":null,"l":[1,{"m":"no"},[]]},"":"e","f":{}} "#;
        let expected = [leaf("a", 1, "x\n呼"), leaf("b.c", 2, "true"), leaf("b.d.e", 2, "-1.50e+3"), leaf("", 1, "e")];
        assert_eq!(list(text), expected);
        assert_eq!(list("[{\"a\":1}]"), []);
        assert_eq!(list("plain"), []);
    }

    #[test]
    fn broken_json_is_read_up_to_its_fault() {
        for broken in [
            r#"{"a":1,"b":tru"#,
            r#"{"a":1,"b":"x"#,
            r#"{"a":1,"b":"\ud800"}"#,
            r#"{"a":1,}"#,
            r#"{"a":1 "b":2}"#,
            r#"{"a":1,"b":01}"#.trim_end_matches("01}"),
            "{\"a\":1,\"b\":\"\n\"}",
            r#"{"a":1,"b":"\"#,
            r#"{"a":1,"b":"\呼"#,
        ] {
            assert_eq!(list(broken), [leaf("a", 1, "1")], "{broken}");
        }
        assert_eq!(list(&"{\"a\":".repeat(100_000)), []);
        assert_eq!(list(&"[".repeat(100_000)), []);
    }

    fn expected(value: &Value, path: &str, depth: usize, all: &mut Vec<(String, usize, String)>) {
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    let path = if depth == 0 { key.clone() } else { format!("{path}.{key}") };
                    expected(value, &path, depth + 1, all);
                }
            }
            Value::String(text) => all.push((path.to_owned(), depth, text.clone())),
            Value::Bool(_) | Value::Number(_) => all.push((path.to_owned(), depth, value.to_string())),
            Value::Null | Value::Array(_) => {}
        }
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (-1e9..1e9_f64).prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::vec((any::<String>(), inner), 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn valid_json_has_the_leaves_that_another_reader_finds(value in json(), pretty: bool) {
            let mut all = Vec::new();
            if value.is_object() {
                expected(&value, "", 0, &mut all);
            }
            let text = if pretty { format!("{value:#}") } else { value.to_string() };
            prop_assert_eq!(list(&text), all);
        }

        #[test]
        fn any_text_has_leaves_or_none(text in "[{}\\[\\]\",:a1.e\\\\u -]{0,40}") {
            leaves(&text);
        }
    }
}
