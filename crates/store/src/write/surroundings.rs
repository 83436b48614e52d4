//! What a store knows of the world: the time, and whether anybody needs the machine.

use std::fmt::Debug;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::{SystemTime, UNIX_EPOCH};

/// Time and load, which tests set.
pub trait Surroundings: Debug + Send + Sync {
    /// Unix seconds.
    fn unix_s(&self) -> i64;

    /// Threads that run or want to, for each core; nothing where that is not known.
    fn load_per_core(&self) -> Option<f64>;
}

/// The machine.
#[derive(Debug)]
pub struct System;

impl Surroundings for System {
    fn unix_s(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, |since| since.as_secs() as i64)
    }

    /// The mean of the last minute, where the system is Linux.
    fn load_per_core(&self) -> Option<f64> {
        let mut text = [0; 64];
        let len = File::open("/proc/loadavg").and_then(|file| file.read_at(&mut text, 0)).ok()?;
        let load: f64 = std::str::from_utf8(&text[..len]).ok()?.split(' ').next()?.parse().ok()?;
        let cores = std::thread::available_parallelism().ok()?;
        Some(load / cores.get() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn the_machine_tells_time_and_load() {
        assert!(System.unix_s() > 1_700_000_000);
        assert!(System.load_per_core().is_some_and(|load| (0.0..10_000.0).contains(&load)));
    }
}
