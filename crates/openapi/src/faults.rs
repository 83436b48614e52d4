//! The gateway's own errors, raised before an operation runs: one function a code.
//!
//! Public document: Alibaba Cloud OpenAPI, "Common error codes". Where it is silent about a status, the one that
//! users report is taken.

use crate::directory::KeyFault;
use crate::error::ApiError;

/// Recommended text of the cloud for an unknown operation.
pub(crate) fn unknown_operation() -> ApiError {
    ApiError::not_found("InvalidApi.NotFound", "Specified api is not found, please check your url and method.")
}

pub(crate) fn unknown_version(version: &str) -> ApiError {
    ApiError::bad_request(
        "InvalidVersion",
        format!("Specified parameter Version is not valid: no service here has the version \"{}\".", shorten(version)),
    )
}

pub(crate) fn missing_action() -> ApiError {
    ApiError::bad_request(
        "MissingAction",
        "Action is mandatory for this action: name the operation in the parameter Action or the header x-acs-action.",
    )
}

pub(crate) fn missing_version() -> ApiError {
    ApiError::bad_request(
        "MissingVersion",
        "Version is mandatory for this action: name the API version in the parameter Version or the header x-acs-version.",
    )
}

pub(crate) fn unsupported_method() -> ApiError {
    ApiError::bad_request("UnsupportedHTTPMethod", "This http method is not supported: use GET or POST.")
}

pub(crate) fn incomplete_signature(why: &str) -> ApiError {
    ApiError::bad_request(
        "IncompleteSignature",
        format!("The request signature does not conform to Alibaba Cloud standards: {why}."),
    )
}

pub(crate) fn signature_method(method: &str) -> ApiError {
    ApiError::bad_request(
        "IncompleteSignature",
        format!(
            "Specified signature method \"{}\" is not supported: use HMAC-SHA1, or ACS3-HMAC-SHA256 in the Authorization header.",
            shorten(method)
        ),
    )
}

pub(crate) fn unreadable_time() -> ApiError {
    ApiError::bad_request(
        "InvalidTimeStamp.Format",
        "Specified time stamp or date value is not well formatted: use UTC as yyyy-MM-ddTHH:mm:ssZ.",
    )
}

pub(crate) fn expired_time() -> ApiError {
    ApiError::bad_request(
        "InvalidTimeStamp.Expired",
        "Specified time stamp or date value is expired: it is more than 15 minutes from the server's clock; correct the client's clock.",
    )
}

pub(crate) fn repeated_nonce() -> ApiError {
    ApiError::bad_request("SignatureNonceUsed", "Specified signature nonce was used already.")
}

/// The message begins as clients expect it: one splits it at the colon and compares the rest with its own string.
pub(crate) fn wrong_signature(server_string_to_sign: &str) -> ApiError {
    ApiError::bad_request(
        "SignatureDoesNotMatch",
        format!(
            "Specified signature is not matched with our calculation. server string to sign is:{server_string_to_sign}"
        ),
    )
}

pub(crate) fn key(fault: KeyFault) -> ApiError {
    match fault {
        KeyFault::NotFound => ApiError::not_found("InvalidAccessKeyId.NotFound", "Specified access key is not found."),
        KeyFault::Inactive => ApiError::new(403, "InvalidAccessKeyId.Inactive", "Specified access key is disabled."),
        KeyFault::MissingToken => ApiError::bad_request(
            "MissingSecurityToken",
            "SecurityToken is mandatory for this action: a temporary access key is used with its token.",
        ),
        KeyFault::MalformedToken => {
            ApiError::bad_request("InvalidSecurityToken.Malformed", "Specified SecurityToken is malformed.")
        }
        KeyFault::MismatchedToken => ApiError::bad_request(
            "InvalidSecurityToken.MismatchWithAccessKey",
            "Specified SecurityToken mismatch with the AccessKey.",
        ),
        KeyFault::ExpiredToken => ApiError::bad_request(
            "InvalidSecurityToken.Expired",
            "Specified SecurityToken is expired: call AssumeRole again.",
        ),
    }
}

pub(crate) fn bad_format(format: &str) -> ApiError {
    ApiError::bad_request(
        "InvalidParameter.Format",
        format!("Specified parameter Format \"{}\" is not valid: use JSON or XML.", shorten(format)),
    )
}

pub(crate) fn throttled(retry_after_ms: u64) -> ApiError {
    let mut error = ApiError::new(429, "Throttling.User", "Request was denied due to user flow control.");
    error.retry_after_ms = Some(retry_after_ms);
    error
}

pub(crate) fn not_recorded(why: &str) -> ApiError {
    ApiError::unavailable(format!("the call cannot be audited, so it is not served: {why}"))
}

/// Caller's text in a message: cut, and without control characters.
pub(crate) fn shorten(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}
