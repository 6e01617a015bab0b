//! The index of the search service: what it holds, how it stands to the messages, and how it is asked.
//!
//! What is indexed depends only on how the message stands now, never on the event that told of it, and everybody who writes
//! here takes the same lock before they look ([`lock`]). So it does not matter in which order, how often or by whom an
//! event is worked off: the last one to look saw the newest.

mod document;
mod find;
mod park;
mod rebuild;
mod refresh;
mod remove;
mod state;
mod words;

use sqlx::PgConnection;

use crate::StoreError;

pub use document::{Document, Source};
pub use find::{Search, Term, find};
pub use park::{park, parked};
pub use rebuild::{Progress, Rebuild, Step, begin_rebuild, pass, progress, require_form};
pub use refresh::Refresh;
pub use remove::{Place, remove_from};
pub use state::{follower, set_follower};
pub use words::{alike, stems};

/// Any number, the same for all: «search» in ASCII.
const LOCK: i64 = 0x7365_6172_6368;

/// Makes writers of the index wait for each other until the end of their transaction. What is read after it is newer than
/// everything that was written before.
async fn lock(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query_scalar!(
        r#"SELECT 1 AS "locked!" FROM pg_advisory_xact_lock($1)"#,
        LOCK
    )
    .fetch_one(connection)
    .await?;
    Ok(())
}
