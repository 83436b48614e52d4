//! The files of a batch in a bucket: their keys and their bytes (ActionTrail, "Delivery formats").
//!
//! Both are a function of the events and of the time that was recorded with the batch, so that writing again writes the
//! same. Events of several regions are several files.

use std::collections::BTreeMap;
use std::io::{self, Write};

use bytes::Bytes;
use flate2::{Compression, GzBuilder};
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::macros::format_description;

use crate::gathering::EventInHand;

/// Content type of the files.
pub const CONTENT_TYPE: &str = "application/gzip";

/// The folder of events; those of insights are in another one.
const FOLDER: &str = "AliyunLogs/Actiontrail";

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectFile {
    /// Region of its events.
    pub region: String,
    /// Its key.
    pub key: String,
    /// Its bytes.
    pub bytes: Bytes,
}

/// A file as it is recorded before it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileName {
    /// Region of its events.
    pub region: String,
    /// Its key.
    pub key: String,
}

/// What keys begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyBeginning<'a> {
    /// The trail's own; empty for nothing.
    pub prefix: &'a str,
    /// For trails of an organisation its id and the account of the events.
    pub member: Option<(&'a str, &'a str)>,
}

impl KeyBeginning<'_> {
    /// What all keys of the trail begin with.
    pub fn folder(&self) -> String {
        let prefix = self.prefix.trim_matches('/');
        let start = if prefix.is_empty() { FOLDER.to_owned() } else { format!("{prefix}/{FOLDER}") };
        match self.member {
            Some((organization, account)) => format!("{start}/{organization}/{account}"),
            None => start,
        }
    }
}

/// The files of a batch, by region.
pub fn files(beginning: &KeyBeginning<'_>, events: &[EventInHand], made_ms: i64) -> io::Result<Vec<ObjectFile>> {
    let mut regions: BTreeMap<&str, Vec<&EventInHand>> = BTreeMap::new();
    for event in events {
        regions.entry(&event.region).or_default().push(event);
    }
    let folder = beginning.folder();
    let made = regions.into_iter().map(|(region, mut events)| {
        events.sort_by_key(|event| (event.time_s, event.position));
        let bytes = gzip(&events)?;
        let key = key(&folder, region, made_ms, events.len(), &bytes);
        Ok(ObjectFile { region: region.to_owned(), key, bytes })
    });
    made.collect()
}

fn key(folder: &str, region: &str, made_ms: i64, count: usize, bytes: &[u8]) -> String {
    let at = OffsetDateTime::from_unix_timestamp(made_ms.div_euclid(1_000)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let day = at.format(format_description!("[year]/[month]/[day]")).unwrap_or_default();
    let second = at.format(format_description!("[year][month][day][hour][minute][second]")).unwrap_or_default();
    let (size, md5) = (bytes.len(), hex::encode(Md5::digest(bytes)));
    format!("{folder}/{region}/{day}/Actiontrail_{region}_{second}_1002_{count}_{size}_{md5}.gz")
}

/// A JSON array with an event on each line. Nothing in it depends on when or where it is made.
fn gzip(events: &[&EventInHand]) -> io::Result<Bytes> {
    /// "Unknown", whatever this runs on.
    const OPERATING_SYSTEM: u8 = 255;
    let raw_bytes: usize = events.iter().map(|event| event.bytes.len() + 2).sum();
    let builder = GzBuilder::new().mtime(0).operating_system(OPERATING_SYSTEM);
    let mut encoder = builder.write(Vec::with_capacity(raw_bytes / 8), Compression::default());
    encoder.write_all(b"[")?;
    for (index, event) in events.iter().enumerate() {
        if index > 0 {
            encoder.write_all(b",\n")?;
        }
        encoder.write_all(&event.bytes)?;
    }
    encoder.write_all(b"]")?;
    encoder.finish().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn event(position: u64, time_s: i64, region: &str) -> EventInHand {
        let bytes = format!(r#"{{"eventId":"{position}"}}"#).into();
        EventInHand { position, appended_ms: 0, time_s, region: region.into(), bytes }
    }

    #[expect(clippy::disallowed_methods, reason = "bytes of the test's own")]
    fn unpacked(bytes: &[u8]) -> String {
        let mut text = String::new();
        flate2::read::GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn a_file_for_each_region_in_order_of_time() {
        let events = [event(7, 30, "cn-b"), event(8, 10, "cn-a"), event(9, 20, "cn-b")];
        let beginning = KeyBeginning { prefix: "ops-audit", member: None };
        let files = files(&beginning, &events, 1_772_353_200_500).unwrap();
        assert_eq!(unpacked(&files[0].bytes), r#"[{"eventId":"8"}]"#);
        assert_eq!(unpacked(&files[1].bytes), "[{\"eventId\":\"9\"},\n{\"eventId\":\"7\"}]");
        let (size, md5) = (files[1].bytes.len(), hex::encode(Md5::digest(&files[1].bytes)));
        assert_eq!(
            files[1].key,
            format!(
                "ops-audit/AliyunLogs/Actiontrail/cn-b/2026/03/01/Actiontrail_cn-b_20260301082000_1002_2_{size}_{md5}.gz"
            )
        );
        assert_eq!(files, super::files(&beginning, &events, 1_772_353_200_999).unwrap());
    }

    #[test]
    fn files_stay_the_same_from_release_to_release() {
        let beginning = KeyBeginning { prefix: "", member: Some(("rd-a1b2", "1000000000000002")) };
        let file = files(&beginning, &[event(1, 1, "cn-a")], 0).unwrap().remove(0);
        let folder = "AliyunLogs/Actiontrail/rd-a1b2/1000000000000002/cn-a/1970/01/01/";
        assert!(file.key.starts_with(&format!("{folder}Actiontrail_cn-a_19700101000000_1002_1_")), "{}", file.key);
        assert_eq!(file.bytes[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
    }
}
