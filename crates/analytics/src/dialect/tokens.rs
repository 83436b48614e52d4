//! What is done to the tokens of a statement before they are parsed: session prefixes go, names of logstores with hyphens
//! become one word, quoted names lose their letter case, and the type of a cast becomes one quoted name, whatever grammar
//! it has: `cast(x AS array(row(a bigint)))`.

use datafusion::sql::sqlparser::tokenizer::{Span, Token, TokenWithSpan, Tokenizer, Whitespace, Word};

use super::names::fold;
use super::presto::Presto;
use super::words::Words;
use crate::fault::Fault;

/// Functions with a FROM in their parentheses.
const WITH_FROM: [&str; 5] = ["extract", "trim", "substring", "overlay", "position"];

/// What ends a list of tables.
const AFTER_TABLES: [&str; 11] =
    ["where", "group", "order", "having", "limit", "union", "except", "intersect", "select", "window", "on"];

/// The tokens of a statement, ready for the parser, and its words.
pub(super) fn tokens(text: &str) -> Result<(Vec<TokenWithSpan>, Words), Fault> {
    let tokens = Tokenizer::new(&Presto, text).tokenize_with_location();
    let tokens = tokens.map_err(|error| Fault::of_parser(&error.to_string()))?;
    let tokens = without_session(tokens);
    let mut words = Words::of(&tokens);
    let mut tokens = with_hyphens(tokens, &mut words);
    for token in &mut tokens {
        if let Token::Word(word) = &mut token.token
            && word.quote_style.is_some()
        {
            word.value = fold(&word.value);
        }
    }
    Ok((with_types(tokens), words))
}

fn is_space(token: &TokenWithSpan) -> bool {
    matches!(token.token, Token::Whitespace(_))
}

fn bare(token: &TokenWithSpan) -> Option<String> {
    match &token.token {
        Token::Word(word) if word.quote_style.is_none() => Some(word.value.to_ascii_lowercase()),
        _ => None,
    }
}

/// `set session x=y;` before the statement says how the cloud is to run it, which has no meaning here.
fn without_session(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    loop {
        let first = tokens.iter().position(|token| !is_space(token));
        let is_set = first.is_some_and(|first| bare(&tokens[first]).as_deref() == Some("set"));
        let end = tokens.iter().position(|token| token.token == Token::SemiColon);
        match end {
            Some(end) if is_set => drop(tokens.drain(..=end)),
            _ => return tokens,
        }
    }
}

/// Where a name of a table is expected, `a-b` is one.
fn with_hyphens(tokens: Vec<TokenWithSpan>, words: &mut Words) -> Vec<TokenWithSpan> {
    let mut done: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    // Of each open parenthesis whether a list of tables is going on, and whether a FROM begins one.
    let mut open = vec![(false, true)];
    let (mut is_expected, mut before) = (false, String::new());
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        if is_space(token) {
            done.push(token.clone());
            at += 1;
            continue;
        }
        let end = if is_expected { name_end(&tokens, at) } else { at + 1 };
        is_expected = false;
        if end > at + 1 {
            let written: String = tokens[at..end].iter().map(|token| token.token.to_string()).collect();
            words.add(&written, token.span.start);
            let span = Span::new(token.span.start, tokens[end - 1].span.end);
            done.push(TokenWithSpan::new(Token::make_word(&written, Some('"')), span));
            at = end;
            continue;
        }
        let word = bare(token).unwrap_or_default();
        let depth = open.len() - 1;
        match &token.token {
            Token::LParen => open.push((false, !WITH_FROM.contains(&before.as_str()))),
            Token::RParen if depth > 0 => drop(open.pop()),
            Token::Comma => is_expected = open[depth].0,
            Token::Word(_) if word == "join" => is_expected = true,
            Token::Word(_) if word == "from" && open[depth].1 => {
                open[depth].0 = true;
                is_expected = true;
            }
            Token::Word(_) if AFTER_TABLES.contains(&word.as_str()) => open[depth].0 = false,
            _ => {}
        }
        before = word;
        done.push(token.clone());
        at += 1;
    }
    done
}

/// In a cast everything behind AS is a type.
fn with_types(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut done: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    // Of each open parenthesis whether it is one of a cast.
    let mut open: Vec<bool> = Vec::new();
    let mut before = String::new();
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        at += 1;
        done.push(token.clone());
        if is_space(token) {
            continue;
        }
        let word = bare(token).unwrap_or_default();
        match &token.token {
            Token::LParen => open.push(matches!(before.as_str(), "cast" | "try_cast")),
            Token::RParen => drop(open.pop()),
            Token::Word(_) if word == "as" && open.last() == Some(&true) => {
                let end = at + type_length(&tokens[at..]);
                let name = type_name(&tokens[at..end]);
                if !name.is_empty() {
                    let span = Span::new(tokens[at].span.start, tokens[end - 1].span.end);
                    done.push(TokenWithSpan::new(Token::Whitespace(Whitespace::Space), span));
                    done.push(TokenWithSpan::new(Token::make_word(&name, Some('"')), span));
                    at = end;
                }
            }
            _ => {}
        }
        before = word;
    }
    done
}

/// How many tokens there are before the parenthesis that ends the cast.
fn type_length(tokens: &[TokenWithSpan]) -> usize {
    let mut depth = 0_usize;
    for (length, token) in tokens.iter().enumerate() {
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen if depth == 0 => return length,
            Token::RParen => depth -= 1,
            _ => {}
        }
    }
    tokens.len()
}

/// A type as one text; names of fields keep their case in quotes only.
fn type_name(tokens: &[TokenWithSpan]) -> String {
    let text = |token: &TokenWithSpan| match &token.token {
        Token::Whitespace(_) => " ".to_owned(),
        _ => bare(token).unwrap_or_else(|| token.token.to_string()),
    };
    tokens.iter().map(text).collect::<String>().trim().to_owned()
}

/// Where a name ends that begins here; a name without hyphens is left to the parser.
fn name_end(tokens: &[TokenWithSpan], start: usize) -> usize {
    let is_bare = |token: &TokenWithSpan| matches!(&token.token, Token::Word(Word { quote_style: None, .. }));
    let belongs = |token: &&TokenWithSpan| is_bare(token) || matches!(token.token, Token::Minus | Token::Number(..));
    if !is_bare(&tokens[start]) {
        return start + 1;
    }
    let end = start + tokens[start..].iter().take_while(belongs).count();
    let has_hyphen = tokens[start..end].iter().any(|token| token.token == Token::Minus);
    if has_hyphen { end } else { start + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let (tokens, _) = tokens(text).unwrap();
        tokens.iter().map(|token| token.token.to_string()).collect::<String>().trim().to_owned()
    }

    #[test]
    fn session_prefixes_go() {
        assert_eq!(shown("set session a=true; SET SESSION b = 'x;'; SELECT 1"), "SELECT 1");
        assert_eq!(shown("SELECT 1; select 2"), "SELECT 1; select 2");
        assert_eq!(shown("set session a=true"), "set session a=true");
    }

    #[test]
    fn hyphens_are_of_names_only_where_tables_stand() {
        for (text, expected) in [
            ("SELECT a-b FROM x-y-2024 WHERE a-b>1", "SELECT a-b FROM \"x-y-2024\" WHERE a-b>1"),
            (
                "SELECT 1 FROM a, b-c t, d-e JOIN f-1g ON a-b=1",
                "SELECT 1 FROM a, \"b-c\" t, \"d-e\" JOIN \"f-1g\" ON a-b=1",
            ),
            ("SELECT extract(day FROM a-b), c-d FROM e-f", "SELECT extract(day FROM a-b), c-d FROM \"e-f\""),
            ("SELECT (SELECT max(a-b) FROM c-d)-e FROM f", "SELECT (SELECT max(a-b) FROM \"c-d\")-e FROM f"),
            ("SELECT 1 FROM a - b", "SELECT 1 FROM a - b"),
        ] {
            assert_eq!(shown(text), expected);
        }
    }

    #[test]
    fn types_of_casts_are_one_name() {
        for (text, expected) in [
            ("cast(a AS Array( Bigint ))", "cast(a AS \"array( bigint )\")"),
            ("cast(a as map(varchar, row(x double)))[1]", "cast(a as \"map(varchar, row(x double))\")[1]"),
            ("cast(cast(a AS bigint) AS varchar(3))", "cast(cast(a AS \"bigint\") AS \"varchar(3)\")"),
            ("try_cast((SELECT a AS b) AS array<bigint>)", "try_cast((SELECT a AS b) AS \"array<bigint>\")"),
            ("cast(a AS", "cast(a AS"),
            ("f(a) AS array(b)", "f(a) AS array(b)"),
        ] {
            assert_eq!(shown(text), expected);
        }
    }

    #[test]
    fn quoted_names_lose_their_case() {
        assert_eq!(shown("SELECT \"A.B\" AS Pv, 'X.Y'"), "SELECT \"a\u{2024}b\" AS Pv, 'X.Y'");
        assert!(tokens("SELECT 'x").is_err());
    }
}
