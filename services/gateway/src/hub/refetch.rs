use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use kith_events::EventKind;
use kith_events::rpc::MemberRoles;
use kith_types::{GuildId, UserId};
use kith_wire::{DispatchKind, PermissionsUpdate};
use tracing::Span;

use super::seed::Seeded;
use super::users::UserState;
use super::{Command, Hub, Todo};
use crate::entry::Entry;
use crate::frame::Dispatch;
use crate::guild::{Change, ClassId};
use crate::outlet::Outlet;
use crate::snapshots::{AskError, Described};

/// Between two questions that were not answered, at first and at most. It is asked until nobody wants to know any more, or the hub
/// has waited for long enough ([`super::absent`]): without facts nothing of the guild is sent.
pub(super) const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));
/// How often api may say that it cannot describe a guild, until that is believed: a mistake of a moment is none.
pub(super) const REFUSALS: u32 = 3;

/// What api said.
pub(super) enum Outcome {
    Facts {
        described: Arc<Described>,
        members: HashMap<UserId, MemberRoles>,
    },
    /// There is no such guild any more. The event that says so follows.
    Gone,
    /// Api cannot describe it.
    Refused,
}

/// What new facts mean for those who are here.
#[derive(Default)]
struct Effects {
    leaving: Vec<UserId>,
    sight: Vec<UserId>,
    rights: HashMap<ClassId, Vec<UserId>>,
}

/// Why there will be no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// There is no such guild any more.
    Gone,
    /// Api cannot describe it.
    Refused,
}

/// Asks until there is an answer, or it is certain that there will be none. Whoever wants to know ends it otherwise.
pub(super) async fn ask_until<T, F: Future<Output = Result<T, AskError>>>(
    ask: impl Fn() -> F,
) -> Result<T, Refusal> {
    let (mut pause, mut refusals) = (PAUSES.0, 0);
    loop {
        match ask().await {
            Ok(answer) => return Ok(answer),
            Err(AskError::Gone) => return Err(Refusal::Gone),
            Err(AskError::TooLarge | AskError::Refused) => refusals += 1,
            Err(AskError::Unavailable) => {}
        }
        if refusals >= REFUSALS {
            return Err(Refusal::Refused);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

impl Hub {
    /// Asks for facts at `need` or newer; those of one member only, if nothing else has changed. Until they are there
    /// the guild's events wait.
    pub(super) fn refetch(&mut self, id: GuildId, need: i64, only: Option<UserId>) {
        self.refetches += 1;
        let number = self.refetches;
        if self
            .guilds
            .get_mut(&id)
            .is_some_and(|guild| guild.want(need, number))
        {
            self.fetch(id, only, false);
        }
    }

    fn fetch(&self, id: GuildId, only: Option<UserId>, again: bool) {
        let (Some(guild), Some(reporter)) = (self.guilds.get(&id), self.reporter()) else {
            return;
        };
        let Some(refetch) = &guild.refetch else {
            return;
        };
        let (number, ended) = (refetch.number, refetch.asking.clone());
        let users = only.map_or_else(
            || guild.members.keys().copied().collect(),
            |user| vec![user],
        );
        let snapshots = self.parts.snapshots.clone();
        let stopping = self.parts.lifecycle.stopping_token();
        self.parts.lifecycle.spawn("guild-facts", async move {
            let asking = async {
                if again {
                    // The answer was older than the event: a moment later it is not.
                    tokio::time::sleep(PAUSES.0).await;
                }
                ask_until(|| snapshots.ask_all(id, &users)).await
            };
            let answer = tokio::select! {
                answer = asking => answer,
                () = ended.cancelled() => return,
                () = stopping.cancelled() => return,
            };
            let facts = match answer {
                Ok((described, members)) => Outcome::Facts { described, members },
                Err(Refusal::Gone) => Outcome::Gone,
                Err(Refusal::Refused) => Outcome::Refused,
            };
            let _ = reporter
                .send(Command::Refetched {
                    guild: id,
                    number,
                    users: only,
                    facts,
                })
                .await;
        });
    }

    pub(super) async fn on_refetched(
        &mut self,
        (id, number): (GuildId, u64),
        only: Option<UserId>,
        outcome: Outcome,
    ) {
        let Some(guild) = self.guilds.get_mut(&id) else {
            return;
        };
        let Some(refetch) = guild.refetch.as_mut().filter(|it| it.number == number) else {
            return;
        };
        let (described, members) = match outcome {
            Outcome::Facts { described, members } => (described, members),
            Outcome::Refused => return self.let_go(id, "api cannot describe it").await,
            Outcome::Gone => {
                // Everything goes on waiting, until the event ends it.
                for waiting in refetch.waiting.drain(..) {
                    let _ = waiting.send(Seeded::NotMember);
                }
                let parked = std::mem::take(&mut refetch.parked);
                for user in parked {
                    self.end_sync(id, user);
                }
                return;
            }
        };
        let (version, need) = (described.version(), refetch.need);
        // One member's facts are all that is new only if nothing else has changed up to them.
        let whole =
            only.is_none() || (version == guild.applied.max(need) && need <= guild.applied + 1);
        if version < need.max(guild.facts.version()) || !whole {
            return self.fetch(id, None, only.is_none());
        }
        let Some(refetch) = guild.refetch.take() else {
            return;
        };
        let effects = self.apply(id, &described, &members, only);
        self.tell_of(id, effects, version).await;
        for waiting in refetch.waiting {
            let _ = waiting.send(Seeded::Stale);
        }
        self.ask_views(id, refetch.parked);
        self.release(id).await;
    }

    /// Puts new facts in force.
    fn apply(
        &mut self,
        id: GuildId,
        described: &Described,
        members: &HashMap<UserId, MemberRoles>,
        only: Option<UserId>,
    ) -> Effects {
        let now = self.now();
        let mut effects = Effects::default();
        let Some(guild) = self.guilds.get_mut(&id) else {
            return effects;
        };
        let old_facts = std::mem::replace(&mut guild.facts, described.facts.clone());
        let old_classes = guild.classes.clone();
        if only.is_none() {
            guild.classes = crate::guild::Classes::default();
        }
        guild.applied = described.version();

        let before: Vec<(UserId, ClassId)> = match only {
            Some(user) => guild
                .members
                .get(&user)
                .map(|member| (user, member.class))
                .into_iter()
                .collect(),
            None => guild
                .members
                .iter()
                .map(|(user, member)| (*user, member.class))
                .collect(),
        };
        for channel in old_facts.channels_gone_in(&guild.facts) {
            let could_view = old_classes.who_may_view(channel);
            let users = before
                .iter()
                .filter(|(_, class)| could_view.includes(*class))
                .map(|(user, _)| user);
            let outlets = users
                .filter_map(|user| self.users.get(user))
                .flat_map(UserState::live);
            let outlets: Vec<Arc<Outlet>> = outlets.cloned().collect();
            guild.parting.insert(channel, outlets);
        }

        let mut compared: HashMap<(ClassId, ClassId), (Change, bool)> = HashMap::new();
        for (user, old_class) in before {
            let Some(of) = members.get(&user) else {
                effects.leaving.push(user);
                continue;
            };
            if let Some(until) = guild
                .members
                .get(&user)
                .and_then(|member| member.timed_out_until)
            {
                self.expiries.remove(&(until, id, user));
            }
            if let Some(until) = guild.admit(of, described.version(), now) {
                self.expiries.insert((until, id, user));
            }
            let new_class = guild.members[&user].class;
            let (change, same) = *compared.entry((old_class, new_class)).or_insert_with(|| {
                let (old, new) = (
                    old_classes.rights(old_class),
                    guild.classes.rights(new_class),
                );
                (
                    Change::between((&old_facts, old), (&guild.facts, new)),
                    old == new,
                )
            });
            match change {
                Change::Sight => effects.sight.push(user),
                Change::Rights => effects.rights.entry(new_class).or_default().push(user),
                Change::None => {}
            }
            if !same && let Some(state) = self.users.get_mut(&user) {
                state.leave_to_do(id, &Todo::Sync);
            }
        }
        guild.forget_audiences();
        effects
    }

    /// Lets those who are here know what new facts mean for them.
    async fn tell_of(&mut self, id: GuildId, effects: Effects, version: i64) {
        let Some(guild) = self.guilds.get(&id) else {
            return;
        };
        let nobody_left = effects.leaving.len() == guild.members.len();
        let removals = guild
            .held
            .iter()
            .filter(|(entry, _)| entry.head.kind == EventKind::GuildMemberRemove);
        let removals: HashMap<UserId, Arc<Entry>> = removals
            .filter_map(|(entry, _)| Some((entry.member()?, entry.clone())))
            .collect();
        for user in effects.leaving {
            match removals.get(&user) {
                // With the last member the guild is forgotten, and what waits in it.
                Some(entry) if nobody_left => self.tell_gone(id, user, &entry.clone()).await,
                // From now on nothing reaches them; the event that removed them is still to come, and tells them.
                _ => self.forget_member(id, user),
            }
        }
        for (class, users) in effects.rights {
            self.tell_rights(id, class, &users, version).await;
        }
        // Whoever breaks off before their snapshot arrives must come back to a place before what it tells of: that is what
        // waits, or something that is still to come.
        let first_held = self
            .guilds
            .get(&id)
            .and_then(super::guild::Guild::first_held);
        let seq = first_held.unwrap_or(self.pins.processed() + 1);
        self.start_syncs(id, effects.sight, DispatchKind::GuildSync, Some(seq));
    }

    /// Sends members of one class what they may do now.
    pub(super) async fn tell_rights(
        &mut self,
        id: GuildId,
        class: ClassId,
        users: &[UserId],
        version: i64,
    ) {
        let Some(guild) = self.guilds.get(&id) else {
            return;
        };
        let payload = PermissionsUpdate {
            guild_id: id,
            access_version: version,
            permissions: guild.classes.rights(class).clone(),
        };
        let json = serde_json::to_vec(&payload).expect("rights have only plain fields");
        // Who gets a snapshot gets their rights with it.
        let reached = users.iter().filter(|user| {
            guild
                .members
                .get(user)
                .is_some_and(|member| !member.syncing)
        });
        let outlets = reached
            .filter_map(|user| self.users.get(user))
            .flat_map(UserState::live);
        let audience = Arc::new(self.parts.fan_out.audience(outlets));
        let frame = Dispatch::encode(DispatchKind::PermissionsUpdate, None, &json);
        let fan_out = &self.parts.fan_out;
        fan_out
            .to_many(
                frame.kind(),
                frame.bytes().clone(),
                &audience,
                None,
                Span::none(),
            )
            .await;
    }

    /// Some time-outs have ended: who was silenced may speak again.
    pub(super) async fn end_time_outs(&mut self) {
        let now = self.now();
        while let Some(expiry) = self
            .expiries
            .first()
            .copied()
            .filter(|(until, ..)| *until <= now)
        {
            self.expiries.remove(&expiry);
            let (until, id, user) = expiry;
            let Some(guild) = self.guilds.get_mut(&id) else {
                continue;
            };
            let Some(member) = guild
                .members
                .get(&user)
                .filter(|it| it.timed_out_until == Some(until))
            else {
                continue;
            };
            let (before, as_of) = (member.class, member.as_of);
            let of = MemberRoles {
                user,
                roles: member.roles.to_vec(),
                timed_out_until: None,
            };
            guild.admit(&of, as_of, now);
            let (class, version) = (guild.members[&user].class, guild.applied);
            if guild.classes.rights(before) != guild.classes.rights(class) {
                if let Some(state) = self.users.get_mut(&user) {
                    state.leave_to_do(id, &Todo::Sync);
                }
                self.tell_rights(id, class, &[user], version).await;
            }
        }
    }
}
