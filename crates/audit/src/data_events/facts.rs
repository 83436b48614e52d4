//! What a recorded data event is about, for selectors.

use std::borrow::Cow;

use event::Facts;
use openapi::{Access, DataCall, DataPlace, RESOURCE_ARN};
use serde::Deserialize;

/// What selectors ask of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFacts<'a> {
    service_name: Cow<'a, str>,
    event_name: Cow<'a, str>,
    access: Access,
    /// `acsRegion`
    pub region: Cow<'a, str>,
    resource_arn: String,
    /// `eventTime`, Unix seconds.
    pub event_time_s: i64,
}

#[derive(Deserialize)]
struct Additional {
    #[serde(rename = "additionalEventData", default)]
    data: std::collections::BTreeMap<String, serde_json::Value>,
}

impl<'a> DataFacts<'a> {
    /// Reads an event of a stream of data events. The error says why it cannot be read.
    pub fn read(bytes: &'a [u8]) -> Result<DataFacts<'a>, String> {
        let facts = Facts::read(bytes).map_err(|error| error.to_string())?;
        let additional: Additional = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let resource_arn = additional.data.get(RESOURCE_ARN).and_then(serde_json::Value::as_str);
        Ok(DataFacts {
            service_name: facts.service_name.unwrap_or_default(),
            event_name: facts.event_name.unwrap_or_default(),
            access: if facts.event_rw.as_deref() == Some("Read") { Access::Read } else { Access::Write },
            region: facts.acs_region.unwrap_or_default(),
            resource_arn: resource_arn.unwrap_or_default().to_owned(),
            event_time_s: facts.event_time_s,
        })
    }

    /// The call, as it was asked about when it was done.
    pub fn call(&self) -> DataCall<'_> {
        DataCall {
            account_id: "",
            service_name: &self.service_name,
            event_name: &self.event_name,
            access: self.access,
            place: Some(DataPlace { region: &self.region, resource_arn: &self.resource_arn }),
        }
    }
}
