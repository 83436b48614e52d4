//! The operations: which request is which, what RAM is asked for it, and whether it is managing or data.
//!
//! Public documents: Simple Log Service, "List of operations by function", "Use RAM to authorize".

use openapi::Access;

use crate::fault::{Fault, codes};
use crate::request::{Head, Query};

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operation {
    pub(crate) id: Id,
    /// Name of the operation.
    pub(crate) name: &'static str,
    /// What RAM is asked.
    pub(crate) permission: &'static str,
    pub(crate) access: Access,
    /// It moves logs or cursors; such calls are recorded only where the logs are an audit, or a trail asks for data events.
    pub(crate) is_data: bool,
}

macro_rules! operations {
    ($($id:ident $permission:literal $access:ident $data:literal;)*) => {
        /// Every operation.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Id { $($id),* }

        /// The table.
        pub(crate) const OPERATIONS: &[Operation] = &[$(Operation {
            id: Id::$id,
            name: stringify!($id),
            permission: $permission,
            access: Access::$access,
            is_data: $data,
        }),*];
    };
}

operations! {
    CreateProject "log:CreateProject" Write false;
    GetProject "log:GetProject" Read false;
    ListProject "log:ListProject" Read false;
    UpdateProject "log:UpdateProject" Write false;
    DeleteProject "log:DeleteProject" Write false;
    CreateLogStore "log:CreateLogStore" Write false;
    GetLogStore "log:GetLogStore" Read false;
    ListLogStores "log:ListLogStores" Read false;
    UpdateLogStore "log:UpdateLogStore" Write false;
    DeleteLogStore "log:DeleteLogStore" Write false;
    CreateIndex "log:CreateIndex" Write false;
    GetIndex "log:GetIndex" Read false;
    UpdateIndex "log:UpdateIndex" Write false;
    DeleteIndex "log:DeleteIndex" Write false;
    ListShards "log:ListShards" Read false;
    SplitShard "log:SplitShard" Write false;
    MergeShard "log:MergeShards" Write false;
    PutLogs "log:PostLogStoreLogs" Write true;
    GetLogsV2 "log:GetLogStoreLogs" Read true;
    GetLogs "log:GetLogStoreLogs" Read true;
    GetProjectLogs "log:GetProjectLogs" Read true;
    GetHistograms "log:GetLogStoreHistogram" Read true;
    GetContextLogs "log:GetLogStoreContextLogs" Read true;
    ListTopics "log:ListTopics" Read true;
    GetCursor "log:GetCursorOrData" Read true;
    GetCursorTime "log:GetCursorOrData" Read true;
    PullLogs "log:GetCursorOrData" Read true;
    CreateConsumerGroup "log:CreateConsumerGroup" Write false;
    ListConsumerGroup "log:ListConsumerGroup" Read false;
    UpdateConsumerGroup "log:UpdateConsumerGroup" Write false;
    DeleteConsumerGroup "log:DeleteConsumerGroup" Write false;
    CreateDashboard "log:CreateDashboard" Write false;
    GetDashboard "log:GetDashboard" Read false;
    ListDashboard "log:ListDashboard" Read false;
    UpdateDashboard "log:UpdateDashboard" Write false;
    DeleteDashboard "log:DeleteDashboard" Write false;
    HeartBeat "log:ConsumerGroupHeartBeat" Write true;
    GetCheckPoint "log:GetConsumerGroupCheckPoint" Read true;
    UpdateCheckPoint "log:ConsumerGroupUpdateCheckPoint" Write true;
}

/// What below a project a request is about; empty where it is not about one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Target {
    pub(crate) logstore: String,
    pub(crate) shard: String,
    pub(crate) group: String,
    pub(crate) dashboard: String,
}

/// Which operation a request is.
pub(crate) fn find(head: &Head, query: &Query, has_project: bool) -> Result<(&'static Operation, Target), Fault> {
    let path = head.decoded_path()?;
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let kind = query.text("type").or_else(|| query.text("action"));
    let mut target = Target::default();
    for (place, field) in [(1, &mut target.logstore), (3, &mut target.shard)] {
        if parts.first() == Some(&"logstores")
            && let Some(name) = parts.get(place)
        {
            *field = (*name).to_owned();
        }
    }
    if parts.get(2) == Some(&"consumergroups") {
        target.group = std::mem::take(&mut target.shard);
    }
    if let ["dashboards", name] = parts.as_slice() {
        (*name).clone_into(&mut target.dashboard);
    }
    let id = identify(head.method.as_str(), &parts, kind, is_list(query, has_project))?;
    let row = OPERATIONS.iter().find(|row| row.id == id).ok_or_else(|| codes::NOT_SUPPORTED.fault())?;
    Ok((row, target))
}

/// A list of projects is asked for at the bare endpoint. Under a name that is not known as an endpoint it looks like a
/// project; but a list is asked for with the parameters of a list, a project without any.
fn is_list(query: &Query, has_project: bool) -> bool {
    !has_project || query.pairs().any(|(name, _)| matches!(name, "offset" | "size" | "projectName"))
}

fn identify(method: &str, parts: &[&str], kind: Option<&str>, is_list: bool) -> Result<Id, Fault> {
    Ok(match (method, parts, kind) {
        ("POST", [], _) => Id::CreateProject,
        ("GET", [], _) => {
            if is_list {
                Id::ListProject
            } else {
                Id::GetProject
            }
        }
        ("PUT", [], _) => Id::UpdateProject,
        ("DELETE", [], _) => Id::DeleteProject,
        ("POST", ["logstores"], _) => Id::CreateLogStore,
        ("GET", ["logstores"], _) => Id::ListLogStores,
        ("GET", ["logstores", _], None) => Id::GetLogStore,
        ("GET", ["logstores", _], Some("log")) => Id::GetLogs,
        ("GET", ["logs"], _) => Id::GetProjectLogs,
        ("GET", ["logstores", _] | ["logstores", _, "index"], Some("histogram")) => Id::GetHistograms,
        ("GET", ["logstores", _], Some("context_log")) => Id::GetContextLogs,
        ("GET", ["logstores", _], Some("topic")) => Id::ListTopics,
        ("PUT", ["logstores", _], _) => Id::UpdateLogStore,
        ("DELETE", ["logstores", _], _) => Id::DeleteLogStore,
        ("POST", ["logstores", _] | ["logstores", _, "shards", "lb" | "route"], _) => Id::PutLogs,
        ("POST", ["logstores", _, "logs"], _) => Id::GetLogsV2,
        ("POST", ["logstores", _, "index"], _) => Id::CreateIndex,
        ("GET", ["logstores", _, "index"], None) => Id::GetIndex,
        ("PUT", ["logstores", _, "index"], _) => Id::UpdateIndex,
        ("DELETE", ["logstores", _, "index"], _) => Id::DeleteIndex,
        ("GET", ["logstores", _, "shards"], _) => Id::ListShards,
        ("GET", ["logstores", _, "shards", _], Some("cursor")) => Id::GetCursor,
        ("GET", ["logstores", _, "shards", _], Some("cursor_time")) => Id::GetCursorTime,
        ("GET", ["logstores", _, "shards", _], Some("log" | "logs")) => Id::PullLogs,
        ("POST", ["logstores", _, "shards", _], Some("split")) => Id::SplitShard,
        ("POST", ["logstores", _, "shards", _], Some("merge")) => Id::MergeShard,
        ("POST", ["logstores", _, "consumergroups"], _) => Id::CreateConsumerGroup,
        ("GET", ["logstores", _, "consumergroups"], _) => Id::ListConsumerGroup,
        ("PUT", ["logstores", _, "consumergroups", _], _) => Id::UpdateConsumerGroup,
        ("DELETE", ["logstores", _, "consumergroups", _], _) => Id::DeleteConsumerGroup,
        ("POST", ["logstores", _, "consumergroups", _], Some("heartbeat")) => Id::HeartBeat,
        ("POST", ["logstores", _, "consumergroups", _], Some("checkpoint")) => Id::UpdateCheckPoint,
        ("GET", ["logstores", _, "consumergroups", _], _) => Id::GetCheckPoint,
        ("POST", ["dashboards"], _) => Id::CreateDashboard,
        ("GET", ["dashboards"], _) => Id::ListDashboard,
        ("GET", ["dashboards", _], _) => Id::GetDashboard,
        ("PUT", ["dashboards", _], _) => Id::UpdateDashboard,
        ("DELETE", ["dashboards", _], _) => Id::DeleteDashboard,
        ("GET" | "POST" | "PUT" | "DELETE", ..) => {
            let path: String = parts.join("/").chars().take(200).collect();
            return Err(codes::NOT_SUPPORTED.says(format!("This server does not have {method} /{path}.")));
        }
        _ => return Err(codes::INVALID_METHOD.fault()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderMap;

    fn name(method: &str, target: &str, has_project: bool) -> Result<(&'static str, Target), &'static str> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let head = Head {
            method: method.parse().unwrap(),
            path: path.to_owned(),
            raw_query: query.to_owned(),
            headers: HeaderMap::new(),
            body: bytes::Bytes::new(),
            source_ip: [127, 0, 0, 1].into(),
            secure: false,
            arrived_at_ms: 0,
        };
        let found = find(&head, &Query::parse(query).unwrap(), has_project);
        found.map(|(row, target)| (row.name, target)).map_err(|fault| fault.code.name)
    }

    #[test]
    fn requests_are_what_their_path_and_type_say() {
        for (method, path, expected) in [
            ("POST", "/", "CreateProject"),
            ("GET", "/", "GetProject"),
            ("GET", "/?offset=0&size=100", "ListProject"),
            ("GET", "/logstores/a", "GetLogStore"),
            ("GET", "/logstores/a?type=log&from=1", "GetLogs"),
            ("GET", "/logstores/a/index?type=histogram", "GetHistograms"),
            ("GET", "/logs?query=x", "GetProjectLogs"),
            ("GET", "/logstores/a?type=topic&line=5", "ListTopics"),
            ("GET", "/logstores/a/index", "GetIndex"),
            ("POST", "/logstores/a/shards/lb", "PutLogs"),
            ("POST", "/logstores/a/shards/route?key=0f", "PutLogs"),
            ("POST", "/logstores/a/shards/3?action=split", "SplitShard"),
            ("GET", "/logstores/a/shards/3?type=logs&cursor=MQ==", "PullLogs"),
            ("POST", "/logstores/a/consumergroups/g?type=heartbeat&consumer=c", "HeartBeat"),
        ] {
            assert_eq!(name(method, path, true).map(|(name, _)| name), Ok(expected), "{method} {path}");
        }
        assert_eq!(name("GET", "/", false).unwrap().0, "ListProject");
        let (_, target) = name("GET", "/logstores/a/shards/3?type=cursor&from=end", true).unwrap();
        assert_eq!((target.logstore.as_str(), target.shard.as_str(), target.group.as_str()), ("a", "3", ""));
        let (_, target) = name("GET", "/logstores/a/consumergroups/g", true).unwrap();
        assert_eq!((target.shard.as_str(), target.group.as_str()), ("", "g"));
        let (found, target) = name("PUT", "/dashboards/d", true).unwrap();
        assert_eq!((found, target.dashboard.as_str(), target.logstore.as_str()), ("UpdateDashboard", "d", ""));
    }

    #[test]
    fn what_is_unknown_is_refused_for_good() {
        assert_eq!(name("GET", "/logstores/a/meteringmode", true), Err("NotSupported"));
        assert_eq!(name("GET", "/logstores/a?type=other", true), Err("NotSupported"));
        assert_eq!(name("PATCH", "/logstores/a", true), Err("InvalidMethod"));
    }
}
