//! Where addresses are: the seam to a source of data, and the source that reads an operator's MMDB file.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::net::IpAddr;
use std::path::Path;

use datafusion::error::Result;
use serde::Deserialize;

use crate::value::invalid;

/// The language of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// What the service shows without being asked.
    Chinese,
    /// What it shows for 'en'.
    English,
}

/// Where an address is; what is not known is empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Place {
    /// Name of the country.
    pub country: String,
    /// Its code of two letters.
    pub country_code: String,
    /// Name of the province.
    pub province: String,
    /// Name of the city.
    pub city: String,
    /// Latitude and longitude of the city.
    pub position: Option<(f64, f64)>,
    /// Who provides the connection.
    pub provider: String,
}

/// A source of places.
pub trait Geography: Debug + Send + Sync {
    /// Where the address is, if the source knows it.
    fn place(&self, address: IpAddr, language: Language) -> Result<Option<Place>>;
}

/// A database of the MMDB format with the fields of a city database (`country`, `subdivisions`, `city`, `location`) or
/// less of them; the provider is in `traits` or beside them, as in a database of providers.
pub struct MmdbFile(maxminddb::Reader<Vec<u8>>);

impl MmdbFile {
    /// Reads the file into memory.
    pub fn open(path: &Path) -> Result<MmdbFile> {
        let read = maxminddb::Reader::open_readfile(path);
        read.map(MmdbFile).map_err(|error| invalid(format!("{} is no MMDB file: {error}", path.display())))
    }

    /// Of a file's bytes.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<MmdbFile> {
        let read = maxminddb::Reader::from_source(bytes);
        read.map(MmdbFile).map_err(|error| invalid(format!("the bytes are no MMDB file: {error}")))
    }
}

impl Debug for MmdbFile {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "MmdbFile({})", self.0.metadata().database_type)
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Named {
    iso_code: String,
    names: BTreeMap<String, String>,
}

impl Named {
    /// The name in the language, or else in English.
    fn name(&self, language: Language) -> String {
        let wanted = match language {
            Language::Chinese => "zh-CN",
            Language::English => "en",
        };
        self.names.get(wanted).or_else(|| self.names.get("en")).cloned().unwrap_or_default()
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Location {
    latitude: Option<f64>,
    longitude: Option<f64>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Provider {
    isp: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Record {
    country: Named,
    subdivisions: Vec<Named>,
    city: Named,
    location: Location,
    traits: Provider,
    isp: String,
    autonomous_system_organization: String,
}

impl Geography for MmdbFile {
    fn place(&self, address: IpAddr, language: Language) -> Result<Option<Place>> {
        let failed = |error| invalid(format!("the geography of {address} cannot be read: {error}"));
        // A database of IPv4 has no place for other addresses.
        if address.is_ipv6() && self.0.metadata().ip_version == 4 {
            return Ok(None);
        }
        let found = self.0.lookup(address).map_err(failed)?.decode::<Record>().map_err(failed)?;
        Ok(found.map(|record| Place {
            country: record.country.name(language),
            province: record.subdivisions.first().map(|province| province.name(language)).unwrap_or_default(),
            city: record.city.name(language),
            position: record.location.latitude.zip(record.location.longitude),
            provider: [record.traits.isp, record.isp, record.autonomous_system_organization]
                .into_iter()
                .find(|name| !name.is_empty())
                .unwrap_or_default(),
            country_code: record.country.iso_code,
        }))
    }
}
