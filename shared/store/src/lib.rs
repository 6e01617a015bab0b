//! Postgres: the truth. No other crate speaks SQL.
//!
//! [`Store`] is cheap to clone. Reads are its methods. Writes that other people learn of go through a unit of work:
//! [`Store::begin`] locks the aggregates whose events it will write, the module's own statements run on
//! [`Work::tx`], [`Work::emit`] writes the events, and what [`Work::commit`] returns must be given to the publisher.
//! Posting a message is the one exception: it is a single statement (see `messages::post`).
//!
//! Statements are checked at compile time against `.sqlx/`; `tools/sqlx-prepare` renews it after a change.

mod access;
mod columns;
mod error;
mod locks;
mod store;
mod work;
mod worker;

pub use access::{Actor, TokenHash};
pub use error::StoreError;
pub use store::{Store, StoreSettings};
pub use work::{Committed, Outgoing, Standing, Work};
