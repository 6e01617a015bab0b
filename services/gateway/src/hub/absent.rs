//! Guilds that cannot be told of: what describes one is more than anybody reads, or it does not come. Its members here are told
//! that it is unavailable, nothing of it reaches them, and nobody else waits for it. It comes when it can.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use kith_events::EventKind;
use kith_types::{GuildId, UserId};
use kith_wire::{DispatchKind, GuildAway};
use metrics::counter;
use tokio::time::Instant;

use super::users::UserState;
use super::{Hub, Phase, Todo};
use crate::entry::Entry;
use crate::frame::Dispatch;

/// How long a guild's events may wait for its facts, and a snapshot may be on its way. As long as they do, nothing says that everything
/// up to them was sent; who resumes elsewhere waits for longer than that (15 seconds), so nobody notices another's guild.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// Between two attempts to tell of a guild that is unavailable, at first and at most. They end when nobody here waits for it.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));

/// Who here waits for which guild.
#[derive(Default)]
pub(super) struct Absences(HashMap<GuildId, Absence>);

struct Absence {
    users: HashSet<UserId>,
    /// Who is told first; when that works, all others are.
    probe: Option<UserId>,
    due: Instant,
    pause: Duration,
}

impl Absences {
    pub(super) fn has(&self, id: GuildId, user: UserId) -> bool {
        let absence = self.0.get(&id);
        absence.is_some_and(|absence| absence.users.contains(&user))
    }

    pub(super) fn is_unavailable(&self, id: GuildId) -> bool {
        self.0.contains_key(&id)
    }

    /// How many guilds are unavailable to somebody.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    fn add(&mut self, id: GuildId, user: UserId, now: Instant) {
        let absence = self.0.entry(id).or_insert_with(|| {
            tracing::warn!(guild.id = %id, "a guild is unavailable to members here until it can be described");
            counter!("kith_gateway_guilds_unavailable_total").increment(1);
            Absence { users: HashSet::new(), probe: None, due: now + PAUSES.0, pause: PAUSES.0 }
        });
        absence.users.insert(user);
    }

    /// Somebody does not wait any more.
    pub(super) fn remove(&mut self, id: GuildId, user: UserId) {
        if let Some(absence) = self.0.get_mut(&id)
            && absence.users.remove(&user)
            && absence.users.is_empty()
        {
            tracing::info!(guild.id = %id, "nobody here waits for the guild any more");
            self.0.remove(&id);
        }
    }

    /// Somebody has been told. Gives who can be told too, if this one was the first.
    fn found(&mut self, id: GuildId, user: UserId) -> Vec<UserId> {
        let Some(absence) = self.0.get_mut(&id) else {
            return Vec::new();
        };
        absence.users.remove(&user);
        let others = match absence.probe.take_if(|probe| *probe == user) {
            Some(_) => absence.users.iter().copied().collect(),
            None => Vec::new(),
        };
        if absence.users.is_empty() {
            tracing::info!(guild.id = %id, "the guild is available again");
            self.0.remove(&id);
        }
        others
    }
}

impl Hub {
    /// Somebody who is here could not be given a guild.
    pub(super) fn miss(&mut self, id: GuildId, user: UserId) {
        if let Some(state) = self.users.get_mut(&user) {
            state.guilds.insert(id);
            self.absences.add(id, user, Instant::now());
        }
    }

    /// Gives up to wait for a guild's facts: what waits is not sent, and all members here are told that the guild is unavailable.
    pub(super) async fn let_go(&mut self, id: GuildId, why: &'static str) {
        let Some(guild) = self.guilds.get(&id) else {
            return;
        };
        tracing::warn!(guild.id = %id, held = guild.held.len(), why, "a guild's facts are not waited for any longer");
        let removals = guild.held.iter().map(|(entry, _)| entry);
        let removals = removals.filter(|entry| entry.head.kind == EventKind::GuildMemberRemove);
        let removals: HashMap<UserId, Arc<Entry>> = removals
            .filter_map(|entry| Some((entry.member()?, entry.clone())))
            .collect();
        let members: Vec<UserId> = guild.members.keys().copied().collect();
        self.forget_guild(id);
        for user in members {
            self.end_sync(id, user);
            match removals.get(&user) {
                Some(entry) => self.tell_gone(id, user, entry).await,
                None => self.lose(id, user).await,
            }
        }
    }

    /// Gives up to wait for somebody's snapshot of a guild.
    pub(super) async fn give_up(&mut self, id: GuildId, user: UserId) {
        let knows_nothing = self.absences.has(id, user)
            && self
                .guilds
                .get(&id)
                .is_none_or(|guild| !guild.members.contains_key(&user));
        if knows_nothing {
            self.end_sync(id, user);
        } else {
            // What they see of it is not right any more, and how it would be right is not known.
            self.drop_member(id, user);
            self.lose(id, user).await;
        }
    }

    /// Takes a guild from somebody who is here, until it can be told of.
    async fn lose(&mut self, id: GuildId, user: UserId) {
        self.miss(id, user);
        self.tell_away(id, user, true).await;
    }

    /// A guild that somebody waits for is not theirs: the event that said so has passed.
    pub(super) async fn part(&mut self, id: GuildId, user: UserId) {
        let waited = self.absences.has(id, user);
        self.forget_member(id, user);
        if waited {
            self.tell_away(id, user, false).await;
        }
    }

    async fn tell_away(&mut self, id: GuildId, user: UserId, unavailable: bool) {
        let Some(state) = self.users.get_mut(&user) else {
            return;
        };
        let frame = away(id, unavailable);
        state.leave_to_do(id, &Todo::Gone(frame.clone()));
        let outlets: Vec<_> = state.live().cloned().collect();
        for outlet in outlets {
            let frames = vec![frame.bytes().clone()];
            self.parts.fan_out.to_one(&outlet, frames).await;
        }
    }

    /// Somebody's snapshot has been sent.
    pub(super) fn found(&mut self, id: GuildId, user: UserId) {
        let others = self.absences.found(id, user);
        self.start_syncs(id, others, DispatchKind::GuildCreate, None);
    }

    /// A guild is deleted that some here wait for.
    pub(super) async fn end_absence(&mut self, id: GuildId, entry: &Entry) {
        let users = self.absences.0.get(&id).map(|absence| &absence.users);
        let waiting = users.into_iter().flatten().filter(|user| {
            let guild = self.guilds.get(&id);
            guild.is_none_or(|guild| !guild.members.contains_key(user))
        });
        for user in waiting.copied().collect::<Vec<_>>() {
            self.tell_gone(id, user, entry).await;
        }
        self.absences.0.remove(&id);
    }

    /// Ends what has waited for too long, and asks again for what is unavailable.
    pub(super) async fn mind_absences(&mut self) {
        // While the stream is away nobody can be asked, and nobody waits for one guild more than for everything.
        if self.phase != Phase::Live {
            return;
        }
        let now = Instant::now();
        let late = self.guilds.iter().filter(|(_, guild)| {
            let refetch = guild.refetch.as_ref();
            refetch.is_some_and(|refetch| refetch.until <= now)
        });
        for id in late.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.let_go(id, "they did not come in time").await;
        }
        let late = self.syncs.iter().filter(|(_, sync)| sync.until <= now);
        for (id, user) in late.map(|(key, _)| *key).collect::<Vec<_>>() {
            self.give_up(id, user).await;
        }
        let mut probes = Vec::new();
        for (id, absence) in &mut self.absences.0 {
            let here = |user: &&UserId| self.users.get(user).is_some_and(UserState::is_live);
            if absence.due <= now
                && let Some(probe) = absence.users.iter().find(here).copied()
            {
                absence.due = now + absence.pause;
                absence.pause = (absence.pause * 2).min(PAUSES.1);
                absence.probe = Some(probe);
                probes.push((*id, probe));
            }
        }
        for (id, probe) in probes {
            self.start_syncs(id, vec![probe], DispatchKind::GuildCreate, None);
        }
    }

    /// What was waited for could not come: the time begins anew.
    pub(super) fn grant_time(&mut self) {
        let until = Instant::now() + PATIENCE;
        let refetches = self.guilds.values_mut();
        for refetch in refetches.filter_map(|guild| guild.refetch.as_mut()) {
            refetch.until = until;
        }
        for sync in self.syncs.values_mut() {
            sync.until = until;
        }
    }
}

/// `GUILD_DELETE` of a guild that cannot be shown now, or is not theirs.
pub(crate) fn away(guild_id: GuildId, unavailable: bool) -> Dispatch {
    let payload = GuildAway {
        guild_id,
        unavailable,
    };
    let json = serde_json::to_vec(&payload).expect("it has only plain fields");
    Dispatch::encode(DispatchKind::GuildDelete, None, &json)
}
