//! The streams and consumers that there are. Only api makes them: whoever may make a stream or a consumer, may have JetStream
//! write to whatever subject they like. All others use theirs by name, and `deploy/nats.conf` lets them do no more.

use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, ReplayPolicy, pull, push};
use async_nats::jetstream::context::{CreateStreamError, GetStreamError};
use async_nats::jetstream::stream::{Config, ConsumerError, RetentionPolicy, StorageType};
use kith_events::rpc::{FollowAnew, IngestBegin, OpenIngest, OpenedIngest};
use kith_events::{EventKind, events_filter, filters};
use kith_wire::ErrorCode;
use tokio_util::sync::CancellationToken;

use crate::{Bus, Durable, Follow, Queue, ServeError};

/// How search follows the stream. The server stops sending an event long after it was parked: only a process that dies each
/// time before it can say so brings it that far.
pub const SEARCH: Follow = Follow {
    name: "search",
    ack_wait: Duration::from_secs(10),
    max_deliver: 100,
    max_at_work: 2000,
};

/// Images that media works on.
pub const IMAGES: Queue = Queue {
    name: "images",
    ack_wait: Duration::from_secs(6),
    attempts: 10,
    max_at_work: 64,
};

/// Everything by which somebody in a voice channel may lose a right, or the session that they joined with.
pub const REVOCATIONS: Durable = Durable {
    name: "media_voice",
    kinds: &[
        EventKind::ChannelUpdate,
        EventKind::ChannelDelete,
        EventKind::GuildUpdate,
        EventKind::GuildDelete,
        EventKind::GuildRoleUpdate,
        EventKind::GuildRoleDelete,
        EventKind::GuildMemberUpdate,
        EventKind::GuildMemberRemove,
        EventKind::SessionsRevoked,
    ],
    // Longer than LiveKit takes to answer for the rooms of one guild.
    ack_wait: Duration::from_secs(30),
    max_at_work: 64,
};

/// The same job is taken once within this time. Longer than any retry of whoever asks for it.
const DUPLICATE_WINDOW: Duration = Duration::from_mins(2);
/// More jobs than this wait in Postgres instead.
const MOST_BYTES: i64 = 64 * 1024 * 1024;
/// How often an idle ingest hears that its consumer lives.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(1);
/// The server forgets a consumer of an ingest that nobody listens to after this time.
const FORGET_AFTER: Duration = Duration::from_secs(10);
/// How many ingests are opened at once. All gateways ask at the same moment after NATS was away; each takes two round trips.
const AT_ONCE: usize = 16;
/// Longer than any name that an inbox makes.
const LONGEST_NAME: usize = 64;

/// A stream or a consumer cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    #[error("there is no connection to NATS")]
    Disconnected,
    #[error("the stream of jobs cannot be made")]
    Stream(#[from] CreateStreamError),
    #[error("the stream cannot be found")]
    Find(#[from] GetStreamError),
    #[error("the consumer {0} cannot be made")]
    Consumer(String, #[source] ConsumerError),
    #[error("the consumer {0} cannot be removed")]
    Remove(&'static str, #[source] ConsumerError),
    #[error("this is no name of an ingest")]
    Name,
}

impl Bus {
    /// Makes everything but the stream of events, which comes first ([`Bus::ensure_stream`]), or gives it the present settings.
    /// What is there keeps its place. It may be called at any time.
    pub async fn ensure_consumers(&self, replicas: usize) -> Result<(), LayoutError> {
        let follow = self.ensure_follow(&SEARCH).await;
        let durable = self.ensure_durable(&REVOCATIONS).await;
        let queue = self.ensure_queue(&IMAGES, replicas).await;
        follow.and(durable).and(queue)
    }

    /// Makes a follower's place; a new one is before the oldest event of the stream.
    pub async fn ensure_follow(&self, follow: &Follow) -> Result<(), LayoutError> {
        let config = pull::Config {
            durable_name: Some(follow.name.to_owned()),
            deliver_policy: DeliverPolicy::All,
            ack_policy: AckPolicy::Explicit,
            ack_wait: follow.ack_wait,
            max_deliver: follow.max_deliver,
            max_ack_pending: follow.max_at_work,
            ..pull::Config::default()
        };
        self.ensure_consumer(&self.namespace.events_stream(), follow.name, config)
            .await
    }

    /// Makes a durable consumer; events of before it is first made are not among what it gets.
    pub async fn ensure_durable(&self, durable: &Durable) -> Result<(), LayoutError> {
        let subjects = durable.kinds.iter().flat_map(|kind| filters(*kind));
        let config = pull::Config {
            durable_name: Some(durable.name.to_owned()),
            deliver_policy: DeliverPolicy::New,
            ack_policy: AckPolicy::Explicit,
            ack_wait: durable.ack_wait,
            max_ack_pending: durable.max_at_work,
            filter_subjects: subjects
                .map(|subject| self.namespace.subject(&subject))
                .collect(),
            ..pull::Config::default()
        };
        self.ensure_consumer(&self.namespace.events_stream(), durable.name, config)
            .await
    }

    /// Makes a queue, and the stream in which jobs wait.
    pub async fn ensure_queue(&self, queue: &Queue, replicas: usize) -> Result<(), LayoutError> {
        if !self.is_connected() {
            return Err(LayoutError::Disconnected);
        }
        let config = Config {
            name: self.namespace.jobs_stream(),
            description: Some(String::from("Kith's work that has to be done once")),
            subjects: vec![self.namespace.job(">")],
            retention: RetentionPolicy::WorkQueue,
            max_bytes: MOST_BYTES,
            storage: StorageType::File,
            num_replicas: replicas,
            duplicate_window: DUPLICATE_WINDOW,
            ..Config::default()
        };
        self.jetstream.create_or_update_stream(config).await?;
        let config = pull::Config {
            durable_name: Some(queue.name.to_owned()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: queue.ack_wait,
            max_deliver: queue.attempts,
            max_ack_pending: queue.max_at_work,
            filter_subject: self.namespace.job(queue.name),
            ..pull::Config::default()
        };
        self.ensure_consumer(&self.namespace.jobs_stream(), queue.name, config)
            .await
    }

    /// Lets gateways read the stream, and search begin again, until `stop`.
    pub async fn serve_layout(&self, stop: CancellationToken) -> Result<(), ServeError> {
        let ingests = self.serve(AT_ONCE, stop.clone(), |asked: OpenIngest| async move {
            let opened = self.open_ingest(&asked).await;
            opened.map_err(|error| code(&error))
        });
        let follower = self.serve(1, stop, |_: FollowAnew| async {
            let made = self.follow_anew(&SEARCH).await;
            made.map_err(|error| code(&error))
        });
        let (ingests, follower) = tokio::join!(ingests, follower);
        ingests.and(follower)
    }

    /// Forgets a follower's place and makes it anew.
    async fn follow_anew(&self, follow: &Follow) -> Result<(), LayoutError> {
        let stream = self
            .jetstream
            .get_stream_no_info(self.namespace.events_stream())
            .await?;
        stream
            .delete_consumer(follow.name)
            .await
            .map_err(|error| LayoutError::Remove(follow.name, error))?;
        self.ensure_follow(follow).await
    }

    async fn open_ingest(&self, asked: &OpenIngest) -> Result<OpenedIngest, LayoutError> {
        let is_name = (1..=LONGEST_NAME).contains(&asked.name.len())
            && asked.name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_name {
            return Err(LayoutError::Name);
        }
        let stream = self
            .jetstream
            .get_stream_no_info(self.namespace.events_stream())
            .await?;
        let config = push::Config {
            // Before it what no other consumer begins with: nobody names one of those.
            name: Some(format!("gateway-{}", asked.name)),
            deliver_subject: self.namespace.ingest(&asked.name),
            deliver_policy: match asked.begin {
                IngestBegin::Time(moment) => DeliverPolicy::ByStartTime {
                    start_time: moment.into(),
                },
                IngestBegin::Seq(start_sequence) => {
                    DeliverPolicy::ByStartSequence { start_sequence }
                }
            },
            // All there is; that the subject of the question says so keeps api from the other consumers.
            filter_subject: self.namespace.subject(events_filter()),
            ack_policy: AckPolicy::None,
            replay_policy: ReplayPolicy::Instant,
            // The server sends no more than we have read: what waits here is bounded, and a slow reader loses nothing.
            flow_control: true,
            idle_heartbeat: HEARTBEAT,
            memory_storage: true,
            num_replicas: 1,
            max_deliver: 1,
            inactive_threshold: FORGET_AFTER,
            ..push::Config::default()
        };
        let consumer = stream
            .create_consumer(config)
            .await
            .map_err(|error| LayoutError::Consumer(asked.name.clone(), error))?;
        let state = consumer.cached_info();
        Ok(OpenedIngest {
            owed: state.num_pending + state.delivered.consumer_sequence,
        })
    }

    async fn ensure_consumer(
        &self,
        stream: &str,
        name: &str,
        config: pull::Config,
    ) -> Result<(), LayoutError> {
        if !self.is_connected() {
            return Err(LayoutError::Disconnected);
        }
        let stream = self.jetstream.get_stream_no_info(stream).await?;
        let made = stream.create_consumer(config).await;
        made.map(|_| ())
            .map_err(|error| LayoutError::Consumer(name.to_owned(), error))
    }
}

/// What to answer who asked.
fn code(error: &LayoutError) -> ErrorCode {
    match error {
        LayoutError::Name => ErrorCode::InvalidRequest,
        // Before the stream is made, and while it has no leader; the asker says once what it means.
        _ => ErrorCode::Unavailable,
    }
}
