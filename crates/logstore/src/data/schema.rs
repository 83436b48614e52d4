//! How the store reads logs.
//!
//! One schema for all logstores, whatever their index says: an index decides what a search may ask and how values are cut
//! into tokens, and it changes with time; rows are cut here by every delimiter that there is, so that the words of a token
//! of any index are words here. A changed index is therefore true for old logs, too, at once.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use store::schema::WordRules;
use store::{Extracted, Field, FieldId, Layout, Schema};

use super::record;
use super::row::{LogRow, RowKeys, group_of, position};
use crate::limits::MAX_GROUP_LOGS;
use crate::query::{RowRules, escape_marks};

/// What the names of streams of logs begin with: `logs/<account>/<logstore id>/<shard>`.
pub const STREAM_PREFIX: &str = "logs/";

/// `__topic__`
pub(crate) const TOPIC: FieldId = FieldId(0);
/// `__source__`
pub(crate) const SOURCE: FieldId = FieldId(1);
/// Number of the group.
pub(crate) const GROUP: FieldId = FieldId(2);
/// The tag `__pack_id__`: one batch of one writer.
pub(crate) const PACK_ID: FieldId = FieldId(3);
/// What stands before the last hyphen of the tag `__pack_id__`: one writer.
pub(crate) const WRITER: FieldId = FieldId(4);

/// Marks of rows some of whose words the store tells otherwise than a search does; see [`crate::query::escape_marks`].
const ESCAPES: FieldId = FieldId(5);

/// The tag that names a batch.
pub(crate) const PACK_ID_TAG: &str = "__pack_id__";

/// All ASCII characters that are neither letters nor digits.
const DELIMITERS: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/// How rows are cut into words.
const WORDS: WordRules = WordRules::new(DELIMITERS, true);

/// What a search must know about rows.
pub(crate) const ROW_RULES: RowRules = RowRules { words: WORDS, escapes: ESCAPES };

struct LogSchema(Layout);

/// The schema of every stream of logs.
pub fn log_schema() -> Arc<dyn Schema> {
    let field = |id, column: &str| Field { id, column: column.to_owned(), many: id == ESCAPES };
    Arc::new(LogSchema(Layout {
        name: "logs".to_owned(),
        time_column: "time".to_owned(),
        position_column: "position".to_owned(),
        scope_column: "scope".to_owned(),
        raw_column: "log".to_owned(),
        fields: vec![
            field(TOPIC, "topic"),
            field(SOURCE, "source"),
            field(GROUP, "log_group"),
            field(PACK_ID, "pack_id"),
            field(WRITER, "writer"),
            field(ESCAPES, "escapes"),
        ],
        words: WORDS,
    }))
}

impl Schema for LogSchema {
    fn layout(&self) -> &Layout {
        &self.0
    }

    fn extract<'a>(&self, bytes: &'a [u8]) -> Result<Extracted<'a>, String> {
        let keys: RowKeys<'a> =
            serde_json::from_slice(bytes).map_err(|error| format!("does not hold a log: {error}"))?;
        let mut terms = vec![(GROUP, Cow::Owned(keys.group.to_string()))];
        terms.extend(keys.topic.filter(|topic| !topic.is_empty()).map(|topic| (TOPIC, topic)));
        terms.extend(keys.source.filter(|source| !source.is_empty()).map(|source| (SOURCE, source)));
        if let Some((_, pack_id)) = keys.tags.0.into_iter().find(|(key, _)| key == PACK_ID_TAG) {
            if let Some(writer) = writer(&pack_id) {
                terms.push((WRITER, Cow::Owned(writer.to_owned())));
            }
            terms.push((PACK_ID, pack_id));
        }
        terms.extend(escape_marks(bytes, &WORDS).into_iter().map(|mark| (ESCAPES, mark)));
        Ok(Extracted { time_s: i64::from(keys.time), scope: Cow::Borrowed(""), terms })
    }

    fn rows(&self, record_position: u64, record: &Bytes) -> Result<Vec<(u64, Bytes)>, String> {
        let (received_ms, group) = record::decode(record)?;
        if group.logs.len() > MAX_GROUP_LOGS {
            return Err(format!("has {} logs, at most {MAX_GROUP_LOGS} have a place", group.logs.len()));
        }
        let row = |(place, log)| {
            let bytes = LogRow::new(record_position, received_ms, &group, log).to_bytes()?;
            Ok((position(record_position, place), bytes))
        };
        group.logs.iter().enumerate().map(row).collect()
    }

    fn record_position(&self, row_position: u64) -> u64 {
        group_of(row_position)
    }
}

/// Who wrote a batch.
pub(crate) fn writer(pack_id: &str) -> Option<&str> {
    pack_id.rsplit_once('-').map(|(writer, _)| writer).filter(|writer| !writer.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{LogGroup, LogTag, PutLog};

    #[test]
    fn a_record_becomes_rows_that_know_it() {
        let log = |time| PutLog { time: Some(time), ..PutLog::default() };
        let group = LogGroup {
            logs: vec![log(9), log(4)],
            topic: Some("t".to_owned()),
            log_tags: vec![LogTag { key: Some(PACK_ID_TAG.to_owned()), value: Some("A-1-7".to_owned()) }],
            ..LogGroup::default()
        };
        let schema = log_schema();
        let rows = schema.rows(12, &record::encode(5, &group)).unwrap();
        assert_eq!(
            rows.iter().map(|(at, _)| (schema.record_position(*at), at & 1)).collect::<Vec<_>>(),
            [(12, 0), (12, 1)]
        );
        let extracted = schema.extract(&rows[1].1).unwrap();
        assert_eq!((extracted.time_s, &*extracted.scope), (4, ""));
        let terms: Vec<_> = extracted.terms.iter().map(|(field, value)| (field.0, &**value)).collect();
        assert_eq!(terms, [(2, "12"), (0, "t"), (4, "A-1"), (3, "A-1-7")]);
        assert!(schema.rows(1, &Bytes::from_static(b"x")).is_err());
    }
}
