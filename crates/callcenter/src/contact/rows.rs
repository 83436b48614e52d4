//! Rows of call detail records, and of the texts that they are found by.

use std::collections::{BTreeSet, HashMap};

use sqlx::AnyConnection;

use crate::activity::{self, Activity, Kind};
use crate::center::CallCenterError;
use crate::contact::detail::{CallDetail, contact_type_name};
use crate::contact::fold_contact;
use crate::contact::span::Span;

const TABLE: &str = "ccc_call_details";

/// Brings the records of the contacts of these rows up to date; the rows are appended already. A record can change
/// after its call: a survey is answered, a recording is stored.
pub(crate) async fn refold(
    connection: &mut AnyConnection,
    instance_id: &str,
    activities: &[Activity],
) -> Result<(), CallCenterError> {
    for (contact_id, may_begin_record) in touched(activities) {
        let before = find(connection, instance_id, contact_id).await?;
        if before.is_none() && !may_begin_record {
            continue;
        }
        let rows = activity::rows::of_contact(connection, instance_id, contact_id).await?;
        let Some(after) = fold_contact(&rows) else { continue };
        if before.as_ref() != Some(&after) {
            store(connection, instance_id, before.as_ref(), &after).await?;
        }
    }
    Ok(())
}

/// The contacts of the rows, and whether one of these rows can be what a record still missed.
fn touched(activities: &[Activity]) -> HashMap<&str, bool> {
    let mut contacts: HashMap<&str, bool> = HashMap::new();
    for activity in activities {
        let Some(contact_id) = activity.contact_id.as_deref() else { continue };
        let may_begin_record = matches!(activity.kind, Kind::ContactStarted { .. } | Kind::Released { .. });
        *contacts.entry(contact_id).or_default() |= may_begin_record;
    }
    contacts
}

async fn store(
    connection: &mut AnyConnection,
    instance_id: &str,
    before: Option<&CallDetail>,
    after: &CallDetail,
) -> Result<(), CallCenterError> {
    upsert(connection, instance_id, after).await?;
    if before.map(Terms::of).as_ref() == Some(&Terms::of(after)) {
        return Ok(());
    }
    if let Some(before) = before {
        delete_terms(connection, instance_id, before).await?;
    }
    insert_terms(connection, instance_id, after).await
}

async fn upsert(connection: &mut AnyConnection, instance_id: &str, detail: &CallDetail) -> Result<(), CallCenterError> {
    sqlx::query(
        "INSERT INTO ccc_call_details (instance_id, contact_id, started_at_ms, contact_type, disposition,
            center_number, detail)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (instance_id, contact_id) DO UPDATE SET started_at_ms = excluded.started_at_ms,
            contact_type = excluded.contact_type, disposition = excluded.disposition,
            center_number = excluded.center_number, detail = excluded.detail",
    )
    .bind(instance_id)
    .bind(&detail.contact_id)
    .bind(detail.started_at_ms)
    .bind(contact_type_name(detail.contact_type))
    .bind(detail.disposition.name())
    .bind(&detail.center_number)
    .bind(serde_json::to_string(detail).map_err(|error| sqlx::Error::Encode(Box::new(error)))?)
    .execute(connection)
    .await?;
    Ok(())
}

/// A term for `Criteria`.
fn criteria_term(text: &str) -> String {
    format!("={text}")
}

/// The term of everything that an agent took part in.
fn agent_term(agent_id: &str) -> String {
    format!("@{agent_id}")
}

/// What the rows of terms hold of a record.
#[derive(PartialEq, Eq)]
struct Terms<'a> {
    terms: BTreeSet<String>,
    started_at_ms: i64,
    contact_type: &'static str,
    disposition: &'static str,
    center_number: &'a str,
}

impl<'a> Terms<'a> {
    fn of(detail: &'a CallDetail) -> Self {
        let agents = detail.agents.iter().map(|agent| agent_term(&agent.agent_id));
        Self {
            terms: detail.criteria().into_iter().map(criteria_term).chain(agents).collect(),
            started_at_ms: detail.started_at_ms,
            contact_type: contact_type_name(detail.contact_type),
            disposition: detail.disposition.name(),
            center_number: &detail.center_number,
        }
    }
}

async fn delete_terms(
    connection: &mut AnyConnection,
    instance_id: &str,
    detail: &CallDetail,
) -> Result<(), CallCenterError> {
    for term in Terms::of(detail).terms {
        sqlx::query(
            "DELETE FROM ccc_call_terms
             WHERE instance_id = $1 AND term = $2 AND started_at_ms = $3 AND contact_id = $4",
        )
        .bind(instance_id)
        .bind(term)
        .bind(detail.started_at_ms)
        .bind(&detail.contact_id)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

async fn insert_terms(
    connection: &mut AnyConnection,
    instance_id: &str,
    detail: &CallDetail,
) -> Result<(), CallCenterError> {
    let Terms { terms, started_at_ms, contact_type, disposition, center_number } = Terms::of(detail);
    for term in terms {
        sqlx::query(
            "INSERT INTO ccc_call_terms (instance_id, term, started_at_ms, contact_id, contact_type, disposition,
                center_number)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(instance_id)
        .bind(term)
        .bind(started_at_ms)
        .bind(&detail.contact_id)
        .bind(contact_type)
        .bind(disposition)
        .bind(center_number)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// The record of one contact.
pub(crate) async fn find(
    connection: &mut AnyConnection,
    instance_id: &str,
    contact_id: &str,
) -> Result<Option<CallDetail>, CallCenterError> {
    let detail: Option<String> =
        sqlx::query_scalar("SELECT detail FROM ccc_call_details WHERE instance_id = $1 AND contact_id = $2")
            .bind(instance_id)
            .bind(contact_id)
            .fetch_optional(connection)
            .await?;
    detail.as_deref().map(readable).transpose()
}

/// Which records a list is about.
#[derive(Debug, Clone)]
pub(crate) struct Filter<'a> {
    pub(crate) instance_id: &'a str,
    /// By start.
    pub(crate) span: Span,
    /// Number of the call centre.
    pub(crate) center_number: Option<&'a str>,
    pub(crate) search: Option<Search<'a>>,
    /// Names of kinds of call, from the program's own constants; all if empty.
    pub(crate) contact_types: Vec<&'static str>,
    /// Names of dispositions, from the program's own constants; all if empty.
    pub(crate) dispositions: Vec<&'static str>,
}

/// What is searched for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Search<'a> {
    /// `Criteria`: customer number, agent name or skill group name.
    Criteria(&'a str),
    /// Calls that this agent took part in.
    Agent(&'a str),
}

/// Which part of a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    pub(crate) newest_first: bool,
    pub(crate) offset: i64,
    pub(crate) limit: i64,
}

impl Filter<'_> {
    /// The index that is read and the conditions on it. Every table of it has all columns of all conditions, so that
    /// counting reads nothing else.
    fn from_and_where(&self) -> String {
        let mut sql = match self.search {
            None => format!("{TABLE} WHERE instance_id = $1"),
            Some(_) => "ccc_call_terms WHERE instance_id = $1 AND term = $4".to_owned(),
        };
        sql.push_str(" AND started_at_ms >= $2 AND started_at_ms <= $3");
        if self.center_number.is_some() {
            sql.push_str(if self.search.is_some() { " AND center_number = $5" } else { " AND center_number = $4" });
        }
        for (column, names) in [("contact_type", &self.contact_types), ("disposition", &self.dispositions)] {
            if !names.is_empty() {
                sql.push_str(&format!(" AND {column} IN ('{}')", names.join("', '")));
            }
        }
        sql
    }

    fn values(&self) -> Vec<String> {
        let term = self.search.map(|search| match search {
            Search::Criteria(text) => criteria_term(text),
            Search::Agent(agent_id) => agent_term(agent_id),
        });
        term.into_iter().chain(self.center_number.map(str::to_owned)).collect()
    }
}

/// How many records there are.
pub(crate) async fn count(connection: &mut AnyConnection, filter: &Filter<'_>) -> Result<i64, CallCenterError> {
    let sql = format!("SELECT COUNT(*) FROM {}", filter.from_and_where());
    // The text is made of the program's own constants.
    let mut query = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(filter.instance_id)
        .bind(filter.span.from_ms)
        .bind(filter.span.to_ms);
    for value in filter.values() {
        query = query.bind(value);
    }
    Ok(query.fetch_one(connection).await?)
}

/// The records of a page, by start. The index alone finds them; only theirs are read whole.
pub(crate) async fn page(
    connection: &mut AnyConnection,
    filter: &Filter<'_>,
    page: Page,
) -> Result<Vec<CallDetail>, CallCenterError> {
    let direction = if page.newest_first { "DESC" } else { "ASC" };
    let Page { offset, limit, .. } = page;
    let sql = format!(
        "SELECT d.detail FROM (
            SELECT started_at_ms, contact_id FROM {}
            ORDER BY started_at_ms {direction}, contact_id {direction} LIMIT {limit} OFFSET {offset}) p
         JOIN {TABLE} d ON d.instance_id = $1 AND d.contact_id = p.contact_id
         ORDER BY p.started_at_ms {direction}, p.contact_id {direction}",
        filter.from_and_where()
    );
    // The text is made of the program's own constants.
    let mut query = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(filter.instance_id)
        .bind(filter.span.from_ms)
        .bind(filter.span.to_ms);
    for value in filter.values() {
        query = query.bind(value);
    }
    let details: Vec<String> = query.fetch_all(connection).await?;
    details.iter().map(|detail| readable(detail)).collect()
}

fn readable(detail: &str) -> Result<CallDetail, CallCenterError> {
    serde_json::from_str(detail).map_err(|_| CallCenterError::UnreadableRow { table: TABLE, value: detail.to_owned() })
}
