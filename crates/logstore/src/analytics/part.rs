//! Reading a part of a table: rows become values, of the wanted columns alone.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use store::write::SnapshotSegment;
use store::{Direction, FieldId};

use super::columns::{ColumnKind, LogColumn, Place, tag};
use super::json::pick;
use super::table::Rows;
use crate::data::counting::each_time;
use crate::data::reader::{Range, ReadError, Walk, is_kept};
use crate::data::row::LogRow;
use crate::data::schema::TOPIC;
use crate::limits::SQL_PATIENCE_MS;

/// Rows after which a part looks again whether anybody waits for it.
const ROWS_BETWEEN_LOOKS: u64 = 256;

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'r> {
    /// The row has none.
    Null,
    /// Text.
    Text(Cow<'r, str>),
    /// A whole number; of `__time__` and `__date__` the Unix seconds.
    Long(i64),
    /// A finite number.
    Double(f64),
}

/// Takes rows. What says false ends the reading.
pub trait RowTaker {
    /// A row with the values of the wanted columns, and the bytes that it took to read it.
    fn row(&mut self, values: &[Value<'_>], bytes: usize) -> bool;
    /// So many rows of which nothing is wanted.
    fn rows(&mut self, count: usize) -> bool;
    /// Whether rows are still wanted.
    fn goes_on(&self) -> bool;
}

/// Part of a table. It is read on a thread that may block.
pub struct LogPart {
    pub(super) rows: Arc<Rows>,
    pub(super) wanted: Arc<Wanted>,
    pub(super) source: Source,
}

/// Where the rows of a part are.
pub(super) enum Source {
    /// Wherever the store finds them.
    Walk { shard: (i64, String), from_s: i64, last_s: i64 },
    /// The same where only times are wanted: which rows there are is often known without reading them.
    Found { stream: String, from_s: i64, last_s: i64 },
    /// The times of a segment.
    Segment { segment: SnapshotSegment, from_s: i64, last_s: i64 },
    /// Times that are known.
    Times(Vec<i64>),
}

/// The wanted columns, those in JSON by the content that they are in.
pub(super) struct Wanted {
    columns: Vec<LogColumn>,
    jsons: Vec<Json>,
}

struct Json {
    content: String,
    paths: Vec<String>,
    /// For each path the number of its column.
    columns: Vec<usize>,
}

impl Wanted {
    pub(super) fn of(columns: Vec<LogColumn>) -> Wanted {
        let mut jsons: Vec<Json> = Vec::new();
        for (number, column) in columns.iter().enumerate() {
            let Place::Leaf { content, path } = &column.place else {
                continue;
            };
            let known = jsons.iter().position(|json| json.content == *content);
            let at = known.unwrap_or_else(|| {
                jsons.push(Json { content: content.clone(), paths: Vec::new(), columns: Vec::new() });
                jsons.len() - 1
            });
            jsons[at].paths.push(path.clone());
            jsons[at].columns.push(number);
        }
        Wanted { columns, jsons }
    }

    fn values<'r>(&self, row: &'r LogRow<'_>) -> Vec<Value<'r>> {
        let mut values = vec![Value::Null; self.columns.len()];
        for (column, value) in self.columns.iter().zip(&mut values) {
            let text = match &column.place {
                Place::Time => {
                    *value = Value::Long(i64::from(row.time));
                    continue;
                }
                Place::Topic => Some(row.topic.as_deref().unwrap_or_default()),
                Place::Source => Some(row.source.as_deref().unwrap_or_default()),
                Place::Tag(name) => tag(row, name),
                Place::Content(key) => row.contents.get(key),
                Place::Leaf { .. } => None,
            };
            if let Some(text) = text {
                *value = column.read(Cow::Borrowed(text));
            }
        }
        for json in &self.jsons {
            let Some(text) = row.contents.get(&json.content) else {
                continue;
            };
            let paths: Vec<&str> = json.paths.iter().map(String::as_str).collect();
            for (number, found) in json.columns.iter().zip(pick(text, &paths)) {
                if let Some(text) = found {
                    values[*number] = self.columns[*number].read(text);
                }
            }
        }
        values
    }
}

impl LogColumn {
    /// A text as a value of the column; what is no number is none to a column of numbers.
    fn read<'r>(&self, text: Cow<'r, str>) -> Value<'r> {
        match self.kind {
            ColumnKind::Text => Value::Text(cut(text, self.max_bytes)),
            ColumnKind::Long | ColumnKind::Time | ColumnKind::Date => text.parse().map_or(Value::Null, Value::Long),
            ColumnKind::Double => {
                let number = text.parse().ok().filter(|number: &f64| number.is_finite());
                number.map_or(Value::Null, Value::Double)
            }
        }
    }
}

/// The first bytes of a text, as far as they are whole characters.
fn cut(text: Cow<'_, str>, max_bytes: usize) -> Cow<'_, str> {
    if text.len() <= max_bytes {
        return text;
    }
    let end = text.floor_char_boundary(max_bytes);
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..end]),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    }
}

impl LogPart {
    /// Reads all rows, in no order that is promised. The text of an error says why they cannot be read.
    pub fn read(&self, taker: &mut dyn RowTaker) -> Result<(), String> {
        match &self.source {
            Source::Walk { shard, from_s, last_s } => self.walk(shard, *from_s, *last_s, taker),
            Source::Found { stream, from_s, last_s } => self.found(stream, *from_s, *last_s, taker),
            Source::Times(times) => {
                self.take_times(times, taker);
                Ok(())
            }
            Source::Segment { segment, from_s, last_s } => {
                let (first, last) = segment.time_range_s();
                if self.wanted.columns.is_empty() && *from_s <= first && *last_s >= last {
                    taker.rows(segment.row_count());
                    return Ok(());
                }
                let times = segment.times_s().map_err(|error| error.to_string())?;
                let from = times.partition_point(|time| time < from_s);
                let end = times.partition_point(|time| time <= last_s).max(from);
                self.take_times(&times[from..end], taker);
                Ok(())
            }
        }
    }

    /// Whether more is wanted.
    fn take_times(&self, times: &[i64], taker: &mut dyn RowTaker) -> bool {
        if self.wanted.columns.is_empty() {
            return taker.rows(times.len());
        }
        let mut values = vec![Value::Null; self.wanted.columns.len()];
        times.iter().all(|time_s| {
            values.fill(Value::Long(*time_s));
            taker.row(&values, size_of::<i64>())
        })
    }

    fn range(&self, from_s: i64, last_s: i64, is_exact: bool) -> Range {
        let mut all_of: Vec<(FieldId, String)> = Vec::new();
        if !self.rows.topic.is_empty() {
            all_of.push((TOPIC, self.rows.topic.clone()));
        }
        let search = if is_exact { &self.rows.exact } else { &self.rows.wide };
        Range {
            from_s,
            to_s: last_s,
            all_of,
            direction: Direction::Forward,
            search: search.clone(),
            deadline: Instant::now() + Duration::from_millis(SQL_PATIENCE_MS),
        }
    }

    fn found(&self, stream: &str, from_s: i64, last_s: i64, taker: &mut dyn RowTaker) -> Result<(), String> {
        let range = self.range(from_s, last_s, true);
        let late = each_time(&self.rows.store, &[stream], &range, &mut |rows| {
            let times: Vec<i64> = rows.iter().map(|row| row.cursor.time_s).collect();
            self.take_times(&times, taker) && taker.goes_on()
        });
        match late.map_err(|error| error.to_string())? {
            None => Ok(()),
            Some(_) => Err(ReadError::Late.to_string()),
        }
    }

    fn walk(&self, shard: &(i64, String), from_s: i64, last_s: i64, taker: &mut dyn RowTaker) -> Result<(), String> {
        let range = self.range(from_s, last_s, false);
        let horizon_ms = self.rows.horizon_ms;
        let mut walk = Walk::new(Arc::clone(&self.rows.store), vec![shard.clone()], range);
        let mut seen = 0_u64;
        while let Some(found) = walk.next().map_err(|error| error.to_string())? {
            seen += 1;
            if seen.is_multiple_of(ROWS_BETWEEN_LOOKS) && !taker.goes_on() {
                return Ok(());
            }
            let row = LogRow::read(&found.row.bytes).map_err(|text| ReadError::Row(text).to_string())?;
            let is_kept = is_kept(row.time.into(), row.received_ms, horizon_ms);
            if is_kept
                && self.rows.search.wants_row(&row)
                && !taker.row(&self.wanted.values(&row), found.row.bytes.len())
            {
                return Ok(());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytics::columns::columns;
    use crate::index::IndexConfig;

    #[test]
    fn rows_become_values_of_the_index_types() {
        let text = r#"{"max_text_len":4,"keys":{"a":{"type":"text","doc_value":true},"n":{"type":"long","doc_value":true},
            "x":{"type":"long","doc_value":true},
            "e":{"type":"json","doc_value":true,"json_keys":{"d":{"type":"double","doc_value":true},
                "missing":{"type":"text","doc_value":true},"t":{"type":"text","doc_value":true}}}}}"#;
        let index: IndexConfig = serde_json::from_str(text).unwrap();
        let wanted = Wanted::of(columns(&index, false));
        let row = r#"{"group":1,"received_ms":2,"time":7,"topic":"t",
            "contents":{"a":"日志日志","n":"42","x":"4.5","e":"{\"d\":\"1e3\",\"t\":\"abcdef\"}"}}"#;
        let row = LogRow::read(row.as_bytes()).unwrap();
        let text = |text: &'static str| Value::Text(Cow::Borrowed(text));
        let expected = [
            text("日"),
            text(r#"{"d":"1e3","t":"abcdef"}"#),
            Value::Double(1000.0),
            Value::Null,
            text("abcd"),
            Value::Long(42),
            Value::Null,
            Value::Long(7),
            text(""),
            text("t"),
        ];
        assert_eq!(wanted.values(&row), expected);
    }
}
