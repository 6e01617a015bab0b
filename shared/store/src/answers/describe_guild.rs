use kith_events::rpc::{DescribeGuild, GuildDescription, MemberRoles, Viewer};
use kith_types::{RoleId, UserId};
use kith_wire::{Guild, Member};
use sqlx::PgConnection;
use uuid::Uuid;

use super::read_states;
use crate::columns::user;
use crate::{Store, StoreError, channels, guilds, roles, voice};

impl Store {
    /// How a guild stands, and what some users are in it. None if it is gone.
    pub async fn describe_guild(
        &self,
        asked: &DescribeGuild,
    ) -> Result<Option<GuildDescription>, StoreError> {
        let mut tx = self.snapshot().await?;
        let row = sqlx::query!(
            r#"
            SELECT id, name, owner_id, icon_id, created_at, access_version, rev,
                (
                    SELECT coalesce(stream_seq, -1) FROM outbox WHERE aggregate_id = $1 ORDER BY outbox.rev DESC LIMIT 1
                ) AS newest_event,
                (SELECT domain FROM instances WHERE id = guilds.origin) AS "home!",
                (SELECT count(*) FROM members WHERE guild_id = $1) AS "member_count!"
            FROM guilds WHERE id = $1 AND deleted_at IS NULL
            "#,
            asked.guild.uuid(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(None) };
        if guilds::weigh(&mut tx, asked.guild).await? > guilds::MAX_DESCRIBED {
            return Err(StoreError::TooLarge(
                "a guild's channels, overwrites and roles",
            ));
        }
        let channels = channels::list(&mut tx, asked.guild).await?;
        let channel_ids: Vec<Uuid> = channels.iter().map(|channel| channel.id.uuid()).collect();
        Ok(Some(GuildDescription {
            guild: Guild {
                id: row.id.into(),
                name: row.name,
                owner_id: row.owner_id.into(),
                home: row.home,
                icon: row.icon_id.map(Into::into),
                created_at: row.created_at.into(),
            },
            access_version: row.access_version,
            rev: row.rev,
            // An event that is forgotten here was settled long ago.
            told_up_to: u64::try_from(row.newest_event.unwrap_or(0)).ok(),
            roles: roles::list(&mut tx, asked.guild).await?,
            channels,
            member_count: row.member_count,
            members: member_roles(&mut tx, asked).await?,
            viewers: viewers(&mut tx, asked, &channel_ids).await?,
            voice_states: voice::states(&mut tx, asked.guild).await?,
        }))
    }
}

async fn member_roles(
    connection: &mut PgConnection,
    asked: &DescribeGuild,
) -> Result<Vec<MemberRoles>, StoreError> {
    let users: Vec<Uuid> = asked.users.iter().map(|user| user.uuid()).collect();
    let rows = sqlx::query!(
        "SELECT user_id, role_ids, timed_out_until FROM members WHERE guild_id = $1 AND user_id = ANY($2)",
        asked.guild.uuid(),
        &users,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| MemberRoles {
            user: row.user_id.into(),
            roles: row.role_ids.into_iter().map(RoleId::from).collect(),
            timed_out_until: row.timed_out_until.map(Into::into),
        })
        .collect())
}

async fn viewers(
    connection: &mut PgConnection,
    asked: &DescribeGuild,
    channels: &[Uuid],
) -> Result<Vec<Viewer>, StoreError> {
    let users: Vec<Uuid> = asked.viewers.iter().copied().map(UserId::uuid).collect();
    let rows = sqlx::query!(
        r#"
        SELECT members.nick, members.role_ids, members.joined_at, members.timed_out_until,
            users.id, users.username, users.display_name, users.kind, users.avatar_id,
            (SELECT domain FROM instances WHERE id = users.origin) AS "home!"
        FROM members JOIN users ON users.id = members.user_id
        WHERE members.guild_id = $1 AND members.user_id = ANY($2)
        "#,
        asked.guild.uuid(),
        &users,
    )
    .fetch_all(&mut *connection)
    .await?;
    let present: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut states = read_states::of_all(connection, &present, channels).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Viewer {
                member: Member {
                    guild_id: asked.guild,
                    user: user(
                        row.id,
                        row.username,
                        row.display_name,
                        row.kind,
                        row.home,
                        row.avatar_id,
                    )?,
                    nick: row.nick,
                    roles: row.role_ids.into_iter().map(RoleId::from).collect(),
                    joined_at: row.joined_at.into(),
                    timed_out_until: row.timed_out_until.map(Into::into),
                },
                read_states: states.remove(&row.id).unwrap_or_default(),
            })
        })
        .collect()
}
