//! The service as a whole: from the head of a request to its answer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use database::{Database, DatabaseError};
use http::Method;
use openapi::{Caller, Decision, Directory, PermissionRequest, Recorder, RecorderFault, RejectedCall, clock::now_ms};

use crate::answer::{Answer, conclude, new_request_id};
use crate::authenticate::{Claim, as_get, authenticate, read_claim};
use crate::blobs::Blobs;
use crate::clock::Clock;
use crate::content::Body;
use crate::events;
use crate::fault::{Fault, codes};
use crate::links::LinkSigner;
use crate::operation;
use crate::operations;
use crate::operations::orphans::NewFiles;
use crate::reading::{Target, is_service_host, readings};
use crate::request::Head;
use crate::rows::bucket::{self, Bucket};
use crate::schema;
use crate::xml::KeyText;

/// The parameter by which a client asks for keys in an encoding: `url` or none.
pub(crate) const KEY_ENCODING: &str = "encoding-type";

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    /// The control database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A statement.
    #[error("database: {0}")]
    Sql(#[from] sqlx::Error),
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

/// What an operator sets, and what the server keeps for the service.
#[derive(Clone)]
pub struct Settings {
    /// Region of buckets whose creation names none.
    pub default_region: String,
    /// Host names of the operator's own, each with the bucket that it stands for.
    pub hosts: BTreeMap<String, String>,
    /// Signs the server's own links.
    pub link_key: [u8; 32],
}

/// Buckets and everything in them.
pub struct BucketService {
    pub(crate) database: Database,
    pub(crate) blobs: Arc<dyn Blobs>,
    pub(crate) clock: Clock,
    pub(crate) settings: Settings,
    pub(crate) links: LinkSigner,
    pub(crate) new_files: NewFiles,
    directory: Arc<dyn Directory>,
    pub(crate) recorder: Arc<dyn Recorder>,
}

/// A request whose sender is known.
pub(crate) struct Request {
    pub(crate) head: Head,
    pub(crate) caller: Caller,
    pub(crate) target: Target,
}

impl Request {
    /// Name of the bucket; empty for the service.
    pub(crate) fn bucket(&self) -> &str {
        match &self.target {
            Target::Service => "",
            Target::Bucket(bucket) | Target::Object { bucket, .. } => bucket,
        }
    }

    /// How the answer writes keys.
    pub(crate) fn keys(&self) -> KeyText {
        KeyText(self.head.query.text(KEY_ENCODING).is_some())
    }

    /// Key of the object; empty for a bucket.
    pub(crate) fn key(&self) -> &str {
        match &self.target {
            Target::Object { key, .. } => key,
            _ => "",
        }
    }
}

impl BucketService {
    /// Opens the service over its tables and files.
    pub async fn open(
        database: Database,
        blobs: Arc<dyn Blobs>,
        directory: Arc<dyn Directory>,
        recorder: Arc<dyn Recorder>,
        settings: Settings,
    ) -> Result<Self, BucketError> {
        schema::migrate(&database).await?;
        let mut connection = database.pool().acquire().await?;
        let clock = Clock::open(&mut connection, now_ms).await?;
        drop(connection);
        let links = LinkSigner::new(settings.link_key);
        let new_files = NewFiles::new();
        let service = Self { database, blobs, clock, settings, links, new_files, directory, recorder };
        service.sweep_leftovers().await?;
        Ok(service)
    }

    /// Whether a host name is the service's or one of its buckets', so that a request needs no signature to be meant for it.
    pub fn has_host(&self, host_name: &str) -> bool {
        is_service_host(host_name, &self.settings.hosts)
    }

    /// Seconds by which the time of retention is ahead of the system's clock.
    pub fn clock_ahead_s(&self) -> u64 {
        self.clock.ahead_s()
    }

    /// Says in the log that the clock was once set far ahead, if it was.
    pub fn warn_of_clock(&self) {
        self.clock.warn_if_ahead();
    }

    /// Answers a request. The future must be driven to its end even when the client is gone: what was done must be recorded.
    /// A head that could not be read comes as its fault.
    pub async fn handle(&self, head: Result<Head, Fault>, body: Body) -> Answer {
        let started = Instant::now();
        let request_id = new_request_id();
        let known = head.as_ref().map(|head| (head.method == Method::HEAD, head.header("host").to_owned()));
        let (is_head, host) = known.unwrap_or_default();
        let outcome = match head {
            Ok(head) => self.authenticated(head, body, &request_id).await,
            Err(fault) => Err(fault),
        };
        conclude(outcome, &request_id, &host, is_head, started)
    }

    async fn authenticated(&self, head: Head, body: Body, request_id: &str) -> Result<Answer, Fault> {
        let claim = match read_claim(&head) {
            Ok(Some(claim)) => claim,
            Ok(None) => {
                let fault = codes::ACCESS_DENIED.says("The request is not signed, and no bucket here is public.");
                return Err(self.reject(&head, "", request_id, fault));
            }
            Err(fault) => return Err(self.reject(&head, "", request_id, fault)),
        };
        let (caller, target) = match self.identify(&claim, &head) {
            Ok(known) => known,
            Err(fault) => return Err(self.reject(&head, &claim.access_key_id, request_id, fault)),
        };
        let operation = operation::find(&head, &target)?;
        operation.permit_link(claim.link())?;
        let mut request = Request { head, caller, target };
        let is_link = self.links.is_signer(&request.caller);
        if is_link {
            self.links.permit(operation.id)?;
            // The server lets its holder have the object as if its owner did.
            request.caller.account_id = self.bucket(request.bucket()).await?.account_id;
        }
        let done = async {
            if !is_link {
                self.permit(&request, operation.permission).await?;
            }
            operations::run(self, operation.id, &request, body).await
        };
        let Some(about) = events::about(self, operation, &request).await? else { return done.await };
        self.recorder.ready().map_err(not_recorded)?;
        let outcome = done.await;
        let mut record = events::describe(operation, &request, request_id, about, outcome.as_ref().err());
        if is_link {
            record.event_data.insert("SignedByServer".to_owned(), true.into());
        }
        // An answer that is read from a file leaves after this as well.
        self.recorder.record(record).await.map_err(not_recorded)?;
        outcome
    }

    fn identify(&self, claim: &Claim, head: &Head) -> Result<(Caller, Target), Fault> {
        let is_own = claim.link().is_some() && self.links.key_id() == claim.access_key_id;
        let directory: &dyn Directory = if is_own { &self.links } else { &*self.directory };
        let hosts = &self.settings.hosts;
        let first = authenticate(claim, head, readings(head, hosts)?, directory);
        match (first, as_get(head)) {
            (Err(fault), Some(get)) => authenticate(claim, &get, readings(&get, hosts)?, directory).map_err(|_| fault),
            (first, _) => first,
        }
    }

    /// The region of a request: that of its bucket; of a bucket that is not there, the one that the host name says.
    pub(crate) async fn region(&self, request: &Request) -> Result<String, Fault> {
        if let Some(bucket) = self.find_bucket(request.bucket()).await? {
            return Ok(bucket.region);
        }
        let label = request.head.host_name().split('.').find_map(|label| label.strip_prefix("oss-"));
        let named = label.map(|region| region.trim_end_matches("-internal").to_owned());
        Ok(named.unwrap_or_else(|| self.settings.default_region.clone()))
    }

    /// Asks RAM. The resource belongs to the owner of the bucket, whoever asks.
    async fn permit(&self, request: &Request, action: &str) -> Result<(), Fault> {
        self.permit_object(request, action, request.bucket(), request.key()).await
    }

    /// Asks RAM about another object than the request's own.
    pub(crate) async fn permit_object(
        &self,
        request: &Request,
        action: &str,
        bucket: &str,
        key: &str,
    ) -> Result<(), Fault> {
        let found = if bucket.is_empty() { None } else { self.find_bucket(bucket).await? };
        let (region, owner) = match &found {
            Some(bucket) => (bucket.region.as_str(), bucket.account_id.as_str()),
            None => (self.settings.default_region.as_str(), request.caller.account_id.as_str()),
        };
        let name = match (bucket, key) {
            ("", _) => "*".to_owned(),
            (bucket, "") => bucket.to_owned(),
            (bucket, key) => format!("{bucket}/{key}"),
        };
        let decision = self.directory.decide(&PermissionRequest {
            caller: &request.caller,
            action,
            resource: &format!("acs:oss:{region}:{owner}:{name}"),
            source_ip: request.head.source_ip,
            secure: request.head.secure,
            now_s: request.head.arrived_at_ms.div_euclid(1_000),
        });
        match decision {
            Decision::Allow if owner == request.caller.account_id => Ok(()),
            _ => Err(codes::ACCESS_DENIED
                .says(format!("You are not allowed to do {action} on {name}; a policy of RAM must allow it."))
                .detail("Action", action)),
        }
    }

    pub(crate) async fn find_bucket(&self, name: &str) -> Result<Option<Bucket>, Fault> {
        let mut connection = self.database.pool().acquire().await?;
        Ok(bucket::find(&mut connection, name).await?)
    }

    /// The bucket of a request.
    pub(crate) async fn bucket(&self, name: &str) -> Result<Bucket, Fault> {
        self.find_bucket(name).await?.ok_or_else(|| no_such_bucket(name))
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

pub(crate) fn no_such_bucket(name: &str) -> Fault {
    codes::NO_SUCH_BUCKET.fault().detail("BucketName", name)
}

fn not_recorded(fault: RecorderFault) -> Fault {
    tracing::error!(%fault, "a request to a bucket cannot be recorded");
    codes::UNAVAILABLE.says(format!("The request cannot be recorded, so it is not served: {fault}."))
}
