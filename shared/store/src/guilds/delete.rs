use kith_policy::{Granted, OwnGuild};

use crate::columns::moment;
use crate::guilds::checked;
use crate::{StoreError, Work};

/// Marks the guild as gone. What is in it stays until it is purged; nobody reaches it any more. Its icon's objects can go
/// at once.
pub async fn delete(work: &mut Work, granted: &Granted<OwnGuild>) -> Result<(), StoreError> {
    let guild = checked(work, granted)?;
    let now = work.now();
    sqlx::query!(
        r#"
        WITH icon AS (UPDATE files SET state = 3, purge_at = $2 WHERE id = (SELECT icon_id FROM guilds WHERE id = $1))
        UPDATE guilds SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL
        "#,
        guild.uuid(),
        moment(now),
    )
    .execute(work.tx())
    .await?;
    Ok(())
}
