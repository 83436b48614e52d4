//! Work that is shared out to idle cores.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Does pieces of work that need nothing of each other, and gives what they bring in their order. Idle cores help where
/// there is enough for each.
pub(crate) fn side_by_side<T: Send, E: Send>(
    pieces: usize,
    min_pieces_per_thread: usize,
    work: impl Fn(usize) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let helpers = Helpers::borrow((pieces / min_pieces_per_thread).saturating_sub(1));
    if helpers.0 == 0 {
        return (0..pieces).map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let take = || -> Result<Vec<(usize, T)>, E> {
        let mut done = Vec::new();
        loop {
            let piece = next.fetch_add(1, Ordering::Relaxed);
            if piece >= pieces {
                return Ok(done);
            }
            done.push((piece, work(piece)?));
        }
    };
    let mut done = std::thread::scope(|scope| {
        // Where the system has no thread to give, this one does all.
        let spawn = |_| std::thread::Builder::new().name("page-reader".to_owned()).spawn_scoped(scope, take).ok();
        let threads: Vec<_> = (0..helpers.0).map_while(spawn).collect();
        let mut done = take();
        for thread in threads {
            let more = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            done = done.and_then(|mut done| {
                done.extend(more?);
                Ok(done)
            });
        }
        done
    })?;
    done.sort_unstable_by_key(|(piece, _)| *piece);
    Ok(done.into_iter().map(|(_, brought)| brought).collect())
}

/// Threads beside those that ask, over all lookups of the process: one for each core but one.
struct Helpers(usize);

static BUSY: AtomicUsize = AtomicUsize::new(0);
static CORES: OnceLock<usize> = OnceLock::new();

impl Helpers {
    /// As many as are free, up to `wanted`.
    fn borrow(wanted: usize) -> Helpers {
        if wanted == 0 {
            return Helpers(0);
        }
        let all = *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from)) - 1;
        let taken = |busy: usize| wanted.min(all.saturating_sub(busy));
        let busy = BUSY.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |busy| Some(busy + taken(busy)));
        Helpers(taken(busy.unwrap_or_else(|busy| busy)))
    }
}

impl Drop for Helpers {
    fn drop(&mut self) {
        BUSY.fetch_sub(self.0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pieces_bring_keeps_their_order() {
        let squares = side_by_side(100, 2, |piece| Ok::<_, ()>(piece * piece)).unwrap();
        assert_eq!(squares, (0..100).map(|piece| piece * piece).collect::<Vec<_>>());
        let refused = |piece: usize| if piece == 7 { Err("seven") } else { Ok(()) };
        assert!(side_by_side(0, 2, refused).unwrap().is_empty());
        assert_eq!(side_by_side(9, 2, refused), Err("seven"));
    }

    #[test]
    fn helpers_are_never_more_than_idle_cores() {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        assert_eq!(Helpers::borrow(0).0, 0);
        let all = Helpers::borrow(1_000);
        assert!(all.0 < cores);
        // Other tests may hold some.
        assert!(all.0 + Helpers::borrow(1_000).0 < cores);
        drop(all);
    }
}
