//! Random searches, index configurations and logs, out of few letters, so that they meet.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value as Json, json};

use crate::index::{IndexConfig, JsonKeyIndex, KeyIndex, KeyKind, LineIndex};
use crate::log::Log;
use crate::query::{Comparison, Place, Range, Syntax, Term, Value};

/// Words, and characters that some index cuts, the store cuts, or that fold or decode in ways of their own.
const PIECES: &[&str] = &[
    "a",
    "B",
    "ab",
    "user",
    "n1",
    "1",
    "呼叫",
    "用户登录",
    "失败",
    "的",
    "é",
    "İ",
    "Σ",
    "ς",
    "K",
    "心",
    " ",
    " ",
    "/",
    ",",
    ".",
    "-",
    ":",
    "\\",
    "\"",
    "\n",
    "\u{307}",
    "，",
    "カ",
    "심",
    "{",
    "|",
];

fn text() -> impl Strategy<Value = String> {
    vec(select(PIECES), 0..6).prop_map(|pieces| pieces.concat())
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        (-3..4_i32).prop_map(|number| number.to_string()),
        select(vec!["0.5", "1e0", "-2.5"]).prop_map(str::to_owned)
    ]
}

fn word() -> impl Strategy<Value = String> {
    let pieces = vec![
        "a",
        "B",
        "ab",
        "user",
        "n1",
        "呼叫",
        "用户登录",
        "é",
        "Σ",
        "K",
        "*",
        "*",
        "?",
        "/",
        ",",
        ".",
        "-",
        "\\",
        "心",
        "カ",
    ];
    // Alone it asks for something else.
    let is_word = |word: &String| word != "*";
    vec(select(pieces), 1..5).prop_map(|pieces| pieces.concat()).prop_filter("a word", is_word)
}

fn text_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => word().prop_map(Value::Word),
        2 => text().prop_map(Value::Quoted),
        2 => text().prop_map(Value::Phrase),
    ]
}

fn number_value() -> impl Strategy<Value = Value> {
    use Comparison::*;
    let comparison = select(vec![Less, LessOrEqual, Greater, GreaterOrEqual, Equal]);
    prop_oneof![
        number().prop_map(Value::Word),
        (comparison, number()).prop_map(|(comparison, number)| Value::Compare(comparison, number)),
        (number(), any::<bool>(), number(), any::<bool>())
            .prop_map(|(low, has_low, high, has_high)| Value::Range(Range { low, has_low, high, has_high })),
    ]
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => text_value(),
        1 => Just(Value::Word("*".to_owned())),
        1 => Just(Value::Quoted(String::new())),
    ]
}

fn term() -> impl Strategy<Value = Term> {
    let texts = vec!["a", "A", "b", "j", "j.x", "J.Y.z", "j.k", "__topic__", "__source__", "source", "__tag__:t"];
    let numbers = vec!["n", "d", "j.n", "__time__"];
    let condition = prop_oneof![
        3 => text_value().prop_map(|value| (None, value)),
        4 => (select(texts), any_value()).prop_map(|(key, value)| (Some(key.to_owned()), value)),
        2 => (select(numbers), number_value()).prop_map(|(key, value)| (Some(key.to_owned()), value)),
    ];
    condition.prop_map(|(key, value)| Term { key, value, place: Place::START })
}

/// Searches that the parser gives: no list has fewer than two parts.
pub(super) fn syntax() -> impl Strategy<Value = Syntax> {
    let leaf = prop_oneof![9 => term().prop_map(Syntax::Term), 1 => Just(Syntax::All)];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Syntax::And),
            vec(inner.clone(), 2..4).prop_map(Syntax::Or),
            inner.prop_map(|inner| Syntax::Not(Box::new(inner))),
        ]
    })
}

fn delimiters() -> impl Strategy<Value = Vec<String>> {
    let sets = vec!["", " ,/", " ,/", " ,/:\"{}\\\n", ".-/ ", "aB", "的，", "é ", " *?"];
    select(sets).prop_map(|set| set.chars().map(String::from).collect())
}

fn line() -> impl Strategy<Value = LineIndex> {
    let keys = || {
        option::weighted(0.2, vec(select(vec!["a", "b", "j", "__topic__", "__tag__:t"]).prop_map(str::to_owned), 1..3))
    };
    (delimiters(), any::<bool>(), any::<bool>(), keys(), keys()).prop_map(
        |(token, case_sensitive, chn, include, exclude)| {
            let exclude_keys = if include.is_some() { None } else { exclude };
            LineIndex { token, case_sensitive, chn, include_keys: include, exclude_keys }
        },
    )
}

fn key(kind: KeyKind) -> impl Strategy<Value = KeyIndex> {
    (delimiters(), any::<bool>(), any::<bool>()).prop_map(move |(token, case_sensitive, chn)| KeyIndex {
        kind,
        token,
        case_sensitive,
        chn,
        ..KeyIndex::default()
    })
}

fn json_key() -> impl Strategy<Value = KeyIndex> {
    let leaf = |kind| JsonKeyIndex { kind, ..JsonKeyIndex::default() };
    let listed = vec![("x", leaf(KeyKind::Text)), ("y.z", leaf(KeyKind::Text)), ("n", leaf(KeyKind::Long))];
    let listed = btree_map(select(listed.clone()).prop_map(|(path, _)| path.to_owned()), Just(()), 0..4).prop_map(
        move |paths| {
            let kinds = listed.iter().filter(|(path, _)| paths.contains_key(*path));
            kinds.map(|(path, leaf)| ((*path).to_owned(), leaf.clone())).collect()
        },
    );
    (key(KeyKind::Json), option::of(any::<bool>()), option::of(-1..3_i64), listed)
        .prop_map(|(key, index_all, max_depth, json_keys)| KeyIndex { index_all, max_depth, json_keys, ..key })
}

pub(super) fn config() -> impl Strategy<Value = IndexConfig> {
    let texts = (key(KeyKind::Text), key(KeyKind::Text), key(KeyKind::Text), option::of(key(KeyKind::Text)));
    (option::weighted(0.8, line()), texts, json_key()).prop_map(|(line, (a, b, tag, topic), json)| {
        let number = |kind| KeyIndex { kind, ..KeyIndex::default() };
        let mut keys = std::collections::BTreeMap::from([
            ("a".to_owned(), a),
            ("B".to_owned(), b),
            ("__tag__:t".to_owned(), tag),
            ("j".to_owned(), json),
            ("n".to_owned(), number(KeyKind::Long)),
            ("d".to_owned(), number(KeyKind::Double)),
        ]);
        keys.extend(topic.map(|topic| ("__topic__".to_owned(), topic)));
        IndexConfig { line, keys, ..IndexConfig::default() }
    })
}

fn json_value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        4 => text().prop_map(Json::from),
        1 => any::<bool>().prop_map(Json::from),
        2 => (-3..4_i64).prop_map(Json::from),
        1 => Just(Json::Null),
        // JSON inside of a text of JSON.
        2 => (text(), text()).prop_map(|(name, value)| Json::from(json!({name: value}).to_string())),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        let names = select(vec!["x", "X", "y", "z", "y.z", "k", "n", "用户"]).prop_map(str::to_owned);
        prop_oneof![
            1 => vec(inner.clone(), 0..3).prop_map(Json::from),
            3 => vec((names, inner), 0..4).prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

/// As some writers do it, every character outside ASCII by its number.
fn json_text() -> impl Strategy<Value = String> {
    (json_value(), any::<bool>()).prop_map(|(value, by_number)| {
        let text = value.to_string();
        if !by_number {
            return text;
        }
        let escape = |character: char| match character.is_ascii() {
            true => character.to_string(),
            false => format!("\\u{:04x}", character as u32),
        };
        text.chars().map(escape).collect()
    })
}

pub(super) fn log() -> impl Strategy<Value = Log> {
    let content = prop_oneof![
        (select(vec!["a", "B", "b", "source", "free"]), text()),
        (Just("j"), json_text()),
        (select(vec!["a", "free"]), json_text()),
        (select(vec!["n", "d"]), number()),
        (Just("n"), text()),
    ];
    let contents = vec(content.prop_map(|(key, value)| (key.to_owned(), value)), 0..5);
    let tags = vec((select(vec!["t", "u"]).prop_map(str::to_owned), text()), 0..2);
    (0..4_u32, text(), text(), tags, contents).prop_map(|(time_s, topic, source, tags, contents)| Log {
        time_s,
        time_ns: None,
        source,
        topic,
        tags,
        contents,
    })
}
