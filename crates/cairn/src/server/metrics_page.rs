//! `/metrics`: the call counters, and what journal, index and store say of themselves, in Prometheus text.

use std::fmt::{Result, Write};

use ::delivery::{DeliveryGauge, Health};
use journal::{Journal, JournalStats, SYNC_BUCKET_BOUNDS_MICROS};
use objects::ObjectStorageStats;
use store::write::MaintenanceCounters;

use super::Parts;

/// Content type of the page.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(super) fn render(parts: &Parts) -> std::result::Result<String, std::fmt::Error> {
    let mut page = String::new();
    let journal = parts.journal.stats();
    let store = parts.store.stats();
    let memory = store.memory;
    for (name, help, value) in [
        ("journal_durable_records", "Records that are durable", parts.journal.durable_count()),
        ("journal_files", "Files of the journal", journal.files as u64),
        ("journal_file_bytes", "Bytes of the journal's files", journal.file_bytes),
        ("journal_queued_bytes", "Bytes that wait to be written", journal.queued_bytes as u64),
        ("journal_free_disk_bytes", "Free bytes on the journal's disk", journal.free_disk_bytes),
        (
            "journal_refuses_records",
            "1 while no call is taken: the disk is full or nearly, or the journal has stopped; the log says which",
            u64::from(parts.journal.ready().is_err()),
        ),
        ("index_behind_records", "Durable events that lookups do not find yet", parts.indexer.behind()),
        (
            "key_use_behind_records",
            "Durable records that the use of access keys does not count yet",
            parts.key_use.behind(),
        ),
        (
            "bucket_clock_ahead_seconds",
            "Seconds by which the time of buckets, which never goes back, is ahead of the system's clock",
            parts.buckets.clock_ahead_s(),
        ),
        ("store_events", "Events in memory", memory.rows),
        ("store_payload_bytes", "Bytes of the events in memory", memory.payload_bytes),
        ("store_index_bytes", "Bytes of the index over them", memory.index_bytes),
        ("store_sealed_parts", "Memory parts that wait to become segments", store.sealed_parts),
        ("store_segments", "Segments", store.segments),
        ("store_segment_events", "Events in segments", store.segment_rows),
        ("store_segment_payload_bytes", "Bytes of the events in segments before compression", store.segment_raw_bytes),
        ("store_segment_file_bytes", "Bytes of the segments' files", store.segment_file_bytes),
    ] {
        gauge(&mut page, name, help, value)?;
    }
    if let Some(objects) = &parts.objects {
        object_storage(&mut page, &objects.stats())?;
    }
    for (name, help, value) in [
        ("store_flushed_parts", "Memory parts that became segments since the start", store.flushed_parts),
        ("store_flush_failures", "Attempts at that which failed and are repeated", store.flush_failures),
    ] {
        counter(&mut page, name, help, value)?;
    }
    deliveries(&mut page, &parts.deliveries.gauges())?;
    maintenance(&mut page, &store.maintenance)?;
    positions(&mut page, parts)?;
    syncs(&mut page, &journal)?;
    parts.metrics.write_to(&mut page)?;
    Ok(page)
}

fn gauge(page: &mut String, name: &str, help: &str, value: u64) -> Result {
    head(page, name, help, "gauge")?;
    writeln!(page, "cairn_{name} {value}")
}

fn counter(page: &mut String, name: &str, help: &str, value: u64) -> Result {
    head(page, name, help, "counter")?;
    writeln!(page, "cairn_{name}_total {value}")
}

/// What a gauge or a counter shows of a delivery.
type Shown = fn(&Health) -> u64;

fn deliveries(page: &mut String, gauges: &[DeliveryGauge]) -> Result {
    let shown: [(&str, &str, &str, Shown); 7] = [
        ("delivery_lag_events", "Events that wait to be delivered", "gauge", |health| health.lag_events),
        ("delivery_lag_seconds", "Age of the oldest of them", "gauge", Health::lag_s),
        ("delivery_expired_events", "Events that expired before they were delivered", "gauge", |health| health.expired),
        ("delivery_failing", "1 when the last attempt failed", "gauge", |health| u64::from(!health.error.is_empty())),
        ("delivery_events_total", "Events delivered since the start", "counter", |health| health.events),
        ("delivery_bytes_total", "Bytes of them", "counter", |health| health.bytes),
        ("delivery_failures_total", "Failed attempts since the start", "counter", |health| health.failures),
    ];
    for (name, help, kind, value) in shown {
        head(page, name.trim_end_matches("_total"), help, kind)?;
        for gauge in gauges {
            let DeliveryGauge { account_id, trail, kind, health } = gauge;
            let labels = format!("account=\"{account_id}\",trail=\"{trail}\",destination=\"{kind}\"");
            writeln!(page, "cairn_{name}{{{labels}}} {}", value(health))?;
        }
    }
    Ok(())
}

fn maintenance(page: &mut String, done: &MaintenanceCounters) -> Result {
    let name = "store_set_aside_segments";
    gauge(page, name, "Segments that cannot be written again, run `cairn store check`", done.set_aside_segments)?;
    for (name, help, value) in [
        ("store_compactions", "Times that small segments were joined since the start", done.compactions),
        ("store_compacted_segments", "Segments that were joined", done.compacted_segments),
        ("store_compacted_events", "Events in them", done.compacted_rows),
        ("store_recompressed_segments", "Segments that were compressed again", done.recompressed_segments),
        ("store_recompression_saved_bytes", "Bytes by which they became smaller", done.recompression_saved_bytes),
        ("store_filters", "Filters over many segments that were made", done.filters),
        ("store_removed_segments", "Segments whose files were removed", done.removed_segments),
        ("store_maintenance_failures", "Attempts at any of that which failed and are repeated", done.failures),
    ] {
        counter(page, name, help, value)?;
    }
    Ok(())
}

fn object_storage(page: &mut String, stats: &ObjectStorageStats) -> Result {
    gauge(page, "store_cache_bytes", "Bytes of the cache of objects", stats.cache_bytes)?;
    for (name, help, value) in [
        ("store_cache_hits", "Reads of a block that the cache of objects answered", stats.cache_hits),
        ("store_cache_misses", "Blocks that were fetched from the object storage", stats.cache_misses),
        ("object_storage_fetched_bytes", "Bytes that were fetched from the object storage", stats.fetched_bytes),
        ("object_storage_put_bytes", "Bytes that were put into the object storage", stats.put_bytes),
        ("object_storage_failures", "Calls of the object storage that failed after all repetitions", stats.failures),
    ] {
        counter(page, name, help, value)?;
    }
    Ok(())
}

fn positions(page: &mut String, parts: &Parts) -> Result {
    head(page, "journal_position", "Last position of a stream", "gauge")?;
    for (stream, _, last) in parts.journal.streams() {
        // Stream names have neither quotes nor backslashes.
        writeln!(page, "cairn_journal_position{{stream=\"{}\"}} {last}", stream.as_str())?;
    }
    Ok(())
}

fn syncs(page: &mut String, journal: &JournalStats) -> Result {
    let name = "journal_sync_seconds";
    head(page, name, "Time of one sync of a group of records", "histogram")?;
    let mut below = 0;
    for (bound_micros, count) in SYNC_BUCKET_BOUNDS_MICROS.iter().zip(journal.sync_counts) {
        below += count;
        writeln!(page, "cairn_{name}_bucket{{le=\"{}\"}} {below}", *bound_micros as f64 / 1e6)?;
    }
    let count: u64 = journal.sync_counts.iter().sum();
    writeln!(page, "cairn_{name}_bucket{{le=\"+Inf\"}} {count}")?;
    writeln!(page, "cairn_{name}_sum {}", journal.total_sync_micros as f64 / 1e6)?;
    writeln!(page, "cairn_{name}_count {count}")
}

fn head(page: &mut String, name: &str, help: &str, kind: &str) -> Result {
    writeln!(page, "# HELP cairn_{name} {help}.")?;
    writeln!(page, "# TYPE cairn_{name} {kind}")
}
