//! Texts with `${name}` in them.

use serde_json::{Map, Value};

use crate::limits::MAX_TEXT_CHARS;

/// Why a text cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateFault {
    /// A variable has no value.
    #[error("the variable {0:?} of the template has no value: give it in TemplateParam")]
    Unfilled(String),
    /// A value is a list or an object.
    #[error("the value of {0:?} must be text, a number, true or false")]
    NotPlain(String),
    /// The text became too long.
    #[error("the text has {0} characters, at most {MAX_TEXT_CHARS} can be sent: shorten the values")]
    TooLong(usize),
}

/// A piece of a template.
enum Piece<'a> {
    Text(&'a str),
    Variable(&'a str),
}

/// The names of the variables, each once, in their order.
pub fn variables(template: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for piece in pieces(template) {
        if let Piece::Variable(name) = piece
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

/// The text with every variable filled. Values that no variable asks for are ignored; values are not read again, so
/// that a `${name}` inside a value stays what it is.
pub fn render(template: &str, values: &Map<String, Value>) -> Result<String, TemplateFault> {
    let mut text = String::with_capacity(template.len());
    for piece in pieces(template) {
        match piece {
            Piece::Text(part) => text.push_str(part),
            Piece::Variable(name) => text.push_str(&value_of(name, values)?),
        }
    }
    let length = text.chars().count();
    if length > MAX_TEXT_CHARS {
        return Err(TemplateFault::TooLong(length));
    }
    Ok(text)
}

fn value_of(name: &str, values: &Map<String, Value>) -> Result<String, TemplateFault> {
    match values.get(name) {
        None | Some(Value::Null) => Err(TemplateFault::Unfilled(name.to_owned())),
        Some(Value::String(text)) if text.is_empty() => Err(TemplateFault::Unfilled(name.to_owned())),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        Some(Value::Bool(truth)) => Ok(truth.to_string()),
        Some(Value::Array(_) | Value::Object(_)) => Err(TemplateFault::NotPlain(name.to_owned())),
    }
}

/// A `${` that is not closed, or encloses what is no name, is text.
fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    let mut text_end = 0;
    while let Some(found) = rest[text_end..].find("${") {
        let start = text_end + found;
        let inside = &rest[start + 2..];
        match inside.find('}').map(|end| &inside[..end]).filter(|name| is_name(name)) {
            Some(name) => {
                pieces.push(Piece::Text(&rest[..start]));
                pieces.push(Piece::Variable(name));
                rest = &inside[name.len() + 1..];
                text_end = 0;
            }
            None => text_end = start + 2,
        }
    }
    pieces.push(Piece::Text(rest));
    pieces
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|character| character.is_alphanumeric() || character == '_')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn values(value: Value) -> Map<String, Value> {
        value.as_object().expect("an object").clone()
    }

    #[test]
    fn every_variable_is_filled() {
        let given = values(json!({"name": "王芳", "code": 1234, "unused": "x"}));
        assert_eq!(render("${name}：验证码${code}。", &given).as_deref(), Ok("王芳：验证码1234。"));
        assert_eq!(variables("${b}${a}-${b}"), ["b", "a"]);
        assert_eq!(render("${time}", &given), Err(TemplateFault::Unfilled("time".to_owned())));
        assert_eq!(render("${a}", &values(json!({"a": ""}))), Err(TemplateFault::Unfilled("a".to_owned())));
        assert_eq!(render("${a}", &values(json!({"a": [1]}))), Err(TemplateFault::NotPlain("a".to_owned())));
        assert_eq!(render(&"短".repeat(661), &given), Err(TemplateFault::TooLong(661)));
    }

    #[test]
    fn what_is_no_variable_stays() {
        let given = values(json!({"a": "${b}", "b": "1"}));
        for text in ["$", "${", "${}", "${a", "${a b}", "$a", "a}"] {
            assert_eq!(render(text, &given).as_deref(), Ok(text));
        }
        assert_eq!(render("${${a}}", &given).as_deref(), Ok("${${b}}"));
    }

    proptest! {
        #[test]
        fn any_template_without_variables_is_itself(text in "[^$]{0,80}") {
            prop_assert_eq!(render(&text, &Map::new()), Ok(text));
        }

        #[test]
        fn any_template_renders_or_says_why(text in ".{0,80}", value in ".{1,20}") {
            let names: Map<String, Value> =
                variables(&text).into_iter().map(|name| (name.to_owned(), value.clone().into())).collect();
            prop_assert!(render(&text, &names).is_ok());
            if !names.is_empty() {
                prop_assert!(render(&text, &Map::new()).is_err());
            }
        }
    }
}
