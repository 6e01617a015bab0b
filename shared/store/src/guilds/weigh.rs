use kith_types::GuildId;
use sqlx::PgConnection;

use crate::StoreError;

/// How much a guild's channels, overwrites and roles may weigh together, in about the bytes that it takes to describe them: each
/// member is told all of it when they connect. There is room for the 500 channels with a full topic of letters and the 250 roles
/// that a guild may have, or for four thousand overwrites.
pub const MAX_WEIGHT: i64 = 1024 * 1024;

/// What is heavier is not read into memory to be described: only rows from before there was a bound can be that.
pub(crate) const MAX_DESCRIBED: i64 = 8 * MAX_WEIGHT;

/// How much a guild's channels, overwrites and roles weigh. Nothing of them is read but how long it is.
pub async fn weigh(connection: &mut PgConnection, guild: GuildId) -> Result<i64, StoreError> {
    // The constants: ids, names of fields, and the name of one permission, as they stand in JSON.
    let weight = sqlx::query_scalar!(
        r#"
        SELECT (
            (SELECT coalesce(sum(300 + octet_length(name) + octet_length(topic)), 0)
                FROM channels WHERE guild_id = $1 AND deleted_at IS NULL)
            + (SELECT coalesce(sum(200 + octet_length(name) + 20 * bit_count(permissions::bit(64))), 0)
                FROM roles WHERE guild_id = $1)
            + (SELECT coalesce(sum(80 + 20 * (bit_count(allow::bit(64)) + bit_count(deny::bit(64)))), 0)
                FROM overwrites JOIN channels ON channels.id = overwrites.channel_id
                WHERE channels.guild_id = $1 AND channels.deleted_at IS NULL)
        )::bigint AS "weight!"
        "#,
        guild.uuid(),
    )
    .fetch_one(connection)
    .await?;
    Ok(weight)
}
