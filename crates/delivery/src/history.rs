//! History jobs: events of the past for the destinations of a trail, without those that the trail, or an earlier job, has
//! delivered there.
//!
//! A job is a delivery like others, over one piece that ends where the stream was when the job began. What live deliveries
//! take on is left out by position and selection, so that nothing is double.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use audit::trail::history::{HistoryBook, HistoryJob, JobStatus, RegionStatus};
use audit::trail::{JobProgress, Trail};
use openapi::clock::now_ms;
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::context::{Context, job_delivery_id};
use crate::destination::Kind;
use crate::engine::Tasks;
use crate::failure::Failure;
use crate::gathering::Excluded;
use crate::hand_over::replaced;
use crate::pieces::span_in;
use crate::rows::{Piece, PieceKey};
use crate::selection::Selection;
use crate::task::{JobPart, Task};

/// How often the progress of jobs is written down.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Runs jobs, until the server stops.
pub(crate) async fn follow(
    context: Arc<Context>,
    history: Arc<HistoryBook>,
    tasks: Arc<Mutex<Tasks>>,
    mut stop: watch::Receiver<bool>,
) {
    let mut changes = history.changes();
    let mut running: BTreeSet<i64> = BTreeSet::new();
    loop {
        changes.borrow_and_update();
        if let Err(failure) = look(&context, &history, &tasks, &mut running).await {
            tracing::warn!(%failure, "history jobs wait");
        }
        let is_idle = running.is_empty();
        tokio::select! {
            _ = stop.changed() => return,
            changed = changes.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(LOOK_EVERY), if !is_idle => {}
        }
    }
}

async fn look(
    context: &Arc<Context>,
    history: &HistoryBook,
    tasks: &Mutex<Tasks>,
    running: &mut BTreeSet<i64>,
) -> Result<(), Failure> {
    let jobs = history.unfinished().await?;
    for job_id in running.clone() {
        if !jobs.iter().any(|job| job.id == job_id) {
            cancel(context, tasks, job_id).await?;
            running.remove(&job_id);
        }
    }
    for mut job in jobs {
        let outcome = advance(context, tasks, &mut job).await;
        if let Err(failure) = &outcome {
            job.problem = failure.to_string();
        }
        if !history.advance(&job, now_ms()).await? {
            // It was deleted in between, and its tasks may have just been started.
            cancel(context, tasks, job.id).await?;
            running.remove(&job.id);
        } else if job.status.is_final() {
            running.remove(&job.id);
        } else {
            running.insert(job.id);
        }
    }
    Ok(())
}

/// Starts what a job still lacks and sees how far it is.
async fn advance(context: &Arc<Context>, tasks: &Mutex<Tasks>, job: &mut HistoryJob) -> Result<(), Failure> {
    let Some(trail) = context.book.by_id(&job.trail_id) else {
        (job.status, job.problem) = (JobStatus::Failed, "the trail was deleted".to_owned());
        return Ok(());
    };
    let mut is_done = true;
    job.problem.clear();
    for kind in Kind::OF_MANAGEMENT {
        let Some(target) = kind.target(&trail) else { continue };
        let id = job_delivery_id(&trail.id, &target, job.id);
        let pieces = context.rows.pieces(&id).await?;
        if pieces.is_empty() || pieces.iter().any(|piece| !piece.is_done()) {
            is_done = false;
            if pieces.is_empty() && finish_ended(context, tasks, &trail, kind, &target, job).await? {
                continue;
            }
            if !tasks.lock().is_running(&id) {
                let part = part(context, &trail, kind, &target, job).await?;
                let mut task = Task::new(context.clone(), id.clone(), trail.id.clone(), kind, target);
                task.job = Some(part);
                tasks.lock().start(task);
            }
        }
        if let Some(health) = context.health.lock().get(&id) {
            if !health.error.is_empty() {
                job.problem.clone_from(&health.error);
            }
            for region in &health.regions {
                if !job.regions.iter().any(|known| known.region == *region) {
                    job.regions.push(RegionStatus { region: region.clone(), status: JobStatus::Delivering });
                }
            }
        }
    }
    job.status = if is_done { JobStatus::Done } else { JobStatus::Delivering };
    job.regions.iter_mut().for_each(|region| region.status = job.status);
    Ok(())
}

/// Has earlier jobs that were cancelled finish what they were writing: it may be there already, and another job cannot
/// tell. True as long as one is at it.
async fn finish_ended(
    context: &Arc<Context>,
    tasks: &Mutex<Tasks>,
    trail: &Trail,
    kind: Kind,
    target: &str,
    job: &mut HistoryJob,
) -> Result<bool, Failure> {
    let mut is_any = false;
    for state in context.rows.states(Some(&trail.id)).await? {
        let is_earlier = state.target == target && (1..job.id).contains(&state.job_id);
        if !is_earlier || context.rows.batch(&state.id).await?.is_none() {
            continue;
        }
        is_any = true;
        let error = context.health.lock().get(&state.id).map(|health| health.error.clone()).unwrap_or_default();
        if !error.is_empty() {
            job.problem = format!("an earlier job, which was deleted, first ends what it was writing: {error}");
        }
        if !tasks.lock().is_running(&state.id) {
            let excluded = excluded(context, trail, kind, target, state.job_id).await?;
            let mut task = Task::new(context.clone(), state.id, trail.id.clone(), kind, target.to_owned());
            task.job = Some(JobPart { job_id: state.job_id, pieces: Vec::new(), excluded });
            task.only_finishes = true;
            tasks.lock().start(task);
        }
    }
    Ok(is_any)
}

/// How far a job is, over all its destinations.
pub(crate) async fn progress(context: &Context, trail_id: &str, job_id: i64) -> Result<JobProgress, Failure> {
    let mut progress = JobProgress::default();
    for state in context.rows.states(Some(trail_id)).await?.into_iter().filter(|state| state.job_id == job_id) {
        for piece in context.rows.pieces(&state.id).await? {
            let after = piece.last.unwrap_or_default() + 1;
            progress.total += after.saturating_sub(piece.key.first);
            progress.done += piece.next.min(after).saturating_sub(piece.key.first);
        }
    }
    Ok(progress)
}

/// What a job delivers to a destination, and what it leaves out.
async fn part(
    context: &Context,
    trail: &Trail,
    kind: Kind,
    target: &str,
    job: &HistoryJob,
) -> Result<JobPart, Failure> {
    if replaced(context, trail, kind, target).await?.is_some() {
        return Err(Failure::new("the destination has just been replaced; the job begins in a moment"));
    }
    let mut pieces = Vec::new();
    for stream in context.streams_of(trail) {
        let (source, name) = (context.source.clone(), stream.clone());
        let ends = tokio::task::spawn_blocking(move || (source.first_position(&name), source.last_position(&name)));
        let (first, last) = ends.await.map_err(|error| Failure::new(error.to_string()))?;
        let selection = Selection { times_s: Some((job.from_s, job.to_s)), ..Selection::of(trail) };
        pieces.push(Piece {
            key: PieceKey { stream, first },
            last: Some(last.max(first - 1)),
            next: first,
            span: 0,
            is_tail_done: true,
            selection,
        });
    }
    Ok(JobPart { job_id: job.id, pieces, excluded: excluded(context, trail, kind, target, job.id).await? })
}

/// What was delivered to the same destination, or is going to be.
pub(crate) async fn excluded(
    context: &Context,
    trail: &Trail,
    kind: Kind,
    target: &str,
    job_id: i64,
) -> Result<Vec<Excluded>, Failure> {
    let mut excluded = Vec::new();
    for state in context.rows.states(Some(&trail.id)).await? {
        if state.target != target || state.job_id >= job_id {
            continue;
        }
        for piece in context.rows.pieces(&state.id).await? {
            // An earlier job that was cancelled has come as far as its next position.
            let last = if state.job_id > 0 { piece.next - 1 } else { piece.last.unwrap_or(u64::MAX) };
            if last >= piece.key.first {
                let Piece { key, selection, .. } = piece;
                excluded.push(Excluded { stream: key.stream, first: key.first, last, selection });
            }
        }
    }
    // A span that began just now may not be a piece yet.
    for span in trail.spans.iter().filter(|span| span.until.is_none()) {
        for stream in context.streams_of(trail) {
            let (first, _) = span_in(trail, kind, span, &stream);
            excluded.push(Excluded { stream, first, last: u64::MAX, selection: Selection::of(trail) });
        }
    }
    Ok(excluded)
}

/// Ends the tasks of a job that was deleted. What it has delivered stays, and is remembered, so that another job leaves it
/// out.
async fn cancel(context: &Context, tasks: &Mutex<Tasks>, job_id: i64) -> Result<(), Failure> {
    for state in context.rows.states(None).await?.into_iter().filter(|state| state.job_id == job_id) {
        Tasks::end_and_wait(tasks, &state.id).await;
        context.health.lock().remove(&state.id);
    }
    Ok(())
}
