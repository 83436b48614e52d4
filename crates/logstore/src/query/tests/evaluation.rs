use super::{config, log};
use crate::log::Log;
use crate::query::parse;

fn matches(text: &str, log: &Log) -> bool {
    parse(text, &config()).unwrap_or_else(|fault| panic!("{text}: {fault}")).matches(log)
}

fn check(log: &Log, found: &[&str], not_found: &[&str]) {
    for text in found {
        assert!(matches(text, log), "{text} is to be found");
    }
    for text in not_found {
        assert!(!matches(text, log), "{text} is not to be found");
    }
}

#[test]
fn words_without_a_key_are_anywhere() {
    let log = log(&[("message", "User login FAILED, code=42"), ("path", "/a-b/c.d"), ("secret", "hidden")]);
    check(
        &log,
        &[
            "failed",
            "LOGIN",
            "\"failed user\"",
            "failed user 42",
            "code=42".replace('=', " ").as_str(),
            "a-b",
            "c.d",
            "message",
            "path failed",
            "log*",
            "lo?in",
            "c.*",
            "tagged",
            "host",
            "\"10.0.0.1\"",
            "event",
            "#\"login failed\"",
            "not nothing",
            "* not nothing",
            "nothing or failed",
            "",
        ],
        &[
            "fail",
            "b",
            "hidden",
            "secret",
            "logi?in",
            "#\"failed login\"",
            "#\"ogin failed\"",
            "#\"login  failed\"",
            "not failed",
            "failed not user",
            "nothing",
            "__topic__",
        ],
    );
}

#[test]
fn keys_have_their_own_delimiters_and_case() {
    let log = log(&[
        ("url", "/url/pic?size=L"),
        ("owner", "Team A/B"),
        ("key with space", "x y"),
        ("secret", "/x"),
        ("empty", ""),
    ]);
    check(
        &log,
        &[
            "url:/pic/url",
            "url:\"pic url\" or url:pic",
            "url:PIC",
            "owner:\"Team A/B\"",
            "owner:Team*",
            "\"key with space\":y",
            "URL:pic",
            "url:(pic not jpg)",
            "url:pi* not owner:x",
            "owner:#\"Team A/B\"",
            "pic",
            "url:* owner:*",
            "not url:\"\"",
        ],
        &[
            "owner:Team",
            "owner:\"team a/b\"",
            "url:pi",
            "url:(pic jpg)",
            "owner:#\"Team\"",
            "not url:*",
            "url:\"\"",
            "\"key with space\":\"x z\"",
        ],
    );
}

#[test]
fn keys_exist_or_are_empty() {
    let log = log(&[("url", ""), ("event", r#"{"a":"","b":null,"c":{"d":1},"l":[1]}"#)]);
    check(
        &log,
        &["url:*", "url:\"\"", "not owner:*", "not owner:\"\"", "event.a:*", "event.a:\"\"", "event.c.d:*"],
        &["not url:*", "not url:\"\"", "owner:*", "owner:\"\"", "event.b:*", "event.c:*", "event.l:*", "event.z:\"\""],
    );
}

#[test]
fn leaves_of_json_are_fields() {
    let event = r#"{"eventName":"RunInstances","ok":true,"requestParameters":{"Size":5,"Name":"i \"x\" \u547c\u53eb"},
        "list":[{"in":"array"}],"amount":12.5,"eventRW":"Write"}"#;
    let log = log(&[("event", event), ("listed", r#"{"a":{"b":"yes"}}"#), ("shallow", r#"{"a":"x","b":{"c":"y"}}"#)]);
    check(
        &log,
        &[
            "event.eventName:RunInstances",
            "event.eventname:runinstances",
            "\"event.eventRW\": Write",
            "event.ok:true",
            "event.requestParameters.Size > 4",
            "event.requestParameters.size in [5 6)",
            "event.requestParameters.Size:5",
            "event.requestParameters.Name:呼叫",
            "event.requestParameters.Name:#\"i \\\"x\\\"\"",
            "event.amount:12.5",
            "event:RunInstances",
            "event:array",
            "event.eventName:Run*",
            "listed.a.b:yes",
            "shallow.a:x",
            "呼叫",
            "event:(RunInstances or none)",
            "not event.errorCode:*",
            "Event.EventName:*",
        ],
        &[
            "event.eventName:Run",
            "event.list.in:array",
            "event.requestParameters.Size > 5",
            "event.ok:false",
            "shallow.b.c:y",
            "event.errorCode:*",
            "event.eventName:Write",
        ],
    );
}

#[test]
fn json_is_read_up_to_its_fault() {
    let log = log(&[("event", r#"{"eventName":"A","eventRW":"Write","broken":tru"#)]);
    check(&log, &["event.eventName:A", "event.eventRW:Write", "event:tru"], &["event.broken:*"]);
}

#[test]
fn numbers_compare() {
    let log = log(&[("latency", "100"), ("score", "0.5")]);
    check(
        &log,
        &[
            "latency > 99",
            "latency >= 100",
            "latency = 100",
            "latency:100",
            "latency in [100 200]",
            "latency < 100.5",
            "score > 0.4",
            "score:0.50",
            "score <= 5e-1",
            "latency in (99 101)",
            "100",
        ],
        &[
            "latency > 100",
            "latency in (100 200]",
            "latency in [0 100)",
            "score > 0.5",
            "latency:10",
            "latency < -1000000",
        ],
    );
    let not_a_number = super::log(&[("latency", "fast")]);
    check(&not_a_number, &["not latency > -1000000", "fast", "latency:*"], &["latency > -1000000", "latency < 0"]);
}

#[test]
fn topic_source_tags_and_time() {
    let log = log(&[("source", "content")]);
    check(
        &log,
        &[
            "__topic__:\"Audit Event\"",
            "__topic__:\"audit event\"",
            "__topic__:Audit*",
            "__topic__:*",
            "__source__:10.0.*",
            "source:10.0.0.1",
            "source:10.?.0.1",
            "__tag__:host:web",
            "__tag__:host:\"example.web\"",
            "__tag__:host:*",
            "__time__ >= 1795334400",
            "not __tag__:host:db",
        ],
        &["__topic__:Audit", "source:content", "source:10.0.0", "__tag__:host:we", "__time__ > 1795334400"],
    );
    let mut config = config();
    config.keys.insert("source".to_owned(), Default::default());
    assert!(parse("Source:content", &config).unwrap().matches(&log), "a content of that name has another letter case");
    assert!(!parse("source:content", &config).unwrap().matches(&log));
    check(&Log::default(), &["__topic__:\"\"", "not __topic__:*", "not source:*"], &["__topic__:*"]);
}

#[test]
fn chinese_is_found_by_its_words() {
    let log = log(&[("note", "用户登录失败,user张三"), ("url", "/用户登录失败")]);
    check(
        &log,
        &[
            "登录",
            "note:登录",
            "note:用户登录",
            "note:user",
            "note:#\"录失\"",
            "url:用户登录失败",
            "url:用户*",
            "note:登*",
        ],
        &["note:录失", "url:登录", "note:成功"],
    );
}

#[test]
fn a_condition_is_met_by_one_value_of_a_key() {
    let log = log(&[("url", "/a"), ("url", "/b"), ("path", "/c")]);
    check(&log, &["url:a url:b", "a b c"], &["url:a/b", "not url:b"]);
}

#[test]
fn terms_are_listed_for_the_answer() {
    let query = parse("a* url:\"b c\" not d or #\"e\" latency > 5", &config()).unwrap();
    let terms: Vec<_> = query.terms().iter().map(|term| (term.key.as_str(), term.term.as_str())).collect();
    assert_eq!(terms, [("", "a*"), ("url", "b c"), ("", "e")]);
    assert!(query.has_phrase() && !query.is_all());
    assert!(parse(" * ", &config()).unwrap().is_all());
}
