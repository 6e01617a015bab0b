use kith_policy::{CreateInvite, Granted};
use kith_types::Timestamp;

use crate::columns::moment;
use crate::guilds::checked;
use crate::{StoreError, Work};

/// How many invites of a guild can still be accepted.
#[derive(Debug, Clone, Copy)]
pub struct OpenInvites {
    pub all: i64,
    /// Those of who asks.
    pub own: i64,
}

/// What can be accepted of the guild in which somebody may invite.
pub async fn count_open(
    work: &mut Work,
    granted: &Granted<CreateInvite>,
) -> Result<OpenInvites, StoreError> {
    let guild = checked(work, granted)?;
    let now = work.now();
    let open = sqlx::query_as!(
        OpenInvites,
        r#"
        SELECT count(*) AS "all!", count(*) FILTER (WHERE creator_id = $3) AS "own!" FROM invites
        WHERE guild_id = $1 AND revoked_at IS NULL
          AND (expires_at IS NULL OR expires_at > $2) AND (max_uses IS NULL OR uses < max_uses)
        "#,
        guild.uuid(),
        moment(now),
        granted.user().uuid(),
    )
    .fetch_one(work.tx())
    .await?;
    Ok(open)
}

/// An invite that is there already.
#[derive(Debug)]
pub struct EqualInvite {
    pub code: String,
    pub uses: i32,
    pub expires_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// The latest invite of who asks that was made with the same limits, and is nearly as good as new: at least half of its time is
/// left, and of a number of uses none was taken.
pub async fn find_equal(
    work: &mut Work,
    granted: &Granted<CreateInvite>,
    max_uses: Option<i32>,
    max_age: Option<i64>,
) -> Result<Option<EqualInvite>, StoreError> {
    let guild = checked(work, granted)?;
    let half = work.now().plus_seconds(max_age.unwrap_or(0) / 2);
    let row = sqlx::query!(
        r#"
        SELECT code, uses, expires_at, created_at FROM invites
        WHERE guild_id = $1 AND creator_id = $2 AND revoked_at IS NULL
          AND max_uses IS NOT DISTINCT FROM $3 AND (max_uses IS NULL OR uses = 0)
          AND (expires_at - created_at) IS NOT DISTINCT FROM make_interval(secs => $4::double precision)
          AND (expires_at IS NULL OR expires_at > $5)
        ORDER BY created_at DESC
        LIMIT 1
        "#,
        guild.uuid(),
        granted.user().uuid(),
        max_uses,
        max_age.map(|seconds| seconds as f64),
        moment(half),
    )
    .fetch_optional(work.tx())
    .await?;
    Ok(row.map(|row| EqualInvite {
        code: row.code,
        uses: row.uses,
        expires_at: row.expires_at.map(Into::into),
        created_at: row.created_at.into(),
    }))
}
