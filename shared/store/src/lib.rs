//! Postgres: the truth. No other crate speaks SQL.
//!
//! [`Store`] is cheap to clone. Reads are its methods. Writes that other people learn of go through a unit of work:
//! [`Store::begin`] locks the aggregates whose events it will write, the module's own statements run on
//! [`Work::tx`], [`Work::emit`] writes the events, and what [`Work::commit`] returns must be given to the publisher.
//! Posting a message is the one exception: it is a single statement (see `messages::post`).
//!
//! Statements are checked at compile time against `.sqlx/`; `tools/sqlx-prepare` renews it after a change.

mod access;
pub mod accounts;
mod answers;
pub mod audit;
pub mod bans;
pub mod blocks;
mod carried;
pub mod channels;
mod columns;
pub mod directs;
mod error;
pub mod files;
pub mod guilds;
pub mod instances;
pub mod invites;
mod leases;
mod locks;
pub mod members;
pub mod messages;
mod migrate;
mod outbox;
pub mod overwrites;
pub mod peers;
pub mod pictures;
mod probe;
mod pulse;
pub mod roles;
pub mod search;
mod store;
pub mod voice;
mod work;
mod worker;

pub use access::{Actor, InChannel, Named, TokenHash};
pub use carried::{Adopted, Carried, Look};
pub use error::StoreError;
pub use migrate::{MigrationError, MigrationState};
pub use outbox::{Backlog, Newest, Reconciled, Settled, StreamSeen};
pub use probe::Probed;
pub use store::{Store, StoreSettings};
pub use work::{Committed, Outgoing, Standing, Work};
