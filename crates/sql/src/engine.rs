//! Runs queries over a stream of a store: one SELECT each, on the threads of a [`Machine`], within its limits.

use std::path::PathBuf;
use std::sync::Arc;

use datafusion::common::{DataFusionError, plan_err};
use datafusion::execution::SessionState;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::Statement as SqlStatement;
use futures::StreamExt;
use store::Store;

use crate::answer::{Answer, Collector};
use crate::counted::replace_counts;
use crate::dialect::General;
use crate::error::SqlError;
use crate::functions::functions;
use crate::grouped::keep_all_names_of_numbers;
use crate::limits::*;
use crate::machine::{Ended, Machine, Resources, execute};
use crate::made;
use crate::session::session;
use crate::table::StreamTable;

/// The only table.
pub const TABLE: &str = "events";

/// Functions of DataFusion that make much out of little without a bound; an engine that has no bounds for them goes
/// without.
pub const WITHOUT: [&str; 7] = ["repeat", "lpad", "rpad", "range", "generate_series", "array_repeat", "array_resize"];

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
    /// Counts are answered from columns where they can be. Off only to compare.
    pub counts_by_columns: bool,
}

/// Answers queries over a stream of a store.
pub struct Engine {
    machine: Arc<Machine>,
    time_ms: u64,
    counts_by_columns: bool,
}

impl Engine {
    /// An engine on a machine of its own.
    pub fn start(settings: Settings) -> Result<Engine, SqlError> {
        let Settings { memory_bytes, spill_bytes, spill_folder, time_ms, counts_by_columns } = settings;
        let machine = Machine::start(&Resources { memory_bytes, spill_bytes, spill_folder })?;
        Ok(Engine { machine: Arc::new(machine), time_ms, counts_by_columns })
    }

    /// An engine on a machine that others use, too; a query takes so many milliseconds at most.
    pub fn on(machine: Arc<Machine>, time_ms: u64) -> Engine {
        Engine { machine, time_ms, counts_by_columns: true }
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
        let query = |ended| Query {
            store,
            stream: stream.to_owned(),
            now_s,
            text: text.to_owned(),
            max_rows: max_rows.min(MAX_ANSWER_ROWS),
            counts_by_columns: self.counts_by_columns,
            resources: self.machine.environment(),
            ended,
        };
        self.machine.run(self.time_ms, |ended| query(ended).run()).await
    }
}

struct Query {
    store: Arc<Store>,
    stream: String,
    now_s: i64,
    text: String,
    max_rows: usize,
    counts_by_columns: bool,
    resources: Arc<RuntimeEnv>,
    ended: Ended,
}

impl Query {
    async fn run(self) -> Result<Answer, SqlError> {
        let (store, stream, now_s) = (self.store.clone(), self.stream.clone(), self.now_s);
        let snapshot = blocking(move || Ok(store.snapshot_kept(&stream, now_s)?)).await?;
        let context = self.context();
        context.register_table(TABLE, Arc::new(StreamTable::new(snapshot)))?;
        for function in functions() {
            context.register_udf(function);
        }
        made::register(&context);
        let state = context.state();
        let plan = self.plan(&state).await?;
        let columns = plan.schema().as_arrow().clone();
        let (mut plan, mut counted) = (state.optimize(&plan)?, 0);
        // Nothing is read for a plan that is only shown.
        if self.counts_by_columns && !matches!(plan, LogicalPlan::Explain(_)) {
            let ended = self.ended.clone();
            let goes_on = move || !ended.has_ended();
            (plan, counted) = blocking(move || Ok(replace_counts(plan, &goes_on)?)).await?;
        }
        let mut batches = execute(&state, plan, &self.ended).await?;
        let mut collector = Collector::new(&columns, self.max_rows);
        while let Some(batch) = batches.next().await {
            if !collector.add(&batch?)? {
                break;
            }
        }
        Ok(collector.finish(counted))
    }

    fn context(&self) -> SessionContext {
        let config = SessionConfig::new().set_str("datafusion.execution.time_zone", crate::columns::UTC);
        session(config, self.resources.clone())
    }

    /// The only statement of the text.
    fn statement(&self, state: &SessionState) -> Result<Statement, DataFusionError> {
        let most_depth = state.config_options().sql_parser.recursion_limit.get();
        let parser = DFParserBuilder::new(self.text.as_str()).with_dialect(&General).with_recursion_limit(most_depth);
        let mut statements = parser.build()?.parse_statements()?;
        match (statements.pop_front(), statements.is_empty()) {
            (Some(statement), true) => Ok(statement),
            _ => plan_err!("a query is one statement"),
        }
    }

    /// The plan of the text, if it is one SELECT, or asks for the plan of one, and nothing else.
    async fn plan(&self, state: &SessionState) -> Result<LogicalPlan, SqlError> {
        let mut statement = self.statement(state)?;
        let asked = match &statement {
            Statement::Explain(explain) if explain.options.analyze => {
                return Err(SqlError::NotAllowed("EXPLAIN ANALYZE"));
            }
            Statement::Explain(explain) => &*explain.statement,
            other => other,
        };
        match asked {
            Statement::Statement(inner) if matches!(&**inner, SqlStatement::Query(_)) => {}
            Statement::CopyTo(_) => return Err(SqlError::NotAllowed("COPY")),
            Statement::CreateExternalTable(_) => return Err(SqlError::NotAllowed("CREATE EXTERNAL TABLE")),
            _ => return Err(SqlError::NotAllowed("another statement")),
        }
        keep_all_names_of_numbers(&mut statement);
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
