//! How long the store keeps what logstores have.
//!
//! A log may be older than its group by some days, and is shown until its group's time is over, so the store keeps rows that
//! much longer than a logstore's `ttl` says.

use store::Period;
use store::retention::RetentionChange;

use crate::fault::Fault;
use crate::limits::{MAX_AGE_S, MAX_TTL_DAYS};
use crate::logstores::Logstore;
use crate::rows::{logstore, project};
use crate::service::LogService;

impl LogService {
    /// Tells the store again how long it keeps everything: the server may have ended between a change of a logstore and
    /// this, and what the store is not told of it keeps by its own rule.
    pub(crate) async fn keep_all(&self) -> Result<(), Fault> {
        let mut connection = self.database.pool().acquire().await?;
        let mut names = Vec::new();
        for project in project::all_names(&mut connection).await? {
            let rows = logstore::containing_name(&mut connection, &project, "").await?;
            names.extend(rows.into_iter().map(|row| (row.project, row.name)));
        }
        drop(connection);
        for (project, name) in names {
            keep(self, &*self.logstores.get(&self.database, &project, &name).await?).await?;
        }
        Ok(())
    }
}

/// Tells the store how long it keeps what a logstore has.
pub(crate) async fn keep(service: &LogService, logstore: &Logstore) -> Result<(), Fault> {
    let period = match logstore.row.properties.ttl {
        MAX_TTL_DAYS => Period::UNLIMITED,
        days => Period::of_days((days + MAX_AGE_S / 86_400) as u32).map_err(|error| Fault::internal(&error))?,
    };
    let streams = super::page::streams(logstore)?.into_iter().map(|(_, stream)| stream);
    set_period(service, streams.collect(), period).await
}

async fn set_period(service: &LogService, streams: Vec<String>, period: Period) -> Result<(), Fault> {
    let store = service.store.clone();
    super::blocking(move || {
        for stream in streams.iter().filter(|stream| store.rules(stream).period != Some(period)) {
            let changed = store.change_rules(stream, &RetentionChange::SetPeriod(Some(period)));
            let changed = changed.map_err(|error| Fault::internal(&error))?;
            changed
                .map_err(|refused| Fault::internal(&format!("the retention of {stream} is refused: {refused:?}")))?;
        }
        Ok(())
    })
    .await
}

/// Lets the store take out what nobody can read any more. If that fails, it stays until its retention is over.
pub(crate) async fn let_go(service: &LogService, streams: Vec<String>) {
    let shortest = Period::of_days(1).map_err(|error| Fault::internal(&error));
    let outcome = match shortest {
        Ok(period) => set_period(service, streams, period).await,
        Err(fault) => Err(fault),
    };
    if let Err(fault) = outcome {
        tracing::warn!(%fault, "logs of a deleted logstore stay until their retention is over");
    }
}
