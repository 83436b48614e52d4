//! Logstores that the server itself needs, for the logs of a trail.

use openapi::clock::now_ms;
use serde_json::{Map, Value};

use super::index::checked;
use super::keeping::keep;
use super::logstore::{insert, new_row};
use crate::fault::{Fault, codes};
use crate::limits::MAX_TTL_DAYS;
use crate::names;
use crate::rows::logstore::{self, Properties};
use crate::rows::project::{self, Project};
use crate::service::LogService;

/// A logstore that is wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Account that owns the project.
    pub account_id: String,
    /// Project; made when it is not there.
    pub project: String,
    /// Its region, when it is made; empty for the server's.
    pub region: String,
    /// Logstore; made when it is not there.
    pub logstore: String,
    /// How long logs are kept, when it is made; days, 3650 for ever.
    pub ttl_days: i64,
    /// Its index, when it has none; as "CreateIndex" takes it.
    pub index: Map<String, Value>,
}

impl LogService {
    /// Makes what is not there of a logstore; what is there stays as it is.
    pub async fn provide(&self, wanted: &Wanted) -> Result<(), Fault> {
        if !names::is_project(&wanted.project)
            || !names::is_logstore(&wanted.logstore)
            || !(1..=MAX_TTL_DAYS).contains(&wanted.ttl_days)
        {
            return Err(codes::PARAMETER_INVALID.says("The names or the days of the logstore are not valid."));
        }
        self.provide_project(wanted).await?;
        let properties = Properties { ttl: wanted.ttl_days, ..Properties::default() };
        let new = new_row(&wanted.project, wanted.logstore.clone(), properties);
        match insert(self, &new, 1).await {
            Err(fault) if fault.code == codes::LOGSTORE_EXISTS => {}
            outcome => outcome?,
        }
        self.logstores.forget();
        let known = self.logstores.get(&self.database, &wanted.project, &wanted.logstore).await?;
        keep(self, &known).await?;
        if known.index.is_none() {
            let index_json = Value::Object(checked(wanted.index.clone())?).to_string();
            let mut transaction = self.database.begin().await?;
            let now_s = now_ms().div_euclid(1_000);
            logstore::set_index(&mut transaction, &known.row.id, Some(&index_json), now_s).await?;
            transaction.commit().await?;
            self.logstores.forget();
        }
        Ok(())
    }

    async fn provide_project(&self, wanted: &Wanted) -> Result<(), Fault> {
        let mut transaction = self.database.begin().await?;
        if let Some(known) = project::find(&mut transaction, &wanted.project).await? {
            let is_own = known.account_id == wanted.account_id;
            return if is_own { Ok(()) } else { Err(codes::PROJECT_FORBIDDEN.fault()) };
        }
        let now_s = now_ms().div_euclid(1_000);
        let new = Project {
            name: wanted.project.clone(),
            account_id: wanted.account_id.clone(),
            region: if wanted.region.is_empty() { self.settings.default_region.clone() } else { wanted.region.clone() },
            properties: project::Properties { data_redundancy_type: "LRS".to_owned(), ..Default::default() },
            created_s: now_s,
            modified_s: now_s,
        };
        project::insert(&mut transaction, &new).await?;
        transaction.commit().await?;
        Ok(())
    }
}
