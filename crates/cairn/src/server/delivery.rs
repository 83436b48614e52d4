//! The deliveries of trails: their destinations in this server, and the roles that they write with.

use std::sync::Arc;

use ::bucket::BucketService;
use ::delivery::destination::{ConfiguredPlaces, EmbeddedPlaces, Rights, Roles};
use ::delivery::{Deliveries, Settings, Surroundings};
use ::logstore::LogService;
use audit::trail::history::HistoryBook;
use audit::trail::{TrailBook, WriteRole};
use identity::{Identity, ServiceRoleFault};
use openapi::Caller;
use openapi::clock::now_ms;

use super::StartError;
use super::services::Base;

/// The service that roles trust.
const SERVICE: &str = "actiontrail.aliyuncs.com";

struct IdentityRoles(Arc<Identity>);

impl Roles for IdentityRoles {
    fn session(&self, role: &WriteRole) -> Result<Caller, String> {
        let session = self.0.service_session(&role.account_id, &role.name, SERVICE, now_ms().div_euclid(1_000));
        session.map_err(|fault: ServiceRoleFault| fault.to_string())
    }
}

/// Starts the deliveries; beside them, what looks at destinations before a trail gets them.
pub(super) async fn start(
    base: &Base<'_>,
    buckets: &Arc<BucketService>,
    logs: &Arc<LogService>,
    book: &Arc<TrailBook>,
    history: &Arc<HistoryBook>,
) -> Result<(Arc<Deliveries>, Arc<ConfiguredPlaces>), StartError> {
    let identity = &base.identity;
    let rights = Rights { roles: Arc::new(IdentityRoles(identity.clone())), directory: identity.clone() };
    let config = &base.config.delivery;
    let first_account_id = identity.first_account_id().unwrap_or_default();
    let places = Arc::new(ConfiguredPlaces {
        embedded: EmbeddedPlaces { buckets: buckets.clone(), logs: logs.clone(), rights },
        buckets: config.bucket_clients(&first_account_id).map_err(StartError::Delivery)?,
        s3_buckets: config.s3_clients(&first_account_id).map_err(StartError::Delivery)?,
        projects: config.log_clients(&first_account_id).map_err(StartError::Delivery)?,
    });
    let surroundings = Surroundings {
        database: base.database.clone(),
        journal: base.journal.clone(),
        store: base.store.clone(),
        book: book.clone(),
        history: history.clone(),
        places: places.clone(),
    };
    Ok((Deliveries::start(surroundings, Settings::default()).await?, places))
}
