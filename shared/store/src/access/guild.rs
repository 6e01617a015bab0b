use kith_policy::MemberFacts;
use kith_types::{GuildId, Timestamp};

use super::facts::RoleArrays;
use super::{Actor, TokenHash};
use crate::columns::{moment, user};
use crate::{Store, StoreError};

impl Store {
    /// Whose access token this is, and what they are in a guild: none if they are not a member, or if there is no such
    /// guild.
    pub async fn actor_in_guild(
        &self,
        access: &TokenHash,
        guild: GuildId,
        now: Timestamp,
    ) -> Result<Option<(Actor, Option<MemberFacts>)>, StoreError> {
        let row = sqlx::query!(
            r#"
            SELECT sessions.id AS session_id, users.id, users.username, users.display_name, users.kind, users.avatar_id,
                (SELECT domain FROM instances WHERE id = users.origin) AS "home!",
                users.unlimited, users.instance_admin, guilds.owner_id AS "owner_id?",
                guilds.access_version AS "access_version?", members.timed_out_until AS "timed_out_until?",
                held.ids, held.positions, held.permissions
            FROM sessions
            JOIN users ON users.id = sessions.user_id
            LEFT JOIN (members JOIN guilds ON guilds.id = members.guild_id AND guilds.deleted_at IS NULL)
                ON members.guild_id = $2 AND members.user_id = users.id
            LEFT JOIN LATERAL (
                SELECT array_agg(roles.id) AS ids, array_agg(roles.position) AS positions,
                    array_agg(roles.permissions) AS permissions
                FROM roles
                WHERE roles.guild_id = guilds.id AND (roles.id = guilds.id OR roles.id = ANY(members.role_ids))
            ) AS held ON true
            WHERE sessions.access_hash = $1 AND sessions.revoked_at IS NULL AND sessions.access_expires_at > $3
                AND sessions.expires_at > $3 AND users.deleted_at IS NULL
            "#,
            &access.0,
            guild.uuid(),
            moment(now),
        )
        .fetch_optional(self.pool())
        .await?;
        let Some(row) = row else { return Ok(None) };
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
        let roles = RoleArrays {
            ids: row.ids,
            positions: row.positions,
            permissions: row.permissions,
        };
        let member = row.owner_id.zip(row.access_version);
        let member = member.map(|(owner, access_version)| MemberFacts {
            user: actor.user.id,
            guild,
            owner: owner.into(),
            roles: roles.into_facts(),
            timed_out_until: row.timed_out_until.map(Into::into),
            access_version,
        });
        Ok(Some((actor, member)))
    }
}
