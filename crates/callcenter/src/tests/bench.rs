//! A call centre on a database of its own, and calls made by hand.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};

use database::Database;
use openapi::{Call, Caller, HandlerResult, Params, Principal, SecretText, Service, TableService};
use parking_lot::Mutex;
use serde_json::{Map, Value};
use tokio::task::JoinHandle;

use crate::center::new_id;
use crate::user::rows::{NewUser, insert_user};
use crate::{
    CallCenter, Calling, NewRamUser, OPERATIONS, PRODUCT, RamUser, RamUserFault, RamUserFuture, RamUsers, Role,
    TurnSettings, WorkbenchSettings,
};

pub(super) const ACCOUNT: &str = "1059804828509";
pub(super) const OTHER_ACCOUNT: &str = "2059804828509";
/// RAM users 201 to 209 exist in every account.
const RAM_USERS: std::ops::RangeInclusive<u32> = 201..=209;

pub(super) struct Bench {
    url: String,
    database: Database,
    pub(super) center: Arc<CallCenter>,
    pub(super) directory: Arc<Directory>,
    service: Arc<TableService<CallCenter>>,
    clock_ms: AtomicI64,
    schema: Option<(String, Database)>,
    _folder: Option<tempfile::TempDir>,
}

/// Beside the fixed ones it has the RAM users that were made; their ids begin at [`FIRST_MADE`].
#[derive(Default)]
pub(super) struct Directory {
    made: Mutex<Vec<(String, RamUser)>>,
    next: AtomicUsize,
    /// Every write fails from now on.
    pub(super) is_broken: AtomicBool,
}

const FIRST_MADE: usize = 501;

impl Directory {
    pub(super) fn made_names(&self) -> Vec<String> {
        self.made.lock().iter().map(|(_, user)| user.user_name.clone()).collect()
    }

    fn refuse_if_broken(&self) -> Result<(), RamUserFault> {
        if self.is_broken.load(Ordering::Relaxed) { Err(RamUserFault::Failed("broken".to_owned())) } else { Ok(()) }
    }

    fn create(&self, account_id: &str, new: &NewRamUser) -> Result<RamUser, RamUserFault> {
        self.refuse_if_broken()?;
        let mut made = self.made.lock();
        let is_same = |(account, user): &(String, RamUser)| account == account_id && user.user_name == new.user_name;
        if made.iter().any(is_same) {
            return Err(RamUserFault::NameTaken);
        }
        let user = RamUser {
            user_id: (FIRST_MADE + self.next.fetch_add(1, Ordering::Relaxed)).to_string(),
            user_name: new.user_name.clone(),
            display_name: new.display_name.clone(),
            email: new.email.clone(),
            phone: new.phone.clone(),
        };
        made.push((account_id.to_owned(), user.clone()));
        Ok(user)
    }
}

impl RamUsers for Directory {
    fn create_user<'a>(&'a self, account_id: &'a str, user: &'a NewRamUser) -> RamUserFuture<'a, RamUser> {
        Box::pin(async move { self.create(account_id, user) })
    }

    fn delete_user<'a>(&'a self, account_id: &'a str, ram_user_id: &'a str) -> RamUserFuture<'a, ()> {
        Box::pin(async move {
            self.refuse_if_broken()?;
            self.made.lock().retain(|(account, user)| account != account_id || user.user_id != ram_user_id);
            Ok(())
        })
    }

    fn find_user(&self, account_id: &str, ram_user_id: &str) -> Option<RamUser> {
        let made = self.made.lock();
        let is_same = |(account, user): &&(String, RamUser)| account == account_id && user.user_id == ram_user_id;
        if let Some((_, user)) = made.iter().find(is_same) {
            return Some(user.clone());
        }
        let number: u32 = ram_user_id.parse().ok()?;
        RAM_USERS.contains(&number).then(|| RamUser {
            user_id: ram_user_id.to_owned(),
            user_name: format!("user{number}"),
            display_name: format!("用户 {number}"),
            email: format!("user{number}@example.com"),
            phone: "13800000000".to_owned(),
        })
    }
}

impl Bench {
    pub(super) async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        let url = format!("sqlite://{}", folder.path().join("control.db").display());
        Self::open(url, None, Some(folder)).await
    }

    pub(super) async fn on_postgres(test: &str) -> Option<Self> {
        let (url, schema) = Self::empty_schema(test).await?;
        Some(Self::open(url, Some(schema), None).await)
    }

    /// A new schema on the test run's PostgreSQL server: its URL, and how to drop it.
    pub(super) async fn empty_schema(test: &str) -> Option<(String, (String, Database))> {
        #[allow(clippy::disallowed_methods, reason = "the test run says where its PostgreSQL is")]
        let Ok(url) = std::env::var("CAIRN_TEST_POSTGRES_URL") else {
            eprintln!("{test}: SKIPPED on PostgreSQL, CAIRN_TEST_POSTGRES_URL is not set");
            return None;
        };
        let schema = format!("callcenter_{}", new_id().replace('-', ""));
        let server = Database::open(&url).await.expect("the PostgreSQL server answers");
        run(&server, format!("CREATE SCHEMA {schema}")).await;
        let separator = if url.contains('?') { '&' } else { '?' };
        let url = format!("{url}{separator}options%5Bsearch_path%5D={schema}");
        Some((url, (schema, server)))
    }

    pub(super) async fn open(
        url: String,
        schema: Option<(String, Database)>,
        folder: Option<tempfile::TempDir>,
    ) -> Self {
        let directory = Arc::new(Directory::default());
        let (database, center) = open_center(&url, &directory).await;
        let service = Arc::new(TableService::new(PRODUCT, OPERATIONS.iter().copied(), Arc::clone(&center)));
        let clock_ms = AtomicI64::new(1_700_000_000_000);
        Self { url, database, center, directory, service, clock_ms, schema, _folder: folder }
    }

    /// A second process on the same database, which calls in its own way.
    pub(super) async fn calling(&self, calling: Calling) -> Self {
        let database = Database::open(&self.url).await.expect("the database opens");
        let center = CallCenter::open(database.clone(), self.directory.clone()).await.expect("the call centre opens");
        let center = Arc::new(center.with_calling(calling));
        let service = Arc::new(TableService::new(PRODUCT, OPERATIONS.iter().copied(), Arc::clone(&center)));
        let clock_ms = AtomicI64::new(self.clock_ms.load(Ordering::Relaxed));
        let directory = Arc::clone(&self.directory);
        Self { url: self.url.clone(), database, center, directory, service, clock_ms, schema: None, _folder: None }
    }

    /// The same database in a new process, as far as the call centre can tell.
    pub(super) async fn restart(&mut self) {
        self.database.close().await;
        (self.database, self.center) = open_center(&self.url, &self.directory).await;
        self.service = Arc::new(TableService::new(PRODUCT, OPERATIONS.iter().copied(), Arc::clone(&self.center)));
    }

    pub(super) async fn drop_schema(self) {
        self.database.close().await;
        let Some((schema, server)) = self.schema else {
            return;
        };
        // A second call centre of the test may still be at work there, and PostgreSQL ends one of two that wait for each
        // other.
        while let Err(error) = execute(&server, format!("DROP SCHEMA {schema} CASCADE")).await {
            let code = error.as_database_error().and_then(|error| error.code().map(|code| code.into_owned()));
            assert_eq!(code.as_deref(), Some("40P01"), "{error}");
        }
    }

    pub(super) async fn call(&self, caller: &Caller, operation: &str, params: &[(&str, &str)]) -> HandlerResult {
        self.service.call(&self.checked(caller, operation, params)).await
    }

    /// The call at another call centre on the same database.
    pub(super) async fn call_on(
        &self,
        center: &Arc<CallCenter>,
        caller: &Caller,
        operation: &str,
        params: &[(&str, &str)],
    ) -> HandlerResult {
        let service = TableService::new(PRODUCT, OPERATIONS.iter().copied(), Arc::clone(center));
        service.call(&self.checked(caller, operation, params)).await
    }

    /// The call in a task of its own.
    pub(super) fn start(&self, caller: &Caller, operation: &str, params: &[(&str, &str)]) -> JoinHandle<HandlerResult> {
        let call = self.checked(caller, operation, params);
        let service = Arc::clone(&self.service);
        tokio::spawn(async move { service.call(&call).await })
    }

    fn checked(&self, caller: &Caller, operation: &str, params: &[(&str, &str)]) -> Call {
        let params = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Call {
            request_id: new_id().to_uppercase(),
            operation: self.service.find(operation).expect("the table has the operation").name,
            version: "2017-07-05".to_owned(),
            caller: caller.clone(),
            region: "cn-shanghai".to_owned(),
            host: "ccc.cn-shanghai.aliyuncs.com".to_owned(),
            source_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            user_agent: "test".to_owned(),
            secure: false,
            arrived_at_ms: self.clock_ms.fetch_add(1, Ordering::Relaxed),
            params: Params::new(params),
            hang_up: openapi::HangUp::default(),
        }
    }

    /// Lets time pass before the next call.
    pub(super) fn wait_ms(&self, milliseconds: i64) {
        self.clock_ms.fetch_add(milliseconds, Ordering::Relaxed);
    }

    /// When the next call arrives.
    pub(super) fn now_ms(&self) -> i64 {
        self.clock_ms.load(Ordering::Relaxed)
    }

    /// The result fields of a call that must succeed.
    pub(super) async fn body(&self, caller: &Caller, operation: &str, params: &[(&str, &str)]) -> Map<String, Value> {
        match self.call(caller, operation, params).await {
            Ok(answer) => answer.body,
            Err(error) => panic!("{operation} failed: {error}"),
        }
    }

    /// Code and status of a call that must fail.
    pub(super) async fn refusal(&self, caller: &Caller, operation: &str, params: &[(&str, &str)]) -> (String, u16) {
        match self.call(caller, operation, params).await {
            Ok(answer) => panic!("{operation} succeeded: {:?}", answer.body),
            Err(error) => (error.code.into_owned(), error.http_status),
        }
    }

    /// A new instance of [`ACCOUNT`], made by the account itself; its id.
    pub(super) async fn instance(&self, domain_name: &str, more: &[(&str, &str)]) -> String {
        let body = self.body(&root(ACCOUNT), "CreateInstance", &instance_params(domain_name, domain_name, more)).await;
        text(&body["Instance"], "InstanceId")
    }

    /// Makes a RAM user a user of the instance; his `UserId`.
    pub(super) async fn add_user(&self, instance_id: &str, ram_user_id: &str, role: Role) -> String {
        let ram_user = self.directory.find_user(ACCOUNT, ram_user_id).expect("a known RAM user");
        let mut transaction = self.database.begin().await.expect("begin");
        let user = NewUser {
            instance_id,
            ram_user: &ram_user,
            role,
            is_primary: false,
            ordinal: 9,
            created_at_ms: self.clock_ms.load(Ordering::Relaxed),
        };
        let id = insert_user(&mut transaction, &user).await.expect("a new user");
        self.center.commit(transaction, instance_id).await.expect("commit");
        id
    }

    /// Many empty groups at once.
    pub(super) async fn add_groups(&self, instance_id: &str, name: &str, count: i64) {
        let sql = format!(
            "WITH RECURSIVE places (place) AS (SELECT 1 UNION ALL SELECT place + 1 FROM places WHERE place < {count})
             INSERT INTO ccc_skill_groups (id, instance_id, name, description, routing_strategy,
                allow_private_outbound_number, created_at_ms)
             SELECT '{instance_id}-' || CAST(place AS TEXT), '{instance_id}', '{name} ' || CAST(place AS TEXT), '',
                'default', 0, 0 FROM places"
        );
        run(&self.database, sql).await;
    }

    /// A user's extension.
    pub(super) async fn extension(&self, user_id: &str) -> String {
        sqlx::query_scalar("SELECT extension FROM ccc_users WHERE id = $1")
            .bind(user_id)
            .fetch_one(self.database.pool())
            .await
            .expect("a user")
    }

    /// Changes rows behind the call centre's back; for rows that it does not keep in memory.
    pub(super) async fn execute(&self, sql: &'static str) {
        run(&self.database, sql.to_owned()).await;
    }

    /// How many rows a table has.
    pub(super) async fn count(&self, table: &str) -> i64 {
        let sql = format!("SELECT COUNT(*) FROM {table}");
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(self.database.pool()).await.expect("a table")
    }
}

fn servers() -> WorkbenchSettings {
    WorkbenchSettings {
        agent_server_url: Some("wss://agents.example.com".to_owned()),
        webrtc_url: None,
        turn: Some(TurnSettings {
            urls: vec!["turn:relay.example.com:3478".to_owned()],
            secret: SecretText::new("shared"),
        }),
    }
}

async fn open_center(url: &str, directory: &Arc<Directory>) -> (Database, Arc<CallCenter>) {
    let database = Database::open(url).await.expect("the database opens");
    let center = CallCenter::open(database.clone(), Arc::<Directory>::clone(directory)).await;
    let center = center.expect("the call centre opens").with_workbench(servers());
    (database, Arc::new(center))
}

async fn run(database: &Database, sql: String) {
    execute(database, sql).await.expect("the statement runs");
}

async fn execute(database: &Database, sql: String) -> Result<(), sqlx::Error> {
    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(database.pool()).await.map(|_| ())
}

pub(super) fn instance_params<'a>(
    name: &'a str,
    domain_name: &'a str,
    more: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let mut params =
        vec![("Name", name), ("DomainName", domain_name), ("StorageMaxDays", "90"), ("StorageMaxSize", "50")];
    params.extend_from_slice(more);
    params
}

pub(super) fn root(account_id: &str) -> Caller {
    caller(account_id, Principal::Root)
}

pub(super) fn ram_user(account_id: &str, user_id: &str) -> Caller {
    caller(account_id, Principal::User { user_id: user_id.to_owned(), user_name: format!("user{user_id}") })
}

pub(super) fn role_session(account_id: &str) -> Caller {
    let principal = Principal::RoleSession {
        role_id: "301".to_owned(),
        role_name: "operator".to_owned(),
        session_name: "shift".to_owned(),
        created_at_s: 1_700_000_000,
        assumed_by: "201".to_owned(),
        mfa_present: false,
        session_policy: None,
    };
    caller(account_id, principal)
}

fn caller(account_id: &str, principal: Principal) -> Caller {
    Caller { account_id: account_id.to_owned(), access_key_id: "LTAI0000000000000000".to_owned(), principal }
}

pub(super) fn text(object: &Value, field: &str) -> String {
    object[field].as_str().unwrap_or_else(|| panic!("{field} of {object} is text")).to_owned()
}

/// Code and status as a test writes them.
pub(super) fn refused(code: &str, http_status: u16) -> (String, u16) {
    (code.to_owned(), http_status)
}

/// The codes of the calls that lost.
pub(super) async fn losers(tasks: Vec<JoinHandle<HandlerResult>>) -> Vec<String> {
    let mut codes = Vec::new();
    for task in tasks {
        if let Err(error) = task.await.expect("the task ends") {
            codes.push(error.code.into_owned());
        }
    }
    codes
}
