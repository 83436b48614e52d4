//! What queries run in: threads of their own, memory and disk that all of them share, and turns. Several engines may use
//! one machine, so that its bounds hold for all of them together.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use datafusion::error::Result as DataFusionResult;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::{SendableRecordBatchStream, SessionState};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::execute_stream;
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

use crate::ending::{ask_in_joins, yield_in_joins};
use crate::error::SqlError;
use crate::limits::*;

/// What all queries of a machine may use together.
#[derive(Debug, Clone)]
pub struct Resources {
    /// Bytes that they hold.
    pub memory_bytes: usize,
    /// Bytes that they may spill.
    pub spill_bytes: u64,
    /// Folder for what is spilled. It is emptied when the machine starts.
    pub spill_folder: PathBuf,
}

/// Threads, memory, disk and turns.
pub struct Machine {
    /// A query computes for long, and calls must not wait for that. Taken only when dropped.
    runtime: Option<Runtime>,
    environment: Arc<RuntimeEnv>,
    turns: Arc<Semaphore>,
}

/// Tells what does not look at whether its task was dropped that the query has ended.
#[derive(Debug, Clone, Default)]
pub struct Ended(pub(crate) Arc<AtomicBool>);

impl Ended {
    /// Whether the query has ended.
    pub fn has_ended(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

struct End(Ended);

impl Drop for End {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

impl Machine {
    /// Starts the threads and empties the folder for what is spilled.
    pub fn start(resources: &Resources) -> Result<Machine, SqlError> {
        let folder = &resources.spill_folder;
        let unusable = |error: std::io::Error| {
            SqlError::Failed(format!("{} cannot be used for spilling: {error}", folder.display()))
        };
        match std::fs::remove_dir_all(folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(unusable(error)),
            _ => std::fs::create_dir_all(folder).map_err(unusable)?,
        }
        let disk = DiskManagerBuilder::default()
            .with_mode(DiskManagerMode::Directories(vec![folder.clone()]))
            .with_max_temp_directory_size(resources.spill_bytes);
        let environment = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(FairSpillPool::new(resources.memory_bytes)))
            .with_disk_manager_builder(disk)
            .build_arc()?;
        // No query can name a file; should one ever, there is nothing that would open it.
        environment.deregister_object_store(ObjectStoreUrl::local_filesystem().as_ref())?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(std::thread::available_parallelism().map_or(1, usize::from))
            .thread_name("sql")
            .thread_stack_size(WORKER_STACK_BYTES)
            .enable_time()
            .build()
            .map_err(|error| SqlError::Failed(error.to_string()))?;
        Ok(Machine { runtime: Some(runtime), environment, turns: Arc::new(Semaphore::new(MAX_RUNNING)) })
    }

    /// Memory and disk, for the context of a query.
    pub fn environment(&self) -> Arc<RuntimeEnv> {
        self.environment.clone()
    }

    /// Runs a query when it is its turn. Dropping the future ends the query.
    pub async fn run<T, F>(&self, time_ms: u64, query: impl FnOnce(Ended) -> F) -> Result<T, SqlError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, SqlError>> + Send + 'static,
    {
        let ended = Ended::default();
        let (query, ending) = (query(ended.clone()), End(ended));
        let (turns, has_turn) = (self.turns.clone(), Arc::new(AtomicBool::new(false)));
        let takes_turn = has_turn.clone();
        let answered = self.on_threads(time_ms, async move {
            let _turn = turns.acquire_owned().await.map_err(|error| SqlError::Failed(error.to_string()))?;
            takes_turn.store(true, Ordering::Relaxed);
            query.await
        });
        let answered = answered.await;
        drop(ending);
        match answered {
            None if has_turn.load(Ordering::Relaxed) => Err(SqlError::Time(time_ms)),
            None => Err(SqlError::Busy(MAX_RUNNING)),
            Some(answer) => answer,
        }
    }

    /// Does on a thread of this machine what needs its deep stack, and little time: no turn is waited for.
    pub async fn briefly<T: Send + 'static>(
        &self,
        time_ms: u64,
        work: impl FnOnce() -> Result<T, SqlError> + Send + 'static,
    ) -> Result<T, SqlError> {
        self.on_threads(time_ms, async move { work() }).await.unwrap_or(Err(SqlError::Time(time_ms)))
    }

    /// `None` when the time is over.
    async fn on_threads<T: Send + 'static>(
        &self,
        time_ms: u64,
        work: impl Future<Output = Result<T, SqlError>> + Send + 'static,
    ) -> Option<Result<T, SqlError>> {
        let Some(runtime) = &self.runtime else {
            return Some(Err(SqlError::Failed("the engine has stopped".to_owned())));
        };
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn_on(work, runtime.handle());
        match tokio::time::timeout(Duration::from_millis(time_ms), tasks.join_next()).await {
            Err(_) => None,
            Ok(Some(Ok(answer))) => Some(answer),
            Ok(Some(Err(error))) => Some(Err(SqlError::Failed(error.to_string()))),
            Ok(None) => Some(Err(SqlError::Failed("it has no answer".to_owned()))),
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // Waiting is not allowed where this may be dropped; what runs has nothing to save.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The batches of an optimised plan, which ends when its query does.
pub async fn execute(
    state: &SessionState,
    plan: LogicalPlan,
    ended: &Ended,
) -> DataFusionResult<SendableRecordBatchStream> {
    let plan = match plan {
        explained @ LogicalPlan::Explain(_) => explained,
        plan => ask_in_joins(plan, ended.0.clone())?,
    };
    let plan = state.query_planner().create_physical_plan(&plan, state).await?;
    execute_stream(yield_in_joins(plan)?, state.task_ctx())
}
