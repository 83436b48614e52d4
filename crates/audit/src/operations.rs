//! The table of ActionTrail 2020-07-06, in families.

use std::sync::Arc;

use database::Database;
use journal::Journal;
use openapi::{
    ApiError, Envelope, InvalidValue, Operation, OperationSpec, Parameter, Product, joined_codes, missing_parameter,
};
use store::Store;
use tokio::sync::Semaphore;

use crate::data_events::DataEventService;
use crate::indexer::Indexer;
use crate::key_use::KeyUse;
use crate::limits::{MAX_ATTRIBUTES, MAX_SEARCHES};
use crate::lookup::token::TokenKey;
use crate::sql::SqlEngine;
use crate::trail::history::HistoryBook;
use crate::trail::{DeliveryBook, Destinations, Organization, TrailBook};
use crate::{
    account_settings, counters, data_events, describe_regions, insights, key_use, life_cycle, lookup, retention,
    saved_queries, scenes, trail,
};

/// ActionTrail on the wire.
pub const PRODUCT: Product = Product {
    code: "Actiontrail",
    service_name: "Actiontrail",
    ram_code: "actiontrail",
    versions: &["2020-07-06"],
    is_global: false,
    envelope: Envelope::Plain,
    missing: missing_parameter,
    invalid: invalid_query_parameter,
};

const LOOKUP_ATTRIBUTE: &[Parameter] = &[Parameter::text("Key"), Parameter::text("Value")];

/// Errors of lookups in every version.
pub(crate) const LOOKUP_ERRORS: &[&str] = &[
    "InvalidQueryParameter",
    "InvalidParameterCombination",
    "InvalidParameterStartTime",
    "InvalidParameterEndTime",
    "InvalidParameterDateOutOfRange",
    "InvalidParameterStartTimeExceedsCurrent",
    "InvalidParameterStartTimeOutOfDate",
    "InvalidNextToken",
    "ServiceUnavailable",
];

/// All operations, one table a family.
pub static OPERATIONS: [&[Operation<ActionTrail>]; 12] = [
    EVENTS,
    trail::OPERATIONS,
    trail::history::OPERATIONS,
    saved_queries::HISTORY_OPERATIONS,
    saved_queries::TEMPLATE_OPERATIONS,
    account_settings::OPERATIONS,
    data_events::OPERATIONS,
    insights::OPERATIONS,
    counters::OPERATIONS,
    scenes::OPERATIONS,
    life_cycle::OPERATIONS,
    key_use::OPERATIONS,
];

/// Events, and what keeps them.
static EVENTS: &[Operation<ActionTrail>] = &[
    Operation {
        spec: OperationSpec::read("LookupEvents")
            .takes(&[
                Parameter::text("StartTime"),
                Parameter::text("EndTime"),
                Parameter::integer("MaxResults", 1, crate::limits::MAX_PAGE),
                Parameter::text_of("NextToken", 0, crate::limits::MAX_TOKEN_BYTES),
                Parameter::one_of("Direction", &["FORWARD", "BACKWARD"]),
                Parameter::structures("LookupAttribute", LOOKUP_ATTRIBUTE, MAX_ATTRIBUTES),
            ])
            .answers(&["StartTime", "EndTime", "NextToken", "Events"])
            .fails_with(&joined_codes::<{ LOOKUP_ERRORS.len() + 2 }>(
                LOOKUP_ERRORS,
                &["InvalidLookupAttributesException", "LookupEventsParameterError"],
            ))
            .vendor_limit(2),
        handler: |trail, call| Box::pin(lookup::lookup_events(trail, call)),
    },
    // Cairn's own: the cloud searches in its log service.
    Operation {
        spec: OperationSpec::read("SearchEvents")
            .console_operation()
            .takes(&[
                Parameter::text_of("Query", 0, store::limits::MAX_SEARCH_BYTES),
                Parameter::one_of("EventCategory", &["Management", "Data"]),
                Parameter::text("StartTime"),
                Parameter::text("EndTime"),
                Parameter::integer("MaxResults", 1, crate::limits::MAX_PAGE),
                Parameter::text_of("NextToken", 0, crate::limits::MAX_TOKEN_BYTES),
                Parameter::one_of("Direction", &["FORWARD", "BACKWARD"]),
            ])
            .answers(&["StartTime", "EndTime", "NextToken", "Events", "Complete", "StoppedBy", "SearchedUntil"])
            .fails_with(&[
                "InvalidQuery",
                "InvalidQueryParameter",
                "InvalidParameterCombination",
                "InvalidParameterStartTime",
                "InvalidParameterEndTime",
                "InvalidParameterStartTimeExceedsCurrent",
                "InvalidParameterStartTimeOutOfDate",
                "InvalidNextToken",
                "ClientClosedRequest",
                "ServiceUnavailable",
            ]),
        handler: |trail, call| Box::pin(lookup::search_events(trail, call)),
    },
    Operation {
        spec: OperationSpec::read("ExecuteSql")
            .console_operation()
            .takes(&[
                Parameter::text_of("Sql", 1, crate::limits::MAX_SQL_BYTES).required(),
                Parameter::integer("MaxRows", 1, crate::limits::MAX_SQL_ROWS),
            ])
            .answers(&["Columns", "RowCount", "Rows", "Complete", "TruncatedBy"])
            .fails_with(&[
                "InvalidSql",
                "SqlLimitExceeded",
                "UnsupportedOperation",
                "InvalidQueryParameter",
                "ServiceUnavailable",
            ]),
        handler: |trail, call| Box::pin(crate::sql::execute_sql(trail, call)),
    },
    Operation {
        spec: retention::PLACE_SPEC,
        handler: |trail, call| Box::pin(retention::place_legal_hold(trail, call)),
    },
    Operation {
        spec: retention::RELEASE_SPEC,
        handler: |trail, call| Box::pin(retention::release_legal_hold(trail, call)),
    },
    Operation { spec: retention::LIST_SPEC, handler: |trail, call| Box::pin(retention::list_legal_holds(trail, call)) },
    Operation {
        spec: retention::GET_SPEC,
        handler: |trail, call| Box::pin(retention::get_event_retention(trail, call)),
    },
    Operation {
        spec: retention::SET_SPEC,
        handler: |trail, call| Box::pin(retention::set_event_retention(trail, call)),
    },
    Operation {
        spec: describe_regions::SPEC,
        handler: |trail, call| Box::pin(describe_regions::describe_regions(trail, call)),
    },
];

fn invalid_query_parameter(value: &InvalidValue<'_>) -> ApiError {
    ApiError::bad_request(
        "InvalidQueryParameter",
        format!("The specified parameter \"{}\" is not valid: {}.", value.parameter, value.expected),
    )
}

/// `InvalidQueryParameter`, from a handler.
pub(crate) fn invalid(parameter: &str, expected: &str) -> ApiError {
    ApiError::bad_request(
        "InvalidQueryParameter",
        format!("The specified parameter \"{parameter}\" is not valid: {expected}."),
    )
}

/// What is configured.
#[derive(Debug, Clone, Default)]
pub struct LookupSettings {
    /// Any number and combination of attributes, where the cloud allows certain pairs.
    pub any_attributes: bool,
    /// Regions that are listed.
    pub regions: Vec<String>,
    /// The accounts of the server as an organisation.
    pub organization: Organization,
    /// What makes data events, by name.
    pub data_event_services: Vec<DataEventService>,
}

/// What the operations work on.
pub struct Surroundings {
    /// Where events are found.
    pub store: Arc<Store>,
    /// How far it is.
    pub indexer: Arc<Indexer>,
    /// Where they are durable.
    pub journal: Arc<dyn Journal>,
    /// The trails.
    pub trails: Arc<TrailBook>,
    /// Deliveries of earlier events.
    pub history: Arc<HistoryBook>,
    /// How deliveries go.
    pub delivery: Arc<dyn DeliveryBook>,
    /// What can be a destination.
    pub destinations: Arc<dyn Destinations>,
    /// What keys were last used for.
    pub key_use: Arc<KeyUse>,
}

/// The state behind the operations.
pub struct ActionTrail {
    pub(crate) store: Arc<Store>,
    pub(crate) indexer: Arc<Indexer>,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) trails: Arc<TrailBook>,
    pub(crate) history: Arc<HistoryBook>,
    pub(crate) delivery: Arc<dyn DeliveryBook>,
    pub(crate) destinations: Arc<dyn Destinations>,
    pub(crate) key_use: Arc<KeyUse>,
    pub(crate) settings: LookupSettings,
    pub(crate) token_key: TokenKey,
    /// Answers SQL, if the server was built with it.
    pub(crate) sql: Option<Arc<dyn SqlEngine>>,
    /// One permit for each search that may run.
    pub(crate) searches: Arc<Semaphore>,
}

impl ActionTrail {
    /// Joins the parts. The key signs page tokens and must survive a restart.
    pub fn new(surroundings: Surroundings, settings: LookupSettings, token_key: [u8; 32]) -> Self {
        let Surroundings { store, indexer, journal, trails, history, delivery, destinations, key_use } = surroundings;
        Self {
            store,
            indexer,
            journal,
            trails,
            history,
            delivery,
            destinations,
            key_use,
            settings,
            token_key: TokenKey::new(token_key),
            sql: None,
            searches: Arc::new(Semaphore::new(MAX_SEARCHES)),
        }
    }

    /// The same with SQL.
    pub fn with_sql(self, engine: Arc<dyn SqlEngine>) -> Self {
        Self { sql: Some(engine), ..self }
    }

    /// The control database.
    pub(crate) fn database(&self) -> &Database {
        self.trails.database()
    }
}
