use kith_types::{ChannelId, GuildId, UserId};

/// What stands before every subject, stream and cache key, so that instances and tests can share engines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespace(String);

/// Nudges the outbox relay, wherever it runs. Core NATS, no payload.
pub const NUDGE: &str = "ctl.v1.outbox.nudge";

/// All durable events, without the namespace.
pub fn events_filter() -> &'static str {
    "evt.>"
}

impl Namespace {
    /// `name` has only lower-case letters, digits and `_` (the configuration checks it).
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The full subject.
    pub fn subject(&self, rest: &str) -> String {
        format!("{}.{rest}", self.0)
    }

    /// A full subject without the namespace, if it is of this one.
    pub fn strip<'a>(&self, subject: &'a str) -> Option<&'a str> {
        subject.strip_prefix(&self.0)?.strip_prefix('.')
    }

    /// The name of the stream that keeps the durable events.
    pub fn events_stream(&self) -> String {
        format!("{}_EVENTS", self.0.to_uppercase())
    }
}

/// What kind of passing fact it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum EphemeralKind {
    Typing,
}

/// A fact that is only true for a moment: core NATS, never stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ephemeral {
    pub kind: EphemeralKind,
    pub guild: Option<GuildId>,
    pub channel: ChannelId,
    /// Of a guild: the `access_version` that it was permitted at (header [`crate::headers::ACCESS`]). It overtakes events, so
    /// who passes it on must know of every change of access that it may have come after.
    pub access_version: Option<i64>,
    /// Of a direct message: the two people (header [`crate::headers::RECIPIENTS`]).
    pub recipients: Vec<UserId>,
}

impl Ephemeral {
    /// The subject without the namespace: `eph.v1.…`.
    pub fn subject(&self) -> String {
        let kind: &str = self.kind.into();
        match self.guild {
            Some(guild) => format!("eph.v1.guild.{guild}.channel.{}.{kind}", self.channel),
            None => format!("eph.v1.dm.{}.{kind}", self.channel),
        }
    }
}
