//! The language of searches for people.
//!
//! ```text
//! search    = nothing (every row) | or
//! or        = and { "OR" and }
//! and       = not { [ "AND" ] not }                neighbours are joined by AND
//! not       = "NOT" not | "(" or ")" | FIELD ":" value | text
//! value     = "*" (the field exists) | word | quoted     no space behind the colon
//! text      = word | quoted
//! word      = characters without spaces, parentheses and quotes; "*" is any characters, "?" one,
//!             a backslash before a character takes its meaning from it
//! quoted    = '"' characters '"'; nothing has a meaning inside but \" and \\
//! ```
//!
//! A value of a field is compared whole and with its case. A text is cut into words, which stand next to each other in the
//! row. `AND`, `OR` and `NOT` are written in capitals; a word of that name is quoted.

use crate::limits::{MAX_SEARCH_BYTES, MAX_SEARCH_DEPTH};
use crate::query::FieldId;

use super::expr::Expr;
use super::lexer::{Lexer, ParseError, Token};
use super::names::FieldNames;
use super::pattern::{Pattern, PatternPart};

const CONDITION: &str = "a word, a \"phrase\", FIELD:VALUE, NOT or \"(\"";

/// Reads a search.
pub fn parse_search(text: &str, names: &FieldNames) -> Result<Expr, ParseError> {
    if text.len() > MAX_SEARCH_BYTES {
        let (expected, found) = (format!("at most {MAX_SEARCH_BYTES} bytes"), format!("{}", text.len()));
        return Err(ParseError { at: 1, expected, found });
    }
    let mut lexer = Lexer::new(text);
    let (token, at) = lexer.next()?;
    let mut parser = Parser { lexer, token, at, names };
    if parser.token == Token::End {
        return Ok(Expr::ALL);
    }
    let expr = parser.any_of(0)?;
    match parser.token {
        Token::End => Ok(expr),
        _ => Err(parser.error("AND, OR or the end")),
    }
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    /// The next token and its place.
    token: Token,
    at: usize,
    names: &'a FieldNames,
}

impl Parser<'_> {
    fn advance(&mut self) -> Result<Token, ParseError> {
        let (token, at) = self.lexer.next()?;
        self.at = at;
        Ok(std::mem::replace(&mut self.token, token))
    }

    fn error(&self, expected: &str) -> ParseError {
        ParseError { at: self.at, expected: expected.to_owned(), found: self.token.describe() }
    }

    fn any_of(&mut self, depth: usize) -> Result<Expr, ParseError> {
        let mut parts = vec![self.all_of(depth)?];
        while self.token == Token::Or {
            self.advance()?;
            parts.push(self.all_of(depth)?);
        }
        Ok(one_or(parts, Expr::Or))
    }

    fn all_of(&mut self, depth: usize) -> Result<Expr, ParseError> {
        let mut parts = vec![self.condition(depth)?];
        loop {
            match self.token {
                Token::And => drop(self.advance()?),
                Token::Or | Token::Close | Token::End => return Ok(one_or(parts, Expr::And)),
                _ => {}
            }
            parts.push(self.condition(depth)?);
        }
    }

    fn condition(&mut self, depth: usize) -> Result<Expr, ParseError> {
        if depth >= MAX_SEARCH_DEPTH {
            return Err(self.error(&format!("at most {MAX_SEARCH_DEPTH} levels")));
        }
        if matches!(self.token, Token::And | Token::Or | Token::Close | Token::End) {
            return Err(self.error(CONDITION));
        }
        let at = self.at;
        match self.advance()? {
            Token::Not => Ok(Expr::Not(Box::new(self.condition(depth + 1)?))),
            Token::Open => {
                let inner = self.any_of(depth + 1)?;
                if self.token != Token::Close {
                    return Err(self.error("AND, OR or \")\""));
                }
                self.advance()?;
                Ok(inner)
            }
            Token::Field(name) => {
                let field = self.names.find(&name).ok_or_else(|| self.unknown_field(at, &name))?;
                self.value(field)
            }
            Token::Quoted(text) => Ok(Expr::Text(text)),
            Token::Bare(parts) => Ok(match literal(&parts) {
                Some(text) => Expr::Text(text),
                None => Expr::TextLike(Pattern::new(parts)),
            }),
            // Looked at above.
            Token::And | Token::Or | Token::Close | Token::End => Err(self.error(CONDITION)),
        }
    }

    fn value(&mut self, field: FieldId) -> Result<Expr, ParseError> {
        if !matches!(self.token, Token::Quoted(_) | Token::Bare(_)) {
            return Err(self.error("a value directly behind the colon"));
        }
        Ok(match self.advance()? {
            Token::Quoted(value) => Expr::Is(field, value),
            // Several stars are one, as in every pattern.
            Token::Bare(parts) if !parts.is_empty() && parts.iter().all(|part| *part == PatternPart::Many) => {
                Expr::Exists(field)
            }
            Token::Bare(parts) => match literal(&parts) {
                Some(value) => Expr::Is(field, value),
                None => Expr::Like(field, Pattern::new(parts)),
            },
            _ => return Err(self.error("a value directly behind the colon")),
        })
    }

    fn unknown_field(&self, at: usize, name: &str) -> ParseError {
        let known: Vec<&str> = self.names.all().collect();
        let expected = format!("a field ({}), or quotes around a text with a colon", known.join(", "));
        ParseError { at, expected, found: format!("the field {name}") }
    }
}

fn one_or(mut parts: Vec<Expr>, joined: fn(Vec<Expr>) -> Expr) -> Expr {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            parts.extend(last);
            joined(parts)
        }
    }
}

/// The text of parts without wildcards.
fn literal(parts: &[PatternPart]) -> Option<String> {
    parts
        .iter()
        .map(|part| match part {
            PatternPart::Literal(text) => Some(text.as_str()),
            PatternPart::One | PatternPart::Many => None,
        })
        .collect()
}
