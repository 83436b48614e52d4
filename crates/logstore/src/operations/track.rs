//! Logs that web pages and devices write without a key, where a logstore lets them. Public documents: Simple Log Service,
//! "PutWebtracking", "Use the web tracking feature to collect logs".
//!
//! Nobody says who he is, so such a request does one thing and no other: it appends to a logstore that has
//! `enable_tracking`, and the time of its logs is the time of their arrival.

use bytes::Bytes;
use http::Method;
use openapi::clock::now_ms;

use super::put::{check, from_json, may_be_written, write};
use crate::address;
use crate::answer::{Answer, empty_answer, put_header};
use crate::authenticate::check_version;
use crate::fault::{Fault, codes};
use crate::limits::MAX_TRACK_QUERY_BYTES;
use crate::logstores::no_project;
use crate::request::{Head, Query};
use crate::service::LogService;
use crate::wire::compression::raw_body;
use crate::wire::{Content, LogGroup, PutLog};

/// The smallest picture, for pages that write by an image.
const PICTURE: &[u8] =
    b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";

/// Whether a request is such a one. A signature of it is not looked at: it would open nothing more.
pub(crate) fn is_tracking(path: &str) -> bool {
    logstore_of(path).is_some()
}

fn logstore_of(path: &str) -> Option<&str> {
    match path.strip_prefix("/logstores/")?.split_once('/')? {
        (name, "track" | "track.gif") if !name.is_empty() => Some(name),
        _ => None,
    }
}

pub(crate) async fn put(service: &LogService, head: &Head) -> Result<Answer, Fault> {
    let mut answer = match head.method {
        Method::GET | Method::POST => {
            append(service, head).await?;
            if head.path.ends_with(".gif") { picture() } else { empty_answer() }
        }
        // A browser asks before it sends what a form could not.
        Method::OPTIONS => {
            let mut answer = empty_answer();
            put_header(&mut answer, "access-control-allow-methods", "GET, POST");
            put_header(
                &mut answer,
                "access-control-allow-headers",
                "content-type, x-log-apiversion, x-log-bodyrawsize, x-log-compresstype",
            );
            answer
        }
        _ => return Err(codes::INVALID_METHOD.fault()),
    };
    put_header(&mut answer, "access-control-allow-origin", "*");
    Ok(answer)
}

fn picture() -> Answer {
    let mut answer = Answer::new(Bytes::from_static(PICTURE));
    put_header(&mut answer, "content-type", "image/gif");
    answer
}

async fn append(service: &LogService, head: &Head) -> Result<(), Fault> {
    let query = Query::parse(&head.raw_query)?;
    match query.text("APIVersion") {
        Some(version) => check_version(version)?,
        None => check_version(head.header("x-log-apiversion"))?,
    }
    let project = address::project(head.header("host"), &service.settings.endpoints).unwrap_or_default();
    if project.is_empty() {
        return Err(no_project(project));
    }
    let name = logstore_of(&head.path).unwrap_or_default();
    let received_ms = now_ms();
    let _open = service.shards_change.read().await;
    let logstore = service.logstores.get(&service.database, project, name).await?;
    if !logstore.row.properties.enable_tracking {
        return Err(codes::UNAUTHORIZED.says(format!(
            "Logstore {name} takes no logs without a signature: sign the request, or set enable_tracking."
        )));
    }
    may_be_written(&logstore)?;
    let mut group = match head.method {
        Method::POST => from_json(&raw_body(head)?)?,
        _ => from_query(&head.raw_query, &query)?,
    };
    let arrived_s = received_ms.div_euclid(1_000) as u32;
    group.logs.iter_mut().for_each(|log| log.time = Some(arrived_s));
    check(&group, i64::from(arrived_s))?;
    write(service, &logstore, None, vec![group], head.source_ip, received_ms).await
}

/// One log, each of whose keys is a parameter.
fn from_query(raw: &str, query: &Query) -> Result<LogGroup, Fault> {
    if raw.len() > MAX_TRACK_QUERY_BYTES {
        return Err(codes::BODY_TOO_LARGE.says("A log in a link has at most 16 KiB; send it by POST."));
    }
    let mut group = LogGroup::default();
    let mut contents = Vec::new();
    for (name, value) in query.pairs() {
        match name {
            "APIVersion" => {}
            "__topic__" => group.topic = Some(value.to_owned()),
            "__source__" => group.source = Some(value.to_owned()),
            _ => contents.push(Content { key: Some(name.to_owned()), value: Some(value.to_owned()) }),
        }
    }
    group.logs.push(PutLog { time: None, contents, time_ns: None });
    Ok(group)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_path_of_tracking_needs_no_signature() {
        assert!(is_tracking("/logstores/a/track") && is_tracking("/logstores/a/track.gif"));
        for other in ["/", "/logstores/a", "/logstores//track", "/logstores/a/tracks", "/logstores/a/b/track", "/track"]
        {
            assert!(!is_tracking(other), "{other}");
        }
    }

    #[test]
    fn a_link_is_a_log() {
        let raw = "APIVersion=0.6.0&__topic__=t&k=v%20w&__source__=s&k2=";
        let group = from_query(raw, &Query::parse(raw).unwrap()).unwrap();
        assert_eq!((group.topic.as_deref(), group.source.as_deref()), (Some("t"), Some("s")));
        let pairs = group.logs[0].contents.iter().map(|pair| (pair.key.as_deref(), pair.value.as_deref()));
        assert_eq!(pairs.collect::<Vec<_>>(), [(Some("k"), Some("v w")), (Some("k2"), Some(""))]);
        assert!(from_query(&"x".repeat(MAX_TRACK_QUERY_BYTES + 1), &Query::default()).is_err());
    }
}
