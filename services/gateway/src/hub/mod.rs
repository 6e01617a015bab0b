//! The one place that everything passes through in order: the stream's events, who is here, who may see what. It
//! decides; the fan-out writes.

mod absent;
mod entries;
mod erased;
mod guild;
mod handle;
mod items;
mod pins;
mod presence;
mod refetch;
mod seed;
mod start;
mod syncs;
mod take;
mod users;
mod validate;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use kith_bus::{Bus, EphemeralFact, Ingest};
use kith_events::Ephemeral;
use kith_runtime::{Check, Lifecycle};
use kith_types::{Clock, GuildId, SessionId, Timestamp, UserId};
use metrics::gauge;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

pub(crate) use self::absent::away;
use self::guild::Guild;
pub(crate) use self::handle::HubHandle;
use self::pins::Pins;
use self::presence::Watching;
pub(crate) use self::presence::{Circle, Heard, List};
pub(crate) use self::seed::{Given, Seed, Seeded};
pub(crate) use self::start::{Attach, Begun, Known, Step, Todo};
use self::users::UserState;
use crate::fanout::FanOut;
use crate::presence::Connections;
use crate::revs::Revs;
use crate::ring::Ring;
use crate::snapshots::Snapshots;

/// How many commands may wait. Each session has one under way at most.
const COMMANDS: usize = 4096;
/// How many events are applied before commands have their turn.
const EVENTS_AT_ONCE: usize = 256;
/// How often gauges are set and the ring lets go of what is too old.
const TICK: Duration = Duration::from_secs(1);

/// Whether the stream is read without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Not yet or not now: nothing is dispatched and nobody is let in.
    Away,
    /// What may have been missed is checked before it is dispatched.
    Checking,
    Live,
}

/// How far the hub is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) phase: Phase,
    /// Everything up to this was sent to all who may see it.
    pub(crate) watermark: u64,
}

/// What the hub is made of.
pub(crate) struct Parts {
    pub(crate) lifecycle: Lifecycle,
    pub(crate) bus: Bus,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) snapshots: Snapshots,
    pub(crate) fan_out: FanOut,
    pub(crate) ring: Ring,
    /// How many bytes of a replay are handed to a socket at once.
    pub(crate) chunk: usize,
    pub(crate) health: Check,
    pub(crate) connections: Arc<Connections>,
    /// How long presence takes to find out that a gateway is gone; what it is asked again after.
    pub(crate) presence_ttl: Duration,
    /// Guilds with up to so many members are told of as a whole.
    pub(crate) whole_guild_members: usize,
}

pub(crate) struct Hub {
    parts: Parts,
    revs: Revs,
    pins: Pins,
    phase: Phase,
    /// The last event that was applied; the ring may already have more, which waits for the checks after a gap.
    applied: u64,
    users: HashMap<UserId, UserState>,
    guilds: HashMap<GuildId, Guild>,
    /// Snapshots that are on their way to somebody, and the places that they pin.
    syncs: HashMap<(GuildId, UserId), syncs::Sync>,
    /// Guilds that cannot be told of now.
    absences: absent::Absences,
    watching: Watching,
    /// How many questions about a guild's facts were begun with.
    refetches: u64,
    /// How many times sessions were checked after a gap.
    checks: u64,
    /// When time-outs end.
    expiries: BTreeSet<(Timestamp, GuildId, UserId)>,
    progress: watch::Sender<Progress>,
    /// For the hub's own tasks. Weak: the hub ends when all sessions have.
    commands: mpsc::WeakSender<Command>,
}

/// What others want of the hub.
enum Command {
    Attach(Box<Attach>),
    Seed(Box<Seed>),
    Advance(start::Advance),
    Detach {
        user: UserId,
        outlet: u64,
    },
    Heartbeat {
        user: UserId,
        outlet: u64,
    },
    Miss {
        user: UserId,
        guild: GuildId,
    },
    Refetched {
        guild: GuildId,
        number: u64,
        users: Option<UserId>,
        facts: refetch::Outcome,
    },
    Viewed(Box<syncs::Viewed>),
    Passing(EphemeralFact),
    List(Box<List>),
    Unlist {
        outlet: u64,
    },
    Presences(Heard),
    Checked {
        check: u64,
        asked: Vec<SessionId>,
        valid: Vec<SessionId>,
    },
}

impl Hub {
    /// The hub, and the way to reach it.
    pub(crate) fn new(parts: Parts) -> (Self, HubRun, HubHandle) {
        let (sender, receiver) = mpsc::channel(COMMANDS);
        let (progress, watch) = watch::channel(Progress {
            phase: Phase::Away,
            watermark: 0,
        });
        let hub = Self {
            parts,
            revs: Revs::default(),
            pins: Pins::default(),
            phase: Phase::Away,
            applied: 0,
            users: HashMap::new(),
            guilds: HashMap::new(),
            syncs: HashMap::new(),
            absences: absent::Absences::default(),
            refetches: 0,
            watching: Watching::new(Instant::now()),
            checks: 0,
            expiries: BTreeSet::new(),
            progress,
            commands: sender.downgrade(),
        };
        (hub, HubRun(receiver), HubHandle::new(sender, watch))
    }

    /// Works until the last handle is gone.
    pub(crate) async fn run(mut self, HubRun(mut commands): HubRun, mut ingest: Ingest) {
        let mut tick = tokio::time::interval(TICK);
        loop {
            let expiry = self.next_expiry();
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.obey(command).await,
                    None => return,
                },
                item = ingest.next() => {
                    self.on_item(item).await;
                    for _ in 1..EVENTS_AT_ONCE {
                        let Some(item) = ingest.next_ready() else { break };
                        self.on_item(item).await;
                    }
                }
                () = tokio::time::sleep_until(expiry) => self.end_time_outs().await,
                _ = tick.tick() => self.tick().await,
            }
            self.tell();
        }
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::Attach(attach) => self.attach(*attach),
            Command::Seed(seed) => self.seed(*seed),
            Command::Advance(advance) => self.advance(advance),
            Command::Detach { user, outlet } => self.detach(user, outlet),
            Command::Heartbeat { user, outlet } => self.on_heartbeat(user, outlet).await,
            Command::Miss { user, guild } => self.miss(guild, user),
            Command::Refetched {
                guild,
                number,
                users,
                facts,
            } => self.on_refetched((guild, number), users, facts).await,
            Command::Viewed(viewed) => self.on_viewed(*viewed).await,
            Command::Passing(fact) => match fact.about {
                Ephemeral::Typing { .. } => self.on_typing(fact).await,
                Ephemeral::Presence { .. } => self.on_presence(&fact.payload).await,
            },
            Command::List(list) => self.on_list(*list).await,
            Command::Unlist { outlet } => self.end_list(outlet),
            Command::Presences(heard) => self.on_presences(heard).await,
            Command::Checked {
                check,
                asked,
                valid,
            } => self.on_checked(check, &asked, &valid).await,
        }
    }

    /// Lets waiting sessions know how far things are.
    fn tell(&mut self) {
        let now = Progress {
            phase: self.phase,
            watermark: self.pins.watermark(),
        };
        self.progress.send_if_modified(|progress| {
            let changed = *progress != now;
            *progress = now;
            changed
        });
    }

    fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// A way for a task of the hub's own to report; none when the process is about to end.
    fn reporter(&self) -> Option<mpsc::Sender<Command>> {
        self.commands.upgrade()
    }

    fn next_expiry(&self) -> Instant {
        // Without one, any moment is as good: nothing is due then.
        let wait = self.expiries.first().map_or(TICK * 60, |(until, ..)| {
            Duration::from_millis((until.millis() - self.now().millis()).max(0) as u64)
        });
        Instant::now() + wait
    }

    async fn tick(&mut self) {
        let now = self.now();
        self.parts.ring.age(now);
        gauge!("kith_gateway_ring_frames").set(self.parts.ring.len() as f64);
        gauge!("kith_gateway_ring_bytes").set(self.parts.ring.bytes() as f64);
        gauge!("kith_gateway_held_frames").set(self.pins.len() as f64);
        gauge!("kith_gateway_guilds").set(self.guilds.len() as f64);
        gauge!("kith_gateway_guilds_unavailable").set(self.absences.len() as f64);
        self.mind_absences().await;
        self.refresh_presences().await;
    }
}

/// The receiving end of the hub's commands.
pub(crate) struct HubRun(mpsc::Receiver<Command>);
