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
    PARAMETER_FORMAT,
    PARAMETER_ENUMERATION,
    PARAMETER_MAXIMUM,
    PARAMETER_MINIMUM,
    PARAMETER_INVALID,
];

pub(crate) const NOT_EXIST_INSTANCE: ErrorCode =
    row("NotExist.Instance", 404, "the account has no instance with this id");
pub(crate) const NOT_EXIST_USER: ErrorCode =
    row("NotExist.User", 404, "the instance has no user, or the account no RAM user, with this id");
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

/// What the caller did not cause goes to the server's log and leaves as `InternalError`.
impl From<CallCenterError> for ApiError {
    fn from(error: CallCenterError) -> Self {
        ApiError::internal(&error)
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
                Some("NotExist" | "OssNotOpen") => 404,
                Some("InternalService") => 500,
                Some("Exists") => 409,
                Some("NoPermission") => 403,
                _ => 400,
            };
            assert_eq!(row.http_status, expected, "{}", row.code);
        }
    }
}
