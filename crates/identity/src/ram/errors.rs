//! RAM's own errors. Public document: RAM, API version 2015-05-01, "Error codes".

use openapi::ApiError;

use crate::policy::PolicyError;

pub(super) fn no_user(name: &str) -> ApiError {
    ApiError::not_found("EntityNotExist.User", format!("The user does not exist: {name}."))
}

pub(super) fn no_group(name: &str) -> ApiError {
    ApiError::not_found("EntityNotExist.Group", format!("The group does not exist: {name}."))
}

pub(crate) fn no_role(name: &str) -> ApiError {
    ApiError::not_found("EntityNotExist.Role", format!("The role does not exist: {name}."))
}

pub(super) fn no_policy(name: &str) -> ApiError {
    ApiError::not_found("EntityNotExist.Policy", format!("The policy does not exist: {name}."))
}

pub(super) fn no_key(id: &str) -> ApiError {
    ApiError::not_found(
        "EntityNotExist.User.AccessKey",
        format!("The access key does not exist, or belongs to another user: {id}."),
    )
}

pub(super) fn exists(what: &'static str, name: &str) -> ApiError {
    ApiError::conflict(format!("EntityAlreadyExists.{what}"), format!("It exists already: {name}."))
}

pub(super) fn conflict(what: &'static str, message: &'static str) -> ApiError {
    ApiError::conflict(format!("DeleteConflict.{what}"), message)
}

pub(super) fn limit(what: &'static str, most: usize) -> ApiError {
    ApiError::conflict(
        format!("LimitExceeded.{what}"),
        format!("The limit is {most}: delete or detach what is not needed."),
    )
}

pub(super) fn bad_characters(parameter: &str, allowed: &str) -> ApiError {
    ApiError::bad_request(
        format!("InvalidParameter.{parameter}.InvalidChars"),
        format!("The parameter {parameter} may have {allowed} only."),
    )
}

pub(super) fn bad_document(parameter: &str, error: &PolicyError) -> ApiError {
    ApiError::bad_request(
        format!("InvalidParameter.{parameter}"),
        format!("The policy document is not valid, at {error}."),
    )
}

/// Names of users, groups and roles.
pub(super) fn check_name(parameter: &str, name: &str) -> Result<(), ApiError> {
    if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)) {
        return Ok(());
    }
    Err(bad_characters(parameter, "letters, digits, '.', '_' and '-'"))
}
