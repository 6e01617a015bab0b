//! What api says of guilds. Questions about the same guild are gathered while one is on its way, so that a thousand
//! people who connect at once cost some dozens of questions.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use kith_bus::{Bus, RequestError};
use kith_events::rpc::{DescribeGuild, GuildDescription, MemberRoles};
use kith_runtime::Lifecycle;
use kith_types::{Clock, GuildId, Timestamp, UserId};
use kith_wire::{ErrorCode, GuildSnapshot};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::Instant;

use crate::guild::{GuildFacts, Standing};

/// How many questions may be on their way at once: more would only queue up at Postgres.
const QUESTIONS: usize = 16;
/// How many users are asked for at once. The contract allows 2000; if each has all the 250 roles that there may be, the answer about
/// these has some 4 MB.
const USERS: usize = 500;
/// How many users' own views are asked for at once: what the contract allows.
const VIEWERS: usize = 20;
/// How long a guild that cannot be described is not asked about again: however many want to know, api is not kept busy with it.
const REFUSED: Duration = Duration::from_secs(2);

/// A guild as api described it.
pub(crate) struct Described {
    pub(crate) description: GuildDescription,
    pub(crate) facts: Arc<GuildFacts>,
}

/// Why there is no description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AskError {
    #[error("there is no such guild")]
    Gone,
    #[error("api does not answer")]
    Unavailable,
    /// The views of several users do not fit into one reply.
    #[error("the answer is too large")]
    TooLarge,
    #[error("api cannot describe it")]
    Refused,
}

impl Described {
    /// The `access_version` that it was read at.
    pub(crate) fn version(&self) -> i64 {
        self.description.access_version
    }

    /// One of the users that were asked for; none if they are not a member.
    pub(crate) fn member(&self, user: UserId) -> Option<&MemberRoles> {
        self.description
            .members
            .iter()
            .find(|member| member.user == user)
    }

    /// The guild as a viewer sees it, encoded; none if they are not a member.
    pub(crate) fn snapshot(&self, user: UserId, now: Timestamp) -> Option<Bytes> {
        let of = &self.description;
        let viewer = of
            .viewers
            .iter()
            .find(|viewer| viewer.member.user.id == user)?;
        let standing = Standing {
            user,
            roles: &viewer.member.roles,
            timed_out: viewer
                .member
                .timed_out_until
                .is_some_and(|until| until > now),
        };
        let permissions = self.facts.permissions(standing, now);
        let visible = |id| permissions.channels.contains_key(id);
        let snapshot = GuildSnapshot {
            guild: of.guild.clone(),
            access_version: of.access_version,
            rev: of.rev,
            roles: of.roles.clone(),
            channels: of
                .channels
                .iter()
                .filter(|channel| visible(&channel.id))
                .cloned()
                .collect(),
            member: viewer.member.clone(),
            member_count: of.member_count,
            voice_states: of
                .voice_states
                .iter()
                .filter(|state| visible(&state.channel_id))
                .cloned()
                .collect(),
            read_states: viewer
                .read_states
                .iter()
                .filter(|state| visible(&state.channel_id))
                .cloned()
                .collect(),
            permissions,
        };
        let json = serde_json::to_vec(&snapshot).expect("a snapshot has only plain fields");
        Some(Bytes::from(json))
    }
}

type Reply = oneshot::Sender<Result<Arc<Described>, AskError>>;

struct Question {
    user: UserId,
    /// Whether the user's own view is wanted too.
    view: bool,
    reply: Reply,
}

struct Inner {
    bus: Bus,
    lifecycle: Lifecycle,
    permits: Semaphore,
    /// What waits, by guild. A guild with an entry has a task that asks. Each session and each member waits for at
    /// most one answer of a guild.
    waiting: Mutex<HashMap<GuildId, Vec<Question>>>,
    /// Until when a guild counts as one that cannot be described.
    refused: Mutex<HashMap<GuildId, Instant>>,
    clock: Arc<dyn Clock>,
}

/// Asks api about guilds.
#[derive(Clone)]
pub(crate) struct Snapshots(Arc<Inner>);

impl Snapshots {
    pub(crate) fn new(bus: Bus, lifecycle: Lifecycle, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner {
            bus,
            lifecycle,
            permits: Semaphore::new(QUESTIONS),
            waiting: Mutex::default(),
            refused: Mutex::default(),
            clock,
        }))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Asks about one user in a guild, together with others who ask about the same guild.
    pub(crate) async fn ask(
        &self,
        guild: GuildId,
        user: UserId,
        view: bool,
    ) -> Result<Arc<Described>, AskError> {
        let (reply, answer) = oneshot::channel();
        let question = Question { user, view, reply };
        if self.put(guild, question) {
            let task = self.clone().answer_all(guild);
            self.0.lifecycle.spawn("guild-snapshots", task);
        }
        answer.await.unwrap_or(Err(AskError::Unavailable))
    }

    /// Whether nobody asks about this guild yet.
    fn put(&self, guild: GuildId, question: Question) -> bool {
        let mut waiting = self.0.waiting.lock().expect("no code panics inside");
        let first = !waiting.contains_key(&guild);
        waiting.entry(guild).or_default().push(question);
        first
    }

    /// The next questions that fit into one request; none if there are none, and then the guild has no entry.
    fn take(&self, guild: GuildId) -> Vec<Question> {
        let mut waiting = self.0.waiting.lock().expect("no code panics inside");
        let Some(all) = waiting.get_mut(&guild).filter(|all| !all.is_empty()) else {
            waiting.remove(&guild);
            return Vec::new();
        };
        let mut views = 0;
        let mut fits = |question: &Question| {
            views += usize::from(question.view);
            views <= VIEWERS
        };
        let count = all.iter().take(USERS).take_while(|it| fits(it)).count();
        all.drain(..count).collect()
    }

    async fn answer_all(self, guild: GuildId) {
        loop {
            let questions = self.take(guild);
            if questions.is_empty() {
                return;
            }
            let mut answer = self.describe_for(guild, &questions).await;
            let alone = answer
                .as_ref()
                .is_err_and(|error| *error == AskError::TooLarge);
            for question in questions {
                if alone {
                    answer = self
                        .describe_for(guild, std::slice::from_ref(&question))
                        .await;
                }
                let _ = question.reply.send(answer.clone());
            }
        }
    }

    async fn describe_for(
        &self,
        guild: GuildId,
        questions: &[Question],
    ) -> Result<Arc<Described>, AskError> {
        let users: HashSet<UserId> = questions.iter().map(|it| it.user).collect();
        let views = questions.iter().filter(|it| it.view).map(|it| it.user);
        let viewers: HashSet<UserId> = views.collect();
        let several = viewers.len() > 1;
        if self.is_refused(guild) {
            return Err(AskError::Refused);
        }
        let request = DescribeGuild {
            guild,
            users: users.into_iter().collect(),
            viewers: viewers.into_iter().collect(),
        };
        match self.describe(&request).await {
            Err(RequestError::Refused(_, ErrorCode::Internal)) if several => {
                Err(AskError::TooLarge)
            }
            answer => answer
                .map(Arc::new)
                .map_err(|error| self.failure(guild, &error)),
        }
    }

    /// Asks how all these users stand in a guild, at one moment.
    pub(crate) async fn ask_all(
        &self,
        guild: GuildId,
        users: &[UserId],
    ) -> Result<(Arc<Described>, HashMap<UserId, MemberRoles>), AskError> {
        loop {
            let mut members = HashMap::new();
            let mut first: Option<Described> = None;
            let mut same = true;
            // A guild that nobody here is in is never asked about, so there is at least one chunk.
            for chunk in users.chunks(USERS) {
                if self.is_refused(guild) {
                    return Err(AskError::Refused);
                }
                let request = DescribeGuild {
                    guild,
                    users: chunk.to_vec(),
                    viewers: Vec::new(),
                };
                let described = self
                    .describe(&request)
                    .await
                    .map_err(|error| self.failure(guild, &error))?;
                same &= first
                    .as_ref()
                    .is_none_or(|first| first.version() == described.version());
                members.extend(
                    described
                        .description
                        .members
                        .iter()
                        .map(|it| (it.user, it.clone())),
                );
                first.get_or_insert(described);
            }
            match first {
                Some(described) if same => return Ok((Arc::new(described), members)),
                Some(_) => {}
                None => return Err(AskError::Gone),
            }
        }
    }

    async fn describe(&self, request: &DescribeGuild) -> Result<Described, RequestError> {
        let _permit = self.0.permits.acquire().await.expect("it is never closed");
        let description = self.0.bus.request(request).await?;
        let facts = GuildFacts::read(&description).map_err(|error| {
            tracing::error!(guild.id = %request.guild, error = %error, "a guild's overwrites cannot be read");
            RequestError::Refused("describe_guild", ErrorCode::Internal)
        })?;
        Ok(Described {
            description,
            facts: Arc::new(facts),
        })
    }

    fn failure(&self, guild: GuildId, error: &RequestError) -> AskError {
        match error.code() {
            ErrorCode::NotFound => AskError::Gone,
            ErrorCode::Unavailable => {
                tracing::warn!(guild.id = %guild, error = %error, "a guild cannot be described now");
                AskError::Unavailable
            }
            _ => {
                tracing::warn!(guild.id = %guild, error = %error, "a guild cannot be described");
                let now = Instant::now();
                let mut refused = self.0.refused.lock().expect("no code panics inside");
                refused.retain(|_, until| *until > now);
                refused.insert(guild, now + REFUSED);
                AskError::Refused
            }
        }
    }

    fn is_refused(&self, guild: GuildId) -> bool {
        let refused = self.0.refused.lock().expect("no code panics inside");
        refused
            .get(&guild)
            .is_some_and(|until| *until > Instant::now())
    }
}
