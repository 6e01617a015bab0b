use kith_policy::{Granted, ManageOverwrites, Overwrite, OverwriteTarget};
use kith_types::ChannelId;

use crate::guilds::checked;
use crate::{StoreError, Work};

/// Sets a channel's overwrite for its target, in the place of an earlier one.
pub async fn put(
    work: &mut Work,
    granted: &Granted<ManageOverwrites>,
    channel: ChannelId,
    overwrite: &Overwrite,
) -> Result<(), StoreError> {
    checked(work, granted)?;
    let (target, kind) = match overwrite.target {
        OverwriteTarget::Role(role) => (role.uuid(), 0_i16),
        OverwriteTarget::Member(user) => (user.uuid(), 1),
    };
    sqlx::query!(
        r#"
        INSERT INTO overwrites (channel_id, target_id, target_kind, allow, deny) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (channel_id, target_id)
        DO UPDATE SET target_kind = excluded.target_kind, allow = excluded.allow, deny = excluded.deny
        "#,
        channel.uuid(),
        target,
        kind,
        overwrite.allow.to_column(),
        overwrite.deny.to_column(),
    )
    .execute(work.tx())
    .await?;
    Ok(())
}
