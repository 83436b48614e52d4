//! For tests and benchmarks of services that nobody calls.

use std::pin::Pin;

use crate::{
    CallRecord, Decision, Directory, KeyFault, KeyOwner, PermissionRequest, Recorder, RecorderFault, RejectedCall,
};

/// A directory without keys, in which everything is allowed, and a recorder that forgets every call.
pub struct Nobody;

impl Directory for Nobody {
    fn find_key(&self, _: &str, _: Option<&str>, _: i64) -> Result<KeyOwner, KeyFault> {
        Err(KeyFault::NotFound)
    }

    fn decide(&self, _: &PermissionRequest<'_>) -> Decision {
        Decision::Allow
    }
}

impl Recorder for Nobody {
    fn ready(&self) -> Result<(), RecorderFault> {
        Ok(())
    }

    fn record(&self, _: CallRecord) -> Pin<Box<dyn Future<Output = Result<(), RecorderFault>> + Send + '_>> {
        Box::pin(async { Ok(()) })
    }

    fn reject(&self, _: RejectedCall) {}
}
