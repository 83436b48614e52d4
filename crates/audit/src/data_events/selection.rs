//! Which data events a trail wants.

use event::Facts;
use serde::{Deserialize, Serialize};

use crate::limits::{MAX_SELECTOR_VALUES, MAX_SELECTORS};

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
        if crate::trail::EventRw::from_name(&selector.read_write_type).is_none() {
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

impl DataEventSelection {
    /// A data event is wanted.
    pub fn takes(&self, event: &Facts<'_>) -> bool {
        let region = event.acs_region.as_deref().unwrap_or_default();
        let is_here = self.is_all_regions || self.regions.iter().any(|wanted| wanted == region);
        is_here && self.selectors.iter().any(|selector| selector.takes(event))
    }
}

impl DataEventSelector {
    fn takes(&self, event: &Facts<'_>) -> bool {
        let rw = crate::trail::EventRw::from_name(&self.read_write_type);
        event.service_name.as_deref() == Some(self.service_name.as_str())
            && rw.is_some_and(|rw| rw.takes(event.event_rw.as_deref()))
            && self.event_name.as_ref().is_none_or(|wanted| wanted.takes_name(event.event_name.as_deref()))
            && self.resource_arn.as_ref().is_none_or(|wanted| wanted.takes_resources(event))
    }
}

impl Condition {
    fn takes_name(&self, name: Option<&str>) -> bool {
        let is_among = |values: &[String]| values.iter().any(|value| Some(value.as_str()) == name);
        (self.equals.is_empty() || is_among(&self.equals)) && !is_among(&self.not_equals)
    }

    /// ARNs are compared by what they say of the resource: region and account are those of the event.
    fn takes_resources(&self, event: &Facts<'_>) -> bool {
        let is_among = |arns: &[String]| {
            let mut resources = arns.iter().filter_map(|arn| resource_of(arn));
            resources.any(|pattern| event.resource_names.iter().any(|name| is_like(pattern, name)))
        };
        (self.equals.is_empty() || is_among(&self.equals)) && !is_among(&self.not_equals)
    }
}

/// The last of the five parts of an ARN.
fn resource_of(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(5, ':');
    (parts.next()? == "acs").then_some(())?;
    parts.nth(3).filter(|resource| !resource.is_empty())
}

/// A pattern with `*` for any text.
fn is_like(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("bucket/*", "bucket/a/b", true),
            ("bucket/*", "bucket", false),
            ("*", "", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c", false),
            ("ab*b", "ab", false),
            ("exact", "exact", true),
            ("exact", "exact1", false),
        ] {
            assert_eq!(is_like(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn selectors_are_alternatives_of_conditions() {
        let selectors = parse(
            r#"[{"ServiceName":"Oss","ReadWriteType":"Write","EventName":{"NotEquals":["PutObject"]}},
                {"ServiceName":"Oss","EventName":{"Equals":["GetObject"]},"ResourceArn":{"Equals":["acs:oss:*:*:ours/*"],"NotEquals":["acs:oss:*:*:ours/open/*"]}}]"#,
        )
        .expect("good selectors");
        let wanted = DataEventSelection {
            selectors,
            is_all_regions: false,
            regions: vec!["cn-shanghai".to_owned()],
            deliveries: Vec::new(),
        };
        let event = |region: &'static str, name: &'static str, rw: &'static str, resource: &'static str| Facts {
            acs_region: Some(region.into()),
            service_name: Some("Oss".into()),
            event_name: Some(name.into()),
            event_rw: Some(rw.into()),
            resource_names: vec![resource.into()],
            ..Facts::default()
        };
        for (event, expected) in [
            (event("cn-shanghai", "DeleteObject", "Write", "x/1"), true),
            (event("cn-beijing", "DeleteObject", "Write", "x/1"), false),
            (event("cn-shanghai", "PutObject", "Write", "ours/1"), false),
            (event("cn-shanghai", "GetObject", "Read", "ours/1"), true),
            (event("cn-shanghai", "GetObject", "Read", "ours/open/1"), false),
            (event("cn-shanghai", "GetObject", "Read", "theirs/1"), false),
            (event("cn-shanghai", "HeadObject", "Read", "ours/1"), false),
        ] {
            assert_eq!(wanted.takes(&event), expected, "{event:?}");
        }
    }

    #[test]
    fn bad_selectors_are_told() {
        for text in [
            "",
            "{}",
            "[]",
            r#"[{"ReadWriteType":"All"}]"#,
            r#"[{"ServiceName":"Oss","ReadWriteType":"Both"}]"#,
            r#"[{"ServiceName":"Oss","Colour":"red"}]"#,
            r#"[{"ServiceName":"Oss","ResourceArn":{"Equals":["bucket"]}}]"#,
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
