//! What this process uses: memory while something runs, and the time on a core of its threads.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Between two looks at the memory.
const PAUSE: Duration = Duration::from_millis(10);

/// Anonymous memory in bytes: what files do not back.
pub fn anonymous_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = status.lines().find_map(|line| line.strip_prefix("RssAnon:")?.trim().strip_suffix(" kB")?.parse().ok());
    kib.unwrap_or(0_u64) * 1_024
}

/// Watches the memory until it is asked for the peak.
pub struct PeakMemory {
    peak: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl PeakMemory {
    /// Begins.
    pub fn watch() -> std::io::Result<PeakMemory> {
        let (peak, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let thread = std::thread::Builder::new().name("memory".to_owned()).spawn({
            let (peak, stop) = (peak.clone(), stop.clone());
            move || {
                while !stop.load(Ordering::Relaxed) {
                    peak.fetch_max(anonymous_bytes(), Ordering::Relaxed);
                    std::thread::park_timeout(PAUSE);
                }
            }
        })?;
        Ok(PeakMemory { peak, stop, thread: Some(thread) })
    }

    /// Ends; the highest figure in bytes.
    pub fn peak_bytes(mut self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A watcher that panicked has said so itself.
            let _ = thread.join();
        }
        self.peak.load(Ordering::Relaxed)
    }
}

/// Time on a core of all threads that live, by name.
pub fn core_times() -> BTreeMap<String, Duration> {
    let mut times: BTreeMap<String, Duration> = BTreeMap::new();
    for task in std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
        let read = |file: &str| std::fs::read_to_string(task.path().join(file)).unwrap_or_default();
        let on_core_ns = read("schedstat").split_whitespace().next().and_then(|text| text.parse().ok()).unwrap_or(0);
        *times.entry(read("comm").trim().to_owned()).or_default() += Duration::from_nanos(on_core_ns);
    }
    times
}
