//! The deliveries of trails: their destinations in this server, and the roles that they write with.

use std::sync::Arc;

use ::bucket::BucketService;
use ::delivery::destination::{ConfiguredPlaces, EmbeddedPlaces, Rights, Roles};
use ::delivery::{Deliveries, Settings, Surroundings};
use ::logstore::LogService;
use audit::trail::history::HistoryBook;
use audit::trail::{TrailBook, WriteRole};
use database::Database;
use identity::{Identity, ServiceRoleFault};
use journal::Journal;
use openapi::Caller;
use openapi::clock::now_ms;
use store::Store;

use super::StartError;
use crate::config::DeliveryConfig;

/// The service that roles trust.
const SERVICE: &str = "actiontrail.aliyuncs.com";

struct IdentityRoles(Arc<Identity>);

impl Roles for IdentityRoles {
    fn session(&self, role: &WriteRole) -> Result<Caller, String> {
        let session = self.0.service_session(&role.account_id, &role.name, SERVICE, now_ms().div_euclid(1_000));
        session.map_err(|fault: ServiceRoleFault| fault.to_string())
    }
}

/// The parts that deliveries stand on.
pub(super) struct Parts {
    pub(super) database: Database,
    pub(super) journal: Arc<dyn Journal>,
    pub(super) store: Arc<Store>,
    pub(super) identity: Arc<Identity>,
    pub(super) buckets: Arc<BucketService>,
    pub(super) logs: Arc<LogService>,
    pub(super) book: Arc<TrailBook>,
    pub(super) history: Arc<HistoryBook>,
}

/// Starts the deliveries; beside them, what looks at destinations before a trail gets them.
pub(super) async fn start(
    parts: Parts,
    config: &DeliveryConfig,
) -> Result<(Arc<Deliveries>, Arc<ConfiguredPlaces>), StartError> {
    let rights = Rights { roles: Arc::new(IdentityRoles(parts.identity.clone())), directory: parts.identity };
    let places = Arc::new(ConfiguredPlaces {
        embedded: EmbeddedPlaces { buckets: parts.buckets, logs: parts.logs, rights },
        buckets: config.bucket_clients().map_err(StartError::Delivery)?,
        projects: config.log_clients().map_err(StartError::Delivery)?,
    });
    let surroundings = Surroundings {
        database: parts.database,
        journal: parts.journal,
        store: parts.store,
        book: parts.book,
        history: parts.history,
        places: places.clone(),
    };
    Ok((Deliveries::start(surroundings, Settings::default()).await?, places))
}
