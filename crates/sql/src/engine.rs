//! Runs queries: one SELECT at a time each, on threads of its own, within limits.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use datafusion::common::DataFusionError;
use datafusion::execution::SessionState;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::Statement as SqlStatement;
use futures::StreamExt;
use store::Store;
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

use crate::answer::{Answer, Collector};
use crate::counted::replace_counts;
use crate::ending::{ask_in_joins, yield_in_joins};
use crate::error::SqlError;
use crate::functions::functions;
use crate::limits::*;
use crate::table::StreamTable;

/// The only table.
pub const TABLE: &str = "events";

/// Functions that make much out of little: what they allocate is not counted.
const WITHOUT: [&str; 7] = ["repeat", "lpad", "rpad", "range", "generate_series", "array_repeat", "array_resize"];

/// What queries may use.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Bytes that all running queries hold together.
    pub memory_bytes: usize,
    /// Bytes that they may spill.
    pub spill_bytes: u64,
    /// Folder for what is spilled. It is emptied when the engine starts.
    pub spill_folder: PathBuf,
    /// Milliseconds of a query.
    pub time_ms: u64,
    /// Counts are answered from packed columns where they can be. Off only to compare.
    pub counts_packed: bool,
}

/// Answers queries over a stream of a store.
pub struct Engine {
    /// Threads of its own: a query computes for long, and calls must not wait for that. Taken only when dropped.
    runtime: Option<Runtime>,
    resources: Arc<RuntimeEnv>,
    settings: Settings,
    turns: Arc<Semaphore>,
}

impl Engine {
    /// Starts the threads and empties the folder for what is spilled.
    pub fn start(settings: Settings) -> Result<Engine, SqlError> {
        let unusable = |error: std::io::Error| {
            SqlError::Failed(format!("{} cannot be used for spilling: {error}", settings.spill_folder.display()))
        };
        match std::fs::remove_dir_all(&settings.spill_folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(unusable(error)),
            _ => std::fs::create_dir_all(&settings.spill_folder).map_err(unusable)?,
        }
        let disk = DiskManagerBuilder::default()
            .with_mode(DiskManagerMode::Directories(vec![settings.spill_folder.clone()]))
            .with_max_temp_directory_size(settings.spill_bytes);
        let resources = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(FairSpillPool::new(settings.memory_bytes)))
            .with_disk_manager_builder(disk)
            .build_arc()?;
        // No query can name a file; should one ever, there is nothing that would open it.
        resources.deregister_object_store(ObjectStoreUrl::local_filesystem().as_ref())?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(std::thread::available_parallelism().map_or(1, usize::from))
            .thread_name("sql")
            .thread_stack_size(WORKER_STACK_BYTES)
            .enable_time()
            .build()
            .map_err(|error| SqlError::Failed(error.to_string()))?;
        let turns = Arc::new(Semaphore::new(MAX_RUNNING));
        Ok(Engine { runtime: Some(runtime), resources, settings, turns })
    }

    /// Answers one SELECT over what is kept of a stream at this time, with at most so many rows. The table is called
    /// [`TABLE`]. Dropping the future ends the query.
    pub async fn query(
        &self,
        store: Arc<Store>,
        stream: &str,
        now_s: i64,
        text: &str,
        max_rows: usize,
    ) -> Result<Answer, SqlError> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(SqlError::TooLong(MAX_TEXT_BYTES));
        }
        let Some(runtime) = &self.runtime else {
            return Err(SqlError::Failed("the engine has stopped".to_owned()));
        };
        let query = Query {
            store,
            stream: stream.to_owned(),
            now_s,
            text: text.to_owned(),
            max_rows: max_rows.min(MAX_ANSWER_ROWS),
            counts_packed: self.settings.counts_packed,
            resources: self.resources.clone(),
            ended: Arc::new(AtomicBool::new(false)),
        };
        let ending = End(query.ended.clone());
        let turns = self.turns.clone();
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn_on(
            async move {
                let _turn = turns.acquire_owned().await.map_err(|error| SqlError::Failed(error.to_string()))?;
                query.run().await
            },
            runtime.handle(),
        );
        let answered = tokio::time::timeout(Duration::from_millis(self.settings.time_ms), tasks.join_next()).await;
        drop(ending);
        match answered {
            Err(_) => Err(SqlError::Time(self.settings.time_ms)),
            Ok(Some(Ok(answer))) => answer,
            Ok(Some(Err(error))) => Err(SqlError::Failed(error.to_string())),
            Ok(None) => Err(SqlError::Failed("it has no answer".to_owned())),
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // Waiting is not allowed where this may be dropped; what runs has nothing to save.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Ends what does not look at whether its task was dropped.
struct End(Arc<AtomicBool>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Query {
    store: Arc<Store>,
    stream: String,
    now_s: i64,
    text: String,
    max_rows: usize,
    counts_packed: bool,
    resources: Arc<RuntimeEnv>,
    ended: Arc<AtomicBool>,
}

impl Query {
    async fn run(&self) -> Result<Answer, SqlError> {
        let (store, stream, now_s) = (self.store.clone(), self.stream.clone(), self.now_s);
        let snapshot = blocking(move || Ok(store.snapshot_kept(&stream, now_s)?)).await?;
        let context = self.context();
        context.register_table(TABLE, Arc::new(StreamTable::new(snapshot)))?;
        for function in functions() {
            context.register_udf(function);
        }
        for name in WITHOUT {
            context.deregister_udf(name);
        }
        let state = context.state();
        let plan = self.plan(&state).await?;
        let columns = plan.schema().as_arrow().clone();
        let (mut plan, mut counted) = (state.optimize(&plan)?, 0);
        if self.counts_packed {
            let ended = self.ended.clone();
            let goes_on = move || !ended.load(Ordering::Relaxed);
            (plan, counted) = blocking(move || Ok(replace_counts(plan, &goes_on)?)).await?;
        }
        let plan = ask_in_joins(plan, self.ended.clone())?;
        let plan = state.query_planner().create_physical_plan(&plan, &state).await?;
        let mut batches = execute_stream(yield_in_joins(plan)?, state.task_ctx())?;
        let mut collector = Collector::new(&columns, self.max_rows);
        while let Some(batch) = batches.next().await {
            if !collector.add(&batch?)? {
                break;
            }
        }
        Ok(collector.finish(counted))
    }

    fn context(&self) -> SessionContext {
        let config = SessionConfig::new()
            .with_information_schema(false)
            .set_str("datafusion.execution.time_zone", crate::columns::UTC);
        SessionContext::new_with_config_rt(config, self.resources.clone())
    }

    /// The plan of the text, if it is one SELECT and nothing else.
    async fn plan(&self, state: &SessionState) -> Result<LogicalPlan, SqlError> {
        let dialect = datafusion::config::Dialect::Generic;
        let statement = state.sql_to_statement(&self.text, &dialect)?;
        match &statement {
            Statement::Statement(inner) if matches!(&**inner, SqlStatement::Query(_)) => {}
            Statement::CopyTo(_) => return Err(SqlError::NotAllowed("COPY")),
            Statement::CreateExternalTable(_) => return Err(SqlError::NotAllowed("CREATE EXTERNAL TABLE")),
            _ => return Err(SqlError::NotAllowed("another statement")),
        }
        let plan = state.statement_to_plan(statement).await?;
        let only_reading = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        only_reading.verify_plan(&plan).map_err(|_| SqlError::NotAllowed("a change"))?;
        Ok(plan)
    }
}

/// Does what waits for files on a thread that may.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SqlError> + Send + 'static,
) -> Result<T, SqlError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| SqlError::from(DataFusionError::Internal(error.to_string())))?
}
