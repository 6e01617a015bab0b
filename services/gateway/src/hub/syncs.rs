use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream;
use kith_events::Scope;
use kith_types::{GuildId, UserId};
use kith_wire::DispatchKind;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::absent::PATIENCE;
use super::erased::Erased;
use super::guild::Guild;
use super::refetch::{Refusal, ask_until};
use super::users::UserState;
use super::{Command, Hub, Todo};
use crate::entry::Entry;
use crate::frame::Dispatch;
use crate::snapshots::Described;

/// How many snapshots of one guild are asked for at once: some requests' worth.
const VIEWS_AT_ONCE: usize = 60;

/// A guild's snapshot that is on its way to somebody.
pub(super) struct Sync {
    /// `GUILD_CREATE` or `GUILD_SYNC`.
    kind: DispatchKind,
    /// Nothing of the guild from here on was sent to them; it follows the snapshot. Some of it the snapshot contains:
    /// a repeat costs little, and who does not read histories again misses nothing.
    from: u64,
    /// Whether nothing may say that everything up to there was sent. Of a guild that is unavailable nobody is told that.
    pinned: bool,
    /// Until when it is waited for.
    pub(super) until: Instant,
    /// Ends the asking with the wish.
    asking: CancellationToken,
    _ends: DropGuard,
}

impl Sync {
    fn new(kind: DispatchKind, from: u64, pinned: bool) -> Self {
        let asking = CancellationToken::new();
        Self {
            kind,
            from,
            pinned,
            until: Instant::now() + PATIENCE,
            _ends: asking.clone().drop_guard(),
            asking,
        }
    }
}

/// What api said about one user's view.
pub(super) struct Viewed {
    guild: GuildId,
    user: UserId,
    view: Result<View, Refusal>,
}

struct View {
    described: Arc<Described>,
    /// None if they are not a member.
    snapshot: Option<Bytes>,
}

impl Hub {
    /// Somebody who is here has joined.
    pub(super) fn welcome(&mut self, id: GuildId, user: UserId, seq: u64) {
        let Some(state) = self.users.get_mut(&user) else {
            return;
        };
        state.leave_to_do(id, &Todo::Create);
        // A guild that is known to be unavailable holds nobody up.
        let seq = Some(seq).filter(|_| !self.absences.is_unavailable(id));
        self.start_syncs(id, vec![user], DispatchKind::GuildCreate, seq);
    }

    /// Sends snapshots to users. Until they are sent nothing says that everything up to `seq` was, and the guild's events
    /// wait for these users, so that none comes before a snapshot that is older than it. Without a `seq` nobody is kept from saying
    /// so: these users were told that the guild is unavailable.
    pub(super) fn start_syncs(
        &mut self,
        id: GuildId,
        users: Vec<UserId>,
        kind: DispatchKind,
        seq: Option<u64>,
    ) {
        let mut asked = Vec::new();
        for user in users {
            let Some(state) = self.users.get_mut(&user).filter(|state| state.is_live()) else {
                continue;
            };
            state.guilds.insert(id);
            if let Some(member) = self
                .guilds
                .get_mut(&id)
                .and_then(|guild| guild.members.get_mut(&user))
            {
                member.syncing = true;
            }
            self.syncs.entry((id, user)).or_insert_with(|| {
                asked.push(user);
                let from = match seq {
                    Some(seq) => self.pins.pin(seq),
                    None => self.pins.processed() + 1,
                };
                Sync::new(kind, from, seq.is_some())
            });
        }
        if let Some(guild) = self.guilds.get_mut(&id) {
            guild.forget_audiences();
        }
        self.ask_views(id, asked);
    }

    /// Asks for snapshots as of now.
    pub(super) fn ask_views(&self, id: GuildId, users: Vec<UserId>) {
        let Some(reporter) = self.reporter().filter(|_| !users.is_empty()) else {
            return;
        };
        let wanted = users.into_iter().filter_map(|user| {
            let sync = self.syncs.get(&(id, user))?;
            Some((user, sync.asking.clone()))
        });
        let wanted: Vec<_> = wanted.collect();
        let snapshots = self.parts.snapshots.clone();
        let stopping = self.parts.lifecycle.stopping_token();
        self.parts.lifecycle.spawn("guild-views", async move {
            let asking = stream::iter(wanted).for_each_concurrent(VIEWS_AT_ONCE, |it| {
                let ((user, ended), snapshots, reporter) = (it, &snapshots, &reporter);
                async move {
                    let view = tokio::select! {
                        view = ask_until(|| snapshots.ask(id, user, true)) => view,
                        () = ended.cancelled() => return,
                    };
                    let view = view.map(|described| View {
                        snapshot: described.snapshot(user, snapshots.now()),
                        described,
                    });
                    let viewed = Viewed {
                        guild: id,
                        user,
                        view,
                    };
                    let _ = reporter.send(Command::Viewed(Box::new(viewed))).await;
                }
            });
            tokio::select! {
                () = asking => {}
                () = stopping.cancelled() => {}
            }
        });
    }

    pub(super) async fn on_viewed(&mut self, viewed: Viewed) {
        let Viewed {
            guild: id,
            user,
            view,
        } = viewed;
        let Some(&Sync { kind, from, .. }) = self.syncs.get(&(id, user)) else {
            return;
        };
        let View {
            described,
            snapshot,
        } = match view {
            Ok(view) => view,
            Err(Refusal::Gone) if self.absences.has(id, user) => return self.part(id, user).await,
            // A guild that is gone stays closed to them, until the event that says so.
            Err(Refusal::Gone) => return self.end_sync(id, user),
            Err(Refusal::Refused) => return self.give_up(id, user).await,
        };
        let version = described.version();
        let told_of = self.parts.ring.newest_version(id).unwrap_or(version);
        let guild = match self.guilds.get_mut(&id) {
            Some(guild) => guild,
            None if version < told_of => return self.ask_views(id, vec![user]),
            None => self
                .guilds
                .entry(id)
                .or_insert_with(|| Guild::new(described.facts.clone())),
        };
        if let Some(refetch) = &mut guild.refetch {
            return refetch.parked.push(user);
        }
        if version < guild.applied {
            return self.ask_views(id, vec![user]);
        }
        if version > guild.applied {
            self.refetch(id, version, None);
            if let Some(refetch) = self
                .guilds
                .get_mut(&id)
                .and_then(|guild| guild.refetch.as_mut())
            {
                refetch.parked.push(user);
            }
            return;
        }
        let (Some(snapshot), Some(of)) = (snapshot, described.member(user)) else {
            // They have left again; the event that says so tells them, if they were not told that it is unavailable before.
            return self.part(id, user).await;
        };
        let now = self.parts.clock.now();
        if let Some(until) = guild.admit(of, version, now) {
            self.expiries.insert((until, id, user));
        }
        if let Some(state) = self.users.get_mut(&user) {
            state.guilds.insert(id);
        }
        let mut frames = vec![Dispatch::encode(kind, None, &snapshot).bytes().clone()];
        frames.extend(self.since(id, user, from));
        let outlets = self.users.get(&user).into_iter().flat_map(UserState::live);
        let outlets: Vec<_> = outlets.cloned().collect();
        for outlet in outlets {
            self.parts.fan_out.to_one(&outlet, frames.clone()).await;
        }
        self.end_sync(id, user);
        if let Some(guild) = self.guilds.get_mut(&id) {
            if let Some(member) = guild.members.get_mut(&user) {
                member.syncing = false;
            }
            guild.forget_audiences();
        }
        self.found(id, user);
    }

    /// What has happened in a guild from `first` on, as a member sees it.
    fn since(&mut self, id: GuildId, user: UserId, first: u64) -> Vec<Bytes> {
        let Some(guild) = self.guilds.get(&id) else {
            return Vec::new();
        };
        let processed = self.pins.processed();
        let visible = |entry: &&Arc<Entry>| {
            entry.seq <= processed && entry.guild() == Some(id) && guild.shows(user, entry)
        };
        let entries: Vec<_> = self
            .parts
            .ring
            .after(first - 1)
            .filter(visible)
            .cloned()
            .collect();
        let erased = Erased::after(&self.parts.ring, first - 1);
        let stamped = entries.iter().filter_map(|entry| {
            let frame = erased.frame(entry)?;
            Some(self.pins.stamp_late(&frame, entry.seq).bytes().clone())
        });
        stamped.collect()
    }

    /// A snapshot is sent, or there is nobody to send it to any more.
    pub(super) fn end_sync(&mut self, id: GuildId, user: UserId) {
        if let Some(sync) = self.syncs.remove(&(id, user))
            && sync.pinned
        {
            self.pins.unpin(sync.from);
        }
    }
}

impl Guild {
    /// Whether a member may see an event of this guild now.
    pub(super) fn shows(&self, user: UserId, entry: &Entry) -> bool {
        let Some(member) = self.members.get(&user) else {
            return false;
        };
        match entry.head.scope {
            Scope::Channel(_, channel) => self.may_view(member, channel),
            // Of their own removal they are told in another way.
            Scope::Guild(_) => {
                entry.head.kind != kith_events::EventKind::GuildMemberRemove
                    || entry.member() != Some(user)
            }
            Scope::Direct(_) | Scope::User(_) => false,
        }
    }

    /// The first of the guild's events that wait.
    pub(super) fn first_held(&self) -> Option<u64> {
        self.held.front().map(|(entry, _)| entry.seq)
    }
}
