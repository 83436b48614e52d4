//! How the store reads events: what they are found by, and the columns of their Parquet files.

use std::borrow::Cow;
use std::sync::Arc;

use event::Facts;
use store::schema::{Schemas, WordRules};
use store::search::FieldNames;
use store::{Extracted, Field, Layout, Schema};

use crate::data_events;
use crate::keys::{LookupKey, terms};
use crate::recorder::STREAM_PREFIX;

/// Scope of events that are found in every region.
pub(crate) const GLOBAL_SCOPE: &str = "*";

/// Characters that cut words, beside spaces: those of JSON, of URLs and of lists. A dot, a dash and an underscore do not,
/// so that addresses, ids and names are words.
const DELIMITERS: &str = ",;:|'\"`=+()[]{}<>?!@&/\\";

/// The schema of events.
struct EventSchema {
    layout: Layout,
}

/// The schemas of all streams that the audit keeps.
pub fn event_schemas() -> Schemas {
    let schema = Arc::new(EventSchema::new());
    Schemas::new(vec![(STREAM_PREFIX.to_owned(), schema.clone()), (data_events::STREAM_PREFIX.to_owned(), schema)])
}

/// Names and columns of events.
pub(crate) fn event_layout() -> Layout {
    EventSchema::new().layout
}

/// Names by which people search: those of the attributes, then those of the columns.
pub(crate) fn event_names() -> FieldNames {
    let names = LookupKey::all().map(|key| (key.name(), key));
    let columns = LookupKey::all().map(|key| (key.column().0, key));
    names.chain(columns).fold(FieldNames::default(), |known, (name, key)| known.with(name, key.field()))
}

impl EventSchema {
    fn new() -> EventSchema {
        let fields = LookupKey::all().map(|key| {
            let (column, many) = key.column();
            Field { id: key.field(), column: column.to_owned(), many }
        });
        EventSchema {
            layout: Layout {
                name: "events".to_owned(),
                time_column: "event_time".to_owned(),
                position_column: "position".to_owned(),
                scope_column: "region".to_owned(),
                raw_column: "event".to_owned(),
                fields: fields.collect(),
                words: WordRules::new(DELIMITERS, true),
            },
        }
    }
}

impl Schema for EventSchema {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn extract<'a>(&self, bytes: &'a [u8]) -> Result<Extracted<'a>, String> {
        let mut facts = Facts::read(bytes).map_err(|error| format!("does not hold an event: {error}"))?;
        Ok(Extracted { time_s: facts.event_time_s, scope: scope(&mut facts), terms: terms(facts) })
    }
}

/// Events are found in their region, those of services without regions in every one.
fn scope<'a>(facts: &mut Facts<'a>) -> Cow<'a, str> {
    if facts.is_global { Cow::Borrowed(GLOBAL_SCOPE) } else { facts.acs_region.take().unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r#"{"eventId":"0A1B","eventVersion":"1","eventName":"CreateUser","eventTime":"2026-03-01T08:00:00Z","eventSource":"ccc.cn-shanghai.aliyuncs.com","serviceName":"CloudCallCenter","acsRegion":"cn-shanghai","eventType":"ApiCall","eventRW":"Write","requestId":"0A1B","resourceType":"ACS::CCC::Instance","resourceName":"demo","userIdentity":{"type":"ram-user","accountId":"1","userName":"alice","accessKeyId":"K","principalId":"2"},"sourceIpAddress":"10.0.0.1"}"#;

    #[test]
    fn events_are_read_by_the_table_of_keys() {
        let schema = EventSchema::new();
        let mut columns: Vec<_> = schema.layout().fields.iter().map(|field| field.column.as_str()).collect();
        assert_eq!(columns.len(), LookupKey::all().count());
        columns.extend(["event_time", "position", "region", "event"]);
        columns.sort_unstable();
        columns.dedup();
        assert_eq!(columns.len(), LookupKey::all().count() + 4, "every column has a name of its own");

        let extracted = schema.extract(EVENT.as_bytes()).unwrap();
        assert_eq!((extracted.time_s, &*extracted.scope), (1_772_352_000, "cn-shanghai"));
        assert!(extracted.terms.contains(&(LookupKey::EventName.field(), "CreateUser".into())));
        assert!(extracted.terms.contains(&(LookupKey::ResourceName.field(), "demo".into())));
        assert!(schema.extract(b"{}").unwrap_err().contains("does not hold an event"));
    }

    #[test]
    fn segments_give_events_back_as_they_were() {
        let schema = EventSchema::new();
        let row = store::segment::SourceRow {
            cursor: store::Cursor { time_s: 1_772_352_000, position: 1 },
            bytes: EVENT.into(),
        };
        let built = store::segment::build_segment("test", "events/1", &[row], &schema).unwrap();
        assert_eq!(built.summary.rows, 1);
    }
}
