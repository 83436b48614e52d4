//! Events of calls: of those that manage always, of those that move logs where the logs are an audit themselves, and once
//! more as data events where a trail asks for them.

use std::ops::Not;

use openapi::{CallRecord, DataCall, DataPlace};
use serde_json::{Map, Value};

use crate::fault::Fault;
use crate::operation::{Id, OPERATIONS, Operation};
use crate::operations;
use crate::rows::logstore;
use crate::service::{LogService, Request};

const SERVICE_NAME: &str = "Sls";
const VERSION: &str = "2020-12-30";

/// Names of the calls that can be data events.
pub fn data_event_names() -> Vec<&'static str> {
    OPERATIONS.iter().filter(|operation| operation.is_data).map(|operation| operation.name).collect()
}

impl LogService {
    /// Calls that move logs are events only where these are an audit themselves. SQL may name any logstore of its project.
    pub(crate) async fn is_managing(&self, operation: &Operation, request: &Request) -> bool {
        if !operation.is_data {
            return true;
        }
        if operations::asks_in_sql(operation.id, request) && self.has_audit(&request.project).await {
            return true;
        }
        let logstore = self.logstores.get(&self.database, &request.project, &request.target.logstore).await;
        logstore.is_ok_and(|logstore| !logstore.row.delivered_by.is_empty())
    }

    /// Whether a project has logstores that trails deliver to. When that cannot be told, it has.
    async fn has_audit(&self, project: &str) -> bool {
        let Ok(mut connection) = self.database.pool().acquire().await else {
            return true;
        };
        let logstores = logstore::containing_name(&mut connection, project, "").await;
        logstores.is_ok_and(|logstores| logstores.iter().all(|row| row.delivered_by.is_empty())).not()
    }

    /// The ARN that a data event of a call is about, when a trail asks for one.
    pub(crate) fn wanted_data(&self, operation: &Operation, request: &Request) -> Option<String> {
        if !operation.is_data {
            return None;
        }
        let mut call = DataCall {
            account_id: &request.caller.account_id,
            service_name: SERVICE_NAME,
            event_name: operation.name,
            access: operation.access,
            place: None,
        };
        if !self.recorder.wants_data(&call) {
            return None;
        }
        let arn = self.arn(request, &resource(operation.id, request));
        call.place = Some(DataPlace { region: &self.settings.default_region, resource_arn: &arn });
        self.recorder.wants_data(&call).then_some(arn)
    }

    /// What RAM and selectors know a resource of the caller's account by.
    pub(crate) fn arn(&self, request: &Request, resource: &str) -> String {
        format!("acs:log:{}:{}:{resource}", self.settings.default_region, request.caller.account_id)
    }

    /// The event of a call.
    pub(crate) fn describe(
        &self,
        operation: &Operation,
        request: &Request,
        request_id: &str,
        fault: Option<&Fault>,
    ) -> CallRecord {
        let parameters = parameters(operation, request);
        let mut resources = Vec::new();
        if !request.target.logstore.is_empty() {
            resources.push(("ACS::SLS::LogStore", vec![request.target.logstore.clone()]));
        }
        if !request.project.is_empty() {
            resources.push(("ACS::SLS::Project", vec![request.project.clone()]));
        }
        CallRecord {
            operation: operation.name.to_owned(),
            event_rw: operation.access.as_str(),
            region: self.settings.default_region.clone(),
            request_structure: parameters.clone(),
            request_parameters: parameters,
            resources,
            error: fault.map(|fault| (fault.code.name.to_owned(), fault.message.to_string())),
            ..CallRecord::of_service(SERVICE_NAME, VERSION, request.caller.clone(), request.head.arrival(request_id))
        }
    }
}

/// What stands behind the account in the name of what RAM is asked about.
pub(crate) fn resource(id: Id, request: &Request) -> String {
    let (project, target) = (&request.project, &request.target);
    match id {
        Id::ListProject => "project/*".to_owned(),
        Id::CreateProject | Id::GetProject | Id::UpdateProject | Id::DeleteProject => format!("project/{project}"),
        Id::GetProjectLogs => format!("project/{project}"),
        Id::ListLogStores => format!("project/{project}/logstore/*"),
        Id::CreateLogStore => format!("project/{project}/logstore/{}", operations::new_logstore_name(&request.head)),
        Id::ListDashboard => format!("project/{project}/dashboard/*"),
        Id::CreateDashboard => format!("project/{project}/dashboard/{}", operations::new_dashboard_name(&request.head)),
        _ if !target.dashboard.is_empty() => format!("project/{project}/dashboard/{}", target.dashboard),
        Id::CreateConsumerGroup | Id::ListConsumerGroup if target.group.is_empty() => {
            format!("project/{project}/logstore/{}/consumergroup/*", target.logstore)
        }
        _ if !target.group.is_empty() => {
            format!("project/{project}/logstore/{}/consumergroup/{}", target.logstore, target.group)
        }
        _ => format!("project/{project}/logstore/{}", target.logstore),
    }
}

/// What was asked: the query, the members of a JSON body, and the names in host and path.
fn parameters(operation: &Operation, request: &Request) -> Map<String, Value> {
    let mut parameters: Map<String, Value> =
        request.query.pairs().map(|(name, value)| (name.to_owned(), value.into())).collect();
    if operation.id != Id::PutLogs
        && let Ok(Value::Object(members)) = request.head.json::<Value>()
    {
        parameters.extend(members);
    }
    for (name, value) in [
        ("projectName", &request.project),
        ("logstoreName", &request.target.logstore),
        ("shard", &request.target.shard),
        ("consumerGroup", &request.target.group),
        ("dashboardName", &request.target.dashboard),
    ] {
        if !value.is_empty() {
            parameters.insert(name.to_owned(), value.as_str().into());
        }
    }
    parameters
}
