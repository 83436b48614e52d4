//! Reads a search.

use super::fault::{Fault, Place};
use super::lexer::{Lexer, Token};
use super::limits::{MAX_CONDITIONS, MAX_DEPTH, MAX_SEARCH_BYTES};
use super::syntax::{Range, Syntax, Term, Value};

const CONDITION: &str = "a word, a text in quotes, key:value, not or \"(\"";
const VALUE: &str = "a value: a word, a text in quotes or \"(\"";
/// The key behind which the first colon belongs to the name.
const TAG: &str = "__tag__";

/// Reads the search part of a statement.
pub fn read(text: &str) -> Result<Syntax, Fault> {
    if text.len() > MAX_SEARCH_BYTES {
        let expected = format!("at most {MAX_SEARCH_BYTES} bytes of search");
        return Err(Fault::new(Place::START, expected, format!("{} bytes", text.len())));
    }
    let mut lexer = Lexer::new(text);
    let (token, place) = lexer.next()?;
    let mut parser = Parser { lexer, token, place, conditions: 0 };
    if parser.token == Token::End {
        return Ok(Syntax::All);
    }
    let syntax = parser.any_of(None, 0)?;
    match parser.token {
        Token::End => Ok(syntax),
        _ => Err(parser.expected("and, or, not or the end")),
    }
}

/// A key that stands before a group of values, and its place.
type Key<'k> = Option<(&'k str, Place)>;

struct Parser<'a> {
    lexer: Lexer<'a>,
    /// The next token and its place.
    token: Token,
    place: Place,
    /// Conditions so far.
    conditions: usize,
}

impl Parser<'_> {
    fn advance(&mut self) -> Result<Token, Fault> {
        let (token, place) = self.lexer.next()?;
        self.place = place;
        Ok(std::mem::replace(&mut self.token, token))
    }

    fn expected(&self, expected: impl Into<String>) -> Fault {
        Fault::new(self.place, expected, self.token.describe())
    }

    fn any_of(&mut self, key: Key<'_>, depth: usize) -> Result<Syntax, Fault> {
        let mut parts = vec![self.all_of(key, depth)?];
        while self.token.is_word("or") {
            self.advance()?;
            parts.push(self.all_of(key, depth)?);
        }
        Ok(one_or(parts, Syntax::Or))
    }

    fn all_of(&mut self, key: Key<'_>, depth: usize) -> Result<Syntax, Fault> {
        let mut parts = vec![self.one_of(key, depth)?];
        loop {
            if self.token.is_word("and") {
                self.advance()?;
            } else if self.token.is_word("or") || matches!(self.token, Token::Close | Token::End) {
                return Ok(one_or(parts, Syntax::And));
            }
            parts.push(self.one_of(key, depth)?);
        }
    }

    fn one_of(&mut self, key: Key<'_>, depth: usize) -> Result<Syntax, Fault> {
        if depth > MAX_DEPTH {
            return Err(self.expected(format!("at most {MAX_DEPTH} levels of parentheses and not")));
        }
        if self.token.is_word("not") {
            self.advance()?;
            return Ok(Syntax::Not(Box::new(self.one_of(key, depth + 1)?)));
        }
        if self.token == Token::Open {
            return self.group(key, depth);
        }
        self.term(key, depth)
    }

    fn group(&mut self, key: Key<'_>, depth: usize) -> Result<Syntax, Fault> {
        self.advance()?;
        let inner = self.any_of(key, depth + 1)?;
        if self.token != Token::Close {
            return Err(self.expected("and, or, not or \")\""));
        }
        self.advance()?;
        Ok(inner)
    }

    /// A condition; of a key when the key stands before its parentheses.
    fn term(&mut self, key: Key<'_>, depth: usize) -> Result<Syntax, Fault> {
        let place = self.place;
        let (is_bare, text) = match &self.token {
            Token::Word(word) if !is_operator(word) => (true, word.clone()),
            Token::Quoted(text) => (false, text.clone()),
            Token::Phrase(_) => {
                let value = self.value()?;
                return self.condition(key, value, place);
            }
            _ => return Err(self.expected(if key.is_some() { VALUE } else { CONDITION })),
        };
        self.advance()?;
        if key.is_none() {
            if is_bare && text == TAG && self.token == Token::Colon {
                let name = self.tag_name()?;
                return self.of_key(&name, place, depth);
            }
            if matches!(self.token, Token::Colon | Token::Compare(_)) || self.is_range() {
                return self.of_key(&text, place, depth);
            }
            if is_bare && text == "*" {
                return Ok(Syntax::All);
            }
        }
        let value = if is_bare { Value::Word(text) } else { Value::Quoted(text) };
        self.condition(key, value, place)
    }

    fn tag_name(&mut self) -> Result<String, Fault> {
        self.advance()?;
        let name = match &self.token {
            Token::Word(name) | Token::Quoted(name) => format!("{TAG}:{name}"),
            _ => return Err(self.expected("the name of a tag")),
        };
        self.advance()?;
        Ok(name)
    }

    fn is_range(&self) -> bool {
        matches!(&self.token, Token::Word(word) if word == "in")
    }

    /// What follows a key.
    fn of_key(&mut self, key: &str, place: Place, depth: usize) -> Result<Syntax, Fault> {
        let found = Some((key, place));
        let value = match &self.token {
            Token::Colon => {
                self.advance()?;
                if self.token == Token::Open {
                    return self.group(found, depth);
                }
                self.value()?
            }
            Token::Compare(comparison) => {
                let comparison = *comparison;
                self.advance()?;
                Value::Compare(comparison, self.number()?)
            }
            Token::Word(word) if word == "in" => {
                self.advance()?;
                Value::Range(self.range()?)
            }
            _ => return Err(self.expected("\":\" and a value")),
        };
        self.condition(found, value, place)
    }

    fn value(&mut self) -> Result<Value, Fault> {
        match &self.token {
            Token::Word(word) if is_operator(word) => {
                Err(Fault::new(self.place, VALUE, format!("{word}; quote it when it is meant as a text")))
            }
            Token::Word(_) | Token::Quoted(_) | Token::Phrase(_) => Ok(match self.advance()? {
                Token::Quoted(text) => Value::Quoted(text),
                Token::Phrase(text) => Value::Phrase(text),
                Token::Word(text) => Value::Word(text),
                // Looked at above.
                _ => return Err(self.expected(VALUE)),
            }),
            _ => Err(self.expected(VALUE)),
        }
    }

    fn number(&mut self) -> Result<String, Fault> {
        match &self.token {
            Token::Word(text) | Token::Quoted(text) => {
                let text = text.clone();
                self.advance()?;
                Ok(text)
            }
            _ => Err(self.expected("a number")),
        }
    }

    fn range(&mut self) -> Result<Range, Fault> {
        let has_low = match self.token {
            Token::OpenSquare => true,
            Token::Open => false,
            _ => return Err(self.expected("\"[\" or \"(\" and a range of numbers, or quotes around in")),
        };
        self.advance()?;
        let (low, high) = (self.number()?, self.number()?);
        let has_high = match self.token {
            Token::CloseSquare => true,
            Token::Close => false,
            _ => return Err(self.expected("\"]\" or \")\" behind two numbers")),
        };
        self.advance()?;
        Ok(Range { low, has_low, high, has_high })
    }

    fn condition(&mut self, key: Key<'_>, value: Value, place: Place) -> Result<Syntax, Fault> {
        self.conditions += 1;
        if self.conditions > MAX_CONDITIONS {
            let expected = format!("at most {MAX_CONDITIONS} conditions; search in parts");
            return Err(Fault::new(place, expected, "one more"));
        }
        let key = key.map(|(key, _)| key.to_owned());
        Ok(Syntax::Term(Term { key, value, place }))
    }
}

/// Words that have to be quoted when they are meant as texts. SLS also names the words of an older way to sort (`sort`,
/// `asc`, `limit` and so on); here they have no other meaning and are texts.
pub(crate) fn is_operator(word: &str) -> bool {
    ["and", "or", "not"].iter().any(|operator| word.eq_ignore_ascii_case(operator)) || word == "in"
}

fn one_or(mut parts: Vec<Syntax>, joined: fn(Vec<Syntax>) -> Syntax) -> Syntax {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            parts.extend(last);
            joined(parts)
        }
    }
}
