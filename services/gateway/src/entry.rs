//! An event as the ring keeps it.

use bytes::Bytes;
use kith_events::rpc::SessionsRevoked;
use kith_events::{EventHead, EventKind, Scope};
use kith_types::{GuildId, MessageId, SessionId, Timestamp, UserId};
use kith_wire::PresenceSettings;
use serde::Deserialize;

use crate::frame::Dispatch;

/// What an entry costs besides its frame: head, queues and the allocations around them.
const OVERHEAD: usize = 256;

/// One event of the stream, encoded and ready to be sent.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) seq: u64,
    pub(crate) head: EventHead,
    pub(crate) meaning: Meaning,
    /// What clients receive; none if it is for gateways only.
    pub(crate) frame: Option<Dispatch>,
    pub(crate) traceparent: Option<String>,
}

/// What a gateway itself has to learn from an event's payload. Only those that change access are parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// It changes nobody's access.
    Neutral,
    /// It may change what any member may see or do.
    Everyone,
    /// It changes one member.
    Member(UserId),
    /// A message is deleted.
    Erased { message: MessageId, at: Timestamp },
    /// These log-in sessions have ended.
    Revoked(Vec<SessionId>),
    /// Its user has a direct message with these, one of whom they are.
    Met(Vec<UserId>),
    /// Its user has blocked this one, or has ended that.
    Blocked(UserId),
    /// Its user wants to be seen like this.
    Chosen {
        presence: PresenceSettings,
        rev: i64,
    },
}

/// Of what names one user and nothing else that matters here.
#[derive(Deserialize)]
struct Named {
    user_id: UserId,
}

#[derive(Deserialize)]
struct Erased {
    message_id: MessageId,
    deleted_at: Timestamp,
}

#[derive(Deserialize)]
struct Opened {
    channel: OpenedChannel,
}

#[derive(Deserialize)]
struct OpenedChannel {
    recipients: Vec<ChangedUser>,
}

#[derive(Deserialize)]
struct Chosen {
    presence: PresenceSettings,
}

#[derive(Deserialize)]
struct Changed {
    member: ChangedMember,
}

#[derive(Deserialize)]
struct ChangedMember {
    user: ChangedUser,
}

#[derive(Deserialize)]
struct ChangedUser {
    id: UserId,
}

impl Entry {
    /// Encodes an event.
    pub(crate) fn new(
        seq: u64,
        head: EventHead,
        payload: &Bytes,
        traceparent: Option<String>,
    ) -> Self {
        let frame = head
            .kind
            .dispatch()
            .map(|kind| Dispatch::encode(kind, Some(seq), payload));
        let meaning = Meaning::read(&head, payload);
        Self {
            seq,
            head,
            meaning,
            frame,
            traceparent,
        }
    }

    /// The guild that it happened in.
    pub(crate) fn guild(&self) -> Option<GuildId> {
        match self.head.scope {
            Scope::Guild(guild) | Scope::Channel(guild, _) => Some(guild),
            Scope::Direct(_) | Scope::User(_) => None,
        }
    }

    /// The member that it is about, if it is about one only.
    pub(crate) fn member(&self) -> Option<UserId> {
        match self.meaning {
            Meaning::Member(user) => Some(user),
            _ => None,
        }
    }

    /// Whether it may have changed what this user may see or do.
    pub(crate) fn concerns(&self, user: UserId) -> bool {
        match self.meaning {
            Meaning::Everyone => true,
            Meaning::Member(member) => member == user,
            Meaning::Neutral
            | Meaning::Erased { .. }
            | Meaning::Revoked(_)
            | Meaning::Met(_)
            | Meaning::Blocked(_)
            | Meaning::Chosen { .. } => false,
        }
    }

    /// What it takes in memory, about.
    pub(crate) fn size(&self) -> usize {
        self.frame.as_ref().map_or(0, |frame| frame.bytes().len()) + OVERHEAD
    }
}

impl Meaning {
    fn read(head: &EventHead, payload: &[u8]) -> Self {
        let read = match head.kind {
            EventKind::SessionsRevoked => serde_json::from_slice::<SessionsRevoked>(payload)
                .map(|it| Self::Revoked(it.sessions)),
            EventKind::MessageDelete => {
                serde_json::from_slice::<Erased>(payload).map(|it| Self::Erased {
                    message: it.message_id,
                    at: it.deleted_at,
                })
            }
            EventKind::GuildMemberRemove => {
                serde_json::from_slice::<Named>(payload).map(|it| Self::Member(it.user_id))
            }
            EventKind::GuildMemberAdd | EventKind::GuildMemberUpdate => {
                serde_json::from_slice::<Changed>(payload).map(|it| Self::Member(it.member.user.id))
            }
            EventKind::ChannelCreate if matches!(head.scope, Scope::User(_)) => {
                serde_json::from_slice::<Opened>(payload)
                    .map(|it| Self::Met(it.channel.recipients.iter().map(|it| it.id).collect()))
            }
            EventKind::BlockAdd | EventKind::BlockRemove => {
                serde_json::from_slice::<Named>(payload).map(|it| Self::Blocked(it.user_id))
            }
            EventKind::PresenceSettingsUpdate => {
                serde_json::from_slice::<Chosen>(payload).map(|it| Self::Chosen {
                    presence: it.presence,
                    rev: head.rev,
                })
            }
            kind if kind.changes_access() => Ok(Self::Everyone),
            _ => Ok(Self::Neutral),
        };
        read.unwrap_or_else(|error| {
            // Whom it is about is unknown, so everything about the guild is read anew.
            tracing::error!(event.id = %head.id, error = %error, "an event cannot be understood");
            Self::Everyone
        })
    }
}
