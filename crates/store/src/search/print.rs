//! Writing a condition as a person would: what is read from it again is the same.

use super::expr::Expr;
use super::names::FieldNames;
use super::pattern::{Pattern, PatternPart};

/// Writes a condition in the language of [`parse_search`](super::parse_search). What that never makes has no form of its
/// own: `AND` and `OR` of fewer than two parts, times, what a test of rows decides. A field without a name shows its number.
pub fn print_search(expr: &Expr, names: &FieldNames) -> String {
    match expr {
        Expr::And(parts) => joined(parts, " AND ", names, |part| matches!(part, Expr::And(_) | Expr::Or(_))),
        Expr::Or(parts) => joined(parts, " OR ", names, |part| matches!(part, Expr::Or(_))),
        Expr::Not(inner) => format!("NOT {}", part(inner, names, matches!(**inner, Expr::And(_) | Expr::Or(_)))),
        Expr::Is(field, value) => format!("{}:{}", name(*field, names), quoted(value)),
        Expr::Like(field, pattern) => format!("{}:{}", name(*field, names), wild(pattern)),
        Expr::Exists(field) => format!("{}:*", name(*field, names)),
        Expr::Text(text) => quoted(text),
        Expr::TextLike(pattern) => wild(pattern),
        Expr::Since(time_s) => format!("\"since {time_s}\""),
        Expr::AtMost(inner, _) => format!("({})", print_search(inner, names)),
    }
}

fn joined(parts: &[Expr], joint: &str, names: &FieldNames, needs_parentheses: fn(&Expr) -> bool) -> String {
    let parts: Vec<String> = parts.iter().map(|inner| part(inner, names, needs_parentheses(inner))).collect();
    parts.join(joint)
}

fn part(expr: &Expr, names: &FieldNames, needs_parentheses: bool) -> String {
    let text = print_search(expr, names);
    if needs_parentheses { format!("({text})") } else { text }
}

fn name(field: crate::query::FieldId, names: &FieldNames) -> String {
    names.name(field).map_or_else(|| format!("field{}", field.0), str::to_owned)
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn wild(pattern: &Pattern) -> String {
    let mut text = String::new();
    for part in pattern.parts() {
        match part {
            PatternPart::One => text.push('?'),
            PatternPart::Many => text.push('*'),
            PatternPart::Literal(literal) => {
                for character in literal.chars() {
                    // A letter or digit has no meaning of its own.
                    if !character.is_alphanumeric() {
                        text.push('\\');
                    }
                    text.push(character);
                }
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::FieldId;
    use crate::search::parse_search;
    use proptest::prelude::*;

    fn names() -> FieldNames {
        FieldNames::default().with("event_name", FieldId(1)).with("User", FieldId(2)).with("userName", FieldId(2))
    }

    fn parsed(text: &str) -> Expr {
        parse_search(text, &names()).unwrap()
    }

    fn text(text: &str) -> Expr {
        Expr::Text(text.to_owned())
    }

    #[test]
    fn people_are_understood() {
        let expected = Expr::And(vec![
            Expr::Is(FieldId(1), "CreateSkillGroup".to_owned()),
            Expr::Not(Box::new(Expr::Is(FieldId(2), "alice".to_owned()))),
            text("13800001111"),
            text("客服"),
            Expr::TextLike(Pattern::prefix("err")),
        ]);
        assert_eq!(parsed(r#"eventName:CreateSkillGroup AND NOT userName:alice "13800001111" 客服 err*"#), expected);
        assert_eq!(parsed(" \n"), Expr::ALL);
        assert_eq!(parsed("a OR b c"), Expr::Or(vec![text("a"), Expr::And(vec![text("b"), text("c")])]));
        assert_eq!(parsed("(a OR b) c"), Expr::And(vec![Expr::Or(vec![text("a"), text("b")]), text("c")]));
        assert_eq!(parsed("User:ACS::CCC:*"), Expr::Like(FieldId(2), Pattern::prefix("ACS::CCC:")));
        assert_eq!(parsed("USERNAME:*"), Expr::Exists(FieldId(2)));
        assert_eq!(parsed("USERNAME:**"), Expr::Exists(FieldId(2)));
        assert_eq!(
            parsed(r#"user:"a*\"b\\c\d" 10:30 not "OR" x\*y"#),
            Expr::And(vec![
                Expr::Is(FieldId(2), r#"a*"b\c\d"#.to_owned()),
                text("10:30"),
                text("not"),
                text("OR"),
                text("x*y"),
            ])
        );
    }

    #[test]
    fn errors_say_where_and_what() {
        let error = |text: &str| parse_search(text, &names()).unwrap_err();
        for (text, at, expected, found) in [
            ("a AND", 6, "a word", "the end"),
            ("客服 AND OR", 8, "a word", "OR"),
            ("(a", 3, "\")\"", "the end"),
            ("a )", 3, "the end", "\")\""),
            ("user: alice", 6, "directly behind", "a space"),
            ("user:(a)", 6, "directly behind", "\"(\""),
            ("user:", 6, "directly behind", "the end"),
            ("nobody:a", 1, "event_name, User", "nobody"),
            ("\"abc", 5, "closing quote", "the end"),
            ("a\\", 3, "backslash", "the end"),
        ] {
            let error = error(text);
            assert_eq!(error.at, at, "{text}: {error}");
            assert!(error.expected.contains(expected) && error.found.contains(found), "{text}: {error}");
        }
        assert!(error(&"(".repeat(4000)).expected.contains("levels"));
        assert!(error(&"a ".repeat(4000)).expected.contains("bytes"));
    }

    fn pattern() -> impl Strategy<Value = Pattern> {
        let part = prop_oneof![
            3 => any::<String>().prop_map(PatternPart::Literal),
            1 => Just(PatternPart::One),
            1 => Just(PatternPart::Many),
        ];
        let has_wildcard =
            |pattern: &Pattern| pattern.parts().iter().any(|part| !matches!(part, PatternPart::Literal(_)));
        proptest::collection::vec(part, 1..5).prop_map(Pattern::new).prop_filter("a wildcard", has_wildcard)
    }

    fn expr() -> impl Strategy<Value = Expr> {
        let field = || (1u8..3).prop_map(FieldId);
        let many = |pattern: &Pattern| pattern.parts() != [PatternPart::Many];
        let leaf = prop_oneof![
            (field(), any::<String>()).prop_map(|(field, value)| Expr::Is(field, value)),
            (field(), pattern().prop_filter("not all", many)).prop_map(|(field, pattern)| Expr::Like(field, pattern)),
            field().prop_map(Expr::Exists),
            any::<String>().prop_map(Expr::Text),
            pattern().prop_map(Expr::TextLike),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 2..4).prop_map(Expr::And),
                proptest::collection::vec(inner.clone(), 2..4).prop_map(Expr::Or),
                inner.prop_map(|inner| Expr::Not(Box::new(inner))),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_again(expr in expr()) {
            let text = print_search(&expr, &names());
            prop_assume!(text.len() <= crate::limits::MAX_SEARCH_BYTES);
            prop_assert_eq!(parse_search(&text, &names()), Ok(expr));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[a-z:*?\\\\\"() ANDORT客]{0,40}") {
            if let Ok(expr) = parse_search(&text, &names()) {
                prop_assert_eq!(parse_search(&print_search(&expr, &names()), &names()), Ok(expr));
            }
        }
    }
}
