//! The records of one hour, repeated in the hours after it.
//!
//! Recording a call takes about ten statements, so a million calls would take longer than everything else. A copy has
//! its own ids and times, also within its JSON.

use database::Database;
use serde_json::Value;
use sqlx::AnyConnection;

type Failure = Box<dyn std::error::Error>;

const HOUR_MS: i64 = 3_600_000;
/// Rows of one INSERT.
const BATCH: usize = 500;
/// Numbers of a record from here on are moments in Unix milliseconds; durations are far below.
const FIRST_MOMENT_MS: i64 = 1_000_000_000_000;

/// Id of a call: the hour, and the call's place in it.
pub fn contact_id(hour: usize, n: usize) -> String {
    format!("{hour:03}-{n:08}")
}

fn id_in(contact_id: &str, hour: usize) -> String {
    format!("{hour:03}{}", &contact_id[3..])
}

/// `contact_id`, `started_at_ms`, `contact_type`, `disposition`, `center_number`, `detail`
type Record = (String, i64, String, String, String, String);
/// `term`, `started_at_ms`, `contact_id`, `contact_type`, `disposition`, `center_number`
type Term = (String, i64, String, String, String, String);
/// `scope`, `contact_type`, `disposition`, `calls`, `hour`
type Count = (String, String, String, i64, i64);

/// Repeats the first hour until there are so many hours.
pub async fn make(database: &Database, instance: &str, hours: usize) -> Result<(), Failure> {
    let records: Vec<Record> = sqlx::query_as(
        "SELECT contact_id, started_at_ms, contact_type, disposition, center_number, detail FROM ccc_call_details
         WHERE instance_id = $1 ORDER BY contact_id",
    )
    .bind(instance)
    .fetch_all(database.pool())
    .await?;
    let details: Vec<Value> = records.iter().map(|record| serde_json::from_str(&record.5)).collect::<Result<_, _>>()?;
    let terms: Vec<Term> = sqlx::query_as(
        "SELECT term, started_at_ms, contact_id, contact_type, disposition, center_number FROM ccc_call_terms
         WHERE instance_id = $1",
    )
    .bind(instance)
    .fetch_all(database.pool())
    .await?;
    let counts: Vec<Count> = sqlx::query_as(
        "SELECT scope, contact_type, disposition, calls, hour FROM ccc_call_hours WHERE instance_id = $1",
    )
    .bind(instance)
    .fetch_all(database.pool())
    .await?;
    if counts.iter().any(|count| count.4 != counts[0].4) {
        return Err("the first hour's calls reach into the second".into());
    }
    for hour in 1..hours {
        let mut transaction = database.begin().await?;
        insert_records(&mut transaction, instance, &records, &details, hour).await?;
        insert_terms(&mut transaction, instance, &terms, hour).await?;
        insert_counts(&mut transaction, instance, &counts, hour).await?;
        transaction.commit().await?;
    }
    Ok(())
}

async fn insert_records(
    connection: &mut AnyConnection,
    instance: &str,
    records: &[Record],
    details: &[Value],
    hour: usize,
) -> Result<(), Failure> {
    let shift_ms = hour as i64 * HOUR_MS;
    for (records, details) in records.chunks(BATCH).zip(details.chunks(BATCH)) {
        let sql = format!(
            "INSERT INTO ccc_call_details (instance_id, contact_id, started_at_ms, contact_type, disposition,
                center_number, detail) VALUES {}",
            places(records.len(), 6)
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(instance);
        for (record, detail) in records.iter().zip(details) {
            let (id, mut detail) = (id_in(&record.0, hour), detail.clone());
            move_to(&mut detail, &record.0, &id, shift_ms);
            query = query.bind(id).bind(record.1 + shift_ms).bind(&record.2).bind(&record.3).bind(&record.4);
            query = query.bind(detail.to_string());
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

async fn insert_terms(
    connection: &mut AnyConnection,
    instance: &str,
    terms: &[Term],
    hour: usize,
) -> Result<(), Failure> {
    for terms in terms.chunks(BATCH) {
        let sql = format!(
            "INSERT INTO ccc_call_terms (instance_id, term, started_at_ms, contact_id, contact_type, disposition,
                center_number) VALUES {}",
            places(terms.len(), 6)
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(instance);
        for term in terms {
            query = query.bind(&term.0).bind(term.1 + hour as i64 * HOUR_MS).bind(id_in(&term.2, hour));
            query = query.bind(&term.3).bind(&term.4).bind(&term.5);
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

async fn insert_counts(
    connection: &mut AnyConnection,
    instance: &str,
    counts: &[Count],
    hour: usize,
) -> Result<(), Failure> {
    let sql = format!(
        "INSERT INTO ccc_call_hours (instance_id, scope, contact_type, disposition, calls, hour) VALUES {}",
        places(counts.len(), 5)
    );
    let mut query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(instance);
    for count in counts {
        query = query.bind(&count.0).bind(&count.1).bind(&count.2).bind(count.3).bind(count.4 + hour as i64);
    }
    query.execute(connection).await?;
    Ok(())
}

/// Placeholders of so many rows: `$1` is the instance of all.
fn places(rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        let columns: Vec<String> = (0..columns).map(|column| format!("${}", row * columns + column + 2)).collect();
        format!("($1, {})", columns.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

/// Another id and later moments, at any depth.
fn move_to(value: &mut Value, id: &str, new_id: &str, shift_ms: i64) {
    match value {
        Value::Number(number) => {
            if let Some(at_ms) = number.as_i64().filter(|at_ms| *at_ms >= FIRST_MOMENT_MS) {
                *value = (at_ms + shift_ms).into();
            }
        }
        Value::String(text) => *text = text.replace(id, new_id),
        Value::Array(elements) => elements.iter_mut().for_each(|one| move_to(one, id, new_id, shift_ms)),
        Value::Object(fields) => fields.values_mut().for_each(|one| move_to(one, id, new_id, shift_ms)),
        Value::Null | Value::Bool(_) => {}
    }
}
