//! Words, quotes and marks of a search that a person wrote.

use super::pattern::PatternPart;

/// Where a search cannot be read, and what is expected there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {at}: expected {expected}, found {found}")]
pub struct ParseError {
    /// Number of the character, from 1 on.
    pub at: usize,
    /// What could stand there.
    pub expected: String,
    /// What stands there.
    pub found: String,
}

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    Open,
    Close,
    And,
    Or,
    Not,
    /// A name with its colon; a value follows without space.
    Field(String),
    Quoted(String),
    /// Text without quotes, escapes decoded; `*` and `?` are wildcards.
    Bare(Vec<PatternPart>),
    End,
}

impl Token {
    /// How an error shows it.
    pub(crate) fn describe(&self) -> String {
        match self {
            Token::Open => "\"(\"".to_owned(),
            Token::Close => "\")\"".to_owned(),
            Token::And => "AND".to_owned(),
            Token::Or => "OR".to_owned(),
            Token::Not => "NOT".to_owned(),
            Token::Field(name) => format!("the field {name}"),
            Token::Quoted(_) => "a quoted text".to_owned(),
            Token::Bare(_) => "a word".to_owned(),
            Token::End => "the end".to_owned(),
        }
    }
}

/// Cuts a text into tokens, one at a time.
pub(crate) struct Lexer<'a> {
    rest: &'a str,
    /// Characters before `rest`.
    at: usize,
    /// A field's name was the last token: its value may hold colons.
    is_value: bool,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str) -> Lexer<'a> {
        Lexer { rest: text, at: 0, is_value: false }
    }

    /// The next token and the number of its first character.
    pub(crate) fn next(&mut self) -> Result<(Token, usize), ParseError> {
        let is_value = std::mem::take(&mut self.is_value);
        while let Some(space) = self.peek().filter(|character| character.is_whitespace()) {
            if is_value {
                return Err(self.error("a value directly behind the colon", "a space"));
            }
            self.take(space);
        }
        let start = self.at + 1;
        let token = match self.peek() {
            None => Token::End,
            Some(mark @ ('(' | ')')) => {
                self.take(mark);
                if mark == '(' { Token::Open } else { Token::Close }
            }
            Some('"') => Token::Quoted(self.quoted()?),
            Some(_) => self.bare(is_value)?,
        };
        self.is_value = matches!(token, Token::Field(_));
        Ok((token, start))
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn take(&mut self, character: char) {
        self.rest = &self.rest[character.len_utf8()..];
        self.at += 1;
    }

    fn error(&self, expected: &str, found: &str) -> ParseError {
        ParseError { at: self.at + 1, expected: expected.to_owned(), found: found.to_owned() }
    }

    /// `\"` and `\\` are escapes; a backslash before anything else is itself.
    fn quoted(&mut self) -> Result<String, ParseError> {
        let mut text = String::new();
        self.take('"');
        loop {
            match self.peek() {
                None => return Err(self.error("a closing quote", "the end")),
                Some('"') => {
                    self.take('"');
                    return Ok(text);
                }
                Some(character) => {
                    self.take(character);
                    match self.peek() {
                        Some(escaped @ ('"' | '\\')) if character == '\\' => {
                            self.take(escaped);
                            text.push(escaped);
                        }
                        _ => text.push(character),
                    }
                }
            }
        }
    }

    fn bare(&mut self, is_value: bool) -> Result<Token, ParseError> {
        let (mut parts, mut plain, mut is_plain) = (Vec::new(), String::new(), true);
        while let Some(character) = self.peek() {
            if character.is_whitespace() || matches!(character, '(' | ')' | '"') {
                break;
            }
            self.take(character);
            match character {
                ':' if !is_value && is_plain && is_name(&plain) => return Ok(Token::Field(plain)),
                '*' => parts.push(PatternPart::Many),
                '?' => parts.push(PatternPart::One),
                '\\' => {
                    let escaped =
                        self.peek().ok_or_else(|| self.error("a character behind the backslash", "the end"))?;
                    self.take(escaped);
                    parts.push(PatternPart::Literal(escaped.to_string()));
                }
                other => {
                    plain.push(other);
                    parts.push(PatternPart::Literal(other.to_string()));
                    continue;
                }
            }
            is_plain = false;
        }
        Ok(match plain.as_str() {
            "AND" if is_plain && !is_value => Token::And,
            "OR" if is_plain && !is_value => Token::Or,
            "NOT" if is_plain && !is_value => Token::Not,
            _ => Token::Bare(parts),
        })
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}
