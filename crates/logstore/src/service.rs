//! The service as a whole: from a request to its answer.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use database::{Database, DatabaseError};
use journal::Journal;
use openapi::{Caller, Decision, Directory, PermissionRequest, Recorder, RecorderFault, RejectedCall};
use parking_lot::Mutex;
use store::Store;

use crate::address;
use crate::analytics::Analytics;
use crate::answer::{Answer, conclude, new_request_id};
use crate::authenticate::{authenticate, check_version, read_claim};
use crate::consumers::Consumers;
use crate::events::resource;
use crate::fault::{Fault, codes};
use crate::logstores::{Logstore, Logstores, no_project};
use crate::operation::{self, Id, Operation, Target};
use crate::operations;
use crate::operations::track::{self, is_tracking};
use crate::request::{Head, Query};
use crate::rows::project::{self, Project};
use crate::schema;

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum LogServiceError {
    /// The control database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// What is there cannot be read or kept as it should be.
    #[error("the log service cannot start: {0}; the log says why")]
    Fault(#[from] Fault),
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        DatabaseError::from(error).into()
    }
}

impl From<DatabaseError> for Fault {
    fn from(error: DatabaseError) -> Self {
        if error.is_disk_full() { Fault::disk_full(&error) } else { Fault::internal(&error) }
    }
}

/// Resolves when everything that is durable now is in the store.
pub trait CatchUp: Send + Sync + 'static {
    /// The error says why that is not so.
    fn catch_up(&self) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>>;
}

/// What an operator sets.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Region of projects.
    pub default_region: String,
    /// Names under which clients reach the server, beside addresses and the cloud's own: below them are projects.
    pub endpoints: Vec<String>,
}

/// Projects, logstores and everything in them.
pub struct LogService {
    pub(crate) database: Database,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) store: Arc<Store>,
    pub(crate) settings: Settings,
    pub(crate) logstores: Logstores,
    pub(crate) consumers: Consumers,
    /// Held by writers for reading, so that a shard that is closed gets nothing more.
    pub(crate) shards_change: tokio::sync::RwLock<()>,
    /// Batches of a trail go into a logstore one after the other.
    pub(crate) batches: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    /// Answers SQL; nothing when the server was built without.
    pub(crate) analytics: Option<Arc<dyn Analytics>>,
    index: Arc<dyn CatchUp>,
    directory: Arc<dyn Directory>,
    pub(crate) recorder: Arc<dyn Recorder>,
}

/// The parts that the service stands on.
pub struct Surroundings {
    /// Rows.
    pub database: Database,
    /// Where logs become durable.
    pub journal: Arc<dyn Journal>,
    /// Where logs are found.
    pub store: Arc<Store>,
    /// The way from one to the other.
    pub index: Arc<dyn CatchUp>,
    /// Keys and decisions.
    pub directory: Arc<dyn Directory>,
    /// Events of calls.
    pub recorder: Arc<dyn Recorder>,
}

/// A request whose sender is known.
pub(crate) struct Request {
    pub(crate) head: Head,
    pub(crate) query: Query,
    pub(crate) caller: Caller,
    /// Empty at a bare endpoint.
    pub(crate) project: String,
    pub(crate) target: Target,
}

/// Whether a request is meant for this service; the listener asks it to find the service that is meant.
pub fn is_meant(path: &str, query: &str, headers: &http::HeaderMap) -> bool {
    let authorization = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    headers.contains_key("x-log-apiversion")
        || authorization.starts_with("LOG ")
        || authorization.starts_with(crate::signature::v4::ALGORITHM)
        || (query.contains("APIVersion=") && is_tracking(path))
}

impl LogService {
    /// Opens the service over its tables.
    pub async fn open(parts: Surroundings, settings: Settings) -> Result<Self, LogServiceError> {
        schema::migrate(&parts.database).await?;
        let service = Self {
            database: parts.database,
            journal: parts.journal,
            store: parts.store,
            settings,
            logstores: Logstores::default(),
            consumers: Consumers::default(),
            shards_change: tokio::sync::RwLock::default(),
            batches: Mutex::default(),
            analytics: None,
            index: parts.index,
            directory: parts.directory,
            recorder: parts.recorder,
        };
        service.keep_all().await?;
        Ok(service)
    }

    /// The service with SQL.
    pub fn with_analytics(self, analytics: Arc<dyn Analytics>) -> Self {
        Self { analytics: Some(analytics), ..self }
    }

    /// Answers a request. The future must be driven to its end even when the client is gone: what was done must be recorded.
    /// A request whose body could not be read comes as its fault.
    pub async fn handle(&self, head: Result<Head, Fault>) -> Answer {
        let request_id = new_request_id();
        let outcome = match head {
            Ok(head) if is_tracking(&head.path) => track::put(self, &head).await,
            Ok(head) => self.authenticated(head, &request_id).await,
            Err(fault) => Err(fault),
        };
        conclude(outcome, &request_id)
    }

    async fn authenticated(&self, head: Head, request_id: &str) -> Result<Answer, Fault> {
        let (caller, query) = match self.identify(&head) {
            Ok(known) => known,
            Err((access_key_id, fault)) => return Err(self.reject(&head, &access_key_id, request_id, fault)),
        };
        let project = address::project(head.header("host"), &self.settings.endpoints).unwrap_or_default();
        let (operation, target) = operation::find(&head, &query, !project.is_empty())?;
        let project = operations::project_of(operation.id, &head, project);
        let request = Request { head, query, caller, project, target };
        let is_managing = self.is_managing(operation, &request).await;
        let data_arn = self.wanted_data(operation, &request);
        let done = async {
            self.permit(&request, operation).await?;
            operations::run(self, operation.id, &request).await
        };
        if !is_managing && data_arn.is_none() {
            return done.await;
        }
        self.recorder.ready().map_err(not_recorded)?;
        let outcome = done.await;
        let record = self.describe(operation, &request, request_id, outcome.as_ref().err());
        let recorded = match (is_managing, data_arn) {
            (true, Some(arn)) => {
                let copy = record.data_copy(&arn);
                futures::future::try_join(self.recorder.record(record), self.recorder.record(copy)).await.map(|_| ())
            }
            (false, Some(arn)) => self.recorder.record(record.into_data_event(&arn)).await,
            (_, None) => self.recorder.record(record).await,
        };
        recorded.map_err(not_recorded)?;
        outcome
    }

    fn identify(&self, head: &Head) -> Result<(Caller, Query), (String, Fault)> {
        let claim = read_claim(head).map_err(|fault| (String::new(), fault))?;
        let authenticated = || {
            check_version(head.header("x-log-apiversion"))?;
            let query = Query::parse(&head.raw_query)?;
            Ok((authenticate(&claim, head, &query, &*self.directory)?, query))
        };
        authenticated().map_err(|fault| (claim.access_key_id.to_owned(), fault))
    }

    /// Asks RAM about a resource below the region and the caller's account.
    pub(crate) fn allow(&self, request: &Request, action: &str, resource: &str) -> Result<(), Fault> {
        let resource = self.arn(request, resource);
        let decision = self.directory.decide(&PermissionRequest {
            caller: &request.caller,
            action,
            resource: &resource,
            source_ip: request.head.source_ip,
            secure: request.head.secure,
            now_s: request.head.arrived_at_ms.div_euclid(1_000),
        });
        if !matches!(decision, Decision::Allow) {
            return Err(
                codes::UNAUTHORIZED.says(format!("denied by sts or ram, action: {action}, resource: {resource}"))
            );
        }
        Ok(())
    }

    /// Asks RAM. Projects of others are forbidden, whatever a policy says.
    async fn permit(&self, request: &Request, operation: &Operation) -> Result<(), Fault> {
        let owner = &request.caller.account_id;
        self.allow(request, operation.permission, &resource(operation.id, request))?;
        if matches!(operation.id, Id::CreateProject | Id::ListProject) {
            return Ok(());
        }
        match self.logstore(request).await {
            Ok(logstore) if logstore.account_id == *owner => Ok(()),
            Ok(_) => Err(codes::PROJECT_FORBIDDEN.fault()),
            // There may be a project all the same, and it may be somebody else's.
            Err(_) => self.project(request).await.map(|_| ()),
        }
    }

    /// The project of a request, which is the caller's.
    pub(crate) async fn project(&self, request: &Request) -> Result<Project, Fault> {
        let mut connection = self.database.pool().acquire().await?;
        let found = project::find(&mut connection, &request.project).await?;
        let project = found.ok_or_else(|| no_project(&request.project))?;
        if project.account_id != request.caller.account_id {
            return Err(codes::PROJECT_FORBIDDEN.fault());
        }
        Ok(project)
    }

    /// The logstore of a request.
    pub(crate) async fn logstore(&self, request: &Request) -> Result<Arc<Logstore>, Fault> {
        self.logstores.get(&self.database, &request.project, &request.target.logstore).await
    }

    /// Waits until everything that is durable now can be found.
    pub(crate) async fn caught_up(&self) -> Result<(), Fault> {
        self.index.catch_up().await.map_err(|problem| codes::SERVER_BUSY.says(problem))
    }

    fn reject(&self, head: &Head, access_key_id: &str, request_id: &str, fault: Fault) -> Fault {
        let cut = |text: &str| text.chars().take(128).collect::<String>();
        self.recorder.reject(RejectedCall {
            request_id: request_id.to_owned(),
            arrived_at_ms: head.arrived_at_ms,
            code: fault.code.name.to_owned(),
            claimed_access_key_id: cut(access_key_id),
            claimed_operation: cut(&format!("{} {}", head.method, head.path)),
            host: cut(head.header("host")),
            source_ip: head.source_ip,
            user_agent: cut(head.header("user-agent")),
        });
        fault
    }
}

fn not_recorded(fault: RecorderFault) -> Fault {
    tracing::error!(%fault, "a request to the log service cannot be recorded");
    codes::SERVER_BUSY.says(format!("The request cannot be recorded, so it is not served: {fault}."))
}
