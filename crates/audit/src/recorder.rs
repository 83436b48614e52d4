//! The gateway's recorder: one event a call, journaled before the reply leaves.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use event::Masking;
use journal::{Journal, StreamName};
use openapi::{CallRecord, Category, DataCall, Recorder, RecorderFault, RejectedCall};

use crate::data_events::{self, DataEventFilter};
use crate::rejected::RejectedLog;
use crate::to_event::to_event;

/// Streams of event histories are named `events/<account>`.
pub const STREAM_PREFIX: &str = "events/";

/// The account whose events are in a stream; nothing for streams of others.
pub fn account_of(stream: &str) -> Option<&str> {
    stream.strip_prefix(STREAM_PREFIX)
}

/// Records into a journal.
pub struct AuditRecorder {
    journal: Arc<dyn Journal>,
    masking: Masking,
    rejected: Arc<RejectedLog>,
    data_events: Arc<DataEventFilter>,
}

impl AuditRecorder {
    /// Joins the parts.
    pub fn new(
        journal: Arc<dyn Journal>,
        masking: Masking,
        rejected: Arc<RejectedLog>,
        data_events: Arc<DataEventFilter>,
    ) -> Self {
        Self { journal, masking, rejected, data_events }
    }

    async fn append(&self, record: CallRecord) -> Result<(), RecorderFault> {
        let request_id = record.request_id.clone();
        let prefix = match record.category {
            Category::Management => STREAM_PREFIX,
            Category::Data => data_events::STREAM_PREFIX,
        };
        let stream = StreamName::new(&format!("{prefix}{}", record.caller.account_id)).map_err(fault)?;
        let event = to_event(record, &self.masking).map_err(fault)?;
        // Then it is known, and every call that comes would say it again.
        let is_refusing = self.journal.ready().is_err();
        match self.journal.append(&stream, Bytes::from(event.into_json())).await {
            Ok(_) => Ok(()),
            Err(error) if is_refusing => Err(fault(error)),
            Err(error) => {
                tracing::error!(%error, request_id, "a call could not be recorded and is not answered");
                Err(fault(error))
            }
        }
    }
}

fn fault(error: impl std::fmt::Display) -> RecorderFault {
    RecorderFault(error.to_string())
}

impl Recorder for AuditRecorder {
    fn ready(&self) -> Result<(), RecorderFault> {
        self.journal.ready().map_err(fault)
    }

    fn record(&self, record: CallRecord) -> Pin<Box<dyn Future<Output = Result<(), RecorderFault>> + Send + '_>> {
        Box::pin(self.append(record))
    }

    fn wants_data(&self, call: &DataCall<'_>) -> bool {
        self.data_events.wants(call)
    }

    fn reject(&self, rejected: RejectedCall) {
        self.rejected.note(rejected);
    }
}
