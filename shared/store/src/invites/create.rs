use kith_policy::{CreateInvite, Granted};
use kith_types::Timestamp;

use crate::columns::moment;
use crate::guilds::checked;
use crate::{StoreError, Work};

/// An invite that is being made.
#[derive(Debug)]
pub struct NewInvite<'a> {
    pub code: &'a str,
    pub max_uses: Option<i32>,
    pub expires_at: Option<Timestamp>,
}

/// Writes a new invite of who may invite.
pub async fn create(
    work: &mut Work,
    granted: &Granted<CreateInvite>,
    invite: &NewInvite<'_>,
) -> Result<(), StoreError> {
    let guild = checked(work, granted)?;
    let now = work.now();
    sqlx::query!(
        r#"
        INSERT INTO invites (code, guild_id, creator_id, max_uses, expires_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        "#,
        invite.code,
        guild.uuid(),
        granted.user().uuid(),
        invite.max_uses,
        invite.expires_at.map(moment),
        moment(now),
    )
    .execute(work.tx())
    .await?;
    Ok(())
}
