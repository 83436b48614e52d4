//! Answers statements: reads them, finds their tables, plans and runs them.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use datafusion::arrow::array::timezone::Tz;
use datafusion::common::TableReference;
use datafusion::error::Result as EngineResult;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Query, Statement as SqlStatement};
use futures::StreamExt;
use logstore::analytics::{Analytics, Answering, LogTable, LogTables, SqlAnswer, SqlFault, SqlQuestion};
use openapi::clock::now_ms;
use presto::{FunctionSettings, Geography, MmdbFile};
use sql::{Ended, Machine, SqlError, WITHOUT, execute, session};

use crate::batch::wall_ms;
use crate::dialect::names::fold;
use crate::dialect::words::Words;
use crate::dialect::{self, LOG, Prepared, Range};
use crate::fault::{Fault, of_engine, of_machine};
use crate::functions;
use crate::limits::MAX_TEXT_BYTES;
use crate::rows::{Rows, types};
use crate::table::{Asked, Cost, LogsTable};

/// What an operator sets.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Milliseconds of a statement.
    pub time_ms: u64,
    /// Zone of dates and times on the wall: a name such as `Asia/Shanghai`, or an offset such as `+08:00`.
    pub zone: String,
    /// A file in the MMDB format that says where addresses are; without it places are empty texts.
    pub places_file: Option<PathBuf>,
}

/// Answers SQL over logs.
pub struct SqlAnalytics {
    machine: Arc<Machine>,
    settings: Settings,
    zone: Tz,
    geography: Option<Arc<dyn Geography>>,
}

impl SqlAnalytics {
    /// Answers on a machine, which others may use, too. The error says which setting is wrong.
    pub fn new(machine: Arc<Machine>, settings: &Settings) -> Result<SqlAnalytics, String> {
        let zone = settings.zone.parse();
        let zone = zone.map_err(|_| {
            format!(
                "{:?} is no time zone: give a name such as Asia/Shanghai or an offset such as +08:00",
                settings.zone
            )
        })?;
        let places =
            settings.places_file.as_deref().map(MmdbFile::open).transpose().map_err(|error| error.to_string())?;
        let geography = places.map(|places| Arc::new(places) as _);
        Ok(SqlAnalytics { machine, settings: settings.clone(), zone, geography })
    }

    async fn run(&self, question: SqlQuestion<'_>) -> Result<SqlAnswer, SqlFault> {
        if question.text.len() > MAX_TEXT_BYTES {
            return Err(of_machine(SqlError::TooLong(MAX_TEXT_BYTES)));
        }
        let text = question.text.to_owned();
        let names = self.machine.briefly(self.settings.time_ms, move || Ok(dialect::tables(&text))).await;
        let names = names.map_err(of_machine)??;
        let tables = find(&question, names).await?;
        let now_s = now_ms().div_euclid(1_000);
        let asked = Asked {
            from_s: question.from_s,
            last_s: question.to_s - 1,
            now_s,
            zone: self.zone,
            cost: Arc::new(Cost::default()),
        };
        let statement = Running {
            text: question.text.to_owned(),
            has_log: question.own.is_some(),
            tables,
            asked,
            zone_name: self.settings.zone.clone(),
            geography: self.geography.clone(),
            environment: self.machine.environment(),
        };
        let answer = self.machine.run(self.settings.time_ms, |ended| async move { Ok(statement.run(&ended).await) });
        answer.await.map_err(of_machine)?
    }
}

impl Analytics for SqlAnalytics {
    fn answer<'a>(&'a self, question: SqlQuestion<'a>) -> Answering<'a> {
        Box::pin(self.run(question))
    }
}

/// The tables of a statement by their folded names. A name that there is no logstore of is left to the plan.
async fn find(question: &SqlQuestion<'_>, names: BTreeSet<String>) -> Result<HashMap<String, LogTable>, SqlFault> {
    let mut tables = HashMap::new();
    for name in names.into_iter().filter(|name| question.own.is_none() || name != LOG) {
        let others: &dyn LogTables = question.others;
        if let Some(table) = others.find(&name).await.map_err(SqlFault::Refused)? {
            tables.insert(name, table);
        }
    }
    if let Some(own) = &question.own {
        tables.insert(LOG.to_owned(), own.clone());
    }
    Ok(tables)
}

/// A statement with everything that it needs.
struct Running {
    text: String,
    has_log: bool,
    tables: HashMap<String, LogTable>,
    asked: Asked,
    zone_name: String,
    geography: Option<Arc<dyn Geography>>,
    environment: Arc<RuntimeEnv>,
}

impl Running {
    async fn run(self, ended: &Ended) -> Result<SqlAnswer, SqlFault> {
        let Prepared { query, titles, words, limited, ago_s } =
            dialect::prepare(&self.text, self.has_log, self.range())?;
        self.know_all(&words)?;
        let mut rows = Rows::default();
        let executed = self.execute(query, &ago_s, ended, &mut rows).await;
        let (names, types) = executed.map_err(|error| of_engine(error, &words))??;
        let titles = titles.names(&names, &self.spelled());
        Ok(SqlAnswer {
            columns: titles.into_iter().zip(types).collect(),
            rows: rows.rows,
            processed_rows: self.asked.cost.rows.load(Ordering::Relaxed),
            processed_bytes: self.asked.cost.bytes.load(Ordering::Relaxed),
            limited,
        })
    }

    /// Names and types of the columns.
    async fn execute(
        &self,
        query: Box<Query>,
        ago_s: &[i64],
        ended: &Ended,
        rows: &mut Rows,
    ) -> EngineResult<Result<(Vec<String>, Vec<String>), SqlFault>> {
        let context = self.context(ago_s)?;
        let state = context.state();
        let statement = Statement::Statement(Box::new(SqlStatement::Query(query)));
        let plan = state.statement_to_plan(statement).await?;
        let only_reading = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        only_reading.verify_plan(&plan)?;
        let schema = plan.schema().as_arrow().clone();
        let plan = state.optimize(&plan)?;
        let mut batches = execute(&state, plan, ended).await?;
        while let Some(batch) = batches.next().await {
            if let Err(fault) = rows.add(&batch?)? {
                return Ok(Err(fault));
            }
        }
        let names = schema.fields().iter().map(|field| field.name().clone()).collect();
        Ok(Ok((names, types(&schema))))
    }

    fn context(&self, ago_s: &[i64]) -> EngineResult<SessionContext> {
        let config = SessionConfig::new()
            .set_str("datafusion.execution.time_zone", &self.zone_name)
            .set_str("datafusion.sql_parser.default_null_ordering", "nulls_last")
            .set_bool("datafusion.sql_parser.map_string_types_to_utf8view", false);
        let context = session(config, self.environment.clone());
        for (name, logs) in &self.tables {
            let table = LogsTable::new(logs.clone(), self.asked.clone(), 0);
            context.register_table(TableReference::bare(name.as_str()), Arc::new(table))?;
        }
        for ago_s in ago_s {
            if let Some(logs) = self.tables.get(LOG).cloned() {
                let table = LogsTable::new(logs, self.asked.clone(), *ago_s);
                context.register_table(TableReference::bare(dialect::ago(*ago_s)), Arc::new(table))?;
            }
        }
        for name in WITHOUT {
            context.deregister_udf(name);
        }
        let time_zone = self.zone_name.clone();
        let now_ms = self.asked.now_s * 1_000;
        let geography = self.geography.clone();
        presto::register(&context, FunctionSettings { time_zone, now_ms, geography })?;
        functions::register(&context);
        Ok(context)
    }

    /// Every table that is named must be there.
    fn know_all(&self, words: &Words) -> Result<(), Fault> {
        let unknown = dialect::tables(&self.text)?.into_iter().find(|name| !self.tables.contains_key(name));
        match unknown {
            Some(name) => Err(Fault::table(words.place(&name), &words.spelled(&name))),
            None => Ok(()),
        }
    }

    /// The range of the search, and how far the wall is ahead in it.
    fn range(&self) -> Range {
        let Asked { from_s, last_s, zone, .. } = self.asked;
        Range { from_s, last_s, offset_s: wall_ms(from_s, zone).div_euclid(1_000) - from_s }
    }

    /// Columns as their index writes them, by their folded names.
    fn spelled(&self) -> HashMap<String, String> {
        let columns = self.tables.values().flat_map(|table| table.columns());
        columns.map(|column| (fold(&column.name), column.name.clone())).collect()
    }
}
