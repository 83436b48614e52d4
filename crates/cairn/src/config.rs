//! Settings: a TOML file, over defaults that need none.

mod bucket;
mod clouds;
mod delivery;
mod object_storage;
mod retention;
mod s3;
mod sms;
mod sql;

use std::path::{Path, PathBuf};

use openapi::Throttling;
use serde::{Deserialize, Serialize};

pub use self::bucket::BucketConfig;
pub use self::clouds::{AzureConfig, GcsConfig};
pub use self::delivery::DeliveryConfig;
pub use self::retention::RetentionDays;
pub use self::s3::S3Config;
pub use self::sms::SmsConfig;
pub use self::sql::SqlConfig;

/// Everything that can be set. Unknown names are refused, so that a typing error does not go unnoticed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Folder for everything that the server keeps.
    pub data: PathBuf,
    /// Address and port; port 0 takes a free one.
    pub listen: String,
    /// `sqlite://PATH` or `postgres://…`; empty: a SQLite file in the data folder.
    pub database_url: String,
    /// Region of calls that name none.
    pub default_region: String,
    /// Home region of services without regions (RAM, STS).
    pub global_region: String,
    /// Rate limits: `protective` or `vendor`.
    pub throttling: ThrottlingName,
    /// File of mobile number prefixes in the form of `phone.dat`, asked before the built-in table; empty: none.
    pub phone_data_file: PathBuf,
    /// The event lookup.
    pub lookup: Lookup,
    /// What events may hold.
    pub masking: MaskingConfig,
    /// The journal.
    pub journal: JournalConfig,
    /// Memory and segments.
    pub store: StoreConfig,
    /// SQL over events.
    pub sql: SqlConfig,
    /// What agents' workbenches are told.
    pub workbench: WorkbenchConfig,
    /// How short messages leave.
    pub sms: SmsConfig,
    /// The log service.
    pub logstore: LogstoreConfig,
    /// Destinations of trails in other services.
    pub delivery: DeliveryConfig,
    /// The object storage service.
    pub bucket: BucketConfig,
}

/// `[logstore]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogstoreConfig {
    /// Names under which clients of logs reach the server, such as `logs.example.com`: below them are projects. Addresses
    /// and the cloud's own names need not be listed.
    pub endpoints: Vec<String>,
    /// Zone of dates and times in SQL over logs, as an offset: the cloud has `+08:00` in its Chinese regions.
    pub sql_time_zone: String,
    /// Longest time of SQL over logs, seconds. Its memory and disk are those of the section `[sql]`.
    pub sql_time_limit_s: u32,
    /// A file in the MMDB format that says where addresses are, for `ip_to_country` and the like. Empty: they answer empty
    /// texts.
    pub sql_places_file: PathBuf,
}

impl Default for LogstoreConfig {
    fn default() -> Self {
        // The time is the cloud's: less than the minute that clients wait.
        Self {
            endpoints: Vec::new(),
            sql_time_zone: "+00:00".to_owned(),
            sql_time_limit_s: 55,
            sql_places_file: PathBuf::new(),
        }
    }
}

/// `[workbench]`: servers beside this one. What is empty is left out of answers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WorkbenchConfig {
    /// Address of the agent server.
    pub agent_server_url: String,
    /// Address that browsers register their telephones at.
    pub webrtc_url: String,
    /// Addresses of the TURN server, `turn:relay.example.com:3478?transport=udp`.
    pub turn_urls: Vec<String>,
    /// File with the secret that the TURN server shares: a file, so that no secret stands in the configuration.
    pub turn_secret_file: PathBuf,
}

/// `[lookup]`
#[derive(Default, Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lookup {
    /// Any number and combination of attributes, where the cloud allows certain pairs.
    pub any_attributes: bool,
}

/// `[masking]`
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MaskingConfig {
    /// Phone numbers and message texts: `keep` or `mask`. Secrets are always masked.
    pub personal_data: PersonalDataName,
}

/// `[journal]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JournalConfig {
    /// Calls are refused while less disk space than this is free, MiB.
    pub free_disk_floor_mib: u64,
}

/// `[store]`: when events move from memory to segments, what becomes of these, and where these are.
///
/// With an object storage, calls do not depend on it: their events are in the journal and in memory, and segments are
/// written when it is there again; when as many memory parts wait as may, events are in the journal alone and lookups
/// say that the index is behind. A lookup that needs an object which is neither in the cache nor to be had answers
/// `ServiceUnavailable`, never a shorter page.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreConfig {
    /// Events of a memory part.
    pub part_events: u64,
    /// Size of a memory part, MiB.
    pub part_mib: u64,
    /// Age of a memory part's first event, seconds.
    pub part_age_s: u64,
    /// How long events are kept and found, where an account has not set its own: days such as `90`, or `"unlimited"`.
    /// Segments whose events are all older are removed, unless a legal hold is on them.
    pub retention_days: RetentionDays,
    /// Whether small segments of a day are joined to larger ones.
    pub compaction: bool,
    /// Age, days, from which on segments are compressed again while nothing else is to be done; 0 for never.
    pub recompression_days: u32,
    /// zstd level of that: 1 to 22; the first time it is 1.
    pub recompression_level: i32,
    /// Where segments are: `s3://BUCKET/PREFIX`, or `oss://…`, `gs://…`, `az://CONTAINER/PREFIX`, for one server alone;
    /// empty: `segments/` in the data folder. Segments that are there already are copied by hand: their names stay the same.
    pub url: String,
    /// Size of `cache/` in the data folder, which keeps what was read from or put into the object storage, MiB.
    pub cache_mib: u64,
    /// Used with `s3://…` and `oss://…`.
    pub s3: S3Config,
    /// Used with `gs://…`.
    pub gcs: GcsConfig,
    /// Used with `az://…`.
    pub azure: AzureConfig,
}

/// Names of [`Throttling`].
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThrottlingName {
    #[default]
    Protective,
    Vendor,
}

/// Names of [`event::PersonalData`].
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PersonalDataName {
    #[default]
    Keep,
    Mask,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("cairn-data"),
            listen: "127.0.0.1:8080".to_owned(),
            database_url: String::new(),
            default_region: "cn-shanghai".to_owned(),
            global_region: "cn-hangzhou".to_owned(),
            throttling: ThrottlingName::default(),
            lookup: Lookup::default(),
            masking: MaskingConfig::default(),
            journal: JournalConfig::default(),
            store: StoreConfig::default(),
            sql: SqlConfig::default(),
            workbench: WorkbenchConfig::default(),
            sms: SmsConfig::default(),
            logstore: LogstoreConfig::default(),
            delivery: DeliveryConfig::default(),
            bucket: BucketConfig::default(),
            phone_data_file: PathBuf::new(),
        }
    }
}

impl Default for JournalConfig {
    fn default() -> Self {
        Self { free_disk_floor_mib: 256 }
    }
}

impl Default for StoreConfig {
    fn default() -> Self {
        let defaults = store::StoreOptions::default();
        Self {
            part_events: defaults.part_rows,
            part_mib: defaults.part_bytes / 1024 / 1024,
            part_age_s: defaults.part_age.as_secs(),
            retention_days: RetentionDays::default(),
            compaction: defaults.compaction,
            recompression_days: (store::limits::DEFAULT_RECOMPRESSION_AGE_S / 86_400) as u32,
            recompression_level: defaults.recompression_level,
            url: String::new(),
            cache_mib: objects::limits::DEFAULT_CACHE_MIB,
            s3: S3Config::default(),
            gcs: GcsConfig::default(),
            azure: AzureConfig::default(),
        }
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {path}: {cause}")]
    Unreadable {
        /// File.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("the configuration {path} is not valid: {cause}")]
    Invalid {
        /// File.
        path: PathBuf,
        /// Place and reason.
        cause: Box<toml::de::Error>,
    },
}

impl Config {
    /// Reads a file, or takes the defaults without one.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let Some(path) = path else { return Ok(Self::default()) };
        let text =
            std::fs::read_to_string(path).map_err(|cause| ConfigError::Unreadable { path: path.to_owned(), cause })?;
        toml::from_str(&text).map_err(|cause| ConfigError::Invalid { path: path.to_owned(), cause: Box::new(cause) })
    }

    /// The database, also when none is named.
    pub fn database_url(&self) -> String {
        match self.database_url.as_str() {
            "" => format!("sqlite://{}", self.data.join("control.db").display()),
            url => url.to_owned(),
        }
    }

    /// Rate limits as the gateway knows them.
    pub fn throttling(&self) -> Throttling {
        match self.throttling {
            ThrottlingName::Protective => Throttling::Protective,
            ThrottlingName::Vendor => Throttling::Vendor,
        }
    }

    /// Where telephone numbers are at home.
    ///
    /// # Errors
    /// When the operator's file cannot be read.
    pub fn regions(&self) -> Result<regions::Regions, regions::PhoneDataError> {
        let file = Some(&self.phone_data_file).filter(|path| !path.as_os_str().is_empty());
        Ok(regions::Regions::new(file.map(|path| regions::PhoneData::open(path)).transpose()?))
    }

    /// Masking as events know it.
    pub fn masking(&self) -> event::Masking {
        let personal = match self.masking.personal_data {
            PersonalDataName::Keep => event::PersonalData::Keep,
            PersonalDataName::Mask => event::PersonalData::Mask,
        };
        event::Masking { personal }
    }
}
