//! `DescribeTrails`: names that nobody has are left out.

use std::sync::Arc;

use openapi::{Answer, ApiError, Call};
use serde_json::Value;

use super::record::{ALL_REGIONS, Trail};
use super::{values, view};
use crate::operations::ActionTrail;

pub(crate) async fn describe_trails(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let names = call.text("NameList").map(names).transpose()?;
    let with_shadows = call.boolean("IncludeShadowTrails").unwrap_or(false);
    let with_organization = call.boolean("IncludeOrganizationTrail").unwrap_or(false);
    let is_shown = |trail: &&Arc<Trail>| {
        is_visible(trail, call, with_organization)
            && is_here(trail, call, with_shadows)
            && names.as_ref().is_none_or(|names| names.contains(&trail.name.as_str()))
    };
    let trails = audit.trails.trails();
    let list: Vec<Value> = trails.iter().filter(is_shown).map(|trail| view::item(trail, call)).collect();
    Ok(Answer::empty().with("TrailList", list))
}

fn names(text: &str) -> Result<Vec<&str>, ApiError> {
    let names: Vec<&str> = text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    names.iter().try_for_each(|name| values::check_name(name))?;
    Ok(names)
}

/// Own trails, and those of the organisation for who asks for them.
pub(super) fn is_visible(trail: &Trail, call: &Call, with_organization: bool) -> bool {
    if trail.is_organization_trail { with_organization } else { trail.account_id == call.caller.account_id }
}

/// Those whose home is the region of the call; as shadows, those that cover all regions.
pub(super) fn is_here(trail: &Trail, call: &Call, with_shadows: bool) -> bool {
    trail.home_region == call.region || (with_shadows && trail.trail_region == ALL_REGIONS)
}
