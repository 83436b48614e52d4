//! The destinations that this server has itself: looked at before a trail gets them, and opened for its deliveries.

use std::sync::Arc;

use audit::trail::{BucketWish, DestinationFault, DestinationFuture, Destinations, LogProject, LogsWish, Trail};
use bucket::BucketService;
use logstore::LogService;
use serde_json::{Map, Value, json};

use super::{EmbeddedBucket, EmbeddedLogs, LogPlace, ObjectPlace, Places, Rights, Waiting};
use crate::failure::Failure;

/// Buckets and logstores of this server.
#[derive(Clone)]
pub struct EmbeddedPlaces {
    /// Buckets.
    pub buckets: Arc<BucketService>,
    /// Logstores.
    pub logs: Arc<LogService>,
    /// What trails may write.
    pub rights: Rights,
}

impl EmbeddedPlaces {
    /// A logstore without a role, in a project that is there.
    fn place(&self, account_id: &str, trail_name: &str, project: String, logstore: String) -> EmbeddedLogs {
        EmbeddedLogs {
            service: self.logs.clone(),
            rights: self.rights.clone(),
            account_id: account_id.to_owned(),
            trail_name: trail_name.to_owned(),
            project,
            logstore,
            role_arn: String::new(),
            made_in: None,
        }
    }

    fn logs_of(&self, trail: &Trail) -> Result<EmbeddedLogs, Failure> {
        let project = trail.log_project().ok_or_else(|| Failure::new("the trail has no project; give it one"))?;
        let place = self.place(&trail.account_id, &trail.name, project.project, trail.logstore());
        Ok(EmbeddedLogs { role_arn: trail.sls_write_role_arn.clone(), ..place })
    }

    fn data_logs_of(&self, trail: &Trail, region: &str) -> Result<EmbeddedLogs, Failure> {
        let project = LogProject::parse(&trail.data_project_arn(region));
        let project =
            project.ok_or_else(|| Failure::new(format!("{region} is not a region; put the selector again")))?;
        let place = self.place(&trail.account_id, &trail.name, project.project, trail.logstore());
        Ok(EmbeddedLogs { made_in: Some(project.region), ..place })
    }

    /// The logstore that a trail wishes; a project that is to be made is made in its region.
    fn wished(&self, wish: &LogsWish<'_>, is_made: bool) -> Result<EmbeddedLogs, DestinationFault> {
        let project = LogProject::parse(wish.project_arn).ok_or_else(|| {
            DestinationFault::Missing(format!(
                "{} is not the ARN of a project: use acs:log:<region>:<account>:project/<project>",
                wish.project_arn
            ))
        })?;
        let trail_name = wish.logstore.trim_start_matches("actiontrail_");
        let place = self.place(wish.account_id, trail_name, project.project, wish.logstore.to_owned());
        let made_in = is_made.then_some(project.region);
        Ok(EmbeddedLogs { role_arn: wish.write_role_arn.to_owned(), made_in, ..place })
    }
}

impl Places for EmbeddedPlaces {
    fn bucket(&self, trail: &Trail) -> Result<Arc<dyn ObjectPlace>, Failure> {
        Ok(Arc::new(EmbeddedBucket {
            service: self.buckets.clone(),
            rights: self.rights.clone(),
            account_id: trail.account_id.clone(),
            bucket: trail.oss_bucket_name.clone(),
            role_arn: trail.oss_write_role_arn.clone(),
        }))
    }

    fn logs(&self, trail: &Trail) -> Result<Arc<dyn LogPlace>, Failure> {
        Ok(Arc::new(self.logs_of(trail)?))
    }

    fn release_logs<'a>(&'a self, trail: &'a Trail) -> Waiting<'a, ()> {
        Box::pin(async move { self.logs_of(trail)?.release().await })
    }

    fn data_logs(&self, trail: &Trail, region: &str) -> Result<Arc<dyn LogPlace>, Failure> {
        Ok(Arc::new(self.data_logs_of(trail, region)?))
    }

    fn release_data_logs<'a>(&'a self, trail: &'a Trail, region: &'a str) -> Waiting<'a, ()> {
        Box::pin(async move { self.data_logs_of(trail, region)?.release().await })
    }
}

impl Destinations for EmbeddedPlaces {
    fn check_bucket<'a>(&'a self, wish: BucketWish<'a>) -> DestinationFuture<'a, String> {
        Box::pin(async move {
            let place = EmbeddedBucket {
                service: self.buckets.clone(),
                rights: self.rights.clone(),
                account_id: wish.account_id.to_owned(),
                bucket: wish.bucket.to_owned(),
                role_arn: wish.write_role_arn.to_owned(),
            };
            let folder = crate::object_file::KeyBeginning { prefix: wish.prefix, member: None }.folder();
            place.check(&format!("{folder}/x")).await.map(|region| format!("oss-{region}"))
        })
    }

    fn prepare_logs<'a>(&'a self, wish: LogsWish<'a>) -> DestinationFuture<'a, ()> {
        Box::pin(async move { self.wished(&wish, false)?.prepare().await })
    }

    fn check_logs<'a>(&'a self, wish: LogsWish<'a>) -> DestinationFuture<'a, ()> {
        Box::pin(async move {
            let place = self.wished(&wish, false)?;
            place.check().await?;
            let shards = place.shards().await;
            shards.map(drop).map_err(|failure| DestinationFault::Missing(failure.to_string()))
        })
    }

    fn prepare_data_logs<'a>(&'a self, wish: LogsWish<'a>) -> DestinationFuture<'a, ()> {
        Box::pin(async move { self.wished(&wish, true)?.prepare().await })
    }
}

/// Delimiters of the index (ActionTrail, "Delivery formats").
const DELIMITERS: [&str; 22] =
    [",", "'", "\"", ";", "=", "(", ")", "[", "]", "{", "}", "?", "@", "&", "<", ">", "/", ":", "\n", "\t", "\r", " "];

/// Leaves of an event that are columns: those of the documented index, those that alert rules ask, and some that are good to
/// have.
const LEAVES: [&str; 38] = [
    "acsRegion",
    "additionalEventData.isMFAChecked",
    "additionalEventData.loginAccount",
    "additionalEventData.mfaChecked",
    "apiVersion",
    "errorCode",
    "errorMessage",
    "eventAttributes.SensitiveAction",
    "eventCategory",
    "eventId",
    "eventName",
    "eventRW",
    "eventSource",
    "eventTime",
    "eventType",
    "eventVersion",
    "insightDetails.insightObject",
    "insightDetails.insightType",
    "insightDetails.sourceIpAddress",
    "isGlobal",
    "recipientAccountId",
    "requestId",
    "requestParameterJson",
    "requestParameters.HostId",
    "requestParameters.Name",
    "requestParameters.Region",
    "resourceName",
    "resourceType",
    "serviceName",
    "sourceIpAddress",
    "userAgent",
    "userIdentity.accessKeyId",
    "userIdentity.accountId",
    "userIdentity.principalId",
    "userIdentity.sessionContext.attributes.mfaAuthenticated",
    "userIdentity.type",
    "userIdentity.userName",
    "vpcId",
];

/// The index of a logstore of a trail.
pub fn default_index() -> Map<String, Value> {
    let leaf = json!({"type": "text", "alias": "", "doc_value": true});
    let leaves: Map<String, Value> = LEAVES.iter().map(|name| ((*name).to_owned(), leaf.clone())).collect();
    let event = json!({
        "type": "json",
        "token": DELIMITERS,
        "caseSensitive": false,
        "chn": false,
        "alias": "",
        "doc_value": true,
        "index_all": true,
        "max_depth": -1,
        "json_keys": leaves,
    });
    let line = json!({"token": DELIMITERS, "caseSensitive": false, "chn": false});
    let members = [("line", line), ("keys", json!({"event": event}))];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
