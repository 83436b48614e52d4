//! The call centre's view of RAM users.

use std::sync::Arc;

use callcenter::{RamUser, RamUsers};
use identity::Identity;

/// Answers from the identity snapshot.
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
}
