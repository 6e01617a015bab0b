use kith_events::rpc::{ListMembers, ListedMembers};
use kith_policy::MemberFacts;
use kith_types::{RoleId, UserId};
use kith_wire::{Member, MemberRange};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::columns::user;
use crate::{Store, StoreError, members};

impl Store {
    /// What is asked of a guild's member list, and what the asker is in the guild: the caller decides whether they may know
    /// it. None if they are not a member.
    pub async fn list_members(
        &self,
        asked: &ListMembers,
    ) -> Result<Option<(MemberFacts, ListedMembers)>, StoreError> {
        let mut tx = self.snapshot().await?;
        let Some(viewer) = members::facts(&mut tx, asked.guild, asked.viewer).await? else {
            return Ok(None);
        };
        let total = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM members WHERE guild_id = $1"#,
            asked.guild.uuid(),
        )
        .fetch_one(&mut *tx)
        .await?;
        let mut ranges = Vec::with_capacity(asked.ranges.len());
        for range in &asked.ranges {
            ranges.push(of_range(&mut tx, asked, *range).await?);
        }
        let named = if asked.users.is_empty() {
            Vec::new()
        } else {
            of_users(&mut tx, asked).await?
        };
        let all = if total <= i64::from(asked.all_up_to) {
            Some(everybody(&mut tx, asked).await?)
        } else {
            None
        };
        let listed = ListedMembers {
            access_version: viewer.access_version,
            total,
            ranges,
            named,
            all,
        };
        Ok(Some((viewer, listed)))
    }
}

async fn of_range(
    connection: &mut PgConnection,
    asked: &ListMembers,
    (first, last): (u32, u32),
) -> Result<MemberRange, StoreError> {
    // The places are counted in the index alone; only those that are wanted are looked up.
    let rows = sqlx::query!(
        r#"
        SELECT members.nick, members.role_ids, members.joined_at, members.timed_out_until,
               users.id, users.username, users.display_name, users.kind, users.avatar_id,
               (SELECT domain FROM instances WHERE id = users.origin) AS "home!"
        FROM (
            SELECT user_id FROM members WHERE guild_id = $1 ORDER BY user_id OFFSET $2 LIMIT $3
        ) AS wanted
        JOIN members ON members.guild_id = $1 AND members.user_id = wanted.user_id
        JOIN users ON users.id = wanted.user_id
        ORDER BY wanted.user_id
        "#,
        asked.guild.uuid(),
        i64::from(first),
        i64::from(last.saturating_sub(first)) + 1,
    )
    .fetch_all(connection)
    .await?;
    let members: Result<Vec<Member>, StoreError> = rows
        .into_iter()
        .map(|row| {
            Ok(Member {
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
            })
        })
        .collect();
    Ok(MemberRange {
        start: first,
        members: members?,
    })
}

async fn of_users(
    connection: &mut PgConnection,
    asked: &ListMembers,
) -> Result<Vec<Member>, StoreError> {
    let users: Vec<Uuid> = asked.users.iter().map(|user| user.uuid()).collect();
    let rows = sqlx::query!(
        r#"
        SELECT members.nick, members.role_ids, members.joined_at, members.timed_out_until,
               users.id, users.username, users.display_name, users.kind, users.avatar_id,
               (SELECT domain FROM instances WHERE id = users.origin) AS "home!"
        FROM members JOIN users ON users.id = members.user_id
        WHERE members.guild_id = $1 AND members.user_id = ANY($2)
        ORDER BY members.user_id
        "#,
        asked.guild.uuid(),
        &users,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Member {
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
            })
        })
        .collect()
}

async fn everybody(
    connection: &mut PgConnection,
    asked: &ListMembers,
) -> Result<Vec<UserId>, StoreError> {
    let ids = sqlx::query_scalar!(
        "SELECT user_id FROM members WHERE guild_id = $1 ORDER BY user_id LIMIT $2",
        asked.guild.uuid(),
        i64::from(asked.all_up_to),
    )
    .fetch_all(connection)
    .await?;
    Ok(ids.into_iter().map(UserId::from).collect())
}
