//! The gateway service: WebSocket sessions. It touches nothing but NATS.
//!
//! ```text
//! stream ─ ingest ─▶ hub ─▶ fan-out ─▶ outlets ─▶ sockets
//!                     ▲                   ▲
//! api ─── snapshots ──┴──── sessions ─────┘
//! ```
//!
//! - `hub` is one task that everything passes through in order: it keeps the ring, who is here and who may see what.
//! - `fanout` writes to sockets, half as many tasks as cores. It never waits for a socket.
//! - `outlet` is the writing side of a socket with the frames that wait for it.
//! - `socket` is a client's connection: handshake, frames, start and end of its session.
//! - `presence` tells the presence service who is connected here; `hub::presence` knows who is seen how, and by whom.
//! - `snapshots` asks api about guilds; `guild` decides from the answers, by the policy's functions only.

mod entry;
mod fanout;
mod frame;
mod guild;
mod hub;
mod outlet;
mod presence;
mod revs;
mod ring;
mod service;
mod session_id;
mod snapshots;
mod socket;

pub use service::{GatewayError, GatewayService};

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use kith_bus::Bus;
use kith_runtime::Lifecycle;
use kith_types::Entropy;
use tokio::sync::Semaphore;

use crate::hub::HubHandle;
use crate::presence::Connections;
use crate::session_id::SessionIds;
use crate::snapshots::Snapshots;
use crate::socket::Doors;

/// When the process ends, its clients are told to go elsewhere over at most this time, so that the others are not
/// stormed.
const LEAVING: Duration = Duration::from_secs(5);
/// Into so many groups the clients are divided for that.
const LEAVING_GROUPS: u64 = 1024;

/// What all sessions share.
pub(crate) struct Gateway {
    lifecycle: Lifecycle,
    bus: Bus,
    hub: HubHandle,
    snapshots: Snapshots,
    session_ids: SessionIds,
    entropy: Arc<dyn Entropy>,
    connections: Arc<Connections>,
    doors: Arc<Doors>,
    /// How many may be let in at the same time.
    turns: Semaphore,
    limits: Limits,
    last_id: AtomicU64,
}

/// What the configuration says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) heartbeat: Duration,
    /// How many bytes may wait for a socket.
    pub(crate) session_bytes: usize,
    /// Guilds with up to so many members are told of as a whole.
    pub(crate) whole_guild_members: u32,
}

impl Limits {
    /// How many bytes of the past are handed to a socket at once: so many that the present has room as well.
    pub(crate) const fn chunk(self) -> usize {
        self.session_bytes / 4
    }
}

impl Gateway {
    /// A number for a new connection.
    fn next_id(&self) -> u64 {
        self.last_id.fetch_add(1, Ordering::Relaxed)
    }

    /// How long after the end has begun a client is told.
    fn leaving_delay(&self, id: u64) -> Duration {
        // Some hundred clients at once are no storm.
        let groups = LEAVING_GROUPS.min(self.last_id.load(Ordering::Relaxed) / 256);
        LEAVING * (id.checked_rem(groups).unwrap_or(0) as u32) / LEAVING_GROUPS as u32
    }
}
