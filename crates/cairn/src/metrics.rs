//! What `/metrics` shows, in Prometheus text. These are the counters of calls; the page is put
//! together in `server/metrics_page.rs`.

use std::time::Duration;

use openapi::CallLabel;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Upper bounds of the latency buckets, seconds.
const LATENCY_BUCKETS_S: [f64; 12] = [0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    product: String,
    operation: String,
    code: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabel {
    code: String,
}

/// Counters of calls.
pub struct Metrics {
    registry: Registry,
    calls: Family<CallLabels, Counter>,
    rejected: Family<CodeLabel, Counter>,
    latency: Histogram,
    connections: Gauge,
}

impl Metrics {
    /// Registers everything.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("cairn");
        let calls = Family::<CallLabels, Counter>::default();
        let rejected = Family::<CodeLabel, Counter>::default();
        let latency = Histogram::new(LATENCY_BUCKETS_S);
        let connections = Gauge::default();
        registry.register("calls", "Calls of known accounts by product, operation and answered code", calls.clone());
        registry.register("rejected_calls", "Calls that failed authentication, by answered code", rejected.clone());
        registry.register("call_latency_seconds", "Time from a request's last byte to its answer", latency.clone());
        registry.register("connections", "Open connections", connections.clone());
        Self { registry, calls, rejected, latency, connections }
    }

    /// Counts one answered call.
    pub fn count(&self, label: &CallLabel, took: Duration) {
        self.latency.observe(took.as_secs_f64());
        if label.rejected {
            self.rejected.get_or_create(&CodeLabel { code: label.code.clone() }).inc();
            return;
        }
        let labels = CallLabels {
            product: label.product.to_owned(),
            operation: label.operation.to_owned(),
            code: label.code.clone(),
        };
        self.calls.get_or_create(&labels).inc();
    }

    /// Open connections.
    pub fn connections(&self) -> &Gauge {
        &self.connections
    }

    /// Appends the counters to a page, with the end mark of the format.
    pub fn write_to(&self, page: &mut String) -> std::fmt::Result {
        prometheus_client::encoding::text::encode(page, &self.registry)
    }
}
