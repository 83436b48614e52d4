//! What a call says of a person: names, addresses, own number.

use openapi::{ApiError, Call, ValueFault};
use sqlx::AnyConnection;

use crate::errors::{NOT_EXIST_PHONE_NUMBER, PARAMETER_INVALID};
use crate::limits::{MAX_DISPLAY_NAME_WIDTH, MAX_EMAIL_CHARS, MAX_LOGIN_NAME_CHARS};
use crate::phone_number::{self, PhoneNumber};
use crate::product::unfit;
use crate::text::check_name;
use crate::user::rows::Details;

/// `DisplayName`, `Email`, `Phone`, `PrivateOutboundNumberId`.
pub(crate) fn details(call: &Call) -> Result<Details<'_>, ApiError> {
    let details = Details {
        display_name: call.required("DisplayName"),
        email: call.required("Email"),
        phone: call.text("Phone").unwrap_or_default(),
        private_outbound_number_id: call.text("PrivateOutboundNumberId"),
    };
    check_name("DisplayName", details.display_name, MAX_DISPLAY_NAME_WIDTH)?;
    check_email(details.email)?;
    if !details.phone.is_empty() && PhoneNumber::parse(details.phone).is_none() {
        return Err(unfit(ValueFault::Format, "Phone", "it must be a telephone number"));
    }
    Ok(details)
}

/// What RFC 5321 needs for delivery: something on both sides of an `@`, no spaces, not too long.
fn check_email(email: &str) -> Result<(), ApiError> {
    let parts = email.rsplit_once('@');
    let usable = parts.is_some_and(|(user, host)| !user.is_empty() && !host.is_empty());
    if email.chars().count() > MAX_EMAIL_CHARS {
        let expected = format!("it must have at most {MAX_EMAIL_CHARS} characters");
        return Err(unfit(ValueFault::Maximum, "Email", expected));
    }
    if !usable || email.chars().any(|character| character.is_whitespace() || character.is_control()) {
        return Err(unfit(ValueFault::Format, "Email", "it must be a mail address"));
    }
    Ok(())
}

/// 1 to 64 lower-case letters, digits, `.`, `_`, `-` (CCC 2017-07-05, "CreateUser").
pub(crate) fn check_login_name(login_name: &str) -> Result<(), ApiError> {
    if login_name.chars().count() > MAX_LOGIN_NAME_CHARS {
        let expected = format!("it must have at most {MAX_LOGIN_NAME_CHARS} characters");
        return Err(unfit(ValueFault::Maximum, "LoginName", expected));
    }
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    if login_name.is_empty() || !login_name.bytes().all(allowed) {
        let expected = "it must be made of lower-case letters, digits, '.', '_' and '-'";
        return Err(unfit(ValueFault::Format, "LoginName", expected));
    }
    Ok(())
}

/// Refuses an own number that the instance does not have or that cannot dial out.
pub(crate) async fn check_private_number(
    connection: &mut AnyConnection,
    instance_id: &str,
    phone_number_id: Option<&str>,
) -> Result<(), ApiError> {
    let Some(phone_number_id) = phone_number_id else { return Ok(()) };
    match phone_number::rows::outbound_by_id(connection, instance_id).await?.get(phone_number_id) {
        Some(true) => Ok(()),
        Some(false) => Err(PARAMETER_INVALID.error(format!(
            "phone number '{phone_number_id}' takes calls only: choose one that may dial out as PrivateOutboundNumberId."
        ))),
        None => Err(NOT_EXIST_PHONE_NUMBER.error(format!(
            "phone number '{phone_number_id}' does not exist in this instance: take a PhoneNumberId that GetInstance returns."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn login_names_are_plain() {
        for good in ["a", "wang.mei_9-1", &"a".repeat(64)] {
            assert_eq!(check_login_name(good), Ok(()), "{good}");
        }
        for bad in ["", "Mei", "a b", "a@b", "用户"] {
            assert_eq!(check_login_name(bad).expect_err(bad).code, "Parameter.Format");
        }
        assert_eq!(check_login_name(&"a".repeat(65)).expect_err("too long").code, "Parameter.Maximum");
    }

    #[test]
    fn mail_addresses_have_two_sides() {
        for good in ["a@b", "mei.wang@example.com", "梅@例子.中国"] {
            assert_eq!(check_email(good), Ok(()), "{good}");
        }
        for bad in ["", "a", "@b", "a@", "a b@c", "a@b\n"] {
            assert_eq!(check_email(bad).expect_err(bad).code, "Parameter.Format");
        }
        let long = format!("{}@b", "a".repeat(253));
        assert_eq!(check_email(&long).expect_err("too long").code, "Parameter.Maximum");
    }
}
