//! GetTURNServerList and GetTURNCredentials: media relays for browsers behind firewalls.
//!
//! The relay checks credentials by itself: the user name begins with the moment at which it expires, and the password is
//! the Base64 of its HMAC-SHA1 under the secret that both know (draft-uberti-behave-turn-rest). Without a configured
//! relay the list is empty and there are no credentials.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter, SecretText};
use serde_json::json;
use sha1::Sha1;

use crate::access;
use crate::center::CallCenter;
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_INSTANCE, NOT_EXIST_TURN_SERVER, NOT_EXIST_USER, PARAMETER_MAXIMUM};
use crate::limits::{MAX_ID_CHARS, TURN_CREDENTIAL_LIFE_S};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::user::Role;
use crate::workbench::subject::{own_user, ram_user_id, user_of};

/// CCC 2017-07-05, "GetTURNServerList".
pub(crate) const SERVERS: OperationSpec = OperationSpec::read("GetTURNServerList")
    .takes(&[INSTANCE_ID])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["TurnServerListConfig"])
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code]);

/// CCC 2017-07-05, "GetTURNCredentials".
pub(crate) const CREDENTIALS: OperationSpec = OperationSpec::read("GetTURNCredentials")
    .takes(&[INSTANCE_ID, Parameter::text_of("UserName", 1, MAX_ID_CHARS).required()])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["Username", "Password"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_USER.code,
        NOT_EXIST_TURN_SERVER.code,
        PARAMETER_MAXIMUM.code,
    ]);

/// `UserName` that means the caller.
const CALLER: &str = "0";

/// The text is a list of servers as browsers take it (`RTCIceServer`); its public form is not documented.
pub(crate) async fn get_turn_server_list(center: &CallCenter, call: &Call) -> HandlerResult {
    access::enter(center, call, Role::Agent).await?;
    let servers = match &center.workbench.turn {
        Some(turn) => json!([{ "urls": turn.urls }]),
        None => json!([]),
    };
    Ok(Answer::empty().with("TurnServerListConfig", servers.to_string()))
}

pub(crate) async fn get_turn_credentials(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Agent).await?;
    let asked = call.required("UserName");
    let is_own = asked == CALLER || Some(asked) == ram_user_id(call);
    if !is_own {
        access::enter(center, call, Role::Admin).await?;
    }
    let mut reading = center.begin_read().await?;
    let user = match is_own {
        true => own_user(&mut reading, &facts.id, call).await?,
        false => user_of(&mut reading, &facts.id, asked).await?,
    };
    let turn = center.workbench.turn.as_ref().ok_or_else(|| {
        NOT_EXIST_TURN_SERVER
            .error("no TURN server is configured: name one in the server's configuration, section [workbench].")
    })?;
    let expires_at_s = call.arrived_at_ms.div_euclid(1_000) + TURN_CREDENTIAL_LIFE_S;
    let user_name = format!("{expires_at_s}:{}", user.ram_user_id);
    let password = password(&turn.secret, &user_name);
    Ok(Answer::empty().with("Username", user_name).with("Password", password))
}

fn password(secret: &SecretText, user_name: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret.expose().as_bytes()) else {
        unreachable!("HMAC takes a key of any length")
    };
    mac.update(user_name.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_the_hmac_of_the_name() {
        // Computed with another program: openssl dgst -sha1 -hmac north -binary | base64
        assert_eq!(password(&SecretText::new("north"), "1700086400:201"), PASSWORD);
    }

    const PASSWORD: &str = "3F0wybUYfTvgyxTFK9WtjUZT/fM=";
}
