//! Which data events a trail wants.

use openapi::DataCall;
use serde::{Deserialize, Serialize};

use super::pattern::{Pattern, matches};
use crate::limits::{MAX_SELECTOR_VALUES, MAX_SELECTORS};
use crate::trail::EventRw;

/// What was put on a trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataEventSelection {
    /// Any of them.
    pub selectors: Vec<DataEventSelector>,
    /// In all regions.
    pub is_all_regions: bool,
    /// Else in these.
    pub regions: Vec<String>,
    /// The logstore of each region.
    pub deliveries: Vec<DataDelivery>,
}

impl DataEventSelection {
    /// Whether it asks for a call; without its place, whether it may.
    pub fn takes(&self, call: &DataCall<'_>) -> bool {
        let is_here = call
            .place
            .is_none_or(|place| self.is_all_regions || self.regions.iter().any(|region| region == place.region));
        is_here && self.selectors.iter().any(|selector| selector.takes(call))
    }

    /// The region whose project gets the events of a region: its own, if there is a project; of other regions, which a
    /// trail over all of them has as well, the first.
    pub fn project_region(&self, region: &str) -> Option<&str> {
        let mut regions = self.deliveries.iter().map(|delivery| delivery.region.as_str());
        regions.clone().find(|known| *known == region).or_else(|| regions.next())
    }
}

/// Where the data events of a region go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataDelivery {
    /// Region.
    pub region: String,
    /// Project, `actiontrail-log-<account>-<region>`.
    pub project_arn: String,
    /// When the logstore was asked for, Unix milliseconds.
    pub create_time_ms: i64,
    /// Code of why it could not be made; empty: it was.
    pub error_code: String,
    /// The reason.
    pub problem: String,
}

/// One selector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DataEventSelector {
    /// Service, `Oss`.
    pub service_name: String,
    /// `Read`, `Write` or `All`.
    #[serde(default = "all")]
    pub read_write_type: String,
    /// Names of events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_name: Option<Condition>,
    /// Resources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_arn: Option<Condition>,
}

impl DataEventSelector {
    fn takes(&self, call: &DataCall<'_>) -> bool {
        let takes = |condition: &Option<Condition>, value, pattern| {
            condition.as_ref().is_none_or(|condition| condition.takes(value, pattern))
        };
        self.service_name == call.service_name
            && EventRw::from_name(&self.read_write_type).is_some_and(|rw| rw.takes(Some(call.access.as_str())))
            && takes(&self.event_name, call.event_name, Pattern::Exact)
            && call.place.is_none_or(|place| takes(&self.resource_arn, place.resource_arn, Pattern::Arn))
    }
}

fn all() -> String {
    "All".to_owned()
}

/// A condition on a text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Condition {
    /// One of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equals: Vec<String>,
    /// None of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_equals: Vec<String>,
}

impl Condition {
    fn takes(&self, value: &str, pattern: Pattern) -> bool {
        let is_any = |values: &[String]| values.iter().any(|wanted| matches(wanted, value, pattern));
        (self.equals.is_empty() || is_any(&self.equals)) && !is_any(&self.not_equals)
    }
}

/// Reads the JSON text of selectors; the error says what is expected.
pub(crate) fn parse(text: &str) -> Result<Vec<DataEventSelector>, String> {
    let selectors: Vec<DataEventSelector> = serde_json::from_str(text).map_err(|error| {
        format!(
            "it must be the JSON text of an array of {{\"ServiceName\",\"ReadWriteType\",\"EventName\",\"ResourceArn\"}}: {error}"
        )
    })?;
    if selectors.is_empty() || selectors.len() > MAX_SELECTORS {
        return Err(format!("it has {} selectors, 1 to {MAX_SELECTORS} are allowed", selectors.len()));
    }
    for selector in &selectors {
        if EventRw::from_name(&selector.read_write_type).is_none() {
            return Err("ReadWriteType must be Read, Write or All".to_owned());
        }
        let conditions = selector.event_name.iter().chain(&selector.resource_arn);
        for values in conditions.flat_map(|condition| [&condition.equals, &condition.not_equals]) {
            if values.len() > MAX_SELECTOR_VALUES {
                return Err(format!("a list has {} values, at most {MAX_SELECTOR_VALUES} are allowed", values.len()));
            }
        }
        let arns = selector.resource_arn.iter().flat_map(|arns| arns.equals.iter().chain(&arns.not_equals));
        if let Some(arn) = arns.into_iter().find(|arn| resource_of(arn).is_none()) {
            return Err(format!("{arn:?} is not an ARN: use acs:<service>:<region>:<account>:<resource>"));
        }
    }
    Ok(selectors)
}

/// The last of the five parts of an ARN.
fn resource_of(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(5, ':');
    (parts.next()? == "acs").then_some(())?;
    parts.nth(3).filter(|resource| !resource.is_empty())
}

#[cfg(test)]
mod tests;
