//! Identity on a database of its own behind a gateway, and calls signed as clients sign them.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use database::Database;
use http::{HeaderMap, Method};
use identity::{FirstCredentials, FirstStart, Identity, IdentityError, Opened, ram, sts};
use openapi::client::{Credentials, signed_v1_query};
use openapi::{Gateway, GatewaySettings, Nobody, RawRequest, SecretText, Service, TableService, Throttling};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

pub const ACCOUNT: &str = "1059804828509";
pub const ROOT_KEY: &str = "LTAI5tSuiteRootKey01";
pub const ROOT_SECRET: &str = "SuiteRootSecret000000000000001";
const RAM_VERSION: &str = "2015-05-01";
const STS_VERSION: &str = "2015-04-01";

pub struct Bench {
    url: String,
    pub database: Database,
    pub folder: tempfile::TempDir,
    pub identity: Arc<Identity>,
    /// What the first start answered.
    pub created: FirstCredentials,
    gateway: Arc<Gateway>,
    clock_s: AtomicI64,
    schema: Option<(String, Database)>,
}

/// Status and body of an answer.
pub type Answer = (u16, Value);

impl Bench {
    pub async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        let url = format!("sqlite://{}", folder.path().join("control.db").display());
        Self::start(url, folder, None).await
    }

    pub async fn on_postgres(test: &str) -> Option<Self> {
        #[allow(clippy::disallowed_methods, reason = "the test run says where its PostgreSQL is")]
        let Ok(url) = std::env::var("CAIRN_TEST_POSTGRES_URL") else {
            eprintln!("{test}: SKIPPED on PostgreSQL, CAIRN_TEST_POSTGRES_URL is not set");
            return None;
        };
        let schema = format!("identity_{:032x}", rand::random::<u128>());
        let server = Database::open(&url).await.expect("the PostgreSQL server answers");
        run(&server, format!("CREATE SCHEMA {schema}")).await;
        let separator = if url.contains('?') { '&' } else { '?' };
        let url = format!("{url}{separator}options%5Bsearch_path%5D={schema}");
        let folder = tempfile::tempdir().expect("temporary folder");
        Some(Self::start(url, folder, Some((schema, server))).await)
    }

    async fn start(url: String, folder: tempfile::TempDir, schema: Option<(String, Database)>) -> Self {
        let database = Database::open(&url).await.expect("the database opens");
        let opened = Identity::open(&database, folder.path(), from_outside()).await.expect("the first start");
        let created = opened.created.expect("the first start creates");
        let gateway = gateway(&opened.identity);
        let clock_s = AtomicI64::new(1_780_000_000);
        Self { url, database, folder, identity: opened.identity, created, gateway, clock_s, schema }
    }

    pub async fn drop_schema(self) {
        self.database.close().await;
        if let Some((schema, server)) = self.schema {
            run(&server, format!("DROP SCHEMA {schema} CASCADE")).await;
        }
    }

    /// Ends the process, as far as identity can tell, and opens the same data again with `first_start`.
    pub async fn try_restart(&mut self, first_start: FirstStart) -> Result<Opened, IdentityError> {
        self.database.close().await;
        self.database = Database::open(&self.url).await.expect("the database opens");
        let opened = Identity::open(&self.database, self.folder.path(), first_start).await?;
        self.identity = opened.identity.clone();
        self.gateway = gateway(&self.identity);
        Ok(opened)
    }

    pub async fn restart(&mut self) {
        let opened = self.try_restart(FirstStart::default()).await.expect("the same data opens again");
        assert!(opened.created.is_none(), "keys are shown once");
    }

    pub fn key_file(&self) -> std::path::PathBuf {
        self.folder.path().join("identity.key")
    }

    pub fn pass_time(&self, seconds: i64) {
        self.clock_s.fetch_add(seconds, Ordering::Relaxed);
    }

    pub fn root(&self) -> Credentials {
        credentials(ROOT_KEY, ROOT_SECRET)
    }

    pub async fn call(&self, who: &Credentials, operation: &str, parameters: &[(&str, &str)]) -> Answer {
        answer(&self.gateway, self.signed(who, operation, parameters)).await
    }

    /// The call in a task of its own.
    pub fn start_call(&self, who: &Credentials, operation: &str, parameters: &[(&str, &str)]) -> JoinHandle<Answer> {
        let (gateway, request) = (self.gateway.clone(), self.signed(who, operation, parameters));
        tokio::spawn(async move { answer(&gateway, request).await })
    }

    fn signed(&self, who: &Credentials, operation: &str, parameters: &[(&str, &str)]) -> RawRequest {
        let is_sts = ["AssumeRole", "GetCallerIdentity"].contains(&operation);
        let now_s = self.clock_s.load(Ordering::Relaxed);
        let version = if is_sts { STS_VERSION } else { RAM_VERSION };
        RawRequest {
            method: Method::GET,
            query: signed_v1_query("GET", operation, version, parameters, who, now_s),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            source_ip: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7)),
            secure: false,
            arrived_at_ms: now_s * 1_000,
            hang_up: openapi::HangUp::default(),
        }
    }

    /// The body of a call that must succeed.
    pub async fn done(&self, who: &Credentials, operation: &str, parameters: &[(&str, &str)]) -> Value {
        let (status, body) = self.call(who, operation, parameters).await;
        assert_eq!(status, 200, "{operation} {parameters:?}: {body}");
        body
    }

    /// Status and code of a call that must fail.
    pub async fn refused(&self, who: &Credentials, operation: &str, parameters: &[(&str, &str)]) -> (u16, String) {
        let (status, body) = self.call(who, operation, parameters).await;
        assert_ne!(status, 200, "{operation} {parameters:?} succeeded: {body}");
        (status, text(&body["Code"]))
    }

    /// Does root's call, which must succeed.
    pub async fn admin(&self, operation: &str, parameters: &[(&str, &str)]) -> Value {
        self.done(&self.root(), operation, parameters).await
    }

    /// Root's call, which must fail.
    pub async fn admin_refused(&self, operation: &str, parameters: &[(&str, &str)]) -> (u16, String) {
        self.refused(&self.root(), operation, parameters).await
    }

    /// A new user with a key; his credentials.
    pub async fn user(&self, name: &str) -> Credentials {
        self.admin("CreateUser", &[("UserName", name)]).await;
        self.key(name).await
    }

    pub async fn key(&self, name: &str) -> Credentials {
        let body = self.admin("CreateAccessKey", &[("UserName", name)]).await;
        credentials(&text(&body["AccessKey"]["AccessKeyId"]), &text(&body["AccessKey"]["AccessKeySecret"]))
    }

    pub async fn policy(&self, name: &str, statements: Value) {
        let document = json!({"Version": "1", "Statement": statements}).to_string();
        self.admin("CreatePolicy", &[("PolicyName", name), ("PolicyDocument", &document)]).await;
    }

    /// Attaches a custom policy, or a system policy if its name begins like one.
    pub async fn attach(&self, policy: &str, owner: (&str, &str)) {
        let (operation, parameters) = attachment("Attach", "To", policy, owner);
        self.admin(&operation, &parameters).await;
    }

    pub async fn detach(&self, policy: &str, owner: (&str, &str)) {
        let (operation, parameters) = attachment("Detach", "From", policy, owner);
        self.admin(&operation, &parameters).await;
    }

    /// A role that users of the account may assume if their policies let them.
    pub async fn role(&self, name: &str) {
        let trust = trust(&format!("acs:ram::{ACCOUNT}:root"));
        self.admin("CreateRole", &[("RoleName", name), ("AssumeRolePolicyDocument", &trust)]).await;
    }

    /// Credentials of a session, with further parameters.
    pub async fn assume(&self, who: &Credentials, role: &str, more: &[(&str, &str)]) -> Credentials {
        let arn = role_arn(role);
        let mut parameters = vec![("RoleArn", arn.as_str()), ("RoleSessionName", "shift")];
        parameters.extend_from_slice(more);
        let body = self.done(who, "AssumeRole", &parameters).await;
        let part = |name: &str| text(&body["Credentials"][name]);
        Credentials {
            security_token: Some(part("SecurityToken")),
            ..credentials(&part("AccessKeyId"), &part("AccessKeySecret"))
        }
    }

    /// Runs a statement behind identity's back; it is seen after a restart.
    pub async fn execute(&self, sql: String) {
        run(&self.database, sql).await;
    }
}

/// Operation and parameters of `Attach…To…` and `Detach…From…`. The owner is `("User", name)` and so on.
pub fn attachment<'a>(
    verb: &str,
    preposition: &str,
    policy: &'a str,
    (kind, owner): (&str, &'a str),
) -> (String, Vec<(&'static str, &'a str)>) {
    let name = match kind {
        "User" => "UserName",
        "Group" => "GroupName",
        _ => "RoleName",
    };
    let policy_type = if policy.starts_with("Aliyun") || policy == "AdministratorAccess" { "System" } else { "Custom" };
    let parameters = vec![("PolicyType", policy_type), ("PolicyName", policy), (name, owner)];
    (format!("{verb}Policy{preposition}{kind}"), parameters)
}

pub fn from_outside() -> FirstStart {
    FirstStart {
        account_id: Some(ACCOUNT.to_owned()),
        root_access_key_id: Some(ROOT_KEY.to_owned()),
        root_access_key_secret: Some(SecretText::new(ROOT_SECRET)),
    }
}

pub fn role_arn(role: &str) -> String {
    format!("acs:ram::{ACCOUNT}:role/{role}")
}

/// A trust policy for one principal.
pub fn trust(principal: &str) -> String {
    let statement = json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": principal}});
    json!({"Version": "1", "Statement": [statement]}).to_string()
}

pub fn credentials(id: &str, secret: &str) -> Credentials {
    Credentials { access_key_id: id.to_owned(), access_key_secret: SecretText::new(secret), security_token: None }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is text")).to_owned()
}

/// Status and code as a test writes them.
pub fn code(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

fn gateway(identity: &Arc<Identity>) -> Arc<Gateway> {
    let services: Vec<Box<dyn Service>> = vec![
        Box::new(TableService::new(ram::PRODUCT, [ram::OPERATIONS], identity.clone())),
        Box::new(TableService::new(sts::PRODUCT, [sts::OPERATIONS], identity.clone())),
    ];
    let region = || "cn-shanghai".to_owned();
    let settings =
        GatewaySettings { default_region: region(), global_region: region(), throttling: Throttling::Protective };
    Arc::new(Gateway::new(services, identity.clone(), Arc::new(Nobody), settings))
}

async fn answer(gateway: &Gateway, request: RawRequest) -> Answer {
    let reply = gateway.handle(request).await;
    (reply.http_status, serde_json::from_slice(&reply.body).expect("an answer is JSON"))
}

async fn run(database: &Database, sql: String) {
    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(database.pool()).await.expect("the statement runs");
}

/// Every file below a folder, one after the other.
pub fn all_bytes(folder: &Path) -> Vec<u8> {
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    entries.flat_map(|entry| std::fs::read(entry.expect("an entry").path()).expect("a file")).collect()
}
