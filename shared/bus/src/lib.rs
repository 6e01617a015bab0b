//! The nervous system: the only crate that speaks NATS.
//!
//! - Durable events go into one JetStream stream ([`Bus::ensure_stream`], [`Bus::publish_event`]) and come back to each
//!   gateway through one gapless [`Ingest`].
//! - Consumers that keep their place in the stream, shared by processes, follow it ([`Bus::follow`]).
//! - Those that only some kinds of events concern, and nothing of before, consume them ([`Bus::consume`]).
//! - Passing facts ([`Bus::publish_ephemeral`]) and nudges travel over core NATS and are lost when nobody listens.
//! - Work that has to be done once goes through a [`Queue`] ([`Bus::enqueue`], [`Bus::jobs`]).
//! - What all of these need is made by api only ([`Bus::ensure_consumers`], [`Bus::serve_layout`]).
//! - Questions ([`Bus::request`], [`Bus::serve`]) are answered by any one process that serves them.
//!
//! The connection is made in the background and comes back for ever; meanwhile everything fails at once with
//! `Disconnected` instead of waiting, and [`Bus::connection`] tells.

mod connect;
mod consume;
mod delivery;
mod diagnose;
mod ephemeral;
mod flow;
mod follow;
mod ingest;
mod jobs;
mod layout;
mod ledger;
mod open;
mod probe;
mod publish;
mod rpc;
mod stream;

pub use connect::{Bus, BusOptions, ConnectError, Connection};
pub use consume::{ConsumeError, Consumed, Consumer, Durable};
pub use diagnose::LoginError;
pub use ephemeral::{EphemeralFact, Ephemerals, Nudges, SendError};
pub use follow::{Follow, FollowError, Followed, Follower, Place};
pub use ingest::{Ingest, IngestEvent, IngestItem, Interruption, StartAt};
pub use jobs::{Job, Jobs, JobsError, Queue};
pub use layout::{IMAGES, LayoutError, REVOCATIONS, SEARCH};
pub use probe::{ProbeError, Probed, ProbedStream};
pub use publish::{Ack, PublishError, Published};
pub use rpc::{RPC_TIMEOUT, RequestError, ServeError};
pub use stream::{CATCH_UP, StreamError, StreamLimits};
