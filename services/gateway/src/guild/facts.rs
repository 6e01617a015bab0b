use std::collections::{BTreeMap, HashMap, HashSet};

use kith_events::rpc::GuildDescription;
use kith_policy::{
    MemberFacts, Overwrite, OverwriteTarget, RoleFacts, channel_permissions, guild_permissions,
};
use kith_types::{ChannelId, GuildId, InvalidId, RoleId, Timestamp, UserId};
use kith_wire::{GuildPermissions, OverwriteKind};

/// What decides who may see and do what in a guild, but for its members.
#[derive(Debug)]
pub(crate) struct GuildFacts {
    guild: GuildId,
    owner: UserId,
    version: i64,
    roles: HashMap<RoleId, RoleFacts>,
    channels: HashMap<ChannelId, Vec<Overwrite>>,
    /// Who has an overwrite of their own somewhere.
    named: HashSet<UserId>,
}

/// One member, as far as access is concerned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing<'a> {
    pub(crate) user: UserId,
    pub(crate) roles: &'a [RoleId],
    /// Whether they are timed out at this moment.
    pub(crate) timed_out: bool,
}

impl GuildFacts {
    /// Reads api's description. An overwrite whose target cannot be read would open what it closes, so it is an error.
    pub(crate) fn read(description: &GuildDescription) -> Result<Self, InvalidId> {
        let (mut channels, mut named) = (HashMap::new(), HashSet::new());
        for channel in &description.channels {
            let overwrites = channel.overwrites.iter().map(overwrite);
            let overwrites = overwrites.collect::<Result<Vec<_>, _>>()?;
            named.extend(overwrites.iter().filter_map(|it| match it.target {
                OverwriteTarget::Member(user) => Some(user),
                OverwriteTarget::Role(_) => None,
            }));
            channels.insert(channel.id, overwrites);
        }
        let role = |role: &kith_wire::Role| RoleFacts {
            id: role.id,
            position: role.position,
            permissions: role.permissions,
        };
        Ok(Self {
            guild: description.guild.id,
            owner: description.guild.owner_id,
            version: description.access_version,
            roles: description
                .roles
                .iter()
                .map(|it| (it.id, role(it)))
                .collect(),
            channels,
            named,
        })
    }

    /// The `access_version` that they were read at.
    pub(crate) fn version(&self) -> i64 {
        self.version
    }

    /// The channels that were there and are not any more in `newer`.
    pub(crate) fn channels_gone_in(&self, newer: &Self) -> Vec<ChannelId> {
        let gone = self
            .channels
            .keys()
            .filter(|channel| !newer.has_channel(**channel));
        gone.copied().collect()
    }

    pub(crate) fn has_channel(&self, channel: ChannelId) -> bool {
        self.channels.contains_key(&channel)
    }

    /// Whether somebody's rights can differ from those of others with the same roles.
    pub(crate) fn is_special(&self, user: UserId) -> bool {
        user == self.owner || self.named.contains(&user)
    }

    /// Those of the roles that exist.
    pub(crate) fn known_roles(&self, roles: &[RoleId]) -> Vec<RoleId> {
        let known = roles
            .iter()
            .copied()
            .filter(|id| self.roles.contains_key(id));
        known.collect()
    }

    /// What a member may do in the guild, and in each channel that they may view.
    pub(crate) fn permissions(&self, member: Standing<'_>, now: Timestamp) -> GuildPermissions {
        let everyone = self.guild.everyone();
        let held = member.roles.iter().filter(|id| **id != everyone);
        let facts = MemberFacts {
            user: member.user,
            guild: self.guild,
            owner: self.owner,
            roles: std::iter::once(&everyone)
                .chain(held)
                .filter_map(|id| self.roles.get(id).copied())
                .collect(),
            timed_out_until: member.timed_out.then(|| now.plus_seconds(1)),
            access_version: self.version,
        };
        let in_channel = |(channel, overwrites): (&ChannelId, &Vec<Overwrite>)| {
            let permissions = channel_permissions(&facts, overwrites, now);
            (!permissions.is_empty()).then_some((*channel, permissions))
        };
        GuildPermissions {
            guild: guild_permissions(&facts, now),
            channels: self
                .channels
                .iter()
                .filter_map(in_channel)
                .collect::<BTreeMap<_, _>>(),
        }
    }
}

fn overwrite(wire: &kith_wire::Overwrite) -> Result<Overwrite, InvalidId> {
    let target = match wire.kind {
        OverwriteKind::Role => OverwriteTarget::Role(wire.id.parse()?),
        OverwriteKind::Member => OverwriteTarget::Member(wire.id.parse()?),
    };
    Ok(Overwrite {
        target,
        allow: wire.allow,
        deny: wire.deny,
    })
}
