//! Groups of a shard in the order in which they came. Public document: Simple Log Service, "PullLogs".

use bytes::Bytes;
use http::Response;
use prost::Message;
use store::FoundRow;

use super::cursor::{checked, reader, written};
use crate::answer::{Answer, put_header};
use crate::data::reader::{ReadError, ShardReader};
use crate::data::row::LogRow;
use crate::fault::{Fault, codes};
use crate::limits::{MAX_PULL_BYTES, MAX_PULL_GROUPS};
use crate::service::{LogService, Request};
use crate::wire::compression::{Format, compress};
use crate::wire::{LogGroup, LogGroupList, LogTag};

/// What a pull gives.
pub(crate) struct Pulled {
    pub(crate) list: LogGroupList,
    /// The group that comes next.
    pub(crate) next: u64,
    /// When the last group was received, Unix milliseconds; 0 for none.
    received_ms: i64,
    /// Nothing follows now.
    pub(crate) is_at_end: bool,
}

pub(crate) async fn pull(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let query = &request.query;
    if query.text("query").is_some() || query.text("pullMode").is_some() {
        return Err(
            codes::PARAMETER_INVALID.says("This server does not filter what is pulled: leave out query and pullMode.")
        );
    }
    let count = match query.number("count")? {
        None => MAX_PULL_GROUPS,
        Some(count) if (1..=MAX_PULL_GROUPS as i64).contains(&count) => count as usize,
        Some(_) => return Err(codes::PARAMETER_INVALID.says("count must be 1 to 1000")),
    };
    let reader = reader(service, request).await?;
    let from = checked(query.text("cursor").unwrap_or_default(), &reader)?;
    let end = query.text("end_cursor").or_else(|| query.text("endCursor"));
    let end = end.map(|end| checked(end, &reader)).transpose()?.unwrap_or(reader.last + 1);
    let format = Format::accepted(request.head.header("accept-encoding"));
    let pulled = super::blocking(move || Ok(read(&reader, from, end, count)?)).await?;
    answer(&pulled, format)
}

/// Groups from a number on, up to but without another.
pub(crate) fn read(reader: &ShardReader, from: u64, end: u64, count: usize) -> Result<Pulled, ReadError> {
    let mut pulled = Pulled { list: LogGroupList::default(), next: from, received_ms: 0, is_at_end: false };
    let mut bytes = 0;
    let mut begin = None;
    while pulled.next < end && pulled.list.groups.len() < count {
        let rows = reader.group(pulled.next)?;
        let Some((received_ms, group)) = rebuild(&rows)?.filter(|(received_ms, _)| *received_ms >= reader.horizon_ms)
        else {
            // Old groups are not kept: reading goes on with the oldest that is.
            let begin = match begin {
                Some(begin) => begin,
                None => *begin.insert(reader.begin()?),
            };
            pulled.next = begin.max(pulled.next + 1).min(end);
            continue;
        };
        bytes += group.encoded_len();
        if bytes > MAX_PULL_BYTES && !pulled.list.groups.is_empty() {
            break;
        }
        pulled.list.groups.push(group);
        pulled.received_ms = received_ms;
        pulled.next += 1;
    }
    pulled.is_at_end = pulled.next > reader.last;
    Ok(pulled)
}

/// A group as it was put, of its rows in order.
fn rebuild(rows: &[FoundRow]) -> Result<Option<(i64, LogGroup)>, ReadError> {
    let mut rebuilt: Option<(i64, LogGroup)> = None;
    for found in rows {
        let row = LogRow::read(&found.bytes).map_err(ReadError::Row)?;
        let log = row.to_put_log();
        let (_, group) = rebuilt.get_or_insert_with(|| {
            let text = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map(str::to_owned);
            let tags = row
                .tags
                .0
                .iter()
                .map(|(key, value)| LogTag { key: Some(key.to_string()), value: Some(value.to_string()) });
            let group = LogGroup {
                logs: Vec::with_capacity(rows.len()),
                reserved: text(&row.reserved),
                topic: text(&row.topic),
                source: text(&row.source),
                machine_uuid: text(&row.machine),
                log_tags: tags.collect(),
            };
            (row.received_ms, group)
        });
        group.logs.push(log);
    }
    Ok(rebuilt)
}

fn answer(pulled: &Pulled, format: Option<Format>) -> Result<Answer, Fault> {
    let raw = pulled.list.encode_to_vec();
    let raw_size = raw.len();
    let format = format.filter(|_| raw_size > 0);
    let body = match format {
        Some(format) => compress(format, &raw).map_err(|error| Fault::internal(&error))?,
        None => raw,
    };
    let mut answer = Response::new(Bytes::from(body));
    for (name, value) in [
        ("content-type", "application/x-protobuf".to_owned()),
        ("x-log-cursor", written(pulled.next)),
        ("x-log-count", pulled.list.groups.len().to_string()),
        ("x-log-bodyrawsize", raw_size.to_string()),
        ("x-log-cursor-time", pulled.received_ms.div_euclid(1_000).to_string()),
        ("x-log-end-of-cursor", u8::from(pulled.is_at_end).to_string()),
    ] {
        put_header(&mut answer, name, &value);
    }
    if let Some(format) = format {
        put_header(&mut answer, "x-log-compresstype", format.name());
    }
    Ok(answer)
}
