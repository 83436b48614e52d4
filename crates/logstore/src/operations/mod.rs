//! What the operations do: one file for each family.

mod batch;
mod consumer_group;
mod context;
mod cursor;
mod dashboard;
mod delivered;
mod get_logs;
mod histogram;
mod index;
mod keeping;
mod logstore;
mod page;
mod project;
mod provide;
mod pull;
mod put;
mod shard;
mod sql;
mod topics;
pub(crate) mod track;

pub use batch::{BatchOutcome, NewLogs};
pub use delivered::DeliveredGroups;
pub(crate) use page::Search;
pub use provide::Wanted;
pub use put::{check as check_group, read_groups};
use serde_json::{Map, Value};
pub(crate) use sql::asks_in_sql;

use crate::answer::Answer;
use crate::data::reader::ReadError;
use crate::fault::{Fault, codes};
use crate::operation::Id;
use crate::request::{Head, not_a_number};
use crate::service::{LogService, Request};
use crate::wire::compression::pack;

/// Does an operation that was permitted.
pub(crate) async fn run(service: &LogService, id: Id, request: &Request) -> Result<Answer, Fault> {
    match id {
        Id::CreateProject => project::create(service, request).await,
        Id::GetProject => project::get(service, request).await,
        Id::ListProject => project::list(service, request).await,
        Id::UpdateProject => project::update(service, request).await,
        Id::DeleteProject => project::delete(service, request).await,
        Id::CreateLogStore => logstore::create(service, request).await,
        Id::GetLogStore => logstore::get(service, request).await,
        Id::ListLogStores => logstore::list(service, request).await,
        Id::UpdateLogStore => logstore::update(service, request).await,
        Id::DeleteLogStore => logstore::delete(service, request).await,
        Id::CreateIndex => index::create(service, request).await,
        Id::GetIndex => index::get(service, request).await,
        Id::UpdateIndex => index::update(service, request).await,
        Id::DeleteIndex => index::delete(service, request).await,
        Id::ListShards => shard::list(service, request).await,
        Id::SplitShard => shard::split(service, request).await,
        Id::MergeShard => shard::merge(service, request).await,
        Id::PutLogs => put::put(service, request).await,
        Id::GetLogsV2 => pack(get_logs::get(service, request).await?, request.head.header("accept-encoding")),
        Id::GetLogs => pack(get_logs::get_v1(service, request).await?, request.head.header("accept-encoding")),
        Id::GetProjectLogs => pack(sql::of_project(service, request).await?, request.head.header("accept-encoding")),
        Id::GetHistograms => histogram::get(service, request).await,
        Id::GetContextLogs => context::get(service, request).await,
        Id::ListTopics => topics::list(service, request).await,
        Id::GetCursor => cursor::get(service, request).await,
        Id::GetCursorTime => cursor::time(service, request).await,
        Id::PullLogs => pull::pull(service, request).await,
        Id::CreateConsumerGroup => consumer_group::create(service, request).await,
        Id::ListConsumerGroup => consumer_group::list(service, request).await,
        Id::UpdateConsumerGroup => consumer_group::update(service, request).await,
        Id::DeleteConsumerGroup => consumer_group::delete(service, request).await,
        Id::CreateDashboard => dashboard::create(service, request).await,
        Id::GetDashboard => dashboard::get(service, request).await,
        Id::ListDashboard => dashboard::list(service, request).await,
        Id::UpdateDashboard => dashboard::update(service, request).await,
        Id::DeleteDashboard => dashboard::delete(service, request).await,
        Id::HeartBeat => consumer_group::heartbeat(service, request).await,
        Id::GetCheckPoint => consumer_group::checkpoints(service, request).await,
        Id::UpdateCheckPoint => consumer_group::save_checkpoint(service, request).await,
    }
}

/// The project that a request is about: of a new one its body tells the name, since some clients ask at the bare endpoint.
pub(crate) fn project_of(id: Id, head: &Head, of_host: &str) -> String {
    match id {
        Id::CreateProject => Fields::of_body(head).ok().and_then(|body| body.text("projectName")).unwrap_or_default(),
        Id::ListProject => String::new(),
        _ => of_host.to_owned(),
    }
}

/// Name of the logstore that a body is about, for the question to RAM; `*` when it has none.
pub(crate) fn new_logstore_name(head: &Head) -> String {
    Fields::of_body(head).ok().and_then(|fields| fields.text("logstoreName")).unwrap_or_else(|| "*".to_owned())
}

/// Name of the dashboard that a body is about, for the question to RAM; `*` when it has none.
pub(crate) fn new_dashboard_name(head: &Head) -> String {
    Fields::of_body(head).ok().and_then(|fields| fields.text("dashboardName")).unwrap_or_else(|| "*".to_owned())
}

/// The members of a JSON body. Clients write numbers as texts and texts as numbers, so either is taken for either.
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    pub(crate) fn of_body(head: &Head) -> Result<Fields, Fault> {
        head.json().map(Fields)
    }

    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.value(name).map(|value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<i64>, Fault> {
        match self.text(name) {
            None => Ok(None),
            Some(text) if text.is_empty() => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| not_a_number(name)),
        }
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.text(name).map(|text| text.eq_ignore_ascii_case("true"))
    }
}

/// Offset and size of a list of names.
pub(crate) fn window(request: &Request, default_size: i64) -> Result<(usize, usize), Fault> {
    let offset = request.query.number("offset")?.unwrap_or(0);
    let size = request.query.number("size")?.unwrap_or(default_size);
    match (usize::try_from(offset), usize::try_from(size)) {
        (Ok(offset), Ok(size)) if size <= 500 => Ok((offset, size)),
        _ => Err(codes::PARAMETER_INVALID.says("offset must not be negative, and size must be 0 to 500")),
    }
}

impl From<ReadError> for Fault {
    fn from(error: ReadError) -> Self {
        Fault::internal(&error)
    }
}

/// Runs what blocks on files on a thread that may.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Fault::internal(&error))?
}
