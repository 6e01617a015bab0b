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

    /// The full subject on which one gateway reads the stream of durable events.
    pub fn ingest(&self, name: &str) -> String {
        self.subject(&format!("ing.v1.{name}"))
    }

    /// The full subject of a kind of job.
    pub fn job(&self, name: &str) -> String {
        self.subject(&format!("job.v1.{name}"))
    }

    /// The name of the stream that keeps jobs until they are done.
    pub fn jobs_stream(&self) -> String {
        format!("{}_JOBS", self.0.to_uppercase())
    }

    /// The name of the stream that keeps the durable events.
    pub fn events_stream(&self) -> String {
        format!("{}_EVENTS", self.0.to_uppercase())
    }
}

/// A fact that is only true for a moment: core NATS, never stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ephemeral {
    /// Somebody is typing.
    Typing {
        guild: Option<GuildId>,
        channel: ChannelId,
        /// Of a guild: the `access_version` that it was permitted at (header [`crate::headers::ACCESS`]). It overtakes
        /// events, so who passes it on must know of every change of access that it may have come after.
        access_version: Option<i64>,
        /// Of a direct message: the two people (header [`crate::headers::RECIPIENTS`]).
        recipients: Vec<UserId>,
    },
    /// Somebody is seen otherwise from now on.
    Presence { user: UserId },
}

/// The subject is not one of a passing fact that this version knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a passing fact's subject")]
pub struct InvalidEphemeral(pub String);

impl Ephemeral {
    /// The subject without the namespace: `eph.v1.…`.
    pub fn subject(&self) -> String {
        match self {
            Self::Typing {
                guild: Some(guild),
                channel,
                ..
            } => format!("eph.v1.guild.{guild}.channel.{channel}.typing"),
            Self::Typing {
                guild: None,
                channel,
                ..
            } => format!("eph.v1.dm.{channel}.typing"),
            Self::Presence { user } => format!("eph.v1.user.{user}.presence"),
        }
    }

    /// Reads a subject without the namespace. What stands in headers is not in it.
    pub fn parse_subject(subject: &str) -> Result<Self, InvalidEphemeral> {
        let rest = subject.strip_prefix("eph.v1.").unwrap_or_default();
        let parts: Vec<_> = rest.split('.').collect();
        let read = || match parts[..] {
            ["guild", guild, "channel", channel, "typing"] => Some(Self::Typing {
                guild: Some(guild.parse().ok()?),
                channel: channel.parse().ok()?,
                access_version: None,
                recipients: Vec::new(),
            }),
            ["dm", channel, "typing"] => Some(Self::Typing {
                guild: None,
                channel: channel.parse().ok()?,
                access_version: None,
                recipients: Vec::new(),
            }),
            ["user", user, "presence"] => Some(Self::Presence {
                user: user.parse().ok()?,
            }),
            _ => None,
        };
        read().ok_or_else(|| InvalidEphemeral(subject.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_passing_facts_subject_is_read_as_it_was_written() {
        let channel: ChannelId = "01M7X094NF15018JC8E57M87Z5".parse().unwrap();
        let typing = |guild| Ephemeral::Typing {
            guild,
            channel,
            access_version: None,
            recipients: Vec::new(),
        };
        let facts = [
            (
                typing(Some("01M7X094NF15018JC8E57M87Z4".parse().unwrap())),
                "eph.v1.guild.01M7X094NF15018JC8E57M87Z4.channel.01M7X094NF15018JC8E57M87Z5.typing",
            ),
            (typing(None), "eph.v1.dm.01M7X094NF15018JC8E57M87Z5.typing"),
            (
                Ephemeral::Presence {
                    user: "01M7X094NF15018JC8E57M87Z6".parse().unwrap(),
                },
                "eph.v1.user.01M7X094NF15018JC8E57M87Z6.presence",
            ),
        ];
        for (fact, subject) in facts {
            assert_eq!(fact.subject(), subject);
            assert_eq!(Ephemeral::parse_subject(subject), Ok(fact));
        }
        for unknown in ["evt.v1.dm.x.typing", "eph.v1.dm.x.typing", "eph.v1.later"] {
            assert!(Ephemeral::parse_subject(unknown).is_err());
        }
    }
}
