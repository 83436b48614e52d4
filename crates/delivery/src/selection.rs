//! Which events a trail wants.

use std::borrow::Cow;

use audit::trail::{ALL_REGIONS, EventRw, Trail};
use audit::{DataEventSelection, DataFacts};
use event::{Category, Event, Facts};
use memchr::memmem;
use serde::{Deserialize, Serialize};

/// What a trail said about the events it wants, at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// `EventRW`
    pub event_rw: EventRw,
    /// `TrailRegion`; none for all regions.
    pub regions: Option<Vec<String>>,
    /// Where events of services without regions belong.
    pub home_region: String,
    /// Earliest and latest time of events, Unix seconds; for history jobs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times_s: Option<(i64, i64)>,
    /// Of a delivery of data events: which of them. Nothing else of the selection counts then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<DataEventSelection>,
}

/// An event that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picked<'a> {
    /// `eventTime`, Unix seconds.
    pub time_s: i64,
    /// The region whose files it belongs to.
    pub region: Cow<'a, str>,
}

impl Selection {
    /// What a trail says now.
    pub fn of(trail: &Trail) -> Selection {
        let is_everywhere = trail.trail_region == ALL_REGIONS;
        let regions = || trail.trail_region.split(',').map(str::to_owned).collect();
        Selection {
            event_rw: trail.event_rw,
            regions: (!is_everywhere).then(regions),
            home_region: trail.home_region.clone(),
            times_s: None,
            data: None,
        }
    }

    /// What a trail wants of data events.
    pub fn of_data(trail: &Trail, wanted: &DataEventSelection) -> Selection {
        Selection { data: Some(wanted.clone()), ..Selection::of(trail) }
    }

    /// Looks at an event, as [`Trail::takes`] does. The error says why it cannot be read.
    pub fn pick<'a>(&'a self, bytes: &'a [u8]) -> Result<Option<Picked<'a>>, String> {
        if let Some(wanted) = &self.data {
            return pick_data(wanted, bytes);
        }
        let facts = Facts::read(bytes).map_err(|error| error.to_string())?;
        let time_s = facts.event_time_s;
        let is_in_time = self.times_s.is_none_or(|(from_s, to_s)| (from_s..=to_s).contains(&time_s));
        if !is_in_time || !self.event_rw.takes(facts.event_rw.as_deref()) || !is_management(bytes)? {
            return Ok(None);
        }
        let region = match facts.acs_region {
            Some(region) if !facts.is_global && !region.is_empty() => region,
            // Of a service without regions: found everywhere, filed at home.
            _ => return Ok(Some(Picked { time_s, region: Cow::Borrowed(&self.home_region) })),
        };
        let is_here = self.regions.as_ref().is_none_or(|regions| regions.iter().any(|wanted| *wanted == region));
        Ok(is_here.then_some(Picked { time_s, region }))
    }
}

/// The region is the one whose project gets the event.
fn pick_data<'a>(wanted: &'a DataEventSelection, bytes: &[u8]) -> Result<Option<Picked<'a>>, String> {
    let facts = DataFacts::read(bytes)?;
    if !wanted.takes(&facts.call()) {
        return Ok(None);
    }
    let region = wanted.project_region(&facts.region);
    Ok(region.map(|region| Picked { time_s: facts.event_time_s, region: Cow::Borrowed(region) }))
}

/// Data events have ways of their own. Events as this server writes them say their category in one form; another form is
/// read as a whole.
fn is_management(bytes: &[u8]) -> Result<bool, String> {
    let says = |category: &[u8]| memmem::find(bytes, category).is_some();
    if says(br#""eventCategory":"Management""#)
        && !says(br#""eventCategory":"Data""#)
        && !says(br#""eventCategory":"Insight""#)
    {
        return Ok(true);
    }
    let event = Event::parse(bytes).map_err(|error| error.to_string())?;
    Ok(event.category() == Category::Management)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(access: &str, region: &str, extra: &str) -> Vec<u8> {
        format!(
            r#"{{"eventId":"1","eventVersion":1,{extra}"eventName":"N","eventRW":"{access}","eventTime":"2026-03-01T08:00:00Z","eventSource":"s","serviceName":"Ecs","acsRegion":"{region}","eventType":"ApiCall","userIdentity":{{"type":"root-account"}},"sourceIpAddress":"10.0.0.1","userAgent":""}}"#
        )
        .into_bytes()
    }

    fn picked(selection: &Selection, bytes: &[u8]) -> Option<String> {
        selection.pick(bytes).expect("an event").map(|picked| picked.region.into_owned())
    }

    fn all() -> Selection {
        Selection {
            event_rw: EventRw::All,
            regions: None,
            home_region: "cn-home".to_owned(),
            times_s: None,
            data: None,
        }
    }

    #[test]
    fn kinds_regions_and_global_events() {
        let writes = Selection { event_rw: EventRw::Write, ..all() };
        let one = Selection { regions: Some(vec!["cn-a".to_owned()]), ..all() };
        let global = event("Write", "cn-b", r#""isGlobal":true,"#);
        assert_eq!(picked(&all(), &event("Read", "cn-a", "")).as_deref(), Some("cn-a"));
        assert_eq!(picked(&writes, &event("Read", "cn-a", "")), None);
        assert_eq!(picked(&writes, &event("Write", "cn-b", "")).as_deref(), Some("cn-b"));
        assert_eq!(picked(&one, &event("Write", "cn-b", "")), None);
        assert_eq!(picked(&one, &event("Write", "cn-a", "")).as_deref(), Some("cn-a"));
        assert_eq!(picked(&one, &global).as_deref(), Some("cn-home"));
    }

    #[test]
    fn data_events_and_old_events_are_left_out() {
        assert_eq!(picked(&all(), &event("Write", "a", r#""eventCategory":"Data","#)), None);
        assert!(picked(&all(), &event("Write", "a", r#""eventCategory":"Management","#)).is_some());
        let later = Selection { times_s: Some((1_772_352_001, i64::MAX)), ..all() };
        assert_eq!(picked(&later, &event("Write", "a", "")), None);
        assert!(all().pick(b"{}").is_err());
    }
}
