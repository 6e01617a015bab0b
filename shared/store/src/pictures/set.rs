use kith_policy::{Granted, ManageGuild};
use kith_types::{FileId, UserId};
use kith_wire::{Guild, User};

use crate::columns::{moment, user};
use crate::files::Received;
use crate::guilds::{self, checked};
use crate::{StoreError, Work};

/// A picture whose object is stored.
#[derive(Debug, Clone)]
pub struct NewPicture {
    pub id: FileId,
    pub received: Received,
}

/// Gives a person a picture, or none; the account as it is now. None if there is no such account. The picture before is gone.
pub async fn set_avatar(
    work: &mut Work,
    id: UserId,
    picture: Option<&NewPicture>,
) -> Result<Option<User>, StoreError> {
    let now = moment(work.now());
    let shown = show(work, picture).await?;
    let row = sqlx::query!(
        r#"
        WITH before AS (UPDATE files SET state = 3, purge_at = $3 WHERE id = (SELECT avatar_id FROM users WHERE id = $1))
        UPDATE users SET avatar_id = $2 WHERE id = $1 AND deleted_at IS NULL
        RETURNING id, username, display_name, kind, avatar_id,
            (SELECT domain FROM instances WHERE id = users.origin) AS "home!"
        "#,
        id.uuid(),
        shown.map(FileId::uuid),
        now,
    )
    .fetch_optional(work.tx())
    .await?;
    row.map(|row| {
        user(
            row.id,
            row.username,
            row.display_name,
            row.kind,
            row.home,
            row.avatar_id,
        )
    })
    .transpose()
}

/// Gives the guild a picture, or none; the guild as it is now. The picture before is gone.
pub async fn set_icon(
    work: &mut Work,
    granted: &Granted<ManageGuild>,
    picture: Option<&NewPicture>,
) -> Result<Guild, StoreError> {
    let guild = checked(work, granted)?;
    let now = moment(work.now());
    let shown = show(work, picture).await?;
    sqlx::query!(
        r#"
        WITH before AS (UPDATE files SET state = 3, purge_at = $3 WHERE id = (SELECT icon_id FROM guilds WHERE id = $1))
        UPDATE guilds SET icon_id = $2 WHERE id = $1
        "#,
        guild.uuid(),
        shown.map(FileId::uuid),
        now,
    )
    .execute(work.tx())
    .await?;
    guilds::find(work.tx(), guild)
        .await?
        .ok_or(StoreError::Gone)
}

/// Notes that a picture is there and stays. [`StoreError::Gone`] if it took too long.
async fn show(work: &mut Work, picture: Option<&NewPicture>) -> Result<Option<FileId>, StoreError> {
    let Some(NewPicture { id, received }) = picture else {
        return Ok(None);
    };
    let (width, height) = received.pixels.unzip();
    let now = moment(work.now());
    let done = sqlx::query!(
        "UPDATE files SET content_type = $2, size = $3, sha256 = $4, width = $5, height = $6, state = 2, purge_at = NULL \
         WHERE id = $1 AND state = 0 AND purge_at > $7",
        id.uuid(),
        received.content_type,
        received.size,
        &received.sha256[..],
        width,
        height,
        now,
    )
    .execute(work.tx())
    .await?;
    if done.rows_affected() == 0 {
        return Err(StoreError::Gone);
    }
    Ok(Some(*id))
}
