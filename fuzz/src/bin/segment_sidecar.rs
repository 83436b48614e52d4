//! Any bytes as a segment's sidecar beside a sound Parquet file: as they are, and with lengths and checksums put right, so
//! that what lies behind the checksums is reached too. Every kind of query must end in a page or an error, and a page
//! never has more rows than it may.

#![no_main]

use std::sync::Arc;

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use store::schema::{JsonField, JsonSchema, WordRules};
use store::search::{Budget, Expr, Pattern, Search};
use store::segment::{NamedFile, check_segment};
use store::{Cursor, Direction, Field, FieldId, Layout, Query, Schema, Segment};

const PARQUET: &[u8] = include_bytes!("../../../crates/store/tests/golden/version-1/segment.parquet");
const FIXED_HEADER_BYTES: usize = 104;
const SECTION_ENTRY_BYTES: usize = 20;
const BLOCK_BYTES: usize = 4096;

fuzz_target!(|bytes: &[u8]| {
    let schema = schema();
    use_sidecar(bytes.to_vec(), &schema);
    let mut repaired = bytes.to_vec();
    if repair(&mut repaired).is_some() {
        use_sidecar(repaired, &schema);
    }
});

fn use_sidecar(sidecar: Vec<u8>, schema: &Arc<dyn Schema>) {
    let sidecar = NamedFile::new("fuzz.idx", Arc::new(Bytes::from(sidecar)));
    let parquet = NamedFile::new("fuzz.parquet", Arc::new(Bytes::from_static(PARQUET)));
    let sound = check_segment(&sidecar, &parquet, &**schema).is_empty();
    let Ok(segment) = Segment::open(sidecar, parquet, schema.clone()) else {
        assert!(!sound, "refused what the check calls sound");
        return;
    };
    for direction in [Direction::Forward, Direction::Backward] {
        for (all_of, texts) in [
            (&[][..], &[][..]),
            (&[(FieldId(1), "ListUsers")], &[]),
            (&[(FieldId(2), "id-0123")], &[]),
            (&[(FieldId(7), "y")], &["ok"]),
            (&[], &["叫中心", "quoted ok"]),
        ] {
            let after = texts.first().map(|_| Cursor { time_s: 1_772_352_050, position: 150 });
            let (from_s, to_s) = (1_772_352_010, 1_772_352_090);
            let query = Query { scopes: &["a", "b"], all_of, from_s, to_s, direction, after, limit: 9 };
            if let Ok(page) = segment.lookup(&query) {
                assert!(page.rows.len() <= 9);
            }
            let texts = texts.iter().map(|text| Expr::Text((*text).to_owned()));
            let names =
                [Expr::Like(FieldId(1), Pattern::prefix("List")), Expr::Not(Box::new(Expr::Exists(FieldId(2))))];
            let expr = Expr::And(texts.chain([Expr::Or(names.to_vec())]).collect());
            let search = Search::new(expr, schema.layout()).expect("has words");
            if let Ok(page) = segment.search(&query, &search, &Budget::unlimited().rows(200)) {
                assert!(page.rows.len() <= 9);
            }
        }
    }
}

fn schema() -> Arc<dyn Schema> {
    let fields = [(1, "name", false), (2, "id", false), (7, "tags", true)].map(|(id, column, many)| JsonField {
        field: Field { id: FieldId(id), column: column.to_owned(), many },
        path: format!("data.{column}"),
    });
    let layout = Layout {
        name: "test".to_owned(),
        time_column: "time".to_owned(),
        position_column: "position".to_owned(),
        scope_column: "region".to_owned(),
        raw_column: "raw".to_owned(),
        fields: Vec::new(),
        words: WordRules::new(",'\";=()[]{}?@&<>/:\\", true),
    };
    Arc::new(JsonSchema::new(layout, "time", "region", fields.to_vec()))
}

/// Writes magic, version, lengths and checksums where a reader will look for them.
fn repair(bytes: &mut [u8]) -> Option<()> {
    bytes.get_mut(..12)?.copy_from_slice(b"SEGIDX\r\n\x01\0\0\0");
    let file_len = bytes.len();
    let header_len = u32_at(bytes, 12)? as usize;
    bytes.get(FIXED_HEADER_BYTES - 1)?;
    bytes[16..24].copy_from_slice(&(file_len as u64).to_le_bytes());
    bytes[24..32].copy_from_slice(&(PARQUET.len() as u64).to_le_bytes());
    bytes[32..36].copy_from_slice(&crc32c::crc32c(PARQUET).to_le_bytes());
    let fields = usize::from(u16::from_le_bytes([bytes[98], bytes[99]]));
    let sections = u32_at(bytes, 44)? as usize;
    let mut checksum_at = sections.checked_mul(SECTION_ENTRY_BYTES)?.checked_add(FIXED_HEADER_BYTES + fields)?;
    for start in (header_len..file_len).step_by(BLOCK_BYTES) {
        let checksum = crc32c::crc32c(&bytes[start..file_len.min(start + BLOCK_BYTES)]);
        bytes.get_mut(checksum_at..checksum_at + 4)?.copy_from_slice(&checksum.to_le_bytes());
        checksum_at += 4;
    }
    let end = header_len.checked_sub(4)?;
    let checksum = crc32c::crc32c(bytes.get(..end)?);
    bytes.get_mut(end..end + 4)?.copy_from_slice(&checksum.to_le_bytes());
    Some(())
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}
