//! A search as text that reads as the same search.

use std::fmt::Write as _;

use super::lexer::is_word_character;
use super::parser::is_operator;
use super::syntax::{Range, Syntax, Term, Value};

/// Writes a search.
pub fn print(syntax: &Syntax) -> String {
    match syntax {
        Syntax::All => "*".to_owned(),
        Syntax::And(parts) => joined(parts, " and "),
        Syntax::Or(parts) => joined(parts, " or "),
        Syntax::Not(inner) => format!("not {}", part(inner)),
        Syntax::Term(term) => condition(term),
    }
}

fn joined(parts: &[Syntax], operator: &str) -> String {
    parts.iter().map(part).collect::<Vec<_>>().join(operator)
}

fn part(syntax: &Syntax) -> String {
    match syntax {
        Syntax::And(_) | Syntax::Or(_) => format!("({})", print(syntax)),
        _ => print(syntax),
    }
}

fn condition(term: &Term) -> String {
    let mut text = String::new();
    if let Some(key) = &term.key {
        text.push_str(&word_or_quoted(key));
        if !matches!(term.value, Value::Compare(..) | Value::Range(_)) {
            text.push(':');
        }
    }
    // Writing to a string cannot fail.
    let _ = match &term.value {
        Value::Word(word) => write!(text, "{word}"),
        Value::Quoted(value) => write!(text, "{}", quoted(value)),
        Value::Phrase(value) => write!(text, "#{}", quoted(value)),
        Value::Compare(comparison, number) => write!(text, " {} {}", comparison.sign(), word_or_quoted(number)),
        Value::Range(Range { low, has_low, high, has_high }) => {
            let (open, close) = (if *has_low { '[' } else { '(' }, if *has_high { ']' } else { ')' });
            write!(text, " in {open}{} {}{close}", word_or_quoted(low), word_or_quoted(high))
        }
    };
    text
}

/// A `#` before a quote would begin a phrase, and `__tag__` takes the colon behind it.
fn word_or_quoted(text: &str) -> String {
    let is_plain = !text.is_empty() && text.chars().all(is_word_character) && !is_operator(text);
    if is_plain && !text.starts_with('#') && text != "__tag__" { text.to_owned() } else { quoted(text) }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
