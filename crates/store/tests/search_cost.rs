//! What a search costs: rows looked at and bytes read, in memory and in segments; and, run by hand, time.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use store::schema::{JsonField, JsonSchema, WordRules};
use store::search::{Budget, FieldNames, PageEnd, Search, SearchPage, parse_search};
use store::segment::{NamedFile, SourceRow, build_segment};
use store::{Cursor, Direction, Field, FieldId, Layout, MemoryPart, Query, Row, Schema, Segment};

const STREAM: &str = "events/1";
const BASE_S: i64 = 1_772_352_000;

fn schema() -> Arc<dyn Schema> {
    let columns = ["event_id", "event_name", "user_name", "source_ip"];
    let fields = columns.iter().zip(1..).map(|(column, id)| JsonField {
        field: Field { id: FieldId(id), column: (*column).to_owned(), many: false },
        path: (*column).to_owned(),
    });
    let layout = Layout {
        name: "test".to_owned(),
        time_column: "time".to_owned(),
        position_column: "position".to_owned(),
        scope_column: "region".to_owned(),
        raw_column: "raw".to_owned(),
        fields: Vec::new(),
        words: WordRules::new(",;:|'\"`=+()[]{}<>?!@&/\\", true),
    };
    Arc::new(JsonSchema::new(layout, "time", "region", fields.collect()))
}

/// Events of about 1.2 KB, as an audit has them: ids of which each is unique, names and users with skew, a text in JSON in
/// a string, and rarely a needle.
fn rows(count: u64) -> Vec<SourceRow> {
    let mut random = StdRng::seed_from_u64(7);
    (0..count).map(|number| row(number, &mut random)).collect()
}

fn row(number: u64, random: &mut StdRng) -> SourceRow {
    let mut id = || format!("{:016X}-{:016X}", random.random::<u64>(), random.random::<u64>());
    let ids: [String; 4] = [id(), id(), id(), id()];
    let phone = 13_800_000_000 + number * 7919 % 90_000_000;
    let text = match number % 20_000 {
        77 => "客服中心转接 escalated-needle",
        n if n % 10 == 3 => "呼叫中心 group",
        _ => "plain",
    };
    let inner = format!(
        r#"{{\"InstanceId\":\"{}\",\"CallerNumber\":\"{phone}\",\"Text\":\"{text}\",\"Skills\":[\"sales\",\"returns\"],\"PageNumber\":1,\"PageSize\":20}}"#,
        ids[1]
    );
    let time_s = BASE_S + (number / 20) as i64;
    let filler = r#""AcsHost":"ccc.cn-shanghai.aliyuncs.com","AcsProduct":"CCC","RequestedBy":"console","Accept":"application/json","ContentType":"application/x-www-form-urlencoded; charset=utf-8","SignatureMethod":"HMAC-SHA1","SignatureVersion":"1.0","Format":"JSON","stsTokenPrincipalName":"auditors/session""#;
    let bytes = format!(
        r#"{{"event_id":"{}","time":{time_s},"region":"cn-shanghai","event_name":"Operation{}","user_name":"user{}","source_ip":"10.0.{}.{}","eventVersion":"1","eventSource":"ccc.cn-shanghai.aliyuncs.com","serviceName":"CloudCallCenter","apiVersion":"2017-07-05","eventType":"ApiCall","eventRW":"Write","userAgent":"AlibabaCloud (Linux; amd64) Python/3.11.2 Core/0.3.8 TeaDSL/1","userIdentity":{{"type":"ram-user","accountId":"1059804828509","principalId":"2392184891{}","accessKeyId":"LTAI{}"}},"requestId":"{}","traceId":"{}","requestParameters":{{{filler}}},"requestParameterJson":"{inner}","resourceType":"ACS::CCC::Instance","resourceName":"{}"}}"#,
        ids[0],
        number % 7 * (number % 9),
        number % 300,
        number % 8,
        number % 250,
        number % 300,
        number % 300,
        ids[2],
        ids[3],
        ids[1],
    );
    SourceRow { cursor: Cursor { time_s, position: number + 1 }, bytes: bytes.into() }
}

fn memory(rows: &[SourceRow]) -> MemoryPart {
    let (part, schema) = (MemoryPart::new(), schema());
    for row in rows {
        let extracted = schema.extract(&row.bytes).unwrap();
        let terms: Vec<(FieldId, &str)> = extracted.terms.iter().map(|(id, value)| (*id, &**value)).collect();
        let Cursor { time_s, position } = row.cursor;
        let row = Row { position, time_s, scope: &extracted.scope, terms: &terms, bytes: row.bytes.clone() };
        part.insert(STREAM, &[row]);
    }
    part
}

fn segment(rows: &[SourceRow]) -> Segment {
    let built = build_segment("test", STREAM, rows, &*schema()).unwrap();
    let named = |bytes: Vec<u8>| NamedFile::new("test", Arc::new(Bytes::from(bytes)));
    Segment::open(named(built.sidecar), named(built.parquet), schema()).unwrap()
}

fn search(text: &str) -> Arc<Search> {
    let schema = schema();
    let expr = parse_search(text, &FieldNames::of(schema.layout())).unwrap();
    Search::new(expr, schema.layout()).unwrap()
}

const NEWEST: Query<'_> = Query {
    scopes: &["cn-shanghai"],
    all_of: &[],
    from_s: i64::MIN,
    to_s: i64::MAX,
    direction: Direction::Backward,
    after: None,
    limit: 50,
};

fn in_memory(part: &MemoryPart, search: &Search) -> SearchPage {
    part.search(STREAM, &NEWEST, search, &*schema(), &Budget::unlimited()).unwrap()
}

fn in_segment(segment: &Segment, search: &Arc<Search>) -> SearchPage {
    segment.search(&NEWEST, search, &Budget::unlimited()).unwrap()
}

#[test]
fn a_search_reads_what_its_page_needs() {
    let rows = rows(20_000);
    let (part, segment) = (memory(&rows), segment(&rows));
    let page_bytes = rows[..256].iter().map(|row| row.bytes.len() as u64).sum::<u64>() + 256 * 64;
    // (search, rows of the page, most rows looked at in memory and in the segment, most pages of 256 rows read)
    for (text, found, memory_rows, segment_rows, pages) in [
        ("", 50, 64, 51, 2),
        ("event_name:Operation6", 50, 64, 1_000, 5),
        ("user_name:user7 OR user_name:user9", 50, 10_000, 51, 30),
        ("user_name:user29*", 50, 2_000, 51, 7),
        ("呼叫 group", 50, 1_000, 600, 3),
        ("客服 escalated-needle", 1, 20_000, 1, 1),
        ("转接", 1, 20_000, 1, 1),
        ("escalated-needle user_name:user77", 1, 100, 1, 1),
        ("escalated-needle user_name:user78", 0, 100, 0, 0),
        ("absentword", 0, 20_000, 0, 0),
        ("absentword OR event_name:Absent", 0, 20_000, 0, 0),
        ("NOT plain", 50, 1_000, 600, 3),
        ("NOT absentword", 50, 128, 51, 2),
        ("event_name:*", 50, 64, 51, 2),
        ("event_name:Absent*", 0, 20_000, 0, 0),
        ("escalated*", 1, 20_000, 20_000, 80),
        ("oper*", 50, 128, 256, 2),
        ("escalated* user_name:user77", 1, 100, 100, 67),
    ] {
        let search = search(text);
        let (memory, file) = (in_memory(&part, &search), in_segment(&segment, &search));
        assert_eq!(memory.rows, file.rows, "{text}");
        assert_eq!((memory.rows.len(), memory.end == PageEnd::Full), (found, found == 50), "{text}");
        assert!(memory.examined <= memory_rows, "{text}: {} rows in memory", memory.examined);
        assert!(file.examined <= segment_rows, "{text}: {} rows in the segment", file.examined);
        assert!(file.bytes_read <= pages * page_bytes, "{text}: {} pages", file.bytes_read / page_bytes);
    }
}

/// What one search read, the next passes over.
#[test]
fn searches_in_memory_leave_filters() {
    let rows = rows(20_000);
    let part = memory(&rows);
    let index_bytes = part.stats().index_bytes;
    let search_for = |text: &str| in_memory(&part, &search(text));
    let first = search_for("转接 escalated-needle");
    // Enough for a page of common words: nothing is left by such a search.
    search_for("plain");
    let needle = first.rows.clone();
    assert_eq!((needle.len(), first.examined), (1, 20_000));
    let first_bytes = first.bytes_read;
    assert!(first_bytes > 20_000 * 1000);
    let again = search_for("转接 escalated-needle");
    assert_eq!(again.rows, needle);
    assert!(again.bytes_read < first_bytes / 4, "{} of {first_bytes} bytes", again.bytes_read);
    (0..3).for_each(|_| drop(search_for("absentword")));
    let other = search_for("another-absentword");
    assert_eq!(other.rows, []);
    // Not read are all blocks but the first and the last, and those in which the words seem to be.
    assert!(other.bytes_read < first_bytes / 5, "{} of {first_bytes} bytes", other.bytes_read);
    assert_eq!(search_for("转接").rows, needle);
    assert_eq!(search_for("NOT absentword \"转接\"").rows, needle);
    let filter_bytes = part.stats().index_bytes - index_bytes;
    assert!((1..20_000 * 34).contains(&filter_bytes), "{filter_bytes}");
}

/// Prints times. Run by hand: `cargo test --release -p store --test search_cost -- --ignored --nocapture`.
#[test]
#[ignore = "measures"]
fn times() {
    let rows = rows(100_000);
    let (part, segment) = (memory(&rows), segment(&rows));
    let bytes: usize = rows.iter().map(|row| row.bytes.len()).sum();
    println!("100,000 rows of {} bytes; page of 50, newest first; ms, best and median of 15", bytes / rows.len());
    println!("| search | rows | memory | segment |\n|---|---|---|---|");
    for text in [
        "",
        "event_name:Operation6",
        "user_name:user7 OR user_name:user9",
        "user_name:user29*",
        "event_id:0A*",
        "event_id:0A1B2*",
        "呼叫 group",
        "客服 escalated-needle",
        "转接",
        "13800237570",
        "absentword",
        "absentword anotherone",
        "NOT plain",
        "plain NOT sales",
        "escalated*",
        "*needle",
        "zzz*",
        "escalated* user_name:user77",
    ] {
        let search = search(text);
        let (found, memory) = timed(|| in_memory(&part, &search).rows.len());
        let (_, file) = timed(|| in_segment(&segment, &search).rows.len());
        println!("| `{text}` | {found} | {memory} | {file} |");
    }
}

fn timed(mut ask: impl FnMut() -> usize) -> (usize, String) {
    let mut found = 0;
    let mut times_ms: Vec<f64> = (0..15)
        .map(|_| {
            let start = Instant::now();
            found = ask();
            start.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times_ms.sort_by(f64::total_cmp);
    (found, format!("{:.2} / {:.2}", times_ms[0], times_ms[7]))
}
