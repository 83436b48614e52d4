//! Takes the waits of the journal's writers apart: queue, write, sync, waking; and who waited for a core.

use std::time::{Duration, Instant};

use bench::percentile::{Times, ms};
use bench::report::Report;

use crate::traced::GroupTrace;

/// One append as its caller saw it. The journal had one stream, so positions are sequence numbers.
pub struct Wait {
    pub position: u64,
    pub began: Instant,
    pub ended: Instant,
}

/// The stages of a wait, in order.
const STAGES: [&str; 4] = ["queue", "write", "fdatasync", "waking"];
type Stages = [Duration; STAGES.len()];

/// Adds the rows.
pub fn report(report: &mut Report, waits: &[Wait], groups: &[GroupTrace]) {
    let mut taken_apart: Vec<(Duration, Stages)> =
        waits.iter().filter_map(|wait| stages(wait, groups).map(|stages| (wait.ended - wait.began, stages))).collect();
    taken_apart.sort_unstable_by_key(|(total, _)| *total);
    for (index, stage) in STAGES.iter().enumerate() {
        let times = Times::new(taken_apart.iter().map(|(_, stages)| stages[index]).collect());
        report.figure(&format!("of that: {stage}, p50 / p99"), format!("{} / {}", ms(times.p50()), ms(times.p99())));
    }
    let slowest = &taken_apart[taken_apart.len() - taken_apart.len() / 100..];
    report.figure("mean of the slowest 1 %: queue + write + fdatasync + waking", means(slowest));
    let of_groups = |filled: bool| {
        let groups = groups.iter().filter(|group| group.filled_ahead == filled);
        Times::new(groups.map(|group| group.synced - group.sync_began).collect())
    };
    for (what, times) in [("alone", of_groups(false)), ("with zeros written ahead", of_groups(true))] {
        let what = format!("the journal's fdatasync {what}, share of groups, p50 / p99");
        let share = times.count() as f64 / groups.len().max(1) as f64 * 100.0;
        report.figure(&what, format!("{share:.0} %, {} / {}", ms(times.p50()), ms(times.p99())));
    }
}

fn stages(wait: &Wait, groups: &[GroupTrace]) -> Option<Stages> {
    let group = groups.get(groups.partition_point(|group| group.next_sequence <= wait.position))?;
    Some([
        group.write_began.saturating_duration_since(wait.began),
        group.sync_began - group.write_began,
        group.synced - group.sync_began,
        wait.ended.saturating_duration_since(group.synced),
    ])
}

fn means(waits: &[(Duration, Stages)]) -> String {
    let count = u32::try_from(waits.len().max(1)).unwrap_or(u32::MAX);
    let mean = |index: usize| waits.iter().map(|(_, stages)| stages[index]).sum::<Duration>() / count;
    (0..STAGES.len()).map(|index| ms(mean(index))).collect::<Vec<_>>().join(" + ")
}

/// Time on a core, and time ready to run without one.
#[derive(Clone, Copy, Default)]
pub struct CoreTime {
    on_core: Duration,
    waiting: Duration,
}

/// Of the threads of this process whose name begins so, all together. Linux keeps it; elsewhere it stays zero.
pub fn core_time(thread_name: &str) -> CoreTime {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else { return CoreTime::default() };
    let mut total = CoreTime::default();
    for task in tasks.flatten() {
        let read = |file: &str| std::fs::read_to_string(task.path().join(file)).unwrap_or_default();
        if !read("comm").starts_with(thread_name) {
            continue;
        }
        let figures: Vec<u64> = read("schedstat").split_whitespace().filter_map(|text| text.parse().ok()).collect();
        if let [on_core_ns, waiting_ns, ..] = figures[..] {
            total.on_core += Duration::from_nanos(on_core_ns);
            total.waiting += Duration::from_nanos(waiting_ns);
        }
    }
    total
}

/// Adds the row of some threads over the time of a run.
pub fn report_cores(report: &mut Report, who: &str, before: CoreTime, after: CoreTime, run: Duration) {
    let share = |time: Duration| time.as_secs_f64() / run.as_secs_f64() * 100.0;
    let (on_core, waiting) = (share(after.on_core - before.on_core), share(after.waiting - before.waiting));
    let what = format!("{who}: on a core / ready but without one");
    report.figure(&what, format!("{on_core:.0} % / {waiting:.0} % of the time"));
}
