use kith_policy::{ChannelAccess, ChannelPlace, DirectFacts, MemberFacts};
use kith_types::{ChannelId, FileId, RoleId, Timestamp, UserId};
use kith_wire::{Attachment, ChannelKind};
use time::OffsetDateTime;
use uuid::Uuid;

use super::facts::{OverwriteArrays, RoleArrays};
use super::{Actor, TokenHash};
use crate::columns::{channel_kind, moment, user};
use crate::messages::AttachmentsColumn;
use crate::{Store, StoreError};

/// What a message names, as it was typed: nobody has looked yet whether that exists.
#[derive(Debug, Clone, Copy, Default)]
pub struct Named<'a> {
    pub users: &'a [UserId],
    pub roles: &'a [RoleId],
    /// Files that are to be attached.
    pub files: &'a [FileId],
}

/// Whoever makes a request, and all that a decision about them in one channel needs.
#[derive(Debug, Clone)]
pub struct InChannel {
    pub actor: Actor,
    /// None if they have no part in the channel, or if there is no such channel.
    pub access: Option<ChannelAccess>,
    /// With `access`: what kind of place it is.
    pub kind: Option<ChannelKind>,
    /// Those of the named users who are members of the guild.
    pub members: Vec<UserId>,
    /// Those of the named roles that are the guild's, and whether anybody may mention them.
    pub roles: Vec<(RoleId, bool)>,
    /// Those of the named files that are the asker's own, were sent to this channel and are not attached yet, in no order.
    pub files: Vec<Attachment>,
}

impl Store {
    /// Whose access token this is, and what they are in a channel: none if they have no part in it, or if there is no
    /// such channel. Of the overwrites, those that concern them.
    pub async fn actor_in_channel(
        &self,
        access: &TokenHash,
        channel: ChannelId,
        now: Timestamp,
    ) -> Result<Option<(Actor, Option<ChannelAccess>)>, StoreError> {
        let found = self
            .naming_in_channel(access, channel, Named::default(), now)
            .await?;
        Ok(found.map(|found| (found.actor, found.access)))
    }

    /// As [`Self::actor_in_channel`], with what is known of those whom a text names.
    pub async fn naming_in_channel(
        &self,
        access: &TokenHash,
        channel: ChannelId,
        named: Named<'_>,
        now: Timestamp,
    ) -> Result<Option<InChannel>, StoreError> {
        let named_users: Vec<Uuid> = named.users.iter().map(|user| user.uuid()).collect();
        let named_files: Vec<Uuid> = named.files.iter().map(|file| file.uuid()).collect();
        let named_roles: Vec<Uuid> = named.roles.iter().map(|role| role.uuid()).collect();
        let row = sqlx::query_as!(
            Row,
            r#"
            SELECT sessions.id AS session_id, users.id, users.username, users.display_name, users.kind, users.avatar_id,
                (SELECT domain FROM instances WHERE id = users.origin) AS "home!",
                users.unlimited, users.instance_admin, members.guild_id AS "guild_id?", guilds.owner_id AS "owner_id?",
                guilds.access_version AS "access_version?", members.timed_out_until AS "timed_out_until?",
                held.ids, held.positions, held.permissions,
                exceptions.targets, exceptions.kinds, exceptions.allow, exceptions.deny,
                CASE direct.user_a WHEN users.id THEN direct.user_b ELSE direct.user_a END AS peer_id,
                EXISTS (
                    SELECT 1 FROM blocks WHERE direct.channel_id IS NOT NULL
                        AND ((blocks.user_id, blocks.blocked_id) = (direct.user_a, direct.user_b)
                            OR (blocks.user_id, blocks.blocked_id) = (direct.user_b, direct.user_a))
                ) AS "blocked!",
                channels.kind AS "channel_kind?",
                ARRAY(SELECT others.user_id FROM members AS others
                    WHERE others.guild_id = guilds.id AND others.user_id = ANY($4)) AS "named_members!",
                ARRAY(SELECT roles.id FROM roles
                    WHERE roles.guild_id = guilds.id AND roles.id = ANY($5) AND roles.mentionable) AS "open_roles!",
                ARRAY(SELECT roles.id FROM roles
                    WHERE roles.guild_id = guilds.id AND roles.id = ANY($5) AND NOT roles.mentionable) AS "closed_roles!",
                coalesce((SELECT jsonb_agg(attachment(files)) FROM files
                    WHERE files.id = ANY($6) AND files.uploader_id = users.id AND files.channel_id = $2
                        AND files.message_id IS NULL AND files.state IN (1, 2) AND files.purge_at > $3), '[]')
                    AS "files!: AttachmentsColumn"
            FROM sessions
            JOIN users ON users.id = sessions.user_id
            LEFT JOIN channels ON channels.id = $2 AND channels.deleted_at IS NULL
            LEFT JOIN (members JOIN guilds ON guilds.id = members.guild_id AND guilds.deleted_at IS NULL)
                ON members.guild_id = channels.guild_id AND members.user_id = users.id
            LEFT JOIN direct_channels AS direct
                ON direct.channel_id = channels.id AND users.id IN (direct.user_a, direct.user_b)
            LEFT JOIN LATERAL (
                SELECT array_agg(roles.id) AS ids, array_agg(roles.position) AS positions,
                    array_agg(roles.permissions) AS permissions
                FROM roles
                WHERE roles.guild_id = guilds.id AND (roles.id = guilds.id OR roles.id = ANY(members.role_ids))
            ) AS held ON true
            LEFT JOIN LATERAL (
                SELECT array_agg(target_id) AS targets, array_agg(target_kind) AS kinds,
                    array_agg(overwrites.allow) AS allow, array_agg(overwrites.deny) AS deny
                FROM overwrites
                WHERE overwrites.channel_id = channels.id AND members.user_id IS NOT NULL
                    AND (target_id IN (guilds.id, users.id) OR target_id = ANY(members.role_ids))
            ) AS exceptions ON true
            WHERE sessions.access_hash = $1 AND sessions.revoked_at IS NULL AND sessions.access_expires_at > $3
                AND sessions.expires_at > $3 AND users.deleted_at IS NULL
            "#,
            &access.0,
            channel.uuid(),
            moment(now),
            &named_users,
            &named_roles,
            &named_files,
        )
        .fetch_optional(self.pool())
        .await?;
        row.map(|row| row.into_facts(channel)).transpose()
    }
}

/// What the statement returns: no more than one row, and every column that is not the asker's own may be missing.
struct Row {
    session_id: Uuid,
    id: Uuid,
    username: String,
    display_name: String,
    kind: i16,
    home: String,
    avatar_id: Option<Uuid>,
    unlimited: bool,
    instance_admin: bool,
    guild_id: Option<Uuid>,
    owner_id: Option<Uuid>,
    access_version: Option<i64>,
    timed_out_until: Option<OffsetDateTime>,
    ids: Option<Vec<Uuid>>,
    positions: Option<Vec<i32>>,
    permissions: Option<Vec<i64>>,
    targets: Option<Vec<Uuid>>,
    kinds: Option<Vec<i16>>,
    allow: Option<Vec<i64>>,
    deny: Option<Vec<i64>>,
    peer_id: Option<Uuid>,
    blocked: bool,
    channel_kind: Option<i16>,
    named_members: Vec<Uuid>,
    open_roles: Vec<Uuid>,
    closed_roles: Vec<Uuid>,
    files: AttachmentsColumn,
}

impl Row {
    fn into_facts(self, channel: ChannelId) -> Result<InChannel, StoreError> {
        let row = self;
        let actor = Actor {
            user: user(
                row.id,
                row.username,
                row.display_name,
                row.kind,
                row.home,
                row.avatar_id,
            )?,
            session: row.session_id.into(),
            unlimited: row.unlimited,
            instance_admin: row.instance_admin,
        };
        let place = if let (Some(guild), Some(owner), Some(access_version)) =
            (row.guild_id, row.owner_id, row.access_version)
        {
            let roles = RoleArrays {
                ids: row.ids,
                positions: row.positions,
                permissions: row.permissions,
            };
            let overwrites = OverwriteArrays {
                targets: row.targets,
                kinds: row.kinds,
                allow: row.allow,
                deny: row.deny,
            };
            Some(ChannelPlace::Guild {
                member: MemberFacts {
                    user: actor.user.id,
                    guild: guild.into(),
                    owner: owner.into(),
                    roles: roles.into_facts(),
                    timed_out_until: row.timed_out_until.map(Into::into),
                    access_version,
                },
                overwrites: overwrites.into_overwrites()?,
            })
        } else {
            row.peer_id.map(|peer| {
                ChannelPlace::Direct(DirectFacts {
                    user: actor.user.id,
                    peer: peer.into(),
                    blocked: row.blocked,
                })
            })
        };
        let open = row.open_roles.into_iter().map(|role| (role.into(), true));
        let closed = row
            .closed_roles
            .into_iter()
            .map(|role| (role.into(), false));
        Ok(InChannel {
            actor,
            access: place.map(|place| ChannelAccess { channel, place }),
            kind: row.channel_kind.map(channel_kind).transpose()?,
            members: row.named_members.into_iter().map(UserId::from).collect(),
            roles: open.chain(closed).collect(),
            files: row.files.0.into_iter().map(Attachment::from).collect(),
        })
    }
}
