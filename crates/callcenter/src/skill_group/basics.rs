//! Name, text, strategy and private-number flag as calls give them.

use openapi::{ApiError, Call, ValueFault};

use crate::limits::{MAX_SKILL_GROUP_DESCRIPTION_WIDTH, MAX_SKILL_GROUP_NAME_WIDTH};
use crate::product::{missing, unfit};
use crate::skill_group::RoutingStrategy;
use crate::text::{check_name, check_text};

/// What a call says of a skill group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Basics<'a> {
    pub(crate) name: &'a str,
    pub(crate) description: &'a str,
    /// Not named by older clients.
    pub(crate) strategy: Option<RoutingStrategy>,
    /// Not named by older clients.
    pub(crate) allow_private_outbound_number: Option<bool>,
}

impl<'a> Basics<'a> {
    pub(crate) fn of(call: &'a Call) -> Result<Self, ApiError> {
        let name = call.text("Name").ok_or_else(|| missing("Name"))?;
        let description = call.text("Description").unwrap_or_default();
        check_name("Name", name, MAX_SKILL_GROUP_NAME_WIDTH)?;
        check_text("Description", description, MAX_SKILL_GROUP_DESCRIPTION_WIDTH)?;
        Ok(Self {
            name,
            description,
            strategy: call.text("RoutingStrategy").map(strategy).transpose()?,
            allow_private_outbound_number: call.boolean("AllowPrivateOutboundNumber"),
        })
    }
}

fn strategy(name: &str) -> Result<RoutingStrategy, ApiError> {
    RoutingStrategy::of_name(name).ok_or_else(|| {
        let expected = format!("it must be one of {}", RoutingStrategy::NAMES.join(", "));
        unfit(ValueFault::Enumeration, "RoutingStrategy", expected)
    })
}
