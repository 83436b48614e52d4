use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;
use store::schema::WordRules;
use store::search::{Budget, Expr, RowTest, Search};
use store::segment::{NamedFile, SourceRow, build_segment};
use store::{
    Cursor, Direction, Extracted, Field, FieldId, Layout, MemoryPart, Query as StoreQuery, Row, Schema, Segment,
};

use super::{config, grammar, log, model, strategies};
use crate::index::IndexConfig;
use crate::log::Log;
use crate::query::{RowRules, Syntax, escape_marks, parse, print, read, split};

const ESCAPES: FieldId = FieldId(1);

/// Dots and dashes do not cut here, so that they are delimiters of some index only.
const WORDS: WordRules = WordRules::new(",;:|'\"`=+()[]{}<>?!@&/\\", true);

struct LogRows(Layout);

impl Schema for LogRows {
    fn layout(&self) -> &Layout {
        &self.0
    }

    fn extract<'a>(&self, bytes: &'a [u8]) -> Result<Extracted<'a>, String> {
        let terms = escape_marks(bytes, &WORDS).into_iter().map(|mark| (ESCAPES, mark)).collect();
        Ok(Extracted { time_s: 1, scope: Cow::Borrowed("s"), terms })
    }
}

fn schema() -> LogRows {
    let name = str::to_owned;
    LogRows(Layout {
        name: name("logs"),
        time_column: name("time"),
        position_column: name("position"),
        scope_column: name("scope"),
        raw_column: name("log"),
        fields: vec![Field { id: ESCAPES, column: name("escapes"), many: true }],
        words: WORDS,
    })
}

/// Keys may come twice, so the objects are written by hand.
fn row(log: &Log) -> Bytes {
    let object = |pairs: &[(String, String)]| {
        let members = pairs.iter().map(|(key, value)| format!("{}:{}", json!(key), json!(value)));
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    };
    let Log { topic, source, tags, contents, .. } = log;
    let (topic, source) = (json!(topic), json!(source));
    let (tags, contents) = (object(tags), object(contents));
    Bytes::from(format!(r#"{{"topic":{topic},"source":{source},"tags":{tags},"contents":{contents}}}"#))
}

/// Gives the same answer for whatever the store cannot tell.
#[derive(Debug)]
struct Always(bool);

impl RowTest for Always {
    fn is_meant(&self, _: &[u8]) -> Result<bool, String> {
        Ok(self.0)
    }
}

/// Logs in memory and in a segment.
struct Places {
    part: MemoryPart,
    segment: Segment,
}

impl Places {
    fn of(logs: &[Log]) -> Places {
        let part = MemoryPart::new();
        let mut rows = Vec::new();
        for (position, log) in (1..).zip(logs) {
            let bytes = row(log);
            let marks = escape_marks(&bytes, &WORDS);
            let terms: Vec<(FieldId, &str)> = marks.iter().map(|mark| (ESCAPES, &**mark)).collect();
            part.insert("logs", &[Row { position, time_s: 1, scope: "s", terms: &terms, bytes: bytes.clone() }]);
            rows.push(SourceRow { cursor: Cursor { time_s: 1, position }, bytes });
        }
        let built = build_segment("test", "logs", &rows, &schema()).unwrap();
        let named = |bytes: Vec<u8>| NamedFile::new("test", Arc::new(Bytes::from(bytes)));
        let segment = Segment::open(named(built.sidecar), named(built.parquet), Arc::new(schema())).unwrap();
        Places { part, segment }
    }

    /// The numbers of the logs that the store finds when open ones are all meant, or none.
    fn find(&self, expr: &Expr, open: bool) -> [BTreeSet<u64>; 2] {
        let schema = schema();
        let query = StoreQuery {
            scopes: &["s"],
            all_of: &[],
            from_s: 0,
            to_s: 9,
            direction: Direction::Forward,
            after: None,
            limit: 1_000,
        };
        let search = Search::tested(expr.clone(), schema.layout(), Arc::new(Always(open))).unwrap();
        let in_memory = self.part.search("logs", &query, &search, &schema, &Budget::unlimited()).unwrap();
        let in_segment = self.segment.search(&query, &search, &Budget::unlimited()).unwrap();
        [in_memory, in_segment].map(|page| page.rows.iter().map(|row| row.cursor.position - 1).collect())
    }
}

/// Nothing that matches is missed, and nothing that does not is sure.
fn check(text: &str, config: &IndexConfig, logs: &[Log], places: &Places) -> Result<(), TestCaseError> {
    let Ok(query) = parse(text, config) else {
        return Ok(());
    };
    let syntax = read(text).unwrap();
    let expr = query.to_store_search(&RowRules { words: WORDS, escapes: ESCAPES });
    let (may_match, sure) = (places.find(&expr, true), places.find(&expr, false));
    for (position, log) in (0..).zip(logs) {
        let expected = model::matches(&syntax, config, log);
        prop_assert_eq!(query.matches(log), expected, "{}: {:?}", text, log);
        for place in 0..2 {
            let (may_match, sure) = (may_match[place].contains(&position), sure[place].contains(&position));
            prop_assert!(!expected || may_match, "{}: {:?} is no candidate in {}", text, log, place);
            prop_assert!(expected || !sure, "{}: {:?} is sure in {}", text, log, place);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 1500 } else { 20_000 }))]

    #[test]
    fn what_is_printed_is_read_again(syntax in strategies::syntax()) {
        let text = print(&syntax);
        prop_assert_eq!(read(&text).map(grammar::placeless), Ok(syntax), "{}", text);
    }

    #[test]
    fn a_search_means_what_the_model_says_and_the_store_misses_nothing(
        syntax in strategies::syntax(),
        config in strategies::config(),
        logs in vec(strategies::log(), 1..6),
    ) {
        let places = Places::of(&logs);
        check(&print(&syntax), &config, &logs, &places)?;
        check(&print(&Syntax::Not(Box::new(syntax))), &config, &logs, &places)?;
    }

    #[test]
    fn any_text_is_read_or_refused_inside_of_it(text in "[a-cin:*?\\\\\"()\\[\\]<>=#| 呼and0-9or\n]{0,40}") {
        let statement = split(&text);
        prop_assert!(text.contains(statement.search));
        match read(statement.search) {
            Ok(syntax) => {
                let printed = print(&syntax);
                prop_assert_eq!(read(&printed).map(grammar::placeless), Ok(grammar::placeless(syntax)), "{}", printed);
            }
            Err(fault) => prop_assert!((1..=statement.search.chars().count() + 1).contains(&fault.place.at), "{}", fault),
        }
    }
}

proptest! {
    // Each log is asked for everything that is in it: some hundred searches.
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 150 } else { 2_000 }))]

    #[test]
    fn what_is_in_a_log_is_found(config in strategies::config(), log in strategies::log()) {
        let places = Places::of(std::slice::from_ref(&log));
        for term in model::conditions_of(&config, &log) {
            check(&print(&Syntax::Term(term)), &config, std::slice::from_ref(&log), &places)?;
        }
    }
}

/// Words before and behind escapes, at each depth, which the store reads otherwise than an index of text.
#[test]
fn words_beside_escapes_are_found() {
    let texts = [
        r#"{"eventName":"left\u0041right \u0042both\u0043 end\ndone"}"#,
        r#"{"eventName":"{\"in\":\"left\\u0041right \\nnew x\\tt\\bb\"}"}"#,
        r#"{"eventName":"{\"in\":\"\u005cn\u0041z a\u005cu0041z\"}"}"#,
        r#"["left\u0041right","a\nb\u547c\u53ebc"]"#,
        r#"{"left\u0041right":"a.b\ncc.d"}"#,
    ];
    for (key, text) in ["event", "note", "other", "shallow"].iter().flat_map(|key| texts.map(|text| (*key, text))) {
        let log = log(&[(key, text)]);
        let places = Places::of(std::slice::from_ref(&log));
        for term in model::conditions_of(&config(), &log) {
            check(&print(&Syntax::Term(term)), &config(), std::slice::from_ref(&log), &places).unwrap();
        }
    }
}
