//! Any body of a put, packed or not: it is refused, or each of its logs becomes a row that the store can read.
//!
//! Input: a byte that chooses packing and form, then the body.

#![no_main]

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use libfuzzer_sys::fuzz_target;
use logstore::data::{log_schema, record_of};
use logstore::limits::{MAX_GROUP_BYTES, MAX_ROW_BYTES};
use logstore::{Head, read_groups};

const NOW_S: i64 = 1_795_334_400;
const PACKINGS: [&str; 4] = ["", "lz4", "zstd", "deflate"];

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, body)) = bytes.split_first() else {
        return;
    };
    let mut headers = HeaderMap::new();
    let mut set = |name: &'static str, value: String| {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap());
    };
    let packing = PACKINGS[usize::from(choice & 3)];
    let mut body = body;
    if !packing.is_empty() {
        // The declared size is two bytes of the input, and often the true one.
        let Some((size, rest)) = body.split_first_chunk::<2>() else {
            return;
        };
        body = rest;
        set("x-log-compresstype", packing.to_owned());
        set("x-log-bodyrawsize", u16::from_le_bytes(*size).to_string());
    }
    if choice & 4 != 0 {
        set("content-type", "application/json".to_owned());
    }
    if choice & 8 != 0 {
        set("x-log-mode", "batch_group".to_owned());
    }
    let head = Head {
        method: Method::POST,
        path: "/logstores/a/shards/lb".to_owned(),
        raw_query: String::new(),
        headers,
        body: Bytes::copy_from_slice(body),
        source_ip: [127, 0, 0, 1].into(),
        secure: false,
        arrived_at_ms: NOW_S * 1_000,
    };
    let Ok(groups) = read_groups(&head, NOW_S) else {
        return;
    };
    let schema = log_schema();
    for (group, number) in groups.iter().zip(1..) {
        let record = record_of(NOW_S * 1_000, group);
        assert!(record.len() <= MAX_GROUP_BYTES * 2);
        let rows = schema.rows(number, &record).expect("a checked group becomes rows");
        assert_eq!(rows.len(), group.logs.len());
        for ((position, row), log) in rows.iter().zip(&group.logs) {
            let extracted = schema.extract(row).expect("a row is read");
            assert_eq!((schema.record_position(*position), Some(extracted.time_s as u32)), (number, log.time));
            assert!(row.len() <= MAX_ROW_BYTES);
        }
    }
});
