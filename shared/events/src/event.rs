use std::str::FromStr;

use bytes::Bytes;
use kith_types::{ChannelId, EventId, GuildId, UserId};
use kith_wire::DispatchKind;

/// The names of the headers that an event carries, so that a gateway need not parse its payload.
pub mod headers {
    /// The event's id; the stream drops what it has seen within two minutes.
    pub const ID: &str = "Nats-Msg-Id";
    /// The aggregate's contiguous revision.
    pub const REV: &str = "Kith-Rev";
    /// A new message's place in its channel.
    pub const SEQ: &str = "Kith-Seq";
    /// The guild's `access_version` that the event was written under.
    pub const ACCESS: &str = "Kith-Access";
    /// Who receives a direct message's event: user ids with commas between them.
    pub const RECIPIENTS: &str = "Kith-Recipients";
    /// W3C trace context.
    pub const TRACE: &str = "traceparent";
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $name:ident => $dispatch:expr;)+) => {
        /// What happened; the last token of an event's subject.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumIter, strum::EnumString, strum::IntoStaticStr)]
        #[strum(serialize_all = "snake_case")]
        pub enum EventKind {
            $($(#[doc = $doc])* $name,)+
        }

        impl EventKind {
            /// What clients receive it as; none if it is for gateways only.
            pub const fn dispatch(self) -> Option<DispatchKind> {
                match self { $(Self::$name => $dispatch,)+ }
            }
        }
    };
}

kinds! {
    MessageCreate => Some(DispatchKind::MessageCreate);
    MessageUpdate => Some(DispatchKind::MessageUpdate);
    MessageDelete => Some(DispatchKind::MessageDelete);
    ChannelCreate => Some(DispatchKind::ChannelCreate);
    ChannelUpdate => Some(DispatchKind::ChannelUpdate);
    ChannelDelete => Some(DispatchKind::ChannelDelete);
    GuildUpdate => Some(DispatchKind::GuildUpdate);
    GuildDelete => Some(DispatchKind::GuildDelete);
    GuildRoleCreate => Some(DispatchKind::GuildRoleCreate);
    GuildRoleUpdate => Some(DispatchKind::GuildRoleUpdate);
    GuildRoleDelete => Some(DispatchKind::GuildRoleDelete);
    GuildMemberAdd => Some(DispatchKind::GuildMemberAdd);
    GuildMemberUpdate => Some(DispatchKind::GuildMemberUpdate);
    GuildMemberRemove => Some(DispatchKind::GuildMemberRemove);
    ReadStateUpdate => Some(DispatchKind::ReadStateUpdate);
    UserUpdate => Some(DispatchKind::UserUpdate);
    BlockAdd => Some(DispatchKind::BlockAdd);
    BlockRemove => Some(DispatchKind::BlockRemove);
    PresenceSettingsUpdate => Some(DispatchKind::PresenceSettingsUpdate);
    VoiceStateUpdate => Some(DispatchKind::VoiceStateUpdate);
    /// Log-in sessions ended: gateways close their sockets. Payload: [`crate::rpc::SessionsRevoked`].
    SessionsRevoked => None;
}

impl EventKind {
    /// Whether it changes who may see or do what; a gateway refetches the guild before it goes on.
    pub const fn changes_access(self) -> bool {
        matches!(
            self,
            Self::ChannelCreate
                | Self::ChannelUpdate
                | Self::ChannelDelete
                | Self::GuildUpdate
                | Self::GuildDelete
                | Self::GuildRoleCreate
                | Self::GuildRoleUpdate
                | Self::GuildRoleDelete
                | Self::GuildMemberAdd
                | Self::GuildMemberUpdate
                | Self::GuildMemberRemove
        )
    }

    /// Whether its `rev` is the channel's own (messages) and not its guild's or user's.
    pub const fn is_message(self) -> bool {
        matches!(
            self,
            Self::MessageCreate | Self::MessageUpdate | Self::MessageDelete
        )
    }
}

/// Where something happened, and so who may learn of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// For all members.
    Guild(GuildId),
    /// For the members who may view the channel.
    Channel(GuildId, ChannelId),
    /// For the two people of a direct message.
    Direct(ChannelId),
    /// For one account's own devices.
    User(UserId),
}

/// What a `rev` counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Aggregate {
    Guild(GuildId),
    Channel(ChannelId),
    User(UserId),
}

/// All that a gateway needs to route an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventHead {
    pub id: EventId,
    pub scope: Scope,
    pub kind: EventKind,
    pub rev: i64,
    /// Only of a new message.
    pub seq: Option<i64>,
    /// Of every guild event.
    pub access_version: Option<i64>,
    /// Of a direct message's event: the two people.
    pub recipients: Vec<UserId>,
}

/// A committed event: its row is in the outbox. Only the store makes it, so nothing else can be published.
#[derive(Debug, Clone)]
pub struct StoredEvent {
    pub head: EventHead,
    /// The exact bytes that clients receive in `d`.
    pub payload: Bytes,
    /// The trace that it belongs to.
    pub traceparent: Option<String>,
}

/// The subject is not one of an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not an event's subject")]
pub struct InvalidEvent(pub String);

impl EventHead {
    /// Which counter its `rev` is of.
    pub fn aggregate(&self) -> Aggregate {
        match self.scope {
            Scope::Channel(_, channel) if self.kind.is_message() => Aggregate::Channel(channel),
            Scope::Channel(guild, _) | Scope::Guild(guild) => Aggregate::Guild(guild),
            Scope::Direct(channel) => Aggregate::Channel(channel),
            Scope::User(user) => Aggregate::User(user),
        }
    }

    /// The subject without the namespace: `evt.v1.…`.
    pub fn subject(&self) -> String {
        subject(self.scope, self.kind)
    }
}

/// The subject of such an event, without the namespace: `evt.v1.…`.
pub fn subject(scope: Scope, kind: EventKind) -> String {
    let kind: &str = kind.into();
    match scope {
        Scope::Guild(guild) => format!("evt.v1.guild.{guild}.{kind}"),
        Scope::Channel(guild, channel) => {
            format!("evt.v1.guild.{guild}.channel.{channel}.{kind}")
        }
        Scope::Direct(channel) => format!("evt.v1.dm.{channel}.{kind}"),
        Scope::User(user) => format!("evt.v1.user.{user}.{kind}"),
    }
}

/// The subjects of all events of a kind, wherever they happen, without the namespace.
pub fn filters(kind: EventKind) -> [String; 4] {
    let kind: &str = kind.into();
    [
        format!("evt.v1.guild.*.{kind}"),
        format!("evt.v1.guild.*.channel.*.{kind}"),
        format!("evt.v1.dm.*.{kind}"),
        format!("evt.v1.user.*.{kind}"),
    ]
}

/// Reads a subject without the namespace.
pub fn parse_subject(subject: &str) -> Result<(Scope, EventKind), InvalidEvent> {
    fn read<T: FromStr, U: FromStr>(a: &str, b: &str) -> Option<(T, U)> {
        Some((a.parse().ok()?, b.parse().ok()?))
    }
    let mut parts = subject
        .strip_prefix("evt.v1.")
        .unwrap_or_default()
        .split('.');
    let parts = std::array::from_fn::<_, 6, _>(|_| parts.next());
    let parsed = match parts {
        [
            Some("guild"),
            Some(guild),
            Some("channel"),
            Some(channel),
            Some(kind),
            None,
        ] => guild.parse().ok().and_then(|guild| {
            let (channel, kind) = read(channel, kind)?;
            Some((Scope::Channel(guild, channel), kind))
        }),
        [Some("guild"), Some(guild), Some(kind), None, ..] => {
            read(guild, kind).map(|(guild, kind)| (Scope::Guild(guild), kind))
        }
        [Some("dm"), Some(channel), Some(kind), None, ..] => {
            read(channel, kind).map(|(channel, kind)| (Scope::Direct(channel), kind))
        }
        [Some("user"), Some(user), Some(kind), None, ..] => {
            read(user, kind).map(|(user, kind)| (Scope::User(user), kind))
        }
        _ => None,
    };
    parsed.ok_or_else(|| InvalidEvent(subject.to_owned()))
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn every_subject_is_read_as_it_was_written() {
        let guild = "01M7X094NF15018JC8E57M87Z4".parse().unwrap();
        let channel = "01M7X094NF15018JC8E57M87Z5".parse().unwrap();
        let user = "01M7X094NF15018JC8E57M87Z6".parse().unwrap();
        let scopes = [
            Scope::Guild(guild),
            Scope::Channel(guild, channel),
            Scope::Direct(channel),
            Scope::User(user),
        ];
        for scope in scopes {
            for kind in EventKind::iter() {
                assert_eq!(parse_subject(&subject(scope, kind)), Ok((scope, kind)));
            }
        }
        assert!(parse_subject("evt.v1.guild.x.message_create").is_err());
        assert!(parse_subject("eph.v1.dm.x.typing").is_err());
    }
}
