//! What a search means, once more and simply: texts become lists of tokens, JSON is read by another reader, and every
//! condition is asked of every value. Nothing is shared with the real evaluation but the words of Chinese.

use serde_json::Value as Json;

use crate::index::{IndexConfig, KeyIndex, KeyKind, LineIndex};
use crate::log::Log;
use crate::query::lexer::is_word_character;
use crate::query::{Comparison, Place, Range, Syntax, Term, Value};

/// Delimiters, whether case matters, whether Chinese is cut.
#[derive(Clone)]
struct Cut(Vec<char>, bool, bool);

impl Cut {
    fn of(index: &KeyIndex) -> Cut {
        Cut(index.token.concat().chars().collect(), index.case_sensitive, index.chn)
    }

    fn line(line: &LineIndex) -> Cut {
        Cut(line.token.concat().chars().collect(), line.case_sensitive, line.chn)
    }

    fn fold(&self, text: &str) -> String {
        if self.1 { text.to_owned() } else { text.chars().map(fold).collect() }
    }

    /// Tokens; wildcards cut no more than letters when they are meant.
    fn tokens(&self, text: &str, wildcards: bool, words: fn(&str) -> Vec<String>) -> Vec<String> {
        let is_cut = |letter: char| self.0.contains(&letter) && !(wildcards && "*?".contains(letter));
        let mut tokens = Vec::new();
        for token in text.split(is_cut).filter(|token| !token.is_empty()) {
            let mut parts: Vec<String> = Vec::new();
            for letter in token.chars() {
                let joins = parts.last().is_some_and(|part| {
                    let part = if wildcards { part.trim_end_matches(['*', '?']) } else { part };
                    let before = part.chars().next_back();
                    !self.2
                        || wildcards && "*?".contains(letter)
                        || before.is_none_or(|before| chinese::is_chinese(before) == chinese::is_chinese(letter))
                });
                if joins { parts.last_mut().unwrap().push(letter) } else { parts.push(letter.to_string()) }
            }
            for part in parts {
                let is_words = self.2 && part.chars().all(chinese::is_chinese);
                if is_words { tokens.extend(words(&part)) } else { tokens.push(self.fold(&part)) }
            }
        }
        tokens
    }

    fn values_tokens(&self, value: &str) -> Vec<String> {
        self.tokens(value, false, |text| chinese::words_and_parts(text).map(str::to_owned).collect())
    }

    fn wanted(&self, text: &str, wildcards: bool) -> Vec<String> {
        self.tokens(text, wildcards, |text| chinese::words(text).map(str::to_owned).collect())
    }

    fn has_phrase(&self, value: &str, phrase: &str) -> bool {
        if phrase.chars().all(|letter| self.0.contains(&letter)) {
            return false;
        }
        let letters: Vec<char> = value.chars().collect();
        let is_cut = |outside: Option<&char>, end: Option<char>| {
            outside.is_none_or(|outside| {
                [Some(*outside), end]
                    .into_iter()
                    .flatten()
                    .any(|letter| self.0.contains(&letter) || self.2 && chinese::is_chinese(letter))
            })
        };
        (0..letters.len()).any(|start| {
            (start..=letters.len()).any(|end| {
                let inside: String = letters[start..end].iter().collect();
                self.fold(&inside) == self.fold(phrase)
                    && is_cut(start.checked_sub(1).map(|at| &letters[at]), phrase.chars().next())
                    && is_cut(letters.get(end), phrase.chars().next_back())
            })
        })
    }
}

fn fold(letter: char) -> String {
    letter.to_lowercase().to_string().replace('ς', "σ")
}

fn fits(wanted: &[char], token: &[char], wildcards: bool) -> bool {
    match wanted.split_first() {
        None => token.is_empty(),
        Some(('*', rest)) if wildcards => (0..=token.len()).any(|skipped| fits(rest, &token[skipped..], true)),
        Some(('?', rest)) if wildcards => token.split_first().is_some_and(|(_, left)| fits(rest, left, true)),
        Some((first, rest)) => {
            token.split_first().is_some_and(|(found, left)| found == first && fits(rest, left, wildcards))
        }
    }
}

fn has_token(tokens: &[String], wanted: &str, wildcards: bool) -> bool {
    let letters: Vec<char> = wanted.chars().collect();
    tokens.iter().any(|token| fits(&letters, &token.chars().collect::<Vec<_>>(), wildcards))
}

/// Whether a log matches a search that is not refused.
pub(super) fn matches(syntax: &Syntax, config: &IndexConfig, log: &Log) -> bool {
    match syntax {
        Syntax::All => true,
        Syntax::And(parts) => !parts.iter().any(|part| !matches(part, config, log)),
        Syntax::Or(parts) => parts.iter().filter(|part| matches(part, config, log)).count() > 0,
        Syntax::Not(inner) => !matches(inner, config, log),
        Syntax::Term(Term { key: Some(key), value, .. }) => has(key, value, config, log),
        Syntax::Term(Term { key: None, value, .. }) => anywhere(value, config, log),
    }
}

fn value_has(cut: &Cut, value: &str, wanted: &Value) -> bool {
    match wanted {
        Value::Phrase(phrase) => cut.has_phrase(value, phrase),
        Value::Word(text) => all_in(cut, &[value.to_owned()], text, true),
        Value::Quoted(text) => all_in(cut, &[value.to_owned()], text, false),
        _ => unreachable!("only texts are asked of texts"),
    }
}

fn all_in(cut: &Cut, values: &[String], text: &str, wildcards: bool) -> bool {
    let tokens: Vec<String> = values.iter().flat_map(|value| cut.values_tokens(value)).collect();
    let wanted = cut.wanted(text, wildcards);
    !wanted.is_empty() && wanted.iter().all(|wanted| has_token(&tokens, wanted, wildcards))
}

fn is_in_line(key: &str, line: Option<&LineIndex>) -> bool {
    let Some(line) = line else { return true };
    match (&line.include_keys, &line.exclude_keys) {
        (Some(keys), _) => keys.iter().any(|known| known == key),
        (None, Some(keys)) => !keys.iter().any(|known| known == key),
        (None, None) => true,
    }
}

fn anywhere(wanted: &Value, config: &IndexConfig, log: &Log) -> bool {
    let line = config.line.as_ref();
    let mut texts = Vec::new();
    for (name, values) in [("__topic__", vec![&log.topic]), ("__source__", vec![&log.source])] {
        texts.extend(values.into_iter().filter(|_| is_in_line(name, line)).cloned());
    }
    for (key, value) in &log.contents {
        texts.extend([key, value].into_iter().filter(|_| is_in_line(key, line)).cloned());
    }
    for (tag, value) in &log.tags {
        texts.extend([tag, value].into_iter().filter(|_| is_in_line(&format!("__tag__:{tag}"), line)).cloned());
    }
    let in_line = line.map(Cut::line).is_some_and(|cut| match wanted {
        Value::Phrase(phrase) => texts.iter().any(|text| cut.has_phrase(text, phrase)),
        Value::Word(text) => all_in(&cut, &texts, text, true),
        Value::Quoted(text) => all_in(&cut, &texts, text, false),
        _ => unreachable!("a comparison has a key"),
    });
    in_line
        || config.keys.iter().filter(|(key, _)| is_in_line(key, line)).any(|(key, index)| {
            let cut = Cut::of(index);
            let is_pattern = matches!(wanted, Value::Word(_));
            let begins_with_wildcard = match wanted {
                Value::Word(text) => cut.wanted(text, true).iter().any(|token| token.starts_with(['*', '?'])),
                _ => false,
            };
            if begins_with_wildcard && is_pattern || matches!(index.kind, KeyKind::Long | KeyKind::Double) {
                return false;
            }
            let leaves = match index.kind {
                KeyKind::Json => text_leaves(key, index, log),
                _ => Vec::new(),
            };
            values(key, log).into_iter().chain(leaves).any(|value| value_has(&cut, &value, wanted))
        })
}

/// Conditions that are made of what is in a log, so that most of them are true for it.
pub(super) fn conditions_of(config: &IndexConfig, log: &Log) -> Vec<Term> {
    let mut all = Vec::new();
    let Log { topic, source, tags, contents, .. } = log;
    let pairs = tags.iter().chain(contents).flat_map(|(key, value)| [key, value]);
    for (cut, text) in config.line.iter().map(Cut::line).flat_map(|cut| {
        let texts: Vec<_> = pairs.clone().chain([topic, source]).map(|text| (cut.clone(), text)).collect();
        texts
    }) {
        add_conditions(None, &cut, text, &mut all);
    }
    for (key, index) in &config.keys {
        let cut = Cut::of(index);
        values(key, log).iter().for_each(|value| add_conditions(Some(key), &cut, value, &mut all));
        if index.kind == KeyKind::Json {
            for (path, _, value) in leaves(key, log) {
                add_conditions(Some(&format!("{key}.{path}")), &cut, &value, &mut all);
            }
        }
    }
    all
}

fn add_conditions(key: Option<&str>, cut: &Cut, value: &str, all: &mut Vec<Term>) {
    let mut add = |value| all.push(Term { key: key.map(str::to_owned), value, place: Place::START });
    add(Value::Phrase(value.to_owned()));
    for token in cut.values_tokens(value) {
        add(Value::Phrase(token.clone()));
        if token.chars().all(is_word_character) {
            let ends = token.char_indices().map(|(at, letter)| at + letter.len_utf8());
            ends.clone().for_each(|end| add(Value::Word(format!("{}*", &token[..end]))));
            ends.for_each(|end| add(Value::Word(format!("{}*{}", &token[..end], &token[end..]))));
        }
        add(Value::Quoted(token));
    }
}

/// The values of a key of the index configuration.
fn values(key: &str, log: &Log) -> Vec<String> {
    let named = |pairs: &[(String, String)], name: &str| {
        pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect()
    };
    match (key, key.strip_prefix("__tag__:")) {
        ("__topic__", _) => vec![log.topic.clone()],
        ("__source__", _) => vec![log.source.clone()],
        (_, Some(tag)) => named(&log.tags, tag),
        _ => named(&log.contents, key),
    }
}

/// Path, depth and text of all leaves of the key's values.
fn leaves(key: &str, log: &Log) -> Vec<(String, i64, String)> {
    fn walk(value: &Json, path: String, depth: i64, all: &mut Vec<(String, i64, String)>) {
        match value {
            Json::Object(members) => members.iter().for_each(|(key, value)| {
                let path = if depth == 0 { key.clone() } else { format!("{path}.{key}") };
                walk(value, path, depth + 1, all);
            }),
            Json::String(text) if depth > 0 => all.push((path, depth, text.clone())),
            Json::Number(_) | Json::Bool(_) if depth > 0 => all.push((path, depth, value.to_string())),
            _ => {}
        }
    }
    let mut all = Vec::new();
    for value in values(key, log) {
        if let Ok(value) = serde_json::from_str(&value) {
            walk(&value, String::new(), 0, &mut all);
        }
    }
    all
}

fn kind_of_leaf(path: &str, depth: i64, index: &KeyIndex) -> Option<KeyKind> {
    if let Some((_, leaf)) = index.json_keys.iter().find(|(listed, _)| listed.eq_ignore_ascii_case(path)) {
        return Some(leaf.kind);
    }
    let limit = index.max_depth.filter(|limit| *limit >= 0).unwrap_or(i64::MAX);
    (index.index_all != Some(false) && depth <= limit).then_some(KeyKind::Text)
}

fn text_leaves(key: &str, index: &KeyIndex, log: &Log) -> Vec<String> {
    let all = leaves(key, log).into_iter();
    all.filter(|(path, depth, _)| kind_of_leaf(path, *depth, index) == Some(KeyKind::Text)).map(|leaf| leaf.2).collect()
}

fn has(key: &str, wanted: &Value, config: &IndexConfig, log: &Log) -> bool {
    let whole = Cut(Vec::new(), false, false);
    let same_key = config.keys.get_key_value(key);
    let same_key = same_key.or_else(|| config.keys.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)));
    let (values, kind, cut) = match (key, same_key) {
        ("__topic__" | "__source__", index) => {
            (values(key, log), KeyKind::Text, index.map_or(whole, |(_, index)| Cut::of(index)))
        }
        ("__time__", _) => (vec![log.time_s.to_string()], KeyKind::Long, whole),
        ("source", _) => (vec![log.source.clone()], KeyKind::Text, whole),
        (_, Some((name, index))) => (values(name, log), index.kind, Cut::of(index)),
        (_, None) => {
            let (name, path) = key.split_once('.').unwrap();
            let (name, index) = config.keys.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).unwrap();
            let found: Vec<_> =
                leaves(name, log).into_iter().filter(|(found, ..)| found.eq_ignore_ascii_case(path)).collect();
            let kind = index.json_keys.iter().find(|(listed, _)| listed.eq_ignore_ascii_case(path));
            let kind = kind.map_or(KeyKind::Text, |(_, leaf)| leaf.kind);
            let indexed = found.into_iter().filter(|(path, depth, _)| kind_of_leaf(path, *depth, index).is_some());
            (indexed.map(|leaf| leaf.2).collect(), kind, Cut::of(index))
        }
    };
    let is_always_there = matches!(key, "__topic__" | "__source__" | "source");
    values.iter().any(|value| match (wanted, kind) {
        (Value::Word(word), _) if word == "*" => !is_always_there || !value.is_empty(),
        (Value::Quoted(text), _) if text.is_empty() => value.is_empty(),
        (_, KeyKind::Long) => value.parse::<i64>().is_ok_and(|value| compares(value as f64, wanted)),
        (_, KeyKind::Double) => value.parse::<f64>().is_ok_and(|value| value.is_finite() && compares(value, wanted)),
        _ => value_has(&cut, value, wanted),
    })
}

/// With numbers that are small enough for doubles.
fn compares(value: f64, wanted: &Value) -> bool {
    let number = |text: &str| text.parse::<f64>().unwrap();
    match wanted {
        Value::Word(text) | Value::Quoted(text) | Value::Compare(Comparison::Equal, text) => value == number(text),
        Value::Compare(Comparison::Less, text) => value < number(text),
        Value::Compare(Comparison::LessOrEqual, text) => value <= number(text),
        Value::Compare(Comparison::Greater, text) => value > number(text),
        Value::Compare(Comparison::GreaterOrEqual, text) => value >= number(text),
        Value::Range(Range { low, has_low, high, has_high }) => {
            (value > number(low) || *has_low && value == number(low))
                && (value < number(high) || *has_high && value == number(high))
        }
        Value::Phrase(_) => unreachable!("refused"),
    }
}
