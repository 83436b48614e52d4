//! The call centre's error codes in one table: code, HTTP status, when.
//!
//! Public document: Cloud Call Center 1.x API reference, "DownloadRecording" (the only table with statuses); the other
//! codes are known by name, and their statuses follow the families of version 2020-07-01.

use std::borrow::Cow;

use openapi::ApiError;

use crate::center::CallCenterError;

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorCode {
    /// As on the wire.
    pub code: &'static str,
    /// HTTP status, also in the body's `HttpStatusCode`.
    pub http_status: u16,
    /// When it is answered.
    pub when: &'static str,
}

/// All codes that the call centre's handlers answer.
pub static ERROR_CODES: &[ErrorCode] = &[
    NOT_EXIST_INSTANCE,
    NOT_EXIST_USER,
    NOT_EXIST_SKILL_GROUP,
    NOT_EXIST_PHONE_NUMBER,
    NOT_EXIST_CONTACT,
    NOT_EXIST_SMS_CONFIG,
    NOT_EXIST_RECORD,
    NOT_EXIST_IMPORT_FILE,
    OSS_NOT_OPEN,
    LIMIT_EXCEEDED_SMS_CONFIG,
    INTERNAL_SERVICE_COMMON,
    EXISTS_INSTANCE_NAME,
    EXISTS_DOMAIN_NAME,
    EXISTS_SKILL_GROUP_NAME,
    LIMIT_EXCEEDED_SKILL_GROUP,
    NO_PERMISSION_USER,
    NOT_EXIST_CONTACT_FLOW,
    NOT_EXIST_CONTACT_FLOW_VERSION,
    NOT_EXIST_MEDIA,
    NOT_EXIST_PHONE_TAG,
    EXISTS_PHONE_NUMBER,
    EXISTS_CONTACT_FLOW_NAME,
    EXISTS_MEDIA_NAME,
    IN_USE_PHONE_NUMBER,
    IN_USE_CONTACT_FLOW_VERSION,
    ARREARAGE_PHONE_NUMBER,
    LIMIT_EXCEEDED_PHONE_NUMBER,
    LIMIT_EXCEEDED_CONTACT_FLOW,
    LIMIT_EXCEEDED_MEDIA,
    PARAMETER_FORMAT,
    PARAMETER_ENUMERATION,
    PARAMETER_MAXIMUM,
    PARAMETER_MINIMUM,
    PARAMETER_INVALID,
    PERMISSION_LOOP,
    PERMISSION_DESTINATION,
    PERMISSION_COOL_DOWN,
    PERMISSION_QUIET_HOURS,
    PERMISSION_DEMO_INSTANCE,
    PERMISSION_REAL_INSTANCE,
    EXISTS_DEMO_DAY,
    THROTTLING_USER,
    SERVICE_UNAVAILABLE,
    INVALID_OPERATION_USER_STATE,
    LIMIT_EXCEEDED_ONLINE_AGENT,
    NOT_EXIST_ROLE,
    NOT_EXIST_CONFIG_ITEM,
    NOT_EXIST_AGENT_DEVICE,
    NOT_EXIST_TURN_SERVER,
    EXISTS_USER_NAME,
    LIMIT_EXCEEDED_CCC_USER,
    NOT_MODIFIED_PRIMARY_USER,
    USER_BUSY,
    IN_USE_SKILL_GROUP,
    IN_USE_INSTANCE,
    IMS_SERVICE,
];

pub(crate) const NOT_EXIST_INSTANCE: ErrorCode =
    row("NotExist.Instance", 404, "the account has no instance with this id");
pub(crate) const NOT_EXIST_USER: ErrorCode =
    row("NotExist.User", 404, "the instance has no user, or the account no RAM user, with this id");
pub(crate) const NOT_EXIST_SKILL_GROUP: ErrorCode =
    row("NotExist.SkillGroup", 404, "the instance has no skill group with this id");
pub(crate) const NOT_EXIST_PHONE_NUMBER: ErrorCode =
    row("NotExist.PhoneNumber", 404, "the instance has no number with this id");
pub(crate) const NOT_EXIST_CONTACT: ErrorCode =
    row("NotExist.Contact", 404, "the instance has no call with this contact id");
pub(crate) const NOT_EXIST_SMS_CONFIG: ErrorCode =
    row("NotExist.SmsConfig", 404, "the instance has no SMS config with this id or for this scenario");
pub(crate) const NOT_EXIST_RECORD: ErrorCode =
    row("NotExist.Record", 404, "the instance has no recording with this name or of this call");
pub(crate) const NOT_EXIST_IMPORT_FILE: ErrorCode =
    row("NotExist.ImportFile", 404, "the server's import folder has no file with this name");
pub(crate) const OSS_NOT_OPEN: ErrorCode = row("OssNotOpen", 404, "the server keeps no recordings");
pub(crate) const LIMIT_EXCEEDED_SMS_CONFIG: ErrorCode =
    row("LimitExceeded.SmsConfig", 400, "the instance has as many SMS configs as it may have");
pub(crate) const INTERNAL_SERVICE_COMMON: ErrorCode =
    row("InternalService.Common", 500, "the short message service refused every message");
pub(crate) const EXISTS_INSTANCE_NAME: ErrorCode =
    row("Exists.InstanceName", 409, "the account has an instance with this name");
pub(crate) const EXISTS_DOMAIN_NAME: ErrorCode =
    row("Exists.DomainName", 409, "an instance of any account has this domain name");
pub(crate) const EXISTS_SKILL_GROUP_NAME: ErrorCode =
    row("Exists.SkillGroupName", 409, "the instance has a skill group with this name");
pub(crate) const LIMIT_EXCEEDED_SKILL_GROUP: ErrorCode =
    row("LimitExceeded.SkillGroup", 400, "the instance has as many skill groups as it may have");
pub(crate) const NO_PERMISSION_USER: ErrorCode =
    row("NoPermission.User", 403, "the caller is not a user of the instance, or lacks the role");
pub(crate) const PARAMETER_FORMAT: ErrorCode = row("Parameter.Format", 400, "a value is not of its form");
pub(crate) const PARAMETER_ENUMERATION: ErrorCode =
    row("Parameter.Enumeration", 400, "a value is not one of the allowed texts");
pub(crate) const PARAMETER_MAXIMUM: ErrorCode =
    row("Parameter.Maximum", 400, "a value is too large or too long, or a list has too many elements");
pub(crate) const PARAMETER_MINIMUM: ErrorCode = row("Parameter.Minimum", 400, "a value is too small or too short");
pub(crate) const PARAMETER_INVALID: ErrorCode = row("Parameter.Invalid", 400, "values do not fit each other");
pub(crate) const PERMISSION_LOOP: ErrorCode =
    row("Permission.Loop", 403, "a call would connect a party with itself or the instance with itself");
pub(crate) const PERMISSION_DESTINATION: ErrorCode =
    row("Permission.Destination", 403, "the instance's dialling rules refuse the number");
pub(crate) const PERMISSION_COOL_DOWN: ErrorCode =
    row("Permission.CoolDown", 403, "the callee was called too short a time ago");
pub(crate) const PERMISSION_QUIET_HOURS: ErrorCode =
    row("Permission.QuietHours", 403, "the instance calls nobody at this time of day");
pub(crate) const PERMISSION_DEMO_INSTANCE: ErrorCode =
    row("Permission.DemoInstance", 403, "the instance holds generated demo data and makes no real calls");
pub(crate) const PERMISSION_REAL_INSTANCE: ErrorCode =
    row("Permission.RealInstance", 403, "the instance has real activity and takes no demo data");
pub(crate) const EXISTS_DEMO_DAY: ErrorCode = row("Exists.DemoDay", 409, "the instance has demo data of this day");
pub(crate) const THROTTLING_USER: ErrorCode =
    row("Throttling.User", 429, "more calls are begun within a second than the dialling rules allow");
pub(crate) const SERVICE_UNAVAILABLE: ErrorCode =
    row("ServiceUnavailable", 503, "no free line, or as many calls as there may be");
pub(crate) const INVALID_OPERATION_USER_STATE: ErrorCode =
    row("InvalidOperation.UserState", 400, "the agent's state does not allow it");
pub(crate) const LIMIT_EXCEEDED_ONLINE_AGENT: ErrorCode =
    row("LimitExceeded.OnlineAgent", 400, "as many agents are checked in as the instance may have at a time");

pub(crate) const NOT_EXIST_ROLE: ErrorCode = row("NotExist.Role", 404, "the instance has no role with this id");
pub(crate) const NOT_EXIST_CONFIG_ITEM: ErrorCode =
    row("NotExist.ConfigItem", 404, "there is no such setting, or it has no value");
pub(crate) const NOT_EXIST_AGENT_DEVICE: ErrorCode =
    row("NotExist.AgentDevice", 404, "the caller has no note of a sign-in with this id");
pub(crate) const NOT_EXIST_TURN_SERVER: ErrorCode =
    row("NotExist.TurnServer", 404, "the server's configuration names no TURN server");
pub(crate) const EXISTS_USER_NAME: ErrorCode =
    row("Exists.UserName", 409, "the account has a RAM user with this login name");
pub(crate) const LIMIT_EXCEEDED_CCC_USER: ErrorCode =
    row("LimitExceeded.CccUser", 400, "the instance, or the account, has as many users as it may have");
pub(crate) const NOT_MODIFIED_PRIMARY_USER: ErrorCode =
    row("NotModified.PrimaryUser", 403, "the primary user may not be changed or removed");
pub(crate) const USER_BUSY: ErrorCode = row("UserBusy", 400, "the user is in a call");
pub(crate) const IN_USE_SKILL_GROUP: ErrorCode =
    row("InUse.SkillGroup", 400, "agents are checked in to the skill group, or calls wait in its queue");
pub(crate) const IN_USE_INSTANCE: ErrorCode = row("InUse.Instance", 400, "users of the instance are in calls");
pub(crate) const IMS_SERVICE: ErrorCode =
    row("ImsService", 500, "the identity service could not make or remove the RAM user");

pub(crate) const NOT_EXIST_CONTACT_FLOW: ErrorCode =
    row("NotExist.ContactFlow", 404, "the instance has no contact flow with this id");
pub(crate) const NOT_EXIST_CONTACT_FLOW_VERSION: ErrorCode =
    row("NotExist.ContactFlowVersion", 404, "the instance has no contact flow version with this id");
pub(crate) const NOT_EXIST_MEDIA: ErrorCode = row("NotExist.Media", 404, "the instance has no media with this name");
pub(crate) const NOT_EXIST_PHONE_TAG: ErrorCode =
    row("NotExist.PhoneTag", 404, "no number of the instance has this tag");
pub(crate) const EXISTS_PHONE_NUMBER: ErrorCode =
    row("Exists.PhoneNumber", 409, "an instance of the account uses this number");
pub(crate) const EXISTS_CONTACT_FLOW_NAME: ErrorCode =
    row("Exists.ContactFlowName", 409, "the instance has a contact flow with this name");
pub(crate) const EXISTS_MEDIA_NAME: ErrorCode = row("Exists.MediaName", 409, "the instance has a media with this name");
pub(crate) const IN_USE_PHONE_NUMBER: ErrorCode = row("InUse.PhoneNumber", 400, "the number is bound to an instance");
pub(crate) const IN_USE_CONTACT_FLOW_VERSION: ErrorCode =
    row("InUse.ContactFlowVersion", 400, "another user is editing the version");
pub(crate) const ARREARAGE_PHONE_NUMBER: ErrorCode =
    row("Arrearage.PhoneNumber", 400, "the account owes fees for the number");
pub(crate) const LIMIT_EXCEEDED_PHONE_NUMBER: ErrorCode =
    row("LimitExceeded.PhoneNumber", 400, "the instance has as many numbers as it may have");
pub(crate) const LIMIT_EXCEEDED_CONTACT_FLOW: ErrorCode =
    row("LimitExceeded.ContactFlow", 400, "the instance has as many contact flows as it may have");
pub(crate) const LIMIT_EXCEEDED_MEDIA: ErrorCode =
    row("LimitExceeded.Media", 400, "the instance has as many media as it may have");

const fn row(code: &'static str, http_status: u16, when: &'static str) -> ErrorCode {
    ErrorCode { code, http_status, when }
}

impl ErrorCode {
    /// The error with a sentence for the caller that says what to do.
    pub(crate) fn error(self, message: impl Into<Cow<'static, str>>) -> ApiError {
        ApiError::new(self.http_status, self.code, message)
    }
}

/// The one answer for an unknown instance and for another account's: nobody learns which ids exist elsewhere.
pub(crate) fn no_such_instance(instance_id: &str) -> ApiError {
    NOT_EXIST_INSTANCE.error(format!(
        "call center instance '{instance_id}' does not exist: take an InstanceId that ListInstancesOfUser returns."
    ))
}

/// The one answer for an unknown number and for another instance's.
pub(crate) fn no_such_number(phone_number: &str) -> ApiError {
    NOT_EXIST_PHONE_NUMBER.error(format!(
        "phone number '{phone_number}' does not exist in this instance: take one that ListPhoneNumbers returns."
    ))
}

/// The one answer for a number that nobody owns and for another account's.
pub(crate) fn not_owned(parameter: &str) -> ApiError {
    NOT_EXIST_PHONE_NUMBER.error(format!(
        "the account does not own the number in {parameter}: take one that ListOwnedPhoneNumbers returns."
    ))
}

/// The one answer for an unknown skill group and for another instance's.
pub(crate) fn no_such_skill_group(skill_group_id: &str) -> ApiError {
    NOT_EXIST_SKILL_GROUP.error(format!(
        "skill group '{skill_group_id}' does not exist in this instance: take a SkillGroupId that ListSkillGroups returns."
    ))
}

/// The one answer for an unknown user and for another instance's.
pub(crate) fn no_such_user(user_id: &str) -> ApiError {
    NOT_EXIST_USER.error(format!(
        "user '{user_id}' does not exist in this instance: take a UserId of the instance, not a RAM user id."
    ))
}

/// What the caller did not cause goes to the server's log and leaves as `InternalError`.
impl From<CallCenterError> for ApiError {
    fn from(error: CallCenterError) -> Self {
        match &error {
            CallCenterError::Database(cause) if cause.is_disk_full() => ApiError::disk_full(&error),
            _ => ApiError::internal(&error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_declared_code_is_in_the_table() {
        for operation in crate::OPERATIONS.iter().copied().flatten() {
            for code in operation.spec.errors {
                assert!(
                    ERROR_CODES.iter().any(|row| row.code == *code),
                    "{} of {} is not in the table",
                    code,
                    operation.spec.name
                );
            }
        }
    }

    #[test]
    fn statuses_follow_the_families() {
        for row in ERROR_CODES {
            let expected = match row.code.split('.').next() {
                Some("NotExist") => 404,
                Some("Exists") => 409,
                Some("NoPermission" | "NotModified" | "Permission") => 403,
                Some("Throttling") => 429,
                Some("ImsService" | "InternalService") => 500,
                Some("ServiceUnavailable") => 503,
                Some("OssNotOpen") => 404,
                _ => 400,
            };
            assert_eq!(row.http_status, expected, "{}", row.code);
        }
    }
}
