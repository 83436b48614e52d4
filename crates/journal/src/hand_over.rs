//! What a store needs of a journal that hands its records over: which records there are, and the word that some may go.

use std::sync::Arc;

use crate::contract::Journal;
use crate::stream::StreamName;

/// Names of the streams, each with the first position that is kept and the last one, see [`Journal::streams`].
pub fn kept_streams(journal: &dyn Journal) -> Vec<(String, u64, u64)> {
    let streams = journal.streams().into_iter();
    streams.map(|(stream, first, last)| (stream.as_str().to_owned(), first, last)).collect()
}

/// Lets the journal forget the records of a stream up to a position, whenever it is called: somebody else has them.
pub fn forgets(journal: Arc<dyn Journal>) -> impl Fn(&str, u64) -> Result<(), String> + Send + Sync {
    move |stream, position| {
        let name = StreamName::new(stream).map_err(|error| error.to_string())?;
        journal.truncate_until(&name, position).map_err(|error| error.to_string())
    }
}
