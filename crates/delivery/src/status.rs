//! How deliveries go, for people and for gauges.

use std::collections::{BTreeMap, BTreeSet};

use audit::trail::{DataStatus, DeliveryBook, DestinationStatus, ProgressFuture, Trail, TrailDelivery, VerifyFuture};
use openapi::clock::now_ms;

use crate::context::live_id;
use crate::destination::Kind;
use crate::engine::Deliveries;
use crate::failure::Failure;
use crate::history;

/// How a delivery goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// Its trail.
    pub trail_id: String,
    /// Last success, Unix milliseconds; 0 for none.
    pub delivered_ms: i64,
    /// Why the last attempt failed; empty after a success.
    pub error: String,
    /// The region whose project failed then, of a delivery to several.
    pub failed_region: Option<String>,
    /// Events that wait.
    pub lag_events: u64,
    /// When the oldest of them was journaled, Unix milliseconds.
    pub oldest_ms: Option<i64>,
    /// Events that were not delivered before their retention was over.
    pub expired: u64,
    /// The trail whose every wish it has a piece for; none before it has looked.
    pub followed: Option<Followed>,
    /// Events delivered since the start.
    pub events: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Batches delivered since the start.
    pub batches: u64,
    /// Failed attempts since the start.
    pub failures: u64,
    /// Of a history job, and of data events: regions whose events were delivered since the start.
    pub regions: BTreeSet<String>,
}

impl Health {
    /// Age of the oldest event that waits, seconds.
    pub fn lag_s(&self) -> u64 {
        let age_ms = self.oldest_ms.map_or(0, |oldest_ms| now_ms().saturating_sub(oldest_ms));
        u64::try_from(age_ms / 1_000).unwrap_or_default()
    }
}

/// How a trail was when a delivery took it up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Followed {
    /// Its last span.
    pub span: u64,
    /// Its last span of data events.
    pub data_span: u64,
    /// Streams that belong to it.
    pub streams: usize,
}

impl Followed {
    pub(crate) fn of(trail: &Trail, streams: usize) -> Followed {
        Followed { span: trail.last_span, data_span: trail.last_data_span, streams }
    }
}

/// One delivery in the metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryGauge {
    /// Account of the trail.
    pub account_id: String,
    /// Trail.
    pub trail: String,
    /// `bucket`, `logstore` or `data`.
    pub kind: &'static str,
    /// How it goes.
    pub health: Health,
}

impl Deliveries {
    /// Every live delivery.
    pub fn gauges(&self) -> Vec<DeliveryGauge> {
        let health = self.context.health.lock();
        let mut gauges = BTreeMap::new();
        for trail in self.context.book.trails().iter() {
            for kind in Kind::ALL {
                let target = kind.target(trail);
                if let Some(health) = target.and_then(|target| health.get(&live_id(&trail.id, &target))) {
                    let gauge = DeliveryGauge {
                        account_id: trail.account_id.clone(),
                        trail: trail.name.clone(),
                        kind: kind.as_str(),
                        health: health.clone(),
                    };
                    gauges.insert((trail.account_id.clone(), trail.name.clone(), kind), gauge);
                }
            }
        }
        gauges.into_values().collect()
    }

    fn destination_status(&self, trail: &Trail, kind: Kind) -> DestinationStatus {
        let target = kind.target(trail);
        let health = self.context.health.lock();
        let known = target.and_then(|target| health.get(&live_id(&trail.id, &target)));
        known.map_or_else(DestinationStatus::default, |health| DestinationStatus {
            latest_delivery_ms: Some(health.delivered_ms).filter(|delivered_ms| *delivered_ms > 0),
            latest_error: Some(health.error.clone()).filter(|error| !error.is_empty()),
            lag_events: Some(health.lag_events),
            lag_s: Some(health.lag_s()),
            expired_events: Some(health.expired),
        })
    }
}

impl Deliveries {
    fn data_status(&self, trail: &Trail) -> DataStatus {
        let status = self.destination_status(trail, Kind::Data);
        let health = self.context.health.lock();
        let known = Kind::Data.target(trail).and_then(|target| health.get(&live_id(&trail.id, &target)));
        let (failed_region, delivered_regions) =
            known.map(|health| (health.failed_region.clone(), health.regions.clone())).unwrap_or_default();
        DataStatus { status, failed_region, delivered_regions }
    }
}

impl DeliveryBook for Deliveries {
    fn status(&self, trail: &Trail) -> TrailDelivery {
        TrailDelivery {
            bucket: self.destination_status(trail, Kind::Bucket),
            logs: self.destination_status(trail, Kind::Logs),
            data: self.data_status(trail),
        }
    }

    fn job_progress<'a>(&'a self, trail_id: &'a str, job_id: i64) -> ProgressFuture<'a> {
        Box::pin(async move {
            let progress = history::progress(&self.context, trail_id, job_id).await;
            progress.inspect_err(|failure| tracing::warn!(job_id, %failure, "the progress of a job is not known")).ok()
        })
    }

    fn verify<'a>(&'a self, trail: &'a Trail) -> VerifyFuture<'a> {
        Box::pin(async move {
            let mut stop = self.stop.subscribe();
            let comparing = async {
                let _place = self.comparisons.acquire().await.map_err(|error| Failure::new(error.to_string()))?;
                self.compare(trail).await
            };
            // Millions of events take minutes, for which a stop does not wait.
            let stopped = async { stop.wait_for(|is_stopped| *is_stopped).await.is_ok() };
            let reports = tokio::select! {
                reports = comparing => reports.map_err(|failure| failure.to_string())?,
                _ = stopped => return Err("the server stops; ask again when it runs".to_owned()),
            };
            serde_json::to_value(reports).map_err(|error| error.to_string())
        })
    }
}
