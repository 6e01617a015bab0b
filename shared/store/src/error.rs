use kith_events::{Aggregate, PayloadError};

/// Why the database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Postgres is away, restarting or overloaded; nothing was written, or nobody knows (a commit cut off in the middle).
    #[error("the database does not answer")]
    Unavailable(#[source] Option<sqlx::Error>),
    /// Rights have changed since the facts were read: read them again and repeat.
    #[error("rights have changed in the meantime")]
    AccessChanged,
    /// What was to be changed is not there (any more).
    #[error("it is not there any more")]
    Gone,
    /// Somebody else did something that excludes this: a unique name taken, two transactions in each other's way.
    #[error("it conflicts with what somebody else did")]
    Conflict(#[source] sqlx::Error),
    /// An event of an aggregate that the unit of work has not locked: a mistake of the program.
    #[error("{0:?} is not part of this unit of work")]
    NotLocked(Aggregate),
    /// An event cannot be encoded.
    #[error("an event cannot be encoded")]
    Encode(#[from] PayloadError),
    /// What stands in the database cannot be: a mistake of the program or of somebody who wrote there by hand.
    #[error("the database holds something impossible: {0}")]
    Corrupt(&'static str),
    /// What stands in the database is more than is read into memory at once: rows from before there were bounds.
    #[error("the database holds more than is read at once: {0}")]
    TooLarge(&'static str),
    /// Any other answer of the database: a mistake of the program.
    #[error("the database refused")]
    Database(#[source] sqlx::Error),
}

impl StoreError {
    /// The name of the constraint that was violated, if that is what happened.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Conflict(sqlx::Error::Database(error))
            | Self::Database(sqlx::Error::Database(error)) => error.constraint(),
            _ => None,
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::RowNotFound => Self::Gone,
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable(Some(error)),
            sqlx::Error::Database(refusal) => match refusal.code().as_deref() {
                Some(code) if is_away(code) => Self::Unavailable(Some(error)),
                // Unique violation, serialisation failure, deadlock.
                Some("23505" | "40001" | "40P01") => Self::Conflict(error),
                _ => Self::Database(error),
            },
            _ => Self::Database(error),
        }
    }
}

/// Codes of a server that is shutting down, starting, full, read-only (a replica took over) or too slow, or for which we
/// were: it ends a transaction that waits for us, so that a process that stands still holds no lock for ever.
fn is_away(code: &str) -> bool {
    code.starts_with("08")
        || code.starts_with("53")
        || matches!(
            code,
            "57P01" | "57P02" | "57P03" | "57014" | "55P03" | "25006" | "25P03"
        )
}
