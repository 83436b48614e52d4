use crate::query::{Comparison, Place, Range, Syntax, Term, Value, print, read};

/// The same without places, which differ between texts that say the same.
pub(super) fn placeless(syntax: Syntax) -> Syntax {
    let all = |parts: Vec<Syntax>| parts.into_iter().map(placeless).collect();
    match syntax {
        Syntax::All => Syntax::All,
        Syntax::And(parts) => Syntax::And(all(parts)),
        Syntax::Or(parts) => Syntax::Or(all(parts)),
        Syntax::Not(inner) => Syntax::Not(Box::new(placeless(*inner))),
        Syntax::Term(term) => Syntax::Term(Term { place: Place::START, ..term }),
    }
}

fn parsed(text: &str) -> Syntax {
    placeless(read(text).unwrap_or_else(|fault| panic!("{text}: {fault}")))
}

fn term(key: Option<&str>, value: Value) -> Syntax {
    Syntax::Term(Term { key: key.map(str::to_owned), value, place: Place::START })
}

fn word(text: &str) -> Syntax {
    term(None, Value::Word(text.to_owned()))
}

fn of(key: &str, text: &str) -> Syntax {
    term(Some(key), Value::Word(text.to_owned()))
}

fn not(inner: Syntax) -> Syntax {
    Syntax::Not(Box::new(inner))
}

#[test]
fn and_binds_tighter_than_or_and_not_tightest() {
    let (a, b, c) = (|| word("a"), || word("b"), || word("c"));
    for (text, expected) in [
        ("a b", Syntax::And(vec![a(), b()])),
        ("a AND b", Syntax::And(vec![a(), b()])),
        ("a or b", Syntax::Or(vec![a(), b()])),
        ("a Or b c", Syntax::Or(vec![a(), Syntax::And(vec![b(), c()])])),
        ("a not b", Syntax::And(vec![a(), not(b())])),
        ("a and not b", Syntax::And(vec![a(), not(b())])),
        ("a not b or c", Syntax::Or(vec![Syntax::And(vec![a(), not(b())]), c()])),
        ("not a and b", Syntax::And(vec![not(a()), b()])),
        ("not (a and b)", not(Syntax::And(vec![a(), b()]))),
        ("NOT not a", not(not(a()))),
        ("(a or b) c", Syntax::And(vec![Syntax::Or(vec![a(), b()]), c()])),
        ("((a))b", Syntax::And(vec![a(), b()])),
        ("", Syntax::All),
        (" \n", Syntax::All),
        ("*", Syntax::All),
        ("* not a", Syntax::And(vec![Syntax::All, not(a())])),
    ] {
        assert_eq!(parsed(text), expected, "{text}");
    }
}

#[test]
fn conditions_are_read() {
    let quoted = |key, text: &str| term(key, Value::Quoted(text.to_owned()));
    let phrase = |key, text: &str| term(key, Value::Phrase(text.to_owned()));
    let range = |has_low, has_high| {
        term(Some("n"), Value::Range(Range { low: "-1".into(), has_low, high: "2.5".into(), has_high }))
    };
    let compare = |comparison| term(Some("n"), Value::Compare(comparison, "5".to_owned()));
    for (text, expected) in [
        ("w?rd*", word("w?rd*")),
        (r#""a and \"b\" \\ \x *""#, quoted(None, r#"a and "b" \ \x *"#)),
        (r##"#"a b""##, phrase(None, "a b")),
        ("#a", word("#a")),
        (r#""and""#, quoted(None, "and")),
        ("sort", word("sort")),
        ("key:value", of("key", "value")),
        ("key : value", of("key", "value")),
        ("key:*", of("key", "*")),
        (r#"key:"""#, quoted(Some("key"), "")),
        (r#""a b":"c d""#, quoted(Some("a b"), "c d")),
        (r##"key:#"a b""##, phrase(Some("key"), "a b")),
        (r#""event.eventName":X"#, of("event.eventName", "X")),
        ("__tag__:name:value", of("__tag__:name", "value")),
        ("__tag__ : \"a b\" : value", of("__tag__:a b", "value")),
        (r#""__tag__:name":value"#, of("__tag__:name", "value")),
        ("n > 5", compare(Comparison::Greater)),
        ("n>=5", compare(Comparison::GreaterOrEqual)),
        ("n<5", compare(Comparison::Less)),
        ("n <= \"5\"", compare(Comparison::LessOrEqual)),
        ("n=5", compare(Comparison::Equal)),
        ("n in [-1 2.5]", range(true, true)),
        ("n in (-1 2.5]", range(false, true)),
        ("n in [-1 2.5)", range(true, false)),
        ("n in(-1 2.5)", range(false, false)),
        ("key:(a or b)", Syntax::Or(vec![of("key", "a"), of("key", "b")])),
        (
            "key:(a not (b c))",
            Syntax::And(vec![of("key", "a"), not(Syntax::And(vec![of("key", "b"), of("key", "c")]))]),
        ),
        ("__tag__:t:(*)", of("__tag__:t", "*")),
        ("呼叫 or 用户:张三", Syntax::Or(vec![word("呼叫"), of("用户", "张三")])),
    ] {
        assert_eq!(parsed(text), expected, "{text}");
    }
}

#[test]
fn a_search_is_printed_as_one_would_write_it() {
    for (text, printed) in [
        ("a  B", "a and B"),
        ("a not (b or c) or \"d\"", "(a and not (b or c)) or \"d\""),
        ("\"key\":(x or #\"y z\")", "key:x or key:#\"y z\""),
        ("n in (1 2] n>3", "n in (1 2] and n > 3"),
        ("__tag__:a:b", "\"__tag__:a\":b"),
    ] {
        assert_eq!(print(&read(text).unwrap()), printed);
    }
}
