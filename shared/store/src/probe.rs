use std::time::{Duration, Instant};

use kith_types::Timestamp;

use crate::{Store, StoreError};

/// What `kith doctor` wants to know of Postgres.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probed {
    /// Such as `15.14`.
    pub version: String,
    /// How far the server's clock is ahead of ours, in milliseconds; the round trip blurs it.
    pub clock_skew_millis: i64,
    /// Whether it is a replica, which takes no writes.
    pub read_only: bool,
    /// Connections that the server accepts at most, all clients together.
    pub max_connections: i32,
    /// `on` unless somebody has turned it off, and what is answered may then be lost.
    pub synchronous_commit: String,
    pub fsync: String,
    pub round_trip: Duration,
}

impl Store {
    /// Asks the server how it is.
    pub async fn probe(&self) -> Result<Probed, StoreError> {
        let mut connection = self.connection().await?;
        let before = self.now();
        let asked = Instant::now();
        // The one place that asks the database for the time: to compare it.
        let row = sqlx::query!(
            r#"
            SELECT current_setting('server_version') AS "version!", clock_timestamp() AS "clock!",
                pg_is_in_recovery() AS "read_only!", current_setting('max_connections')::integer AS "max_connections!",
                current_setting('synchronous_commit') AS "synchronous_commit!", current_setting('fsync') AS "fsync!"
            "#
        )
        .fetch_one(&mut *connection)
        .await?;
        let round_trip = asked.elapsed();
        let middle = before.millis() + round_trip.as_millis() as i64 / 2;
        Ok(Probed {
            version: row.version,
            clock_skew_millis: Timestamp::from(row.clock).millis() - middle,
            read_only: row.read_only,
            max_connections: row.max_connections,
            synchronous_commit: row.synchronous_commit,
            fsync: row.fsync,
            round_trip,
        })
    }
}
