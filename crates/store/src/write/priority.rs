//! Threads that give way.

/// Steps by which the thread gives way to those that answer calls: half of the nineteen that there are.
const NICENESS: i32 = 10;

/// Lowers the priority of this thread; where the system refuses, it runs as before.
pub(crate) fn give_way() {
    // On Linux a process id of none means the calling thread.
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!(%error, "the thread that writes segments keeps its priority");
    }
}
