use super::config;
use crate::query::{Fault, parse};

fn fault(text: &str) -> Fault {
    parse(text, &config()).expect_err(text)
}

#[test]
fn faults_say_where_and_what() {
    for (text, at, expected, found) in [
        ("a and", 6, "a word", "the end"),
        ("呼叫 and or", 8, "a word", "the word or"),
        ("or a", 1, "a word", "the word or"),
        ("()", 2, "a word", "\")\""),
        ("(a", 3, "\")\"", "the end"),
        ("a )", 3, "the end", "\")\""),
        ("a ]", 3, "a word", "\"]\""),
        ("(a | select 1)", 4, "\")\" before what begins SQL", "\"|\""),
        ("\"abc", 5, "closing quote", "the end"),
        ("url:", 5, "a value", "the end"),
        ("url:a:b", 6, "a word", "quote a text that has a colon"),
        ("url:and", 5, "a value", "and; quote it"),
        ("url:(a or owner:b)", 16, "a value", "colon"),
        ("__tag__:host", 13, "\":\" and a value", "the end"),
        ("__tag__:", 9, "the name of a tag", "the end"),
        ("latency >", 10, "a number", "the end"),
        ("latency > abc", 1, "a number for the key latency", "abc"),
        ("latency:5*", 1, "indexed as long", "5*"),
        ("score:#\"5\"", 1, "indexed as double", "5"),
        ("latency in 5", 12, "\"[\" or \"(\"", "the word 5"),
        ("latency in [5 6", 16, "\"]\" or \")\"", "the end"),
        ("latency in [5 x]", 1, "a number", "x"),
        ("a in", 5, "\"[\" or \"(\"", "the end"),
        ("in", 1, "a word", "the word in"),
        ("owner > 5", 1, "indexed as long or double", "the text key owner"),
        ("x nobody:a", 3, "event, key with space", "the key nobody"),
        ("listed.c:a", 1, "a key of the index", "the key listed.c"),
        ("a=b", 1, "quotes around a text", "the key a"),
        ("*a", 1, "a character before each wildcard", "*a"),
        ("url:a/?b", 1, "a character before each wildcard", "a/?b"),
        (", a", 1, "more than delimiters", "only delimiters"),
        ("url:\"/\"", 1, "more than delimiters", "only delimiters"),
        ("#\" \"", 1, "more than delimiters", "only delimiters"),
    ] {
        let fault = fault(text);
        assert_eq!(fault.place.at, at, "{text}: {fault}");
        assert!(fault.expected.contains(expected) && fault.found.contains(found), "{text}: {fault}");
    }
}

#[test]
fn what_is_too_large_is_refused() {
    for (text, expected) in [
        ("(".repeat(4000), "24 levels"),
        ("not ".repeat(4000), "24 levels"),
        (vec!["a"; 31].join(" "), "30 conditions"),
        ("a".repeat(16 * 1024 + 1), "bytes"),
        (format!("{}*", "a".repeat(64)), "64 characters"),
        (format!("\"{}\"", (0..65).map(|number| format!("w{number} ")).collect::<String>()), "64 tokens"),
        (format!("#\"{}\"", "a".repeat(1025)), "1024 bytes"),
    ] {
        let fault = fault(&text);
        assert!(fault.expected.contains(expected), "{fault}");
    }
    assert!(parse(&vec!["a"; 30].join(" "), &config()).is_ok());
}

#[test]
fn a_fault_has_the_shape_of_the_clouds() {
    assert_eq!(
        fault("a and\n (url:x").to_string(),
        "ErrorType:OLSQueryParseError.ErrorPosition,line:2,column:8.ErrorMessage:at character 14: expected and, or, not or \
         \")\", found the end"
    );
    assert_eq!(Fault::CODE, "ParameterInvalid");
}

#[test]
fn without_a_full_text_index_words_are_looked_for_in_text_keys() {
    let mut config = config();
    config.line = None;
    assert!(parse("word", &config).is_ok());
    config.keys.retain(|key, _| key == "latency");
    let fault = parse("word", &config).unwrap_err();
    assert!(fault.expected.contains("neither a full-text index"), "{fault}");
    assert!(parse("latency:5", &config).is_ok() && parse("*", &config).is_ok());
}
