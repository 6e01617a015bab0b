use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection};
use tokio::sync::watch;

use crate::{Store, StoreError};

/// How often Postgres is asked whether it is there.
const EVERY: Duration = Duration::from_secs(1);
/// How long it may take to say so. It need not look anything up for it, so that not even a busy server takes as long.
const PATIENCE: Duration = Duration::from_secs(3);

/// Whether Postgres answers. A server that stands still, or a network that swallows packets, ends no connection: without
/// this, whoever asks would wait for as long as the kernel hopes, which is a quarter of an hour.
pub(crate) struct Pulse {
    options: PgConnectOptions,
    away: watch::Sender<bool>,
}

impl Pulse {
    pub(crate) fn new(options: PgConnectOptions) -> Self {
        Self {
            options,
            away: watch::Sender::new(false),
        }
    }

    pub(crate) fn away(&self) -> watch::Receiver<bool> {
        self.away.subscribe()
    }

    async fn ask(&self, connection: &mut Option<PgConnection>) -> Result<(), StoreError> {
        // Taken out: whatever becomes of this attempt, a connection that did not answer is not asked again.
        let mut asked = match connection.take() {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        asked.ping().await?;
        *connection = Some(asked);
        Ok(())
    }
}

impl Store {
    /// Asks Postgres again and again whether it is there, on a connection of its own, and tells every answer. Until this runs,
    /// nobody knows that a server that stands still is [away](Self::away). It never ends.
    pub async fn keep_pulse(&self, mut tell: impl FnMut(Result<(), &StoreError>)) {
        let pulse = self.pulse();
        let mut connection = None;
        loop {
            let answer = tokio::time::timeout(PATIENCE, pulse.ask(&mut connection)).await;
            let answer = answer.unwrap_or(Err(StoreError::Unavailable(None)));
            // Any other refusal is for those to tell whom it is given to.
            let away = matches!(answer, Err(StoreError::Unavailable(_)));
            if pulse.away.send_replace(away) != away {
                if away {
                    tracing::warn!("Postgres is away");
                } else {
                    tracing::info!("Postgres is there");
                }
            }
            tell(answer.as_ref().copied());
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Waits until Postgres is known not to answer. What was asked of it then is best dropped: its connection is not used
    /// again, and nobody knows whether it was done.
    pub async fn away(&self) {
        let mut away = self.pulse().away();
        if away.wait_for(|away| *away).await.is_err() {
            // The sender is in the store.
            std::future::pending::<()>().await;
        }
    }

    /// What comes of `work`, or [`StoreError::Unavailable`] as soon as Postgres is known not to answer. Then `work` does not even
    /// begin: each attempt would knock at the door, and a server that comes back would find so many who have knocked and gone that
    /// it could not get through them as fast as new ones come.
    pub async fn unless_away<T, E: From<StoreError>>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        if *self.pulse().away.borrow() {
            return Err(StoreError::Unavailable(None).into());
        }
        tokio::select! {
            biased;
            done = work => done,
            () = self.away() => Err(StoreError::Unavailable(None).into()),
        }
    }
}
