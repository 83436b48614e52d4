//! Whoever needs a block that somebody is already fetching waits for that one.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::{Condvar, Mutex};

use crate::cache::BlockId;

/// Blocks that are being fetched.
#[derive(Default)]
pub(crate) struct Flights {
    open: Mutex<HashMap<BlockId, Arc<Flight>>>,
}

/// A block that somebody fetches.
#[derive(Default)]
pub(crate) struct Flight {
    outcome: Mutex<Option<Outcome>>,
    ended: Condvar,
}

type Outcome = Result<Bytes, Failure>;

/// An I/O error that several threads get.
#[derive(Clone)]
pub(crate) struct Failure {
    kind: io::ErrorKind,
    text: Arc<str>,
}

impl From<&io::Error> for Failure {
    fn from(error: &io::Error) -> Failure {
        Failure { kind: error.kind(), text: error.to_string().into() }
    }
}

impl From<Failure> for io::Error {
    fn from(failure: Failure) -> io::Error {
        io::Error::new(failure.kind, &*failure.text)
    }
}

/// Who fetches a block.
pub(crate) enum Claim<'a> {
    /// This thread; it must say how it went.
    Mine(Landing<'a>),
    /// Another one.
    Theirs(Arc<Flight>),
}

impl Flights {
    /// Takes a block over, or finds who has it.
    pub(crate) fn claim(&self, block: BlockId) -> Claim<'_> {
        let mut open = self.open.lock();
        if let Some(flight) = open.get(&block) {
            return Claim::Theirs(flight.clone());
        }
        let flight = Arc::new(Flight::default());
        open.insert(block, flight.clone());
        Claim::Mine(Landing { flights: self, block, flight, has_landed: false })
    }
}

impl Flight {
    /// Waits for the end.
    pub(crate) fn wait(&self) -> Result<Bytes, Failure> {
        let mut outcome = self.outcome.lock();
        loop {
            match &*outcome {
                Some(outcome) => return outcome.clone(),
                None => self.ended.wait(&mut outcome),
            }
        }
    }
}

/// The duty to say how a fetch went.
pub(crate) struct Landing<'a> {
    flights: &'a Flights,
    block: BlockId,
    flight: Arc<Flight>,
    has_landed: bool,
}

impl Landing<'_> {
    /// Hands the outcome to all that wait.
    pub(crate) fn land(mut self, outcome: Outcome) {
        self.end(outcome);
    }

    fn end(&mut self, outcome: Outcome) {
        self.has_landed = true;
        self.flights.open.lock().remove(&self.block);
        *self.flight.outcome.lock() = Some(outcome);
        self.flight.ended.notify_all();
    }
}

impl Drop for Landing<'_> {
    /// A thread that ended early must not leave others waiting for ever.
    fn drop(&mut self) {
        if !self.has_landed {
            let text = "the thread that fetched a block of an object ended early; try again".into();
            self.end(Err(Failure { kind: io::ErrorKind::Interrupted, text }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: BlockId = BlockId { object: 1, number: 2 };

    #[test]
    fn one_fetches_and_others_get_the_same() {
        let flights = Flights::default();
        let Claim::Mine(landing) = flights.claim(BLOCK) else { panic!("nobody else is there") };
        std::thread::scope(|scope| {
            let waiting: Vec<_> = (0..4)
                .map(|_| {
                    let Claim::Theirs(flight) = flights.claim(BLOCK) else { panic!("it is being fetched") };
                    scope.spawn(move || flight.wait())
                })
                .collect();
            landing.land(Ok(Bytes::from_static(b"block")));
            for thread in waiting {
                assert_eq!(thread.join().unwrap().ok(), Some(Bytes::from_static(b"block")));
            }
        });
        assert!(matches!(flights.claim(BLOCK), Claim::Mine(_)), "what has landed may be fetched again");
    }

    #[test]
    fn who_gives_up_lets_the_others_know() {
        let flights = Flights::default();
        let mine = flights.claim(BLOCK);
        let Claim::Theirs(flight) = flights.claim(BLOCK) else { panic!("it is being fetched") };
        drop(mine);
        assert!(flight.wait().is_err());
    }
}
