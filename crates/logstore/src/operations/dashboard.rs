//! Dashboards. Public documents: Simple Log Service, "CreateDashboard", "GetDashboard", "ListDashboard",
//! "UpdateDashboard", "DeleteDashboard".
//!
//! The service keeps them as they are sent and draws nothing: whoever shows one runs the queries of its charts.

use openapi::clock::now_ms;
use serde_json::{Map, Value, json};

use super::window;
use crate::answer::{Answer, empty_answer, json_answer};
use crate::fault::{Fault, codes};
use crate::limits::{MAX_DASHBOARDS, MAX_DISPLAY_NAME_CHARS};
use crate::logstores::no_project;
use crate::names;
use crate::rows::dashboard::{self, Dashboard};
use crate::rows::project;
use crate::service::{LogService, Request};

pub(crate) async fn create(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let new = read(request.head.json()?)?;
    if !insert(service, &request.project, &new).await? {
        // Clients that copy dashboards look for this code with these words.
        return Err(codes::PARAMETER_INVALID.says(format!("dashboard {} already exists", new.name)));
    }
    Ok(empty_answer())
}

/// False when there is one of that name.
async fn insert(service: &LogService, project: &str, new: &Dashboard) -> Result<bool, Fault> {
    let mut transaction = service.database.begin().await?;
    if !project::lock(&mut transaction, project).await? {
        return Err(no_project(project));
    }
    if dashboard::find(&mut transaction, project, &new.name).await?.is_some() {
        return Ok(false);
    }
    if dashboard::count(&mut transaction, project).await? >= MAX_DASHBOARDS {
        return Err(
            codes::PROJECT_QUOTA.says(format!("The project has {MAX_DASHBOARDS} dashboards; delete one first."))
        );
    }
    dashboard::insert(&mut transaction, project, new, now_ms().div_euclid(1_000)).await?;
    transaction.commit().await?;
    Ok(true)
}

fn read(members: Map<String, Value>) -> Result<Dashboard, Fault> {
    let text = |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let name = text("dashboardName");
    if !names::is_dashboard(&name) {
        return Err(
            codes::PARAMETER_INVALID.says("dashboardName must have 2 to 128 letters, digits, hyphens and underscores")
        );
    }
    let display_name = Some(text("displayName")).filter(|text| !text.is_empty()).unwrap_or_else(|| name.clone());
    if display_name.chars().count() > MAX_DISPLAY_NAME_CHARS {
        return Err(codes::PARAMETER_INVALID.says("displayName has more than 256 characters"));
    }
    if !members.get("charts").is_none_or(Value::is_array) {
        return Err(codes::PARAMETER_INVALID.says("charts must be a list"));
    }
    Ok(Dashboard { name, display_name, content: Value::Object(members).to_string() })
}

pub(crate) async fn get(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let name = &request.target.dashboard;
    let mut connection = service.database.pool().acquire().await?;
    let found = dashboard::find(&mut connection, &request.project, name).await?.ok_or_else(|| missing(name))?;
    let content: Value = serde_json::from_str(&found.content).map_err(|error| Fault::internal(&error))?;
    Ok(json_answer(&content))
}

fn missing(name: &str) -> Fault {
    let name: String = name.chars().take(128).collect();
    codes::NO_DASHBOARD.says(format!("dashboard {name} does not exist"))
}

pub(crate) async fn list(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let (offset, size) = window(request, 100)?;
    let wanted = request.query.text("dashboardName").unwrap_or_default();
    let mut connection = service.database.pool().acquire().await?;
    let mut all = dashboard::all(&mut connection, &request.project).await?;
    all.retain(|found| found.name.contains(wanted));
    let page: Vec<&Dashboard> = all.iter().skip(offset).take(size).collect();
    let items = page.iter().map(|found| json!({"dashboardName": found.name, "displayName": found.display_name}));
    Ok(json_answer(&json!({
        "count": page.len(),
        "total": all.len(),
        "dashboards": page.iter().map(|found| found.name.as_str()).collect::<Vec<_>>(),
        "dashboardItems": items.collect::<Vec<_>>(),
    })))
}

pub(crate) async fn update(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let name = &request.target.dashboard;
    let mut members: Map<String, Value> = request.head.json()?;
    members.insert("dashboardName".to_owned(), name.as_str().into());
    let changed = read(members)?;
    let mut transaction = service.database.begin().await?;
    if !dashboard::update(&mut transaction, &request.project, &changed, now_ms().div_euclid(1_000)).await? {
        return Err(missing(name));
    }
    transaction.commit().await?;
    Ok(empty_answer())
}

pub(crate) async fn delete(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let name = &request.target.dashboard;
    let mut transaction = service.database.begin().await?;
    if !dashboard::delete(&mut transaction, &request.project, name).await? {
        return Err(missing(name));
    }
    transaction.commit().await?;
    Ok(empty_answer())
}

impl LogService {
    /// Makes a dashboard, `content` as "CreateDashboard" takes it; one of that name that is there stays as it is.
    pub async fn provide_dashboard(&self, project: &str, content: Map<String, Value>) -> Result<(), Fault> {
        insert(self, project, &read(content)?).await.map(drop)
    }
}
