use kith_types::{ChannelId, Timestamp, UserId};

use crate::columns::moment;
use crate::{StoreError, Work};

/// A direct message that is being opened.
#[derive(Debug)]
pub struct NewDirect {
    pub channel: ChannelId,
    pub one: UserId,
    pub other: UserId,
    pub at: Timestamp,
}

/// Writes the channel and its two people. Who calls holds both people's rows, so nobody else does the same.
pub async fn create(work: &mut Work, new: &NewDirect) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        WITH channel AS (INSERT INTO channels (id, kind, created_at) VALUES ($1, 1, $4))
        INSERT INTO direct_channels (channel_id, user_a, user_b) VALUES ($1, least($2::uuid, $3::uuid), greatest($2::uuid, $3::uuid))
        "#,
        new.channel.uuid(),
        new.one.uuid(),
        new.other.uuid(),
        moment(new.at),
    )
    .execute(work.tx())
    .await?;
    Ok(())
}
