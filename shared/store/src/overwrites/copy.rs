use kith_types::ChannelId;
use sqlx::PgConnection;

use crate::StoreError;

/// Gives a new channel the overwrites of another one.
pub(crate) async fn copy(
    connection: &mut PgConnection,
    from: ChannelId,
    to: ChannelId,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        INSERT INTO overwrites (channel_id, target_id, target_kind, allow, deny)
        SELECT $2, target_id, target_kind, allow, deny FROM overwrites WHERE channel_id = $1
        "#,
        from.uuid(),
        to.uuid(),
    )
    .execute(connection)
    .await?;
    Ok(())
}
