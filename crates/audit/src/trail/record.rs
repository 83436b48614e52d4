//! A trail as its row has it.
//!
//! Public document: ActionTrail, "DescribeTrails" (2020-07-06).

use std::collections::BTreeMap;

use event::Facts;
use serde::{Deserialize, Serialize};

use crate::data_events::{DataEventSelection, DataSpan};
use crate::limits::{DEFAULT_FILE_INTERVAL_S, DEFAULT_FILE_MAX_BYTES};

/// Last positions of streams at one moment, by name. A stream that is not there had no record.
pub type Marks = BTreeMap<String, u64>;

/// The text for all regions.
pub const ALL_REGIONS: &str = "All";

/// A trail. Texts that are not set are empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Trail {
    /// Never used again, not even by a trail of the same name.
    pub id: String,
    /// Owner.
    pub account_id: String,
    /// Unique in the account.
    pub name: String,
    /// Region in which the trail was created.
    pub home_region: String,
    /// Events of all accounts of the server.
    pub is_organization_trail: bool,
    /// What the columns do not have.
    pub properties: Properties,
}

/// What is kept of a trail beside its keys; new fields need a default and no migration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Properties {
    /// `All`, or region ids joined with commas.
    pub trail_region: String,
    /// Which events.
    pub event_rw: EventRw,
    /// Of an organisation's trail, `rd-…`.
    pub organization_id: String,
    /// Bucket.
    pub oss_bucket_name: String,
    /// Begin of the keys, without a slash at its end.
    pub oss_key_prefix: String,
    /// Where the bucket is, `oss-cn-hangzhou`.
    pub oss_bucket_location: String,
    /// Role that writes into the bucket; empty: the account itself.
    pub oss_write_role_arn: String,
    /// Project, see [`Trail::log_project`].
    pub sls_project_arn: String,
    /// Role that writes into the project; empty: the account itself.
    pub sls_write_role_arn: String,
    /// State.
    pub status: Status,
    /// Number of the last span, of whatever became of it.
    pub last_span: u64,
    /// When the trail was logging: finished ones are forgotten when they are delivered.
    pub spans: Vec<LoggingSpan>,
    /// Where the streams were when the bucket was named: it gets nothing older.
    pub oss_since: Marks,
    /// Grows when another bucket or prefix is named: what was delivered before says nothing of the new one.
    pub oss_generation: u64,
    /// Where the streams were when the project was named.
    pub sls_since: Marks,
    /// Grows when another project is named.
    pub sls_generation: u64,
    /// Last start, Unix milliseconds.
    pub start_logging_time_ms: Option<i64>,
    /// Last stop.
    pub stop_logging_time_ms: Option<i64>,
    /// When it was created.
    pub create_time_ms: i64,
    /// When it was changed.
    pub update_time_ms: i64,
    /// Age at which a file of events is written, seconds.
    pub file_interval_s: i64,
    /// Size of the events at which a file is written earlier, bytes.
    pub file_max_bytes: i64,
    /// Data events that are wanted.
    pub data_events: Option<DataEventSelection>,
    /// Number of the last span of data events, of whatever became of it.
    pub last_data_span: u64,
    /// When data events were wanted: finished ones are forgotten when they are delivered.
    pub data_spans: Vec<DataSpan>,
    /// Grows when data events are wanted after nothing was.
    pub data_generation: u64,
    /// Insight types that are wanted.
    pub insight_types: Vec<String>,
}

impl Default for Properties {
    fn default() -> Self {
        Self {
            trail_region: ALL_REGIONS.to_owned(),
            event_rw: EventRw::All,
            organization_id: String::new(),
            oss_bucket_name: String::new(),
            oss_key_prefix: String::new(),
            oss_bucket_location: String::new(),
            oss_write_role_arn: String::new(),
            sls_project_arn: String::new(),
            sls_write_role_arn: String::new(),
            status: Status::Fresh,
            last_span: 0,
            spans: Vec::new(),
            oss_since: Marks::new(),
            oss_generation: 0,
            sls_since: Marks::new(),
            sls_generation: 0,
            start_logging_time_ms: None,
            stop_logging_time_ms: None,
            create_time_ms: 0,
            update_time_ms: 0,
            file_interval_s: DEFAULT_FILE_INTERVAL_S,
            file_max_bytes: DEFAULT_FILE_MAX_BYTES,
            data_events: None,
            last_data_span: 0,
            data_spans: Vec::new(),
            data_generation: 0,
            insight_types: Vec::new(),
        }
    }
}

impl std::ops::Deref for Trail {
    type Target = Properties;

    fn deref(&self) -> &Properties {
        &self.properties
    }
}

impl std::ops::DerefMut for Trail {
    fn deref_mut(&mut self) -> &mut Properties {
        &mut self.properties
    }
}

/// Which events a trail takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventRw {
    /// Reading ones.
    Read,
    /// Writing ones.
    Write,
    /// Both.
    All,
}

impl EventRw {
    /// The texts on the wire.
    pub const NAMES: &'static [&'static str] = &["Read", "Write", "All"];

    /// From its text; nothing for another one.
    pub fn from_name(name: &str) -> Option<EventRw> {
        match name {
            "Read" => Some(EventRw::Read),
            "Write" => Some(EventRw::Write),
            "All" => Some(EventRw::All),
            _ => None,
        }
    }

    /// The text on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            EventRw::Read => "Read",
            EventRw::Write => "Write",
            EventRw::All => "All",
        }
    }

    /// Takes an event with this `eventRW`. One without is as good as any.
    pub fn takes(self, event_rw: Option<&str>) -> bool {
        match self {
            EventRw::All => true,
            EventRw::Read => event_rw != Some("Write"),
            EventRw::Write => event_rw != Some("Read"),
        }
    }
}

/// State of a trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Created and never started.
    Fresh,
    /// Logging.
    Enable,
    /// Stopped.
    Disable,
}

impl Status {
    /// The text on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Fresh => "Fresh",
            Status::Enable => "Enable",
            Status::Disable => "Disable",
        }
    }
}

/// One time in which a trail was logging, in positions: what lies in between is delivered, however late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggingSpan {
    /// Counts the spans of the trail, from 1.
    pub number: u64,
    /// Where the streams were at the start: their next records are the first.
    pub after: Marks,
    /// Where they were at the stop: these records are the last. Nothing while the trail is logging. A stream that is not
    /// there had no record.
    pub until: Option<Marks>,
    /// Id of the event of the call that stopped it, which lies behind the marks and is delivered as the last one. It may be
    /// missing, if the server ended before it was recorded.
    pub stopped_by: Option<String>,
}

/// A project in its ARN, `acs:log:<region>:<account>:project/<project>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogProject {
    /// Where it is.
    pub region: String,
    /// Whose it is.
    pub account_id: String,
    /// Its name.
    pub project: String,
}

impl LogProject {
    /// Reads the ARN.
    pub fn parse(arn: &str) -> Option<LogProject> {
        let mut parts = arn.splitn(5, ':');
        let (acs, log, region, account_id, resource) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let project = resource.strip_prefix("project/")?;
        let is_plain = |text: &str| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        if (acs, log) != ("acs", "log") || ![region, account_id, project].into_iter().all(is_plain) {
            return None;
        }
        Some(LogProject { region: region.to_owned(), account_id: account_id.to_owned(), project: project.to_owned() })
    }
}

/// A role in its ARN, `acs:ram::<account>:role/<name>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteRole {
    /// Whose it is.
    pub account_id: String,
    /// Its name; compared without letter case.
    pub name: String,
}

impl WriteRole {
    /// Reads the ARN.
    pub fn parse(arn: &str) -> Option<WriteRole> {
        let (account_id, name) = arn.strip_prefix("acs:ram::")?.split_once(":role/")?;
        let is_account = !account_id.is_empty() && account_id.bytes().all(|byte| byte.is_ascii_digit());
        let is_name = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        (is_account && is_name).then(|| WriteRole { account_id: account_id.to_owned(), name: name.to_owned() })
    }
}

impl Trail {
    /// `acs:actiontrail:<region>:<account>:trail/<name>`
    pub fn arn(&self) -> String {
        format!("acs:actiontrail:{}:{}:trail/{}", self.home_region, self.account_id, self.name)
    }

    /// Name of the logstore in the project.
    pub fn logstore(&self) -> String {
        format!("actiontrail_{}", self.name)
    }

    /// The project, when there is one.
    pub fn log_project(&self) -> Option<LogProject> {
        LogProject::parse(&self.sls_project_arn)
    }

    /// A bucket is set.
    pub fn has_bucket(&self) -> bool {
        !self.oss_bucket_name.is_empty()
    }

    /// A project is set.
    pub fn has_logs(&self) -> bool {
        !self.sls_project_arn.is_empty()
    }

    /// The events of this account belong to the trail.
    pub fn covers_account(&self, account_id: &str) -> bool {
        self.is_organization_trail || self.account_id == account_id
    }

    /// Events of this region belong to the trail.
    pub fn covers_region(&self, region: &str) -> bool {
        self.trail_region == ALL_REGIONS || self.trail_region.split(',').any(|covered| covered == region)
    }

    /// A management event of a covered account belongs to the trail. Events of services without regions belong to every
    /// trail, as lookups show them in every region.
    pub fn takes(&self, event: &Facts<'_>) -> bool {
        let is_here = event.is_global || event.acs_region.as_deref().is_none_or(|region| self.covers_region(region));
        is_here && self.event_rw.takes(event.event_rw.as_deref())
    }

    /// It is logging.
    pub fn is_logging(&self) -> bool {
        self.status == Status::Enable
    }
}
