use kith_policy::{Granted, ManageChannels};
use kith_types::ChannelId;

use crate::guilds::checked;
use crate::{StoreError, Work};

/// Writes the positions of these channels.
pub async fn move_to(
    work: &mut Work,
    granted: &Granted<ManageChannels>,
    places: &[(ChannelId, i32)],
) -> Result<(), StoreError> {
    let guild = checked(work, granted)?;
    let ids: Vec<_> = places.iter().map(|(channel, _)| channel.uuid()).collect();
    let positions: Vec<_> = places.iter().map(|(_, position)| *position).collect();
    sqlx::query!(
        r#"
        UPDATE channels SET position = wished.position
        FROM unnest($2::uuid[], $3::integer[]) AS wished (id, position)
        WHERE channels.guild_id = $1 AND channels.id = wished.id AND deleted_at IS NULL
        "#,
        guild.uuid(),
        &ids,
        &positions,
    )
    .execute(work.tx())
    .await?;
    Ok(())
}
