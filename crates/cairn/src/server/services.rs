//! The services of the server, each opened over what all of them stand on.

use std::sync::Arc;

use ::bucket::BucketService;
use ::delivery::Deliveries;
use ::logstore::LogService;
use audit::trail::history::HistoryBook;
use audit::trail::{Organization, TrailBook};
use audit::{ActionTrail, AuditRecorder, DataEventService, Indexer, KeyUse, LookupSettings};
use callcenter::recording::Recordings;
use callcenter::{CallCenter, LoginKey};
use database::Database;
use identity::Identity;
use journal::FileJournal;
use sms::Report;
use store::Store;
use tokio::sync::mpsc;

use super::ram_users::RamDirectory;
use super::{StartError, delivery, logstore, recordings, workbench};
use crate::config::Config;
use crate::data_folder::DataFolder;
use crate::object_files;

/// What every service stands on.
pub(super) struct Base<'a> {
    pub(super) config: &'a Config,
    pub(super) folder: &'a DataFolder,
    pub(super) database: Database,
    pub(super) identity: Arc<Identity>,
    pub(super) journal: Arc<FileJournal>,
    pub(super) store: Arc<Store>,
    pub(super) indexer: Arc<Indexer>,
    pub(super) recorder: Arc<AuditRecorder>,
    pub(super) trails: Arc<TrailBook>,
}

/// Buckets and their objects.
pub(super) async fn open_buckets(base: &Base<'_>) -> Result<Arc<BucketService>, StartError> {
    let Base { config, folder, .. } = base;
    let hosts = config.bucket.hosts().map_err(StartError::BucketHosts)?;
    let settings =
        ::bucket::Settings { default_region: config.default_region.clone(), hosts, link_key: folder.link_key()? };
    let runtime = tokio::runtime::Handle::current();
    let objects = object_files::open(config, folder.path(), &folder.objects(), &runtime);
    let objects = objects.map_err(StartError::Objects)?;
    let (identity, recorder) = (base.identity.clone(), base.recorder.clone());
    let buckets = BucketService::open(base.database.clone(), objects, identity, recorder, settings).await?;
    Ok(Arc::new(buckets))
}

/// The call centre, its recordings in buckets; beside it, what becomes of short messages.
pub(super) async fn open_call_center(
    base: &Base<'_>,
    buckets: &Arc<BucketService>,
) -> Result<(Arc<CallCenter>, mpsc::Receiver<Report>), StartError> {
    let Base { config, folder, .. } = base;
    let recordings =
        Recordings { bucket: Arc::new(recordings::InBuckets::new(buckets.clone())), import_folder: folder.import()? };
    let short_messages = config.sms.connect().map_err(StartError::ShortMessages)?;
    let directory = Arc::new(RamDirectory::new(base.identity.clone()));
    let call_center = CallCenter::open(base.database.clone(), directory)
        .await?
        .with_login_key(LoginKey::new(folder.login_token_key()?))
        .with_workbench(workbench::settings(&config.workbench)?)
        .with_short_messages(short_messages.provider)
        .with_recordings(recordings)
        .with_regions(config.regions()?);
    let call_center = Arc::new(call_center);
    recordings::take_over(&folder.buckets(), &call_center, buckets).await?;
    Ok((call_center, short_messages.reports))
}

/// Projects and logstores.
pub(super) async fn open_logs(base: &Base<'_>) -> Result<LogService, StartError> {
    let surroundings = ::logstore::Surroundings {
        database: base.database.clone(),
        journal: base.journal.clone(),
        store: base.store.clone(),
        index: Arc::new(logstore::Index(base.indexer.clone())),
        directory: base.identity.clone(),
        recorder: base.recorder.clone(),
    };
    let settings = ::logstore::Settings {
        default_region: base.config.default_region.clone(),
        endpoints: base.config.logstore.endpoints.clone(),
    };
    Ok(LogService::open(surroundings, settings).await?)
}

/// ActionTrail, and the deliveries of its trails.
pub(super) async fn open_trails(
    base: &Base<'_>,
    buckets: &Arc<BucketService>,
    logs: &Arc<LogService>,
    key_use: Arc<KeyUse>,
) -> Result<(ActionTrail, Arc<Deliveries>), StartError> {
    let trails = base.trails.clone();
    let history = Arc::new(HistoryBook::open(&base.database).await?);
    let (deliveries, destinations) = delivery::start(base, buckets, logs, &trails, &history).await?;
    let surroundings = audit::Surroundings {
        store: base.store.clone(),
        indexer: base.indexer.clone(),
        journal: base.journal.clone(),
        trails,
        history,
        delivery: deliveries.clone(),
        destinations,
        key_use,
    };
    let settings = LookupSettings {
        any_attributes: base.config.lookup.any_attributes,
        regions: vec![base.config.default_region.clone()],
        organization: organization(&base.identity),
        data_event_services: data_event_services(),
    };
    Ok((ActionTrail::new(surroundings, settings, base.folder.page_token_key()?), deliveries))
}

/// What makes data events, by name.
fn data_event_services() -> Vec<DataEventService> {
    let calls = callcenter::OPERATIONS.iter().flat_map(|family| family.iter());
    let calls = calls.filter(|operation| operation.spec.is_data).map(|operation| operation.spec.name);
    vec![
        DataEventService::new(callcenter::PRODUCT.service_name, calls.collect()),
        DataEventService { has_more_in_cloud: true, ..DataEventService::new("Oss", ::bucket::data_event_names()) },
        DataEventService::new("Sls", ::logstore::data_event_names()),
    ]
}

/// All accounts of the server, managed by the one that it began with.
fn organization(identity: &Identity) -> Organization {
    let management_account_id = identity.first_account_id().unwrap_or_default();
    Organization { id: format!("rd-{management_account_id}"), management_account_id }
}
