//! The destinations that the configuration names, in other services: the cloud's, or another server of this kind. Whoever
//! has none there delivers to this server's own.

use std::collections::HashMap;
use std::sync::Arc;

use audit::trail::{BucketWish, DestinationFault, DestinationFuture, Destinations, LogProject, LogsWish, Trail};
use bucket::client::BucketClient;
use logstore::client::LogStoreClient;
use objects::OnceBucket;

use super::remote_bucket::RemoteBucket;
use super::remote_logs::RemoteLogs;
use super::remote_s3::{self, RemoteS3};
use super::{EmbeddedPlaces, LogPlace, ObjectPlace, Places, Waiting};
use crate::failure::Failure;

/// The destinations that the configuration names, and for everything else those of this server.
pub struct ConfiguredPlaces {
    /// This server's own.
    pub embedded: EmbeddedPlaces,
    /// Buckets elsewhere, by name.
    pub buckets: HashMap<String, Elsewhere<BucketClient>>,
    /// Buckets elsewhere that speak S3, by name.
    pub s3_buckets: HashMap<String, Elsewhere<OnceBucket>>,
    /// Projects elsewhere, by name.
    pub projects: HashMap<String, Elsewhere<LogStoreClient>>,
}

/// A destination elsewhere. It is written with the operator's key, so the operator says for whom.
pub struct Elsewhere<C> {
    /// Its client.
    pub client: Arc<C>,
    /// Accounts of this server whose trails may deliver there.
    pub accounts: Vec<String>,
    /// Its region, which ARNs must have; empty: any.
    pub region: String,
    /// Its owner in its service, whom ARNs must name; empty: any.
    pub owner: String,
}

impl<C> Elsewhere<C> {
    fn check_account(&self, what: &str, account_id: &str) -> Result<(), DestinationFault> {
        if self.accounts.iter().any(|account| account == account_id) {
            return Ok(());
        }
        Err(DestinationFault::NotAllowed(format!(
            "account {account_id} may not deliver into {what}: ask the operator of this server to name it in the accounts of \
             that destination in [delivery], or choose another one"
        )))
    }

    fn check_arn(&self, arn: &LogProject) -> Result<(), DestinationFault> {
        let differs = |wanted: &str, given: &str| !wanted.is_empty() && wanted != given;
        let LogProject { region, account_id, project } = arn;
        if differs(&self.region, region) || differs(&self.owner, account_id) {
            let part = |part: &str| if part.is_empty() { "<any>".to_owned() } else { part.to_owned() };
            return Err(DestinationFault::Missing(format!(
                "project {project} is not there: the one that this server delivers to is \
                 acs:log:{}:{}:project/{project}",
                part(&self.region),
                part(&self.owner)
            )));
        }
        Ok(())
    }
}

/// Runs a call of a client that blocks.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Failure::new(error.to_string()))?
}

impl ConfiguredPlaces {
    /// The logstore that an account's ARN means elsewhere; nothing when it means one of this server.
    fn remote_logs(
        &self,
        account_id: &str,
        project_arn: &str,
        logstore: String,
    ) -> Result<Option<RemoteLogs>, DestinationFault> {
        let Some(arn) = LogProject::parse(project_arn) else { return Ok(None) };
        let Some(found) = self.projects.get(&arn.project) else { return Ok(None) };
        found.check_account(&format!("project {}", arn.project), account_id)?;
        found.check_arn(&arn)?;
        Ok(Some(RemoteLogs { client: found.client.clone(), project: arn.project, logstore }))
    }

    fn remote_logs_of(&self, trail: &Trail, project_arn: &str) -> Result<Option<RemoteLogs>, Failure> {
        let found = self.remote_logs(&trail.account_id, project_arn, trail.logstore());
        found.map_err(|fault| Failure::new(format!("write sls failed, exception: {fault}")))
    }

    fn is_elsewhere(&self, project_arn: &str) -> bool {
        LogProject::parse(project_arn).is_some_and(|arn| self.projects.contains_key(&arn.project))
    }
}

impl Places for ConfiguredPlaces {
    fn bucket(&self, trail: &Trail) -> Result<Arc<dyn ObjectPlace>, Failure> {
        let (name, what) = (&trail.oss_bucket_name, format!("bucket {}", trail.oss_bucket_name));
        let refused = |fault: DestinationFault| Failure::new(fault.to_string());
        if let Some(found) = self.s3_buckets.get(name) {
            found.check_account(&what, &trail.account_id).map_err(refused)?;
            return Ok(Arc::new(RemoteS3 { client: found.client.clone() }));
        }
        let Some(found) = self.buckets.get(name) else { return self.embedded.bucket(trail) };
        found.check_account(&what, &trail.account_id).map_err(refused)?;
        Ok(Arc::new(RemoteBucket { client: found.client.clone(), bucket: name.clone() }))
    }

    fn logs(&self, trail: &Trail) -> Result<Arc<dyn LogPlace>, Failure> {
        match self.remote_logs_of(trail, &trail.sls_project_arn)? {
            Some(remote) => Ok(Arc::new(remote)),
            None => self.embedded.logs(trail),
        }
    }

    fn release_logs<'a>(&'a self, trail: &'a Trail) -> Waiting<'a, ()> {
        if self.is_elsewhere(&trail.sls_project_arn) {
            return Box::pin(async { Ok(()) });
        }
        self.embedded.release_logs(trail)
    }

    fn data_logs(&self, trail: &Trail, region: &str) -> Result<Arc<dyn LogPlace>, Failure> {
        match self.remote_logs_of(trail, &trail.data_project_arn(region))? {
            Some(remote) => Ok(Arc::new(remote)),
            None => self.embedded.data_logs(trail, region),
        }
    }

    fn release_data_logs<'a>(&'a self, trail: &'a Trail, region: &'a str) -> Waiting<'a, ()> {
        if self.is_elsewhere(&trail.data_project_arn(region)) {
            return Box::pin(async { Ok(()) });
        }
        self.embedded.release_data_logs(trail, region)
    }
}

impl Destinations for ConfiguredPlaces {
    fn check_bucket<'a>(&'a self, wish: BucketWish<'a>) -> DestinationFuture<'a, String> {
        let what = format!("bucket {}", wish.bucket);
        if let Some(found) = self.s3_buckets.get(wish.bucket) {
            return Box::pin(async move {
                found.check_account(&what, wish.account_id)?;
                remote_s3::check(&found.client).await.map(|()| format!("s3-{}", found.client.region()))
            });
        }
        let Some(found) = self.buckets.get(wish.bucket) else { return self.embedded.check_bucket(wish) };
        Box::pin(async move {
            found.check_account(&what, wish.account_id)?;
            RemoteBucket { client: found.client.clone(), bucket: wish.bucket.to_owned() }.check().await
        })
    }

    fn prepare_logs<'a>(&'a self, wish: LogsWish<'a>) -> DestinationFuture<'a, ()> {
        if !self.is_elsewhere(wish.project_arn) {
            return self.embedded.prepare_logs(wish);
        }
        Box::pin(async move {
            match self.remote_logs(wish.account_id, wish.project_arn, wish.logstore.to_owned())? {
                Some(remote) => remote.prepare().await,
                None => self.embedded.prepare_logs(wish).await,
            }
        })
    }

    fn check_logs<'a>(&'a self, wish: LogsWish<'a>) -> DestinationFuture<'a, ()> {
        if !self.is_elsewhere(wish.project_arn) {
            return self.embedded.check_logs(wish);
        }
        Box::pin(async move {
            match self.remote_logs(wish.account_id, wish.project_arn, wish.logstore.to_owned())? {
                Some(remote) => remote.check().await,
                None => self.embedded.check_logs(wish).await,
            }
        })
    }

    fn prepare_data_logs<'a>(&'a self, wish: LogsWish<'a>) -> DestinationFuture<'a, ()> {
        if self.is_elsewhere(wish.project_arn) {
            return self.prepare_logs(wish);
        }
        self.embedded.prepare_data_logs(wish)
    }
}
