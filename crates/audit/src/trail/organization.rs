//! The accounts of a server as an organisation.

use openapi::{ApiError, Call};

use super::book::Trails;

/// The organisation: all accounts of the server. One of them manages it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Organization {
    /// `rd-…`
    pub id: String,
    /// The account that may have trails over all accounts.
    pub management_account_id: String,
}

/// Only the managing account has trails over all accounts, and one of them.
pub(super) fn check(organization: &Organization, trails: &Trails, call: &Call) -> Result<(), ApiError> {
    let account_id = &call.caller.account_id;
    if organization.management_account_id != *account_id {
        return Err(ApiError::bad_request(
            "NotAllowCreateOrganizationTrail",
            "Only the management account of the organization may create a trail over all accounts.",
        ));
    }
    if trails.iter().any(|trail| trail.is_organization_trail && trail.account_id == *account_id) {
        return Err(ApiError::bad_request(
            "MaximumNumberOfOrganizationTrailExceeded",
            "The organization has its one trail already: delete that first.",
        ));
    }
    Ok(())
}
