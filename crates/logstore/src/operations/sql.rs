//! SQL over the logs of a search, and SQL over the logstores of a project.
//!
//! Public documents: Simple Log Service, "GetLogsV2", "GetProjectLogs", "Log analysis overview".

use std::time::Instant;

use openapi::clock::now_ms;
use serde_json::{Map, Value};

use super::Fields;
use super::get_logs::{Analysis, Page, v1_answer};
use super::page::{Ask, Search, streams};
use crate::analytics::{Finding, LogTable, LogTables, Rows, SqlAnswer, SqlFault, SqlQuestion};
use crate::answer::Answer;
use crate::fault::{Fault, codes};
use crate::logstores::Logstore;
use crate::operation::Id;
use crate::query;
use crate::service::{LogService, Request};

/// What RAM is asked before the logs of a logstore are read.
const READ: &str = "log:GetLogStoreLogs";

/// Whether a request has SQL, which may name other logstores than its own.
pub(crate) fn asks_in_sql(id: Id, request: &Request) -> bool {
    let text = match id {
        Id::GetLogsV2 => Fields::of_body(&request.head).ok().and_then(|fields| fields.text("query")),
        Id::GetLogs => request.query.text("query").map(str::to_owned),
        Id::GetProjectLogs => return true,
        _ => None,
    };
    text.is_some_and(|text| query::split(&text).analysis.is_some())
}

/// Answers the SQL behind a search.
pub(super) async fn of_search(
    service: &LogService,
    request: &Request,
    logstore: &Logstore,
    ask: &Ask,
    search: Search,
    offset: usize,
) -> Result<Page, Fault> {
    if offset > 0 {
        return Err(codes::PARAMETER_INVALID.says(
            "ErrorType:OLSQueryParseError.ErrorMessage:offset is not available for pagination in sql query, \
             please use limit x,y syntax for pagination",
        ));
    }
    let text = search.sql.clone().unwrap_or_default();
    let own = table(service, logstore, search.clone(), &ask.topic, false)?;
    let others = Others { service, request, has_date: false };
    let question = SqlQuestion { text: &text, own: Some(own), others: &others, from_s: ask.from_s, to_s: ask.to_s };
    run(service, question, search).await
}

/// GetProjectLogs: SQL that names its logstores itself.
pub(super) async fn of_project(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    service.project(request).await?;
    let text = request.query.text("query").unwrap_or_default();
    service.caught_up().await?;
    let others = Others { service, request, has_date: true };
    // The times stand in the SQL.
    let question = SqlQuestion { text, own: None, others: &others, from_s: 0, to_s: i64::from(u32::MAX) + 1 };
    Ok(v1_answer(&run(service, question, Search::all()).await?))
}

async fn run(service: &LogService, question: SqlQuestion<'_>, search: Search) -> Result<Page, Fault> {
    let Some(analytics) = &service.analytics else {
        return Err(
            codes::PARAMETER_INVALID.says("This server was built without analytics: leave out | and what follows it.")
        );
    };
    let (started, text) = (Instant::now(), question.text.to_owned());
    let answer = analytics.answer(question).await.map_err(fault)?;
    let SqlAnswer { columns, rows, processed_rows, processed_bytes, limited } = answer;
    let row = |cells: Vec<String>| -> Value {
        let cells = columns.iter().zip(cells).map(|((name, _), cell)| (name.clone(), Value::String(cell)));
        Value::Object(cells.collect::<Map<_, _>>())
    };
    Ok(Page {
        logs: rows.into_iter().map(row).collect(),
        is_complete: true,
        processed: processed_rows,
        processed_bytes,
        search,
        elapsed_ms: started.elapsed().as_millis(),
        analysis: Some(Analysis { text, columns, limited }),
    })
}

fn fault(fault: SqlFault) -> Fault {
    match fault {
        SqlFault::Invalid(text) | SqlFault::Limit(text) => codes::PARAMETER_INVALID.says(text),
        SqlFault::Busy(text) => codes::SERVER_BUSY.says(text),
        SqlFault::Refused(fault) => fault,
        SqlFault::Failed(cause) => Fault::internal(&cause),
    }
}

/// The logs of a logstore that a search wants.
fn table(
    service: &LogService,
    logstore: &Logstore,
    search: Search,
    topic: &str,
    has_date: bool,
) -> Result<LogTable, Fault> {
    let index = logstore.index.as_ref().ok_or_else(|| codes::NO_INDEX_TO_SEARCH.fault())?;
    let horizon_ms = logstore.horizon_ms(now_ms());
    let rows = Rows {
        store: service.store.clone(),
        shards: streams(logstore)?,
        exact: search.exact(horizon_ms)?,
        wide: search.wide(horizon_ms)?,
        search,
        topic: topic.to_owned(),
        horizon_ms,
    };
    Ok(LogTable::new(rows, index, has_date))
}

/// The logstores of the request's project.
struct Others<'r> {
    service: &'r LogService,
    request: &'r Request,
    has_date: bool,
}

impl LogTables for Others<'_> {
    fn find<'a>(&'a self, name: &'a str) -> Finding<'a> {
        Box::pin(async move {
            let (service, project) = (self.service, &self.request.project);
            let logstore = match service.logstores.get(&service.database, project, name).await {
                Ok(logstore) => logstore,
                Err(fault) if fault.code == codes::NO_LOGSTORE => return Ok(None),
                Err(fault) => return Err(fault),
            };
            if logstore.account_id != self.request.caller.account_id {
                return Err(codes::PROJECT_FORBIDDEN.fault());
            }
            service.allow(self.request, READ, &format!("project/{project}/logstore/{}", logstore.row.name))?;
            table(service, &logstore, Search::all(), "", self.has_date).map(Some)
        })
    }
}
