//! The call centre's view of RAM users.

use std::sync::Arc;

use callcenter::{NewRamUser, RamUser, RamUserFault, RamUserFuture, RamUsers};
use identity::{Identity, UserDetails};
use openapi::ApiError;

/// Answers from the identity snapshot; writes through RAM's own operations.
pub(super) struct RamDirectory(Arc<Identity>);

impl RamDirectory {
    pub(super) fn new(identity: Arc<Identity>) -> Self {
        Self(identity)
    }
}

impl RamUsers for RamDirectory {
    fn find_user(&self, account_id: &str, ram_user_id: &str) -> Option<RamUser> {
        let user = self.0.find_user(account_id, ram_user_id)?;
        Some(RamUser {
            user_id: ram_user_id.to_owned(),
            user_name: user.user_name,
            display_name: user.display_name,
            email: user.email,
            phone: user.mobile_phone,
        })
    }

    fn create_user<'a>(&'a self, account_id: &'a str, user: &'a NewRamUser) -> RamUserFuture<'a, RamUser> {
        Box::pin(async move {
            let details = UserDetails {
                user_name: user.user_name.clone(),
                display_name: user.display_name.clone(),
                email: user.email.clone(),
                mobile_phone: user.phone.clone(),
            };
            let user_id = self.0.create_user(account_id, &details).await.map_err(fault)?;
            Ok(RamUser {
                user_id,
                user_name: details.user_name,
                display_name: details.display_name,
                email: details.email,
                phone: details.mobile_phone,
            })
        })
    }

    fn delete_user<'a>(&'a self, account_id: &'a str, ram_user_id: &'a str) -> RamUserFuture<'a, ()> {
        Box::pin(async move { self.0.delete_user(account_id, ram_user_id).await.map_err(fault) })
    }
}

/// RAM's own codes in the call centre's words.
fn fault(error: ApiError) -> RamUserFault {
    match error.code.as_ref() {
        "EntityAlreadyExists.User" => RamUserFault::NameTaken,
        "LimitExceeded.User" => RamUserFault::LimitReached,
        _ => RamUserFault::Failed(error.to_string()),
    }
}
