use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use kith_events::rpc::MemberRoles;
use kith_types::{ChannelId, RoleId, Timestamp, UserId};
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::absent::PATIENCE;
use super::seed::Seeded;
use crate::entry::Entry;
use crate::fanout::Audience;
use crate::guild::{ClassId, Classes, GuildFacts, Standing};
use crate::outlet::Outlet;

/// How many events of one guild may wait for its facts, and how many bytes of them. Facts take milliseconds; what would fill memory
/// is let go of, and the guild is told anew when it can be.
pub(super) const HELD: usize = 10_000;
pub(super) const HELD_BYTES: usize = 8 * 1024 * 1024;

/// A guild that somebody here is a member of.
pub(super) struct Guild {
    pub(super) facts: Arc<GuildFacts>,
    /// Up to this `access_version` the facts are those of the guild; events that carry a newer one wait.
    pub(super) applied: i64,
    pub(super) classes: Classes,
    /// Those of its members who have a session here.
    pub(super) members: HashMap<UserId, Member>,
    /// Who receives a channel's events; found out once after each change, at the first event.
    pub(super) audiences: HashMap<ChannelId, Arc<Audience>>,
    /// Who receives what is for all members.
    pub(super) everyone: Option<Arc<Audience>>,
    /// What waits for facts, in order, with the places that it pins. As long as something waits or facts are on their
    /// way, everything of the guild waits.
    pub(super) held: VecDeque<(Arc<Entry>, u64)>,
    /// About how many bytes of memory they take.
    pub(super) held_bytes: usize,
    pub(super) refetch: Option<Refetch>,
    /// Who could view a channel that is gone, until its own event says so.
    pub(super) parting: HashMap<ChannelId, Vec<Arc<Outlet>>>,
}

/// Somebody who has a session here, as a member of a guild.
pub(super) struct Member {
    pub(super) roles: Box<[RoleId]>,
    pub(super) timed_out_until: Option<Timestamp>,
    /// The `access_version` that this was read at.
    pub(super) as_of: i64,
    pub(super) class: ClassId,
    /// Whether a snapshot is on its way to them. Until it is sent, the guild's events wait in the ring for them.
    pub(super) syncing: bool,
}

/// Facts that are on their way.
pub(super) struct Refetch {
    /// Which of all questions it is: an answer to an earlier one does not count.
    pub(super) number: u64,
    /// Until when they are waited for.
    pub(super) until: Instant,
    /// Ends the asking with the wish.
    pub(super) asking: CancellationToken,
    _ends: DropGuard,
    /// What they must contain at least.
    pub(super) need: i64,
    /// Those who want to know when they are there.
    pub(super) waiting: Vec<oneshot::Sender<Seeded>>,
    /// Members who need a snapshot that is not older.
    pub(super) parked: Vec<UserId>,
}

impl Guild {
    pub(super) fn new(facts: Arc<GuildFacts>) -> Self {
        Self {
            applied: facts.version(),
            facts,
            classes: Classes::default(),
            members: HashMap::new(),
            audiences: HashMap::new(),
            everyone: None,
            held: VecDeque::new(),
            held_bytes: 0,
            refetch: None,
            parting: HashMap::new(),
        }
    }

    /// Whether the guild's events have to wait.
    pub(super) fn is_holding(&self) -> bool {
        self.refetch.is_some() || !self.held.is_empty()
    }

    /// Takes in, or anew, what was read of a member at `as_of`. Gives when their time-out ends.
    pub(super) fn admit(
        &mut self,
        of: &MemberRoles,
        as_of: i64,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let standing = Standing {
            user: of.user,
            roles: &of.roles,
            timed_out: of.timed_out_until.is_some_and(|until| until > now),
        };
        let class = self.classes.of(&self.facts, standing, now);
        let syncing = self
            .members
            .get(&of.user)
            .is_some_and(|member| member.syncing);
        let member = Member {
            roles: of.roles.clone().into(),
            timed_out_until: of.timed_out_until,
            as_of,
            class,
            syncing,
        };
        self.members.insert(of.user, member);
        self.forget_audiences();
        of.timed_out_until.filter(|until| *until > now)
    }

    /// Somebody came, went or sees something else: who receives what is found out anew.
    pub(super) fn forget_audiences(&mut self) {
        self.audiences.clear();
        self.everyone = None;
    }

    /// Whether a member may view a channel.
    pub(super) fn may_view(&self, member: &Member, channel: ChannelId) -> bool {
        self.classes
            .rights(member.class)
            .channels
            .contains_key(&channel)
    }

    /// Facts at `need` or newer are wanted. `number`, if they were not before.
    pub(super) fn want(&mut self, need: i64, number: u64) -> bool {
        let first = self.refetch.is_none();
        let refetch = self.refetch.get_or_insert_with(|| {
            let asking = CancellationToken::new();
            Refetch {
                number,
                until: Instant::now() + PATIENCE,
                _ends: asking.clone().drop_guard(),
                asking,
                need,
                waiting: Vec::new(),
                parked: Vec::new(),
            }
        });
        refetch.need = refetch.need.max(need);
        first
    }
}
