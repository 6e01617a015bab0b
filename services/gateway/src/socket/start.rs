//! How a session starts: identified, or resumed from wherever it broke off.

use std::collections::HashSet;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use kith_bus::RequestError;
use kith_events::rpc::{self, Identity};
use kith_types::{GuildId, UserId};
use kith_wire::{CloseCode, DispatchKind, ErrorCode, GuildStub, Identify, Ready, Resume};
use metrics::counter;
use tokio::sync::SemaphorePermit;

use super::doors::{Crowded, Visit};
use crate::Gateway;
use crate::frame::Dispatch;
use crate::hub::{Attach, Begun, Circle, Given, Known, Seed, Seeded, Step, Todo, away};
use crate::outlet::{Closing, Outlet};
use crate::session_id::Claims;
use crate::snapshots::AskError;

/// How long a client waits for what is away before it is told to try again later.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long a start may take in all; a client that reads so slowly keeps others waiting.
const START: Duration = Duration::from_mins(2);
/// How long one guild may take to be told of. Then it is unavailable, and comes when it can: nobody waits longer for a guild, whatever is
/// wrong with it.
const GUILD: Duration = Duration::from_secs(10);
/// How long a guild may take while others wait for their turn.
const BRIEFLY: Duration = Duration::from_millis(500);
/// How many of a user's guilds are asked for at once.
const GUILDS_AT_ONCE: usize = 4;

/// How the start of a session ended.
pub(super) enum Started {
    Live,
    /// The client is told `INVALID_SESSION` and may try again.
    Not {
        resumable: bool,
    },
    Close(Closing),
}

const DENIED: Started = Started::Close(Closing::Code(
    CloseCode::AuthenticationFailed,
    "the token is not valid",
));
const FAILED: Started = Started::Close(Closing::Code(
    CloseCode::UnknownError,
    "something went wrong; resume",
));
const INVALID: Started = Started::Close(Closing::Invalid);

/// `IDENTIFY`
pub(super) async fn identify(start: Start, identify: Identify) -> Started {
    let outcome = start.in_time(start.identify(identify.token)).await;
    counter!("kith_gateway_identify_total", "outcome" => outcome.label()).increment(1);
    outcome
}

/// `RESUME`
pub(super) async fn resume(start: Start, resume: Resume) -> Started {
    let outcome = start.in_time(start.resume(resume)).await;
    counter!("kith_gateway_resumes_total", "outcome" => outcome.label()).increment(1);
    outcome
}

impl From<Crowded> for Started {
    fn from(Crowded: Crowded) -> Self {
        let words = "too many attempts from your address or account; come back in a minute";
        Self::Close(Closing::Code(CloseCode::RateLimited, words))
    }
}

impl Started {
    fn label(&self) -> &'static str {
        match self {
            Self::Live => "ok",
            Self::Not { resumable: true } => "later",
            Self::Not { resumable: false } => "invalid_session",
            Self::Close(closing) => closing.label(),
        }
    }
}

/// Why a guild was not told of.
enum Undescribed {
    Unavailable,
    /// The process ends.
    Stopped,
}

pub(super) struct Start {
    pub(super) gateway: Arc<Gateway>,
    pub(super) outlet: Arc<Outlet>,
    pub(super) visit: Arc<Visit>,
}

impl Start {
    async fn in_time(&self, start: impl Future<Output = Result<(), Started>>) -> Started {
        match tokio::time::timeout(START, start).await {
            Ok(Ok(())) => Started::Live,
            Ok(Err(outcome)) => outcome,
            Err(_) => FAILED,
        }
    }

    /// Whose turn it is to be let in.
    async fn turn(&self) -> SemaphorePermit<'_> {
        self.gateway
            .turns
            .acquire()
            .await
            .expect("it is never closed")
    }

    /// Everything up to this place in the stream is in what api answers from now on.
    async fn present(&self) -> Result<u64, Started> {
        let live = tokio::time::timeout(PATIENCE, self.gateway.hub.live()).await;
        match live {
            Ok(Ok(watermark)) => Ok(watermark),
            Ok(Err(_)) => Err(Started::Close(Closing::Leaving)),
            Err(_) => Err(Started::Not { resumable: true }),
        }
    }

    async fn identify(&self, token: String) -> Result<(), Started> {
        self.visit.introduce(false)?;
        self.present().await?;
        let turn = self.turn().await;
        let s = self.present().await?;
        let identity = self.who(token).await?;
        self.gateway.doors.admit(identity.user.id)?;
        self.attach(&identity, Known::Nothing, s).await?;
        let claims = Claims {
            user: identity.user.id,
            login: identity.session,
            epoch: identity.epoch,
            began: s,
        };
        let user = identity.user.id;
        let guilds = identity.guilds.clone();
        let ready = Ready {
            session_id: self
                .gateway
                .session_ids
                .sign(claims, &*self.gateway.entropy),
            user: identity.user,
            guilds: guilds.iter().map(|id| GuildStub { id: *id }).collect(),
            direct_channels: identity.direct_channels,
            read_states: identity.read_states,
            blocks: identity.blocks,
            presence: identity.presence,
        };
        let json = serde_json::to_vec(&ready).expect("READY has only plain fields");
        self.outlet
            .send(Dispatch::encode(DispatchKind::Ready, Some(s), &json).bytes());
        self.give(user, guilds, turn, |snapshot| {
            Dispatch::encode(DispatchKind::GuildCreate, Some(s), snapshot)
        })
        .await?;
        self.catch_up(user, s, false).await
    }

    async fn resume(&self, resume: Resume) -> Result<(), Started> {
        const NOT_ANY_MORE: Started = Started::Not { resumable: false };
        let claims = self.gateway.session_ids.verify(&resume.session_id);
        self.visit.introduce(claims.is_some())?;
        self.present().await?;
        let claims = claims.ok_or(NOT_ANY_MORE)?;
        self.gateway.doors.admit(claims.user)?;
        // A gateway that was a moment ahead of this one may have told it more.
        match tokio::time::timeout(PATIENCE, self.gateway.hub.sent_up_to(resume.s)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(Started::Close(Closing::Leaving)),
            Err(_) => return Err(INVALID),
        }
        let turn = self.turn().await;
        let as_of = self.gateway.hub.watermark();
        let identity = self.who(resume.token).await?;
        let now = Claims {
            user: identity.user.id,
            login: identity.session,
            epoch: identity.epoch,
            began: claims.began,
        };
        if now != claims {
            return Err(NOT_ANY_MORE);
        }
        let guilds: HashSet<GuildId> = identity.guilds.iter().copied().collect();
        let changed = self
            .attach(
                &identity,
                Known::UpTo {
                    s: resume.s,
                    guilds,
                    unavailable: resume.unavailable,
                },
                as_of,
            )
            .await?;
        let user = identity.user.id;
        let mut same = identity.guilds;
        same.retain(|guild| !changed.contains(guild));
        if resume.s <= claims.began {
            // Nothing came after READY, so perhaps not even all of its guilds.
            let create =
                |snapshot: &[u8]| Dispatch::encode(DispatchKind::GuildCreate, None, snapshot);
            self.give(user, same, turn, create).await?;
        } else {
            let knows = resume.s;
            let mut turn = Some(turn);
            let mut seeded = stream::iter(same)
                .map(|guild| self.seed(user, guild, |_| Given::Nothing { knows }))
                .buffer_unordered(GUILDS_AT_ONCE);
            while let Some(result) = self.next(&mut seeded, &mut turn).await {
                result?;
            }
        }
        self.catch_up(user, resume.s, true).await
    }

    /// Who this token belongs to.
    async fn who(&self, token: String) -> Result<Identity, Started> {
        let answer = self.gateway.bus.request(&rpc::Identify { token }).await;
        answer.map_err(|error| match error {
            RequestError::Refused(_, ErrorCode::Unauthenticated | ErrorCode::NotFound) => {
                self.visit.failed();
                DENIED
            }
            RequestError::Unavailable(_) | RequestError::Refused(_, ErrorCode::Unavailable) => {
                Started::Not { resumable: true }
            }
            error => {
                tracing::error!(error = %error, "a client cannot be identified");
                FAILED
            }
        })
    }

    /// `as_of`: everything up to there had been sent before the identity was read.
    async fn attach(
        &self,
        identity: &Identity,
        known: Known,
        as_of: u64,
    ) -> Result<HashSet<GuildId>, Started> {
        let (user, login) = (identity.user.id, identity.session);
        self.outlet.claim(user);
        let outlet = self.outlet.clone();
        let circle = Circle::of(identity);
        let (chosen, rev) = (identity.presence.clone(), identity.rev);
        self.gateway
            .connections
            .begin(outlet.id(), user, chosen, rev);
        let begun = self
            .gateway
            .hub
            .attach(|reply| Attach {
                outlet,
                user,
                login,
                known,
                circle,
                as_of,
                reply,
            })
            .await;
        match begun {
            Ok(Begun::Ready { changed }) => Ok(changed),
            Ok(Begun::TooOld) => Err(Started::Not { resumable: false }),
            Ok(Begun::TooMany) => Err(Started::Close(Closing::Code(
                CloseCode::RateLimited,
                "you have too many connections",
            ))),
            Err(_) => Err(Started::Close(Closing::Leaving)),
        }
    }

    /// Sends the snapshots of a user's guilds. While the client reads them, others have their turn.
    async fn give(
        &self,
        user: UserId,
        guilds: Vec<GuildId>,
        turn: SemaphorePermit<'_>,
        frame: impl Fn(&[u8]) -> Dispatch,
    ) -> Result<(), Started> {
        let mut turn = Some(turn);
        let mut snapshots = stream::iter(guilds)
            .map(|guild| self.seed(user, guild, |covers| Given::SnapshotAndEvents { covers }))
            .buffered(GUILDS_AT_ONCE);
        while let Some(snapshot) = self.next(&mut snapshots, &mut turn).await {
            let Some(snapshot) = snapshot? else { continue };
            let frame = frame(&snapshot);
            if !self.has_room_for(&frame) {
                turn = None;
                self.drained().await;
            }
            self.outlet.send(frame.bytes());
            if turn.is_none() {
                turn = Some(self.turn().await);
            }
        }
        Ok(())
    }

    /// The next of some guilds. While one keeps them waiting, others have their turn.
    async fn next<T>(
        &self,
        guilds: &mut (impl Stream<Item = T> + Unpin),
        turn: &mut Option<SemaphorePermit<'_>>,
    ) -> Option<T> {
        let mut next = guilds.next();
        if let Ok(next) = tokio::time::timeout(BRIEFLY, &mut next).await {
            return next;
        }
        *turn = None;
        next.await
    }

    /// Lets the hub know what the user is in a guild, and gives the guild's snapshot if one is to be given; none if they
    /// are not a member any more, or are told that the guild is unavailable.
    async fn seed(
        &self,
        user: UserId,
        guild: GuildId,
        given: impl Fn(u64) -> Given,
    ) -> Result<Option<Bytes>, Started> {
        let described = tokio::time::timeout(GUILD, self.describe(user, guild, given)).await;
        match described {
            Ok(Ok(snapshot)) => Ok(snapshot),
            Ok(Err(Undescribed::Stopped)) => Err(Started::Close(Closing::Leaving)),
            Ok(Err(Undescribed::Unavailable)) | Err(_) => {
                let missed = self.gateway.hub.miss(user, guild).await;
                missed.map_err(|_| Started::Close(Closing::Leaving))?;
                self.outlet.send(away(guild, true).bytes());
                Ok(None)
            }
        }
    }

    async fn describe(
        &self,
        user: UserId,
        guild: GuildId,
        given: impl Fn(u64) -> Given,
    ) -> Result<Option<Bytes>, Undescribed> {
        let (hub, outlet) = (&self.gateway.hub, self.outlet.id());
        loop {
            let given = given(hub.watermark());
            let view = !matches!(given, Given::Nothing { .. });
            let described = match self.gateway.snapshots.ask(guild, user, view).await {
                Ok(described) => Some(described),
                Err(AskError::Gone) => None,
                Err(AskError::Unavailable | AskError::TooLarge | AskError::Refused) => {
                    return Err(Undescribed::Unavailable);
                }
            };
            let snapshots = &self.gateway.snapshots;
            let snapshot = described
                .as_ref()
                .filter(|_| view)
                .and_then(|it| it.snapshot(user, snapshots.now()));
            let seeded = hub
                .seed(|reply| Seed {
                    user,
                    outlet,
                    guild,
                    described,
                    given,
                    reply,
                })
                .await;
            match seeded {
                Ok(Seeded::Done) => return Ok(snapshot),
                Ok(Seeded::NotMember) => return Ok(None),
                // The stream has moved on meanwhile.
                Ok(Seeded::Stale) => {}
                Err(_) => return Err(Undescribed::Stopped),
            }
        }
    }

    /// Sends what has happened after `from`, until there is nothing more, and the session follows what happens.
    async fn catch_up(&self, user: UserId, mut from: u64, resumed: bool) -> Result<(), Started> {
        let hub = &self.gateway.hub;
        loop {
            let step = hub.advance(user, self.outlet.id(), from, resumed).await;
            match step.map_err(|_| Started::Close(Closing::Leaving))? {
                Step::Live => return Ok(()),
                Step::More(to) => {
                    from = to;
                    self.drained().await;
                }
                Step::Todo(guilds) => {
                    for (guild, todo) in guilds {
                        self.tell(user, guild, todo).await?;
                    }
                }
                Step::Wait(s) => hub
                    .sent_up_to(s)
                    .await
                    .map_err(|_| Started::Close(Closing::Leaving))?,
                // A session that was ended is closed for that reason already: the first one counts.
                Step::TooOld | Step::Ended => return Err(INVALID),
            }
        }
    }

    async fn tell(&self, user: UserId, guild: GuildId, todo: Todo) -> Result<(), Started> {
        let kind = match todo {
            Todo::Create => DispatchKind::GuildCreate,
            Todo::Sync => DispatchKind::GuildSync,
            Todo::Gone(frame) => {
                self.outlet.send(frame.bytes());
                return Ok(());
            }
        };
        if let Some(snapshot) = self
            .seed(user, guild, |covers| Given::SnapshotOnly { covers })
            .await?
        {
            let frame = Dispatch::encode(kind, None, &snapshot);
            if !self.has_room_for(&frame) {
                self.drained().await;
            }
            self.outlet.send(frame.bytes());
        }
        Ok(())
    }

    /// Whether a frame fits into what may wait for the socket. When nothing waits, each does.
    fn has_room_for(&self, frame: &Dispatch) -> bool {
        let waiting = self.outlet.waiting();
        waiting == 0 || waiting + frame.bytes().len() <= self.gateway.limits.session_bytes / 2
    }

    /// Waits until the socket has taken all that waits for it. The session's task looks at it after every write.
    async fn drained(&self) {
        poll_fn(|_| match self.outlet.waiting() {
            0 => Poll::Ready(()),
            _ => Poll::Pending,
        })
        .await;
    }
}
