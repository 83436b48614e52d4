//! Words, quotes and marks of a search.

use super::fault::{Fault, Place};

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    Open,
    Close,
    OpenSquare,
    CloseSquare,
    Colon,
    Compare(Comparison),
    /// Characters without a meaning of their own, but for wildcards.
    Word(String),
    /// What stands in quotes, escapes decoded.
    Quoted(String),
    /// What stands in quotes behind a `#`.
    Phrase(String),
    End,
}

/// How a number compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `=`
    Equal,
}

impl Comparison {
    /// How it is written.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
            Comparison::Equal => "=",
        }
    }
}

impl Token {
    /// How an error shows it.
    pub(crate) fn describe(&self) -> String {
        match self {
            Token::Open => "\"(\"".to_owned(),
            Token::Close => "\")\"".to_owned(),
            Token::OpenSquare => "\"[\"".to_owned(),
            Token::CloseSquare => "\"]\"".to_owned(),
            Token::Colon => "\":\"; quote a text that has a colon".to_owned(),
            Token::Compare(comparison) => format!("\"{0}\"; quote a text that has a {0}", comparison.sign()),
            Token::Word(word) => format!("the word {word}"),
            Token::Quoted(_) => "a quoted text".to_owned(),
            Token::Phrase(_) => "a phrase".to_owned(),
            Token::End => "the end".to_owned(),
        }
    }

    /// Whether it is a word that joins conditions, or this one; quoted it would be a text.
    pub(crate) fn is_word(&self, wanted: &str) -> bool {
        matches!(self, Token::Word(word) if word.eq_ignore_ascii_case(wanted))
    }
}

/// Whether a character may stand in a word: all but spaces and the marks of the language.
pub(crate) fn is_word_character(character: char) -> bool {
    !character.is_whitespace() && !matches!(character, '(' | ')' | '[' | ']' | ':' | '"' | '<' | '>' | '=' | '|')
}

/// Cuts a search into tokens, one at a time.
pub(crate) struct Lexer<'a> {
    rest: &'a str,
    place: Place,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str) -> Lexer<'a> {
        Lexer { rest: text, place: Place::START }
    }

    /// The next token and its place.
    pub(crate) fn next(&mut self) -> Result<(Token, Place), Fault> {
        while self.peek().is_some_and(char::is_whitespace) {
            self.take();
        }
        let place = self.place;
        let Some(character) = self.peek() else {
            return Ok((Token::End, place));
        };
        let token = match character {
            '(' => self.mark(Token::Open),
            ')' => self.mark(Token::Close),
            '[' => self.mark(Token::OpenSquare),
            ']' => self.mark(Token::CloseSquare),
            ':' => self.mark(Token::Colon),
            '=' => self.mark(Token::Compare(Comparison::Equal)),
            '<' => self.comparison(Comparison::Less, Comparison::LessOrEqual),
            '>' => self.comparison(Comparison::Greater, Comparison::GreaterOrEqual),
            '"' => Token::Quoted(self.quoted()?),
            '#' if self.rest[1..].starts_with('"') => {
                self.take();
                Token::Phrase(self.quoted()?)
            }
            '|' => return Err(Fault::new(place, "\")\" before what begins SQL, or quotes around it", "\"|\"")),
            _ => Token::Word(self.word()),
        };
        Ok((token, place))
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.rest = &self.rest[character.len_utf8()..];
        self.place = self.place.behind(character);
        Some(character)
    }

    fn mark(&mut self, token: Token) -> Token {
        self.take();
        token
    }

    fn comparison(&mut self, alone: Comparison, with_equal: Comparison) -> Token {
        self.take();
        if self.peek() == Some('=') { self.mark(Token::Compare(with_equal)) } else { Token::Compare(alone) }
    }

    fn word(&mut self) -> String {
        let end = self.rest.find(|character| !is_word_character(character)).unwrap_or(self.rest.len());
        let word = self.rest[..end].to_owned();
        self.place = word.chars().fold(self.place, Place::behind);
        self.rest = &self.rest[end..];
        word
    }

    /// `\"` and `\\` are escapes; a backslash before anything else is itself.
    fn quoted(&mut self) -> Result<String, Fault> {
        let mut text = String::new();
        self.take();
        loop {
            match self.take() {
                None => return Err(Fault::new(self.place, "a closing quote", "the end")),
                Some('"') => return Ok(text),
                Some('\\') => match self.peek() {
                    Some(escaped @ ('"' | '\\')) => {
                        self.take();
                        text.push(escaped);
                    }
                    _ => text.push('\\'),
                },
                Some(character) => text.push(character),
            }
        }
    }
}
