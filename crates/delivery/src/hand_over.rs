//! What a destination was not given goes to the one that takes its place: a bucket that is gone, and another in its stead.

use std::sync::Arc;

use audit::trail::Trail;
use parking_lot::Mutex;

use crate::context::{Context, live_id};
use crate::destination::Kind;
use crate::engine::Tasks;
use crate::failure::Failure;
use crate::rows::State;
use crate::task::Task;

/// Starts the delivery of a trail to its destination of a kind, unless it runs. One that takes the place of another goes on
/// where that was; only then are there pieces of it.
pub(crate) async fn begin(
    context: &Arc<Context>,
    tasks: &Mutex<Tasks>,
    trail: &Trail,
    kind: Kind,
    target: String,
) -> Result<(), Failure> {
    let id = live_id(&trail.id, &target);
    if tasks.lock().is_running(&id) {
        return Ok(());
    }
    if let Some(old) = replaced(context, trail, kind, &target).await? {
        Tasks::end_and_wait(tasks, &old.id).await;
        let new = State::new(&id, &trail.id, &target, 0);
        context.rows.hand_over(&old.id, &new).await?;
        context.health.lock().remove(&old.id);
        tracing::info!(from = old.id, to = id, "what was not delivered goes to the destination that took the place");
    }
    tasks.lock().start(Task::new(context.clone(), id, trail.id.clone(), kind, target));
    Ok(())
}

/// The delivery whose destination was replaced by one that has no delivery yet.
pub(crate) async fn replaced(
    context: &Context,
    trail: &Trail,
    kind: Kind,
    target: &str,
) -> Result<Option<State>, Failure> {
    // Data events have one destination, which is never replaced.
    if !Kind::OF_MANAGEMENT.contains(&kind) {
        return Ok(None);
    }
    let states = context.rows.states(Some(&trail.id)).await?;
    let mut live = states.into_iter().filter(|state| state.job_id == 0 && kind.is_kind_of(&state.target)).peekable();
    let old = live.next_if(|state| state.target != target);
    Ok(old.filter(|_| live.all(|state| state.target != target)))
}
