//! What a search means for an index configuration: keys become fields, texts become tokens.

use std::sync::Arc;

use crate::index::{IndexConfig, KeyIndex, KeyKind};

use super::fault::{Fault, Place};
use super::fields::{Field, LeafScope, LineScope, Resolved, ValueKind, resolve, tokenizer_of};
use super::lexer::Comparison;
use super::limits::{MAX_CONDITION_TOKENS, MAX_PHRASE_BYTES, MAX_WILDCARD_CHARACTERS};
use super::number::{NumberKind, Numbers};
use super::phrase::Phrase;
use super::syntax::{Syntax, Term, Value};
use super::tokens::{Tokenizer, Wanted, WildcardProblem};

/// A search with its meaning.
#[derive(Debug)]
pub(crate) enum Node {
    All,
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    /// Words that may be anywhere.
    Anywhere(Anywhere),
    /// What a field must have.
    Field(Field, Condition),
}

/// Words without a key: in what the full-text index has, or in one of the fields with an index of their own.
#[derive(Debug)]
pub(crate) struct Anywhere {
    pub(crate) line: Option<(LineScope, TextTest)>,
    pub(crate) fields: Vec<(Field, TextTest)>,
}

/// What a field must have.
#[derive(Debug)]
pub(crate) enum Condition {
    /// Any value.
    Exists,
    /// An empty value.
    Empty,
    Text(TextTest),
    Numbers(Numbers),
}

/// What a text must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TextTest {
    /// All of these tokens.
    Tokens(Arc<Tokenizer>, Vec<Wanted>),
    Phrase(Phrase),
}

impl TextTest {
    pub(crate) fn tokenizer(&self) -> &Tokenizer {
        match self {
            TextTest::Tokens(tokenizer, _) => tokenizer,
            TextTest::Phrase(phrase) => &phrase.tokenizer,
        }
    }
}

/// Gives a search its meaning.
pub(crate) fn compile(syntax: &Syntax, config: &IndexConfig) -> Result<Node, Fault> {
    let all = |parts: &[Syntax]| parts.iter().map(|part| compile(part, config)).collect::<Result<Vec<_>, _>>();
    match syntax {
        Syntax::All => Ok(Node::All),
        Syntax::And(parts) => Ok(Node::And(all(parts)?)),
        Syntax::Or(parts) => Ok(Node::Or(all(parts)?)),
        Syntax::Not(inner) => Ok(Node::Not(Box::new(compile(inner, config)?))),
        Syntax::Term(term) => match &term.key {
            None => Ok(Node::Anywhere(anywhere(term, config)?)),
            Some(key) => of_key(key, term, config),
        },
    }
}

fn of_key(key: &str, term: &Term, config: &IndexConfig) -> Result<Node, Fault> {
    let Some(Resolved { field, kind }) = resolve(key, config) else {
        return Err(unknown_key(key, term.place, config));
    };
    let condition = match (&term.value, kind) {
        (Value::Word(word), _) if word == "*" => Condition::Exists,
        (Value::Quoted(text), _) if text.is_empty() => Condition::Empty,
        (_, ValueKind::Number(kind)) => Condition::Numbers(numbers(key, &term.value, kind, term.place)?),
        (Value::Compare(..) | Value::Range(_), ValueKind::Text(_)) => {
            let expected = "a key that is indexed as long or double before a comparison, or quotes around the text";
            return Err(Fault::new(term.place, expected, format!("the text key {key}")));
        }
        (value, ValueKind::Text(tokenizer)) => Condition::Text(text_test(&tokenizer, value, term.place)?),
    };
    Ok(Node::Field(field, condition))
}

fn numbers(key: &str, value: &Value, kind: NumberKind, place: Place) -> Result<Numbers, Fault> {
    let name = if kind == NumberKind::Long { "long" } else { "double" };
    let refused = |found: &str| {
        let expected = format!("a number for the key {key}, which is indexed as {name}");
        Fault::new(place, expected, format!("{found:?}"))
    };
    match value {
        Value::Word(text) | Value::Quoted(text) => {
            Numbers::that(kind, Comparison::Equal, text).ok_or_else(|| refused(text))
        }
        Value::Compare(comparison, text) => Numbers::that(kind, *comparison, text).ok_or_else(|| refused(text)),
        Value::Range(range) => Numbers::between(kind, range).map_err(refused),
        Value::Phrase(text) => Err(refused(text)),
    }
}

fn anywhere(term: &Term, config: &IndexConfig) -> Result<Anywhere, Fault> {
    let line = config.line.as_ref();
    let line_tokenizer = line.map(|line| Arc::new(Tokenizer::new(&line.token, line.case_sensitive, line.chn)));
    let scope = line.map(LineScope::of);
    let mut fields = Vec::new();
    let mut refusal = None;
    for (key, index) in config.keys.iter().filter(|(key, _)| scope.as_ref().is_none_or(|scope| scope.has(key))) {
        let tokenizer = tokenizer_of(index);
        match text_test(&tokenizer, &term.value, term.place) {
            Ok(test) => {
                // Where both cut alike, what is in the field is in the line.
                let is_in_line = line_tokenizer.as_ref().is_some_and(|line| *line == tokenizer);
                add_field(&mut fields, key, index, test, is_in_line);
            }
            Err(fault) => refusal = refusal.or(Some(fault)),
        }
    }
    let line = match (scope, line_tokenizer) {
        (Some(scope), Some(tokenizer)) => Some((scope, text_test(&tokenizer, &term.value, term.place)?)),
        _ => None,
    };
    if line.is_none() && fields.is_empty() {
        let no_index = || {
            let expected = "key:value, as the index configuration has neither a full-text index nor a text key";
            Fault::new(term.place, expected, "a text without a key")
        };
        return Err(refusal.unwrap_or_else(no_index));
    }
    Ok(Anywhere { line, fields })
}

fn add_field(fields: &mut Vec<(Field, TextTest)>, key: &str, index: &KeyIndex, test: TextTest, is_in_line: bool) {
    match index.kind {
        KeyKind::Long | KeyKind::Double => {}
        KeyKind::Text if is_in_line => {}
        KeyKind::Text => fields.push((Field::of_key(key), test)),
        KeyKind::Json => {
            if !is_in_line {
                fields.push((Field::of_key(key), test.clone()));
            }
            fields.push((Field::AnyLeaf { content: key.to_owned(), scope: LeafScope::of(index) }, test));
        }
    }
}

fn text_test(tokenizer: &Arc<Tokenizer>, value: &Value, place: Place) -> Result<TextTest, Fault> {
    let nothing = || {
        let expected = "a text that has more than delimiters of the index";
        Fault::new(place, expected, "only delimiters")
    };
    let wanted = match value {
        Value::Phrase(text) if text.len() > MAX_PHRASE_BYTES => {
            let expected = format!("a phrase of at most {MAX_PHRASE_BYTES} bytes");
            return Err(Fault::new(place, expected, format!("{} bytes", text.len())));
        }
        Value::Phrase(text) => {
            return Phrase::new(tokenizer.clone(), text).map(TextTest::Phrase).ok_or_else(nothing);
        }
        Value::Quoted(text) => tokenizer.cut_search(text),
        Value::Word(word) => tokenizer.cut_wildcards(word).map_err(|problem| bad_wildcard(problem, word, place))?,
        Value::Compare(..) | Value::Range(_) => {
            return Err(Fault::new(place, "a key before a comparison", "a comparison"));
        }
    };
    match wanted.len() {
        0 => Err(nothing()),
        1..=MAX_CONDITION_TOKENS => Ok(TextTest::Tokens(tokenizer.clone(), wanted)),
        more => {
            let expected = format!("a text of at most {MAX_CONDITION_TOKENS} tokens");
            Err(Fault::new(place, expected, format!("{more} tokens")))
        }
    }
}

fn bad_wildcard(problem: WildcardProblem, word: &str, place: Place) -> Fault {
    let expected = match problem {
        WildcardProblem::AtBeginning => {
            "a character before each wildcard, as a token may not begin with one; quote a text that has * or ?"
                .to_owned()
        }
        WildcardProblem::TooLong => format!("at most {MAX_WILDCARD_CHARACTERS} characters in a token with wildcards"),
    };
    Fault::new(place, expected, format!("the word {word}"))
}

fn unknown_key(key: &str, place: Place, config: &IndexConfig) -> Fault {
    const SHOWN: usize = 20;
    let mut known: Vec<&str> = config.keys.keys().take(SHOWN).map(String::as_str).collect();
    if config.keys.len() > SHOWN {
        known.push("…");
    }
    let known = if known.is_empty() { "it has none".to_owned() } else { known.join(", ") };
    let expected = format!(
        "a key of the index configuration ({known}), or quotes around a text that has a colon or a comparison sign"
    );
    Fault::new(place, expected, format!("the key {key}"))
}
