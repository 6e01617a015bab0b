//! The presence service: who is online. It touches nothing but the cache and NATS.
//!
//! ```text
//! gateways ─ beats ─▶ presence ─▶ cache
//!     ▲                  │ ▲
//!     └─ PRESENCE_UPDATE ┘ └─ reaper
//! ```
//!
//! - `answers` takes the gateways' beats and says how users are seen; any one process answers each of them.
//! - `reaper` finds out who has stopped beating. All processes do it; the cache's scripts see to it that each change is
//!   told once.
//! - `teller` tells changes to all gateways, over core NATS. What is lost on the way, gateways find out by asking.
//!
//! It keeps nothing itself: any number of processes may run, and any of them may be killed.

mod answers;
mod reaper;
mod service;
mod teller;

pub use service::{PresenceService, StartError};
