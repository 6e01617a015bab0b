use kith_policy::{Granted, Right};
use kith_types::InviteCode;

use crate::columns::moment;
use crate::guilds::checked;
use crate::{StoreError, Work};

/// Makes the invite useless from now on. Whether it was not revoked before.
pub async fn revoke<R: Right>(
    work: &mut Work,
    granted: &Granted<R>,
    code: &InviteCode,
) -> Result<bool, StoreError> {
    checked(work, granted)?;
    let now = work.now();
    let done = sqlx::query!(
        "UPDATE invites SET revoked_at = $2 WHERE code = $1 AND revoked_at IS NULL",
        code.as_str(),
        moment(now),
    )
    .execute(work.tx())
    .await?;
    Ok(done.rows_affected() > 0)
}
