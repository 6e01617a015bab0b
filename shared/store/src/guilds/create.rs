use kith_events::Aggregate;
use kith_types::{ChannelId, GuildId, GuildName, Permissions, Timestamp, UserId};

use crate::columns::moment;
use crate::{StoreError, Work};

/// A guild that is being founded.
#[derive(Debug)]
pub struct NewGuild<'a> {
    pub id: GuildId,
    pub name: &'a GuildName,
    pub owner: UserId,
    /// The first channel, so that there is a place to say hello in …
    pub channel: ChannelId,
    /// … and one to meet in.
    pub voice: ChannelId,
    pub created_at: Timestamp,
}

/// Writes the guild, its everyone role, its first channels and its owner's membership.
pub async fn create(work: &mut Work, new: &NewGuild<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        WITH guild AS (
            INSERT INTO guilds (id, name, owner_id, created_at) VALUES ($1, $2, $3, $4)
        ), everyone AS (
            INSERT INTO roles (id, guild_id, name, position, permissions) VALUES ($1, $1, 'everyone', 0, $5)
        ), channel AS (
            INSERT INTO channels (id, guild_id, kind, name, position, created_at)
            VALUES ($6, $1, 0, 'general', 0, $4), ($7, $1, 3, 'Lounge', 1, $4)
        )
        INSERT INTO members (guild_id, user_id, joined_at) VALUES ($1, $3, $4)
        "#,
        new.id.uuid(),
        new.name.as_str(),
        new.owner.uuid(),
        moment(new.created_at),
        Permissions::DEFAULT_EVERYONE.to_column(),
        new.channel.uuid(),
        new.voice.uuid(),
    )
    .execute(work.tx())
    .await?;
    work.created(Aggregate::Guild(new.id));
    Ok(())
}
