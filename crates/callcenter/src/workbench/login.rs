//! RequestLoginInfo and RefreshToken: who the user of a workbench is, and the signed pair that shows it.
//!
//! Both act on the caller. An administrator may ask for another user's login data, as a desktop that signs agents in
//! does; the event names the user.

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter};
use serde_json::{Map, Value, json};

use crate::access;
use crate::center::CallCenter;
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_INSTANCE, NOT_EXIST_USER, PARAMETER_MAXIMUM, no_such_user};
use crate::limits::MAX_ID_CHARS;
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE, USER_RESOURCE};
use crate::user::whole::{self, User};
use crate::user::{Role, selection, view};
use crate::workbench::subject::own_user;
use crate::workbench::token::LoginToken;

/// CCC 2017-07-05, "RequestLoginInfo".
pub(crate) const INFO: OperationSpec = OperationSpec::write("RequestLoginInfo")
    .takes(&[INSTANCE_ID, Parameter::text_of("UserId", 1, MAX_ID_CHARS)])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["LoginInfo"])
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code, NOT_EXIST_USER.code, PARAMETER_MAXIMUM.code]);

/// CCC 2017-07-05, "RefreshToken".
pub(crate) const REFRESH: OperationSpec = OperationSpec::write("RefreshToken")
    .takes(&[INSTANCE_ID])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["Token"])
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code]);

pub(crate) async fn request_login_info(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Agent).await?;
    let mut reading = center.begin_read().await?;
    let user = match call.text("UserId") {
        None => own_user(&mut reading, &facts.id, call).await?,
        Some(user_id) => {
            let ids = selection::with_id(&mut reading, &facts.id, user_id).await?;
            let named = whole::load(&mut reading, &ids).await?.pop().ok_or_else(|| no_such_user(user_id))?;
            if super::subject::ram_user_id(call) != Some(named.ram_user_id.as_str()) {
                access::enter(center, call, Role::Admin).await?;
            }
            named
        }
    };
    let token = center.login_key.sign(&user.extension, call.arrived_at_ms);
    let info = login_info(center, call, &facts.account_id, &user, token);
    Ok(Answer::empty().with("LoginInfo", info).references(USER_RESOURCE, user.id))
}

fn login_info(center: &CallCenter, call: &Call, account_id: &str, user: &User, token: LoginToken) -> Value {
    let settings = &center.workbench;
    let fields = [
        ("AgentServerUrl", settings.agent_server_url.clone()),
        ("DisplayName", Some(user.display_name.clone())),
        ("Extension", Some(user.extension.clone())),
        ("PhoneNumber", Some(user.phone.clone())),
        ("Region", Some(call.region.clone())),
        ("SignData", Some(token.sign_data)),
        ("Signature", Some(token.signature)),
        ("TenantId", Some(format!("acc{account_id}"))),
        ("UserName", Some(user.login_name.clone())),
        ("WebRtcUrl", settings.webrtc_url.clone()),
    ];
    let mut info: Map<String, Value> =
        fields.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.into()))).collect();
    info.insert("Roles".to_owned(), view::wrapped_roles(user));
    Value::Object(info)
}

pub(crate) async fn refresh_token(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Agent).await?;
    let mut reading = center.begin_read().await?;
    let user = own_user(&mut reading, &facts.id, call).await?;
    let token = center.login_key.sign(&user.extension, call.arrived_at_ms);
    let view = json!({ "SignData": token.sign_data, "Signature": token.signature });
    Ok(Answer::empty().with("Token", view).references(USER_RESOURCE, user.id))
}
