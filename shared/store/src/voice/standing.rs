use std::collections::HashMap;

use kith_policy::{ChannelAccess, ChannelPlace, MemberFacts};
use kith_types::{ChannelId, GuildId, UserId};
use kith_wire::{Channel, ChannelKind};
use sqlx::PgConnection;

use crate::overwrites::to_policy;
use crate::{StoreError, channels, members};

/// What some people are in a guild with its voice channels, as it is in one transaction.
pub struct Standings {
    members: HashMap<UserId, MemberFacts>,
    channels: HashMap<ChannelId, Channel>,
}

impl Standings {
    /// Reads what these users are in the guild.
    pub async fn read(
        connection: &mut PgConnection,
        guild: GuildId,
        users: &[UserId],
    ) -> Result<Self, StoreError> {
        let mut found = HashMap::new();
        for &user in users {
            if let Some(facts) = members::facts(connection, guild, user).await? {
                found.insert(user, facts);
            }
        }
        let channels = channels::list(connection, guild).await?;
        let voice = channels
            .into_iter()
            .filter(|channel| channel.kind == ChannelKind::Voice);
        Ok(Self {
            members: found,
            channels: voice.map(|channel| (channel.id, channel)).collect(),
        })
    }

    /// One of the users as a member of the guild.
    pub fn member(&self, user: UserId) -> Option<&MemberFacts> {
        self.members.get(&user)
    }

    /// A voice channel of the guild.
    pub fn channel(&self, channel: ChannelId) -> Option<&Channel> {
        self.channels.get(&channel)
    }

    /// What one of the users is in a voice channel. None if they are not a member, or if there is no such voice channel.
    pub fn access(&self, user: UserId, channel: ChannelId) -> Option<ChannelAccess> {
        let (member, channel) = (self.member(user)?.clone(), self.channel(channel)?);
        let overwrites = channel.overwrites.iter().filter_map(to_policy).collect();
        Some(ChannelAccess {
            channel: channel.id,
            place: ChannelPlace::Guild { member, overwrites },
        })
    }
}
