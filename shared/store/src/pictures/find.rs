use kith_policy::{Acquaintance, Granted, TakePart};
use kith_types::{FileId, InviteCode, UserId};

use crate::columns::moment;
use crate::{Store, StoreError};

/// A picture that is shown now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPicture {
    pub id: FileId,
    pub content_type: String,
    pub sha256: Vec<u8>,
}

impl Store {
    /// A person's picture, if this is the one that they have now, and how who asks stands to them.
    pub async fn avatar(
        &self,
        viewer: UserId,
        user: UserId,
        picture: FileId,
    ) -> Result<Option<(StoredPicture, Acquaintance)>, StoreError> {
        let row = sqlx::query!(
            r#"
            SELECT files.id, files.content_type, files.sha256,
                EXISTS (
                    SELECT FROM members mine
                    JOIN members theirs ON theirs.guild_id = mine.guild_id AND theirs.user_id = $2
                    JOIN guilds ON guilds.id = mine.guild_id AND guilds.deleted_at IS NULL
                    WHERE mine.user_id = $1
                ) AS "share_guild!",
                EXISTS (
                    SELECT FROM direct_channels
                    WHERE user_a = least($1::uuid, $2::uuid) AND user_b = greatest($1::uuid, $2::uuid)
                ) AS "share_direct!"
            FROM users JOIN files ON files.id = users.avatar_id AND files.state = 2
            WHERE users.id = $2 AND users.avatar_id = $3 AND users.deleted_at IS NULL
            "#,
            viewer.uuid(),
            user.uuid(),
            picture.uuid(),
        )
        .fetch_optional(self.pool())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let picture = StoredPicture {
            id: row.id.into(),
            content_type: row.content_type,
            sha256: row.sha256.ok_or(StoreError::Corrupt("files.sha256"))?,
        };
        let acquaintance = Acquaintance {
            is_self: viewer == user,
            share_guild: row.share_guild,
            share_direct: row.share_direct,
        };
        Ok(Some((picture, acquaintance)))
    }
}

/// The guild's picture, if this is the one that it has now.
pub async fn find_icon(
    store: &Store,
    granted: &Granted<TakePart>,
    picture: FileId,
) -> Result<Option<StoredPicture>, StoreError> {
    let guild = granted.guild().ok_or(StoreError::Gone)?;
    let row = sqlx::query!(
        r#"
        SELECT files.id, files.content_type, files.sha256
        FROM guilds JOIN files ON files.id = guilds.icon_id AND files.state = 2
        WHERE guilds.id = $1 AND guilds.icon_id = $2 AND guilds.deleted_at IS NULL
        "#,
        guild.uuid(),
        picture.uuid(),
    )
    .fetch_optional(store.pool())
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(StoredPicture {
        id: row.id.into(),
        content_type: row.content_type,
        sha256: row.sha256.ok_or(StoreError::Corrupt("files.sha256"))?,
    }))
}

/// The picture of the guild that an invite leads to, if this is the one that it has now, and whether the invite can be accepted.
pub async fn find_invite_icon(
    store: &Store,
    code: &InviteCode,
    picture: FileId,
) -> Result<Option<(StoredPicture, bool)>, StoreError> {
    let row = sqlx::query!(
        r#"
        SELECT files.id, files.content_type, files.sha256,
               (invites.revoked_at IS NULL AND (invites.expires_at IS NULL OR invites.expires_at > $3)
                AND (invites.max_uses IS NULL OR invites.uses < invites.max_uses)) AS "is_open!"
        FROM invites JOIN guilds ON guilds.id = invites.guild_id
        JOIN files ON files.id = guilds.icon_id AND files.state = 2
        WHERE invites.code = $1 AND guilds.icon_id = $2 AND guilds.deleted_at IS NULL
        "#,
        code.as_str(),
        picture.uuid(),
        moment(store.now()),
    )
    .fetch_optional(store.pool())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let picture = StoredPicture {
        id: row.id.into(),
        content_type: row.content_type,
        sha256: row.sha256.ok_or(StoreError::Corrupt("files.sha256"))?,
    };
    Ok(Some((picture, row.is_open)))
}
