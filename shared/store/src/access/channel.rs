use kith_policy::{ChannelAccess, ChannelPlace, DirectFacts, MemberFacts};
use kith_types::{ChannelId, Timestamp};

use super::facts::{OverwriteArrays, RoleArrays};
use super::{Actor, TokenHash};
use crate::columns::{moment, user};
use crate::{Store, StoreError};

impl Store {
    /// Whose access token this is, and what they are in a channel: none if they have no part in it, or if there is no
    /// such channel. Of the overwrites, those that concern them.
    pub async fn actor_in_channel(
        &self,
        access: &TokenHash,
        channel: ChannelId,
        now: Timestamp,
    ) -> Result<Option<(Actor, Option<ChannelAccess>)>, StoreError> {
        let row = sqlx::query!(
            r#"
            SELECT sessions.id AS session_id, users.id, users.username, users.display_name, users.kind,
                users.unlimited, users.instance_admin, members.guild_id AS "guild_id?", guilds.owner_id AS "owner_id?",
                guilds.access_version AS "access_version?", members.timed_out_until AS "timed_out_until?",
                held.ids, held.positions, held.permissions,
                exceptions.targets, exceptions.kinds, exceptions.allow, exceptions.deny,
                CASE direct.user_a WHEN users.id THEN direct.user_b ELSE direct.user_a END AS peer_id,
                EXISTS (
                    SELECT 1 FROM blocks WHERE direct.channel_id IS NOT NULL
                        AND ((blocks.user_id, blocks.blocked_id) = (direct.user_a, direct.user_b)
                            OR (blocks.user_id, blocks.blocked_id) = (direct.user_b, direct.user_a))
                ) AS "blocked!"
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
        )
        .fetch_optional(self.pool())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let actor = Actor {
            user: user(row.id, row.username, row.display_name, row.kind)?,
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
        Ok(Some((
            actor,
            place.map(|place| ChannelAccess { channel, place }),
        )))
    }
}
