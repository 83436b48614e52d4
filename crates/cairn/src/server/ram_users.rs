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
