use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use kith_events::{EventKind, Scope};
use kith_types::{GuildId, SessionId, UserId};
use kith_wire::Op;
use metrics::gauge;
use tokio::sync::oneshot;

use super::entries::ENDED;
use super::erased::Erased;
use super::guild::Guild;
use super::take::gone;
use super::users::{Attached, Stage, Starting};
use super::{Circle, Hub, Phase};
use crate::entry::{Entry, Meaning};
use crate::frame::{self, Dispatch};
use crate::outlet::Outlet;

/// How many events are looked at for one session before others have their turn.
const LOOKED_AT: usize = 4096;

/// A session that starts or resumes.
pub(crate) struct Attach {
    pub(crate) outlet: Arc<Outlet>,
    pub(crate) user: UserId,
    pub(crate) login: SessionId,
    pub(crate) known: Known,
    pub(crate) circle: Circle,
    /// Everything up to here had been sent before `circle` was read.
    pub(crate) as_of: u64,
    pub(crate) reply: oneshot::Sender<Begun>,
}

/// What a session's client knows already.
pub(crate) enum Known {
    Nothing,
    /// Everything up to `s`; the user is in these guilds now.
    UpTo {
        s: u64,
        guilds: HashSet<GuildId>,
        /// These it was told are unavailable.
        unavailable: Vec<GuildId>,
    },
}

/// How a session begins.
pub(crate) enum Begun {
    /// Of these guilds it is told as a whole, because access has changed.
    Ready { changed: HashSet<GuildId> },
    /// The ring no longer reaches back to what the client knows.
    TooOld,
    /// The user has more sessions here than anybody needs.
    TooMany,
}

/// What a client still has to be told of a guild, besides events.
#[derive(Debug, Clone)]
pub(crate) enum Todo {
    Create,
    Sync,
    /// This `GUILD_DELETE`.
    Gone(Dispatch),
}

/// A session wants to go on.
pub(super) struct Advance {
    pub(super) user: UserId,
    pub(super) outlet: u64,
    /// It has everything up to here.
    pub(super) from: u64,
    /// Whether it resumes, and is told when it is through.
    pub(super) resumed: bool,
    pub(super) reply: oneshot::Sender<Step>,
}

/// How far a session has come.
#[derive(Debug)]
pub(crate) enum Step {
    /// It has everything and follows what happens.
    Live,
    /// It has everything up to here; go on when the socket has taken it.
    More(u64),
    /// Guilds to tell of first.
    Todo(Vec<(GuildId, Todo)>),
    /// Go on when this is reached.
    Wait(u64),
    TooOld,
    /// The session has ended.
    Ended,
}

/// What an event is for a session that catches up.
enum Sight {
    Shown,
    Hidden,
    /// It waits for its guild's facts.
    Held,
    /// It ends the session.
    Revoked,
}

/// How many sessions one user may have on one gateway: devices, and a margin for connections that died silently.
const SESSIONS: usize = 64;

impl Hub {
    pub(super) fn attach(&mut self, attach: Attach) {
        let Attach {
            outlet,
            user,
            login,
            known,
            circle,
            as_of,
            reply,
        } = attach;
        let mut starting = Starting::default();
        if let Known::UpTo {
            s,
            guilds,
            unavailable,
        } = known
        {
            if !self.parts.ring.reaches_back_to(s) {
                let _ = reply.send(Begun::TooOld);
                return;
            }
            starting.todo = self.missed(user, s, &guilds, as_of);
            for id in unavailable.iter().filter(|id| guilds.contains(id)) {
                starting.todo.insert(*id, Todo::Create);
            }
        }
        let ended = starting
            .todo
            .iter()
            .filter(|(_, todo)| matches!(todo, Todo::Gone(_)));
        for id in ended.map(|(id, _)| *id).collect::<Vec<_>>() {
            // Another session of theirs may still be there as a member, until the event that they left by comes.
            self.forget_member(id, user);
        }
        let changed = starting.todo.keys().copied().collect();
        let state = self.users.entry(user).or_default();
        if state.sessions.len() >= SESSIONS {
            let _ = reply.send(Begun::TooMany);
            return;
        }
        state.sessions.push(Attached {
            outlet,
            login,
            stage: Stage::Starting(Box::new(starting)),
        });
        gauge!("kith_gateway_sessions").increment(1);
        self.enter(user, circle, as_of);
        let _ = reply.send(Begun::Ready { changed });
    }

    /// Which guilds' access has changed for a user after `s`: these are not replayed but told of as a whole. `guilds` may not
    /// know of what happened after `as_of`.
    fn missed(
        &self,
        user: UserId,
        s: u64,
        guilds: &HashSet<GuildId>,
        as_of: u64,
    ) -> HashMap<GuildId, Todo> {
        let mut todo = HashMap::new();
        for entry in self
            .parts
            .ring
            .access_after(s)
            .filter(|entry| entry.concerns(user))
        {
            let Some(id) = entry.guild() else { continue };
            let in_it = guilds.contains(&id) || entry.seq > as_of;
            let ends = match entry.head.kind {
                EventKind::GuildMemberRemove | EventKind::GuildDelete => true,
                // A member who has come back needs the guild, not its end.
                EventKind::GuildMemberAdd if in_it => {
                    todo.insert(id, Todo::Create);
                    continue;
                }
                _ => false,
            };
            if in_it {
                todo.entry(id).or_insert(Todo::Sync);
            } else if ends && let Some(frame) = gone(id, entry) {
                todo.insert(id, Todo::Gone(frame.without_s()));
            }
        }
        todo
    }

    pub(super) fn advance(&mut self, advance: Advance) {
        let Advance {
            user,
            outlet,
            from,
            resumed,
            reply,
        } = advance;
        let step = self.step(user, outlet, from, resumed);
        if matches!(step, Step::Live) {
            self.greet(user, outlet);
            let guilds = self
                .users
                .get(&user)
                .into_iter()
                .flat_map(|state| &state.guilds);
            for id in guilds {
                if let Some(guild) = self.guilds.get_mut(id) {
                    guild.forget_audiences();
                }
            }
        }
        let _ = reply.send(step);
    }

    fn step(&mut self, user: UserId, outlet: u64, from: u64, resumed: bool) -> Step {
        let watermark = self.pins.watermark();
        let processed = self.pins.processed();
        let Some(state) = self.users.get_mut(&user) else {
            return Step::Ended;
        };
        let Some(attached) = state
            .sessions
            .iter_mut()
            .find(|it| it.outlet.id() == outlet)
        else {
            return Step::Ended;
        };
        let Stage::Starting(starting) = &mut attached.stage else {
            return Step::Live;
        };
        if self.phase != Phase::Live || watermark < from {
            // A gateway that was further ahead has told it more; here it waits rather than going back.
            return Step::Wait(from);
        }
        if !starting.todo.is_empty() {
            return Step::Todo(starting.todo.drain().collect());
        }
        if !self.parts.ring.reaches_back_to(from) {
            return Step::TooOld;
        }
        let (mut frames, mut bytes, mut first_held, mut next) = (Vec::new(), 0, None, from);
        let mut whole = true;
        let erased = Erased::after(&self.parts.ring, from);
        let entries: Vec<&Arc<Entry>> = self.parts.ring.after(from).take(LOOKED_AT + 1).collect();
        for (index, entry) in entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| entry.seq <= processed)
        {
            if index == LOOKED_AT || bytes > self.parts.chunk {
                whole = false;
                break;
            }
            match sight(&self.guilds, starting, user, attached.login, entry) {
                Sight::Shown => {
                    if let Some(frame) = erased.frame(entry) {
                        bytes += frame.bytes().len();
                        frames.push((entry.seq, self.pins.stamp(&frame, entry.seq)));
                    }
                }
                Sight::Hidden => {}
                Sight::Held => {
                    first_held.get_or_insert(entry.seq);
                }
                Sight::Revoked => {
                    attached.outlet.close(ENDED);
                    return Step::Ended;
                }
            }
            next = entry.seq;
        }
        if !whole && let Some(held) = first_held {
            // What waits would be missed: it may be sent to those who are live while this session is not yet.
            frames.retain(|(seq, _)| *seq < held);
            next = held - 1;
            if next <= from {
                return Step::Wait(held);
            }
        }
        for (_, frame) in &frames {
            attached.outlet.send(frame.bytes());
        }
        if !whole {
            return Step::More(next);
        }
        if resumed {
            attached.outlet.send(&resumed_frame(watermark));
        }
        attached.stage = Stage::Live;
        Step::Live
    }
}

fn resumed_frame(s: u64) -> Bytes {
    frame::plain(Op::Resumed, Some(s), ())
}

fn sight(
    guilds: &HashMap<GuildId, Guild>,
    starting: &Starting,
    user: UserId,
    login: SessionId,
    entry: &Entry,
) -> Sight {
    let shown = match entry.head.scope {
        Scope::User(of) if of == user => match &entry.meaning {
            Meaning::Revoked(logins) if logins.contains(&login) => return Sight::Revoked,
            _ => true,
        },
        Scope::User(_) => false,
        Scope::Direct(_) => entry.head.recipients.contains(&user),
        Scope::Guild(id) | Scope::Channel(id, _) => match guilds.get(&id) {
            Some(guild) if guild.first_held().is_some_and(|held| entry.seq >= held) => {
                if guild.members.contains_key(&user) {
                    return Sight::Held;
                }
                false
            }
            Some(guild) => {
                let covered = starting
                    .covered
                    .get(&id)
                    .is_some_and(|covered| entry.seq <= *covered);
                !covered && guild.shows(user, entry)
            }
            None => false,
        },
    };
    if shown { Sight::Shown } else { Sight::Hidden }
}
