//! The search service: indexes what is said, and finds it. It touches Postgres and NATS.
//!
//! ```text
//! stream ─ index ──▶ search_documents ──▶ query ◀── api (FindMessages over NATS)
//!            ▲
//! messages ──┘ what an event is about is read again
//! ```
//!
//! - `text` says what the words of a text are, the same for both sides.
//! - `index` follows the stream, and rebuilds the index from the messages when that is not enough.
//! - `query` finds and marks. Who may read where is decided by who asks, and sent along: the index is asked only for that.

mod index;
mod query;
mod service;
mod text;

pub use index::rebuild_step;
pub use service::{SearchService, StartError};
