//! `CreateAdvancedQueryTemplate` and its family: queries that an account keeps.
//!
//! `SimpleQuery` is text in the answers of Create and Update and a boolean elsewhere, as in the public documents.

use openapi::{Answer, ApiError, Call, Operation, OperationSpec, Parameter};
use serde_json::{Value, json};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::{SIMPLE_QUERY, failed, new_id};
use crate::limits::{MAX_QUERY_CHARS, MAX_QUERY_TEMPLATES};
use crate::operations::{ActionTrail, invalid};
use crate::page::{PAGE_NUMBER, PAGE_SIZE, Page};
use crate::tables;
use crate::trail::database;

const TEMPLATE: &str = "ACS::ActionTrail::AdvancedQueryTemplate";
const ARN: &str = "acs:actiontrail:{region}:{account}:advancedquerytemplate/{TemplateId}";
const FIELDS: &[&str] = &["TemplateId", "TemplateName", "TemplateSql", "SimpleQuery"];
const NAME: Parameter = Parameter::text_of("TemplateName", 0, 64);
const ID: Parameter = Parameter::text("TemplateId").required();

/// The operations.
///
/// Public documents: ActionTrail, "CreateAdvancedQueryTemplate", "UpdateAdvancedQueryTemplate",
/// "GetAdvancedQueryTemplate", "DescribeAdvancedQueryTemplate", "DeleteAdvancedQueryTemplate" (2020-07-06).
pub(crate) static OPERATIONS: &[Operation<ActionTrail>] = &[
    Operation {
        spec: OperationSpec::write("CreateAdvancedQueryTemplate")
            .permission_on("acs:actiontrail:{region}:{account}:advancedquerytemplate/*")
            .creates(TEMPLATE)
            .takes(&[NAME, Parameter::text_of("TemplateSql", 1, MAX_QUERY_CHARS).required(), SIMPLE_QUERY])
            .answers(FIELDS)
            .fails_with(&["InvalidQueryParameter"]),
        handler: |audit, call| Box::pin(create(audit, call)),
    },
    Operation {
        spec: OperationSpec::write("UpdateAdvancedQueryTemplate")
            .permission_on(ARN)
            .touches(TEMPLATE, "TemplateId")
            .takes(&[ID, NAME, Parameter::text_of("TemplateSql", 0, MAX_QUERY_CHARS), SIMPLE_QUERY])
            .answers(FIELDS)
            .fails_with(&["InvalidQueryParameter"]),
        handler: |audit, call| Box::pin(update(audit, call)),
    },
    Operation {
        spec: OperationSpec::read("GetAdvancedQueryTemplate")
            .permission_on(ARN)
            .touches(TEMPLATE, "TemplateId")
            .takes(&[ID])
            .answers(FIELDS),
        handler: |audit, call| Box::pin(get(audit, call)),
    },
    Operation {
        spec: OperationSpec::read("DescribeAdvancedQueryTemplate")
            .permission_on("acs:actiontrail:{region}:{account}:advancedquerytemplate/*")
            .takes(&[NAME, PAGE_NUMBER, PAGE_SIZE])
            .answers(&["TemplatePage"]),
        handler: |audit, call| Box::pin(describe(audit, call)),
    },
    Operation {
        spec: OperationSpec::write("DeleteAdvancedQueryTemplate")
            .permission_on(ARN)
            .touches(TEMPLATE, "TemplateId")
            .takes(&[ID]),
        handler: |audit, call| Box::pin(delete(audit, call)),
    },
];

struct Template {
    id: String,
    name: String,
    query: String,
    is_simple: bool,
}

impl Template {
    fn answer(&self) -> Answer {
        Answer::empty()
            .with("TemplateId", self.id.as_str())
            .with("TemplateName", self.name.as_str())
            .with("TemplateSql", self.query.as_str())
    }

    fn with_text_flag(&self) -> Answer {
        self.answer().with("SimpleQuery", self.is_simple.to_string())
    }
}

async fn create(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let template = Template {
        id: new_id("utpl"),
        name: call.text("TemplateName").unwrap_or_default().to_owned(),
        query: call.required("TemplateSql").to_owned(),
        is_simple: call.boolean("SimpleQuery").unwrap_or(false),
    };
    let account_id = &call.caller.account_id;
    let mut transaction = audit.database().begin().await.map_err(database)?;
    tables::lock(&mut transaction, account_id).await.map_err(failed)?;
    let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM audit_query_templates WHERE account_id = $1")
        .bind(account_id.as_str())
        .fetch_one(&mut *transaction)
        .await
        .map_err(failed)?;
    if count >= MAX_QUERY_TEMPLATES {
        return Err(invalid(
            "TemplateName",
            &format!("the account has its {MAX_QUERY_TEMPLATES} templates already; delete one first"),
        ));
    }
    let number = tables::next_number(&mut transaction, "query-template").await.map_err(failed)?;
    sqlx::query(
        "INSERT INTO audit_query_templates (id, account_id, number, name, query, is_simple)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(template.id.as_str())
    .bind(account_id.as_str())
    .bind(number)
    .bind(template.name.as_str())
    .bind(template.query.as_str())
    .bind(i64::from(template.is_simple))
    .execute(&mut *transaction)
    .await
    .map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok(template.with_text_flag().resource_name(template.id))
}

/// What is not sent stays.
async fn update(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let mut transaction = audit.database().begin().await.map_err(database)?;
    tables::lock(&mut transaction, &call.caller.account_id).await.map_err(failed)?;
    let Some(mut template) = find(&mut transaction, call).await? else {
        return Err(invalid("TemplateId", "there is no such template, see DescribeAdvancedQueryTemplate"));
    };
    template.is_simple = call.boolean("SimpleQuery").unwrap_or(template.is_simple);
    if let Some(name) = call.text("TemplateName") {
        name.clone_into(&mut template.name);
    }
    if let Some(query) = call.text("TemplateSql") {
        query.clone_into(&mut template.query);
    }
    sqlx::query("UPDATE audit_query_templates SET name = $2, query = $3, is_simple = $4 WHERE id = $1")
        .bind(template.id.as_str())
        .bind(template.name.as_str())
        .bind(template.query.as_str())
        .bind(i64::from(template.is_simple))
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok(template.with_text_flag())
}

/// A template that is not there has no fields.
async fn get(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let mut connection = audit.database().pool().acquire().await.map_err(failed)?;
    let template = find(&mut connection, call).await?;
    Ok(template.map_or_else(Answer::empty, |template| template.answer().with("SimpleQuery", template.is_simple)))
}

/// Those whose names contain the text, in any letter case, newest first.
async fn describe(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let rows = sqlx::query(
        "SELECT id, name, query, is_simple FROM audit_query_templates WHERE account_id = $1 ORDER BY number DESC",
    )
    .bind(call.caller.account_id.as_str())
    .fetch_all(audit.database().pool())
    .await
    .map_err(failed)?;
    let all: Vec<Template> = rows.iter().map(read).collect::<Result<_, _>>().map_err(failed)?;
    let wanted = call.text("TemplateName").unwrap_or_default().to_lowercase();
    let found: Vec<Template> =
        all.into_iter().filter(|template| template.name.to_lowercase().contains(&wanted)).collect();
    let page = Page::of(call);
    let list: Vec<Value> = page.cut(&found).iter().map(item).collect();
    let page = json!({
        "PageNumber": page.number.to_string(),
        "PageSize": page.size.to_string(),
        "Total": found.len(),
        "TemplateList": list,
    });
    Ok(Answer::empty().with("TemplatePage", page))
}

/// One that is not there is as good as deleted.
async fn delete(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    sqlx::query("DELETE FROM audit_query_templates WHERE account_id = $1 AND id = $2")
        .bind(call.caller.account_id.as_str())
        .bind(call.required("TemplateId"))
        .execute(audit.database().pool())
        .await
        .map_err(failed)?;
    Ok(Answer::empty())
}

async fn find(connection: &mut AnyConnection, call: &Call) -> Result<Option<Template>, ApiError> {
    let sql = "SELECT id, name, query, is_simple FROM audit_query_templates WHERE account_id = $1 AND id = $2";
    let row = sqlx::query(sql)
        .bind(call.caller.account_id.as_str())
        .bind(call.required("TemplateId"))
        .fetch_optional(connection)
        .await
        .map_err(failed)?;
    row.as_ref().map(read).transpose().map_err(failed)
}

fn read(row: &AnyRow) -> Result<Template, sqlx::Error> {
    Ok(Template {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        query: row.try_get(2)?,
        is_simple: row.try_get::<i64, _>(3)? != 0,
    })
}

fn item(template: &Template) -> Value {
    json!({
        "TemplateId": template.id,
        "TemplateName": template.name,
        "TemplateSql": template.query,
        "SimpleQuery": template.is_simple,
    })
}
