//! The deliveries of all trails: a task for each destination of each trail and of each history job.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use audit::EventSource;
use audit::trail::history::HistoryBook;
use audit::trail::{Trail, TrailBook, Trails};
use database::{Database, DatabaseError};
use journal::Journal;
use parking_lot::Mutex;
use store::Store;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

use crate::context::{Context, NoProbe, Probe, live_id};
use crate::destination::{Kind, Places};
use crate::failure::Failure;
use crate::hand_over::begin;
use crate::heads;
use crate::history;
use crate::limits::{COMPARISONS, FIRST_PAUSE_MS, LONGEST_PAUSE_MS, STOP_PATIENCE};
use crate::rows::Rows;
use crate::task::Task;

/// What deliveries stand on.
pub struct Surroundings {
    /// Cursors and batches.
    pub database: Database,
    /// Events.
    pub journal: Arc<dyn Journal>,
    /// Events that the journal has let go.
    pub store: Arc<Store>,
    /// Trails.
    pub book: Arc<TrailBook>,
    /// History jobs.
    pub history: Arc<HistoryBook>,
    /// Destinations.
    pub places: Arc<dyn Places>,
}

/// What can be set.
pub struct Settings {
    /// Longest pause after a failure, milliseconds.
    pub longest_pause_ms: u64,
    /// Looks at each step.
    pub probe: Arc<dyn Probe>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { longest_pause_ms: LONGEST_PAUSE_MS, probe: Arc::new(NoProbe) }
    }
}

/// All deliveries.
pub struct Deliveries {
    pub(crate) context: Arc<Context>,
    pub(crate) history: Arc<HistoryBook>,
    pub(crate) stop: watch::Sender<bool>,
    /// Places for comparisons.
    pub(crate) comparisons: Semaphore,
    tasks: Arc<Mutex<Tasks>>,
    followers: Mutex<Vec<JoinHandle<()>>>,
}

/// The tasks that run, by the ids of their deliveries.
#[derive(Default)]
pub(crate) struct Tasks {
    running: HashMap<String, Running>,
}

struct Running {
    task: JoinHandle<()>,
    stop: watch::Sender<bool>,
}

impl Tasks {
    /// Starts a task, unless it runs.
    pub(crate) fn start(&mut self, task: Task) {
        let id = task.id.clone();
        if self.is_running(&id) {
            return;
        }
        let (stop, stopped) = watch::channel(false);
        self.running.insert(id, Running { task: tokio::spawn(task.run(stopped)), stop });
    }

    pub(crate) fn is_running(&self, id: &str) -> bool {
        self.running.get(id).is_some_and(|running| !running.task.is_finished())
    }

    /// Ends a task: what it is writing is waited for a moment.
    pub(crate) async fn end_and_wait(tasks: &Mutex<Tasks>, id: &str) {
        let ended = tasks.lock().end(id);
        if let Some(task) = ended {
            let abort = task.abort_handle();
            if tokio::time::timeout(STOP_PATIENCE, task).await.is_err() {
                abort.abort();
            }
        }
    }

    /// Tells a task to end; the task, to be waited for.
    fn end(&mut self, id: &str) -> Option<JoinHandle<()>> {
        let running = self.running.remove(id)?;
        running.stop.send_replace(true);
        Some(running.task)
    }

    fn end_all(&mut self) -> Vec<JoinHandle<()>> {
        let ids: Vec<String> = self.running.keys().cloned().collect();
        ids.iter().filter_map(|id| self.end(id)).collect()
    }
}

impl Deliveries {
    /// Starts what trails want.
    pub async fn start(parts: Surroundings, settings: Settings) -> Result<Arc<Deliveries>, DatabaseError> {
        let rows = Rows::open(&parts.database).await?;
        let source = EventSource::new(parts.journal, parts.store);
        let (sender, heads) = watch::channel(source.event_streams());
        let context = Arc::new(Context {
            rows,
            source: source.clone(),
            places: parts.places,
            book: parts.book,
            heads,
            health: Mutex::default(),
            longest_pause_ms: settings.longest_pause_ms,
            probe: settings.probe,
        });
        // Whoever asks first after a start is told what waits.
        for (trail, kind, target) in wanted(&context.book.trails()) {
            let id = live_id(&trail.id, &target);
            Task::new(context.clone(), id, trail.id.clone(), kind, target).show().await;
        }
        let deliveries = Arc::new(Deliveries {
            context,
            history: parts.history,
            stop: watch::Sender::new(false),
            comparisons: Semaphore::new(COMPARISONS),
            tasks: Arc::default(),
            followers: Mutex::default(),
        });
        let followers = [
            tokio::spawn(heads::watch(source, sender)),
            tokio::spawn(follow_trails(
                deliveries.context.clone(),
                deliveries.tasks.clone(),
                deliveries.stop.subscribe(),
            )),
            tokio::spawn(history::follow(
                deliveries.context.clone(),
                deliveries.history.clone(),
                deliveries.tasks.clone(),
                deliveries.stop.subscribe(),
            )),
        ];
        deliveries.followers.lock().extend(followers);
        Ok(deliveries)
    }

    /// Ends all tasks. What is being written is waited for a moment; what does not end then is written again after the next
    /// start, and recognised.
    pub async fn stop(&self) {
        self.stop.send_replace(true);
        let followers = std::mem::take(&mut *self.followers.lock());
        followers.iter().for_each(JoinHandle::abort);
        let tasks = self.tasks.lock().end_all();
        let aborts: Vec<_> = tasks.iter().map(JoinHandle::abort_handle).collect();
        if tokio::time::timeout(STOP_PATIENCE, futures::future::join_all(tasks)).await.is_err() {
            aborts.iter().for_each(tokio::task::AbortHandle::abort);
        }
    }
}

/// The destinations of all trails, with their kinds and what names them.
fn wanted(trails: &Trails) -> impl Iterator<Item = (&Trail, Kind, String)> {
    trails.iter().flat_map(|trail| {
        let trail: &Trail = trail;
        Kind::ALL.into_iter().filter_map(move |kind| Some((trail, kind, kind.target(trail)?)))
    })
}

/// Starts the tasks that trails want, and clears away behind those that they do not want any more.
async fn follow_trails(context: Arc<Context>, tasks: Arc<Mutex<Tasks>>, mut stop: watch::Receiver<bool>) {
    let mut changes = context.book.changes();
    let mut before: Trails = Arc::default();
    let mut is_first = true;
    loop {
        let now = changes.borrow_and_update().clone();
        let mut cleared = begin_all(&context, &tasks, &now).await;
        if cleared.is_ok() {
            cleared = clear(&context, &tasks, &before, &now, is_first).await;
        }
        if let Err(failure) = &cleared {
            tracing::warn!(%failure, "what is left of ended deliveries is seen to later");
        } else {
            before = now;
            is_first = false;
        }
        let again = Duration::from_millis(if cleared.is_ok() { 3_600_000 } else { FIRST_PAUSE_MS });
        tokio::select! {
            _ = stop.changed() => return,
            changed = changes.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(again) => {}
        }
    }
}

/// Starts what does not run. One that cannot be started keeps no other from it; the last failure.
async fn begin_all(context: &Arc<Context>, tasks: &Mutex<Tasks>, trails: &Trails) -> Result<(), Failure> {
    let mut outcome = Ok(());
    for (trail, kind, target) in wanted(trails) {
        if let Err(failure) = begin(context, tasks, trail, kind, target).await {
            outcome = Err(failure);
        }
    }
    outcome
}

/// Lets go of the logstores of data events that nothing is delivered to any more.
async fn release_data_logs(context: &Context, before: &Trails, now: &Trails) -> Result<(), Failure> {
    for old in before.iter().filter(|old| old.delivers_data()) {
        let kept = now.iter().find(|trail| trail.id == old.id);
        for region in old.data_regions() {
            let project_arn = old.data_project_arn(&region);
            let is_used = kept
                .is_some_and(|trail| trail.data_regions().contains(&region) || trail.sls_project_arn == project_arn);
            if !is_used {
                context.places.release_data_logs(old, &region).await?;
            }
        }
    }
    Ok(())
}

/// Forgets deliveries whose trail is gone or has another destination, and lets go of logstores.
async fn clear(
    context: &Context,
    tasks: &Mutex<Tasks>,
    before: &Trails,
    now: &Trails,
    is_first: bool,
) -> Result<(), Failure> {
    let find = |id: &str| now.iter().find(|trail| trail.id == id);
    for old in before.iter() {
        let has_logs = |trail: &Trail| trail.has_logs() && trail.sls_generation == old.sls_generation;
        if old.has_logs() && !find(&old.id).is_some_and(|trail| has_logs(trail)) {
            context.places.release_logs(old).await?;
        }
    }
    release_data_logs(context, before, now).await?;
    let is_less = before.iter().any(|old| {
        let kept = find(&old.id);
        Kind::ALL.iter().any(|kind| kind.target(old) != kept.and_then(|trail| kind.target(trail)))
    });
    if !is_first && !is_less {
        return Ok(());
    }
    for state in context.rows.states(None).await? {
        let trail = find(&state.trail_id);
        let is_wanted =
            trail.is_some_and(|trail| Kind::ALL.iter().any(|kind| kind.target(trail).as_ref() == Some(&state.target)));
        if !is_wanted {
            Tasks::end_and_wait(tasks, &state.id).await;
            context.rows.forget(&state.id).await?;
            context.health.lock().remove(&state.id);
        }
    }
    Ok(())
}
