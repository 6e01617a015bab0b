use kith_types::InviteCode;

use crate::columns::moment;
use crate::{StoreError, Work};

/// Counts one use. Whether there was one left: the condition and the count are one statement, so that the last
/// use is taken once, however many want it.
pub async fn take_use(work: &mut Work, code: &InviteCode) -> Result<bool, StoreError> {
    let now = work.now();
    let done = sqlx::query!(
        r#"
        UPDATE invites SET uses = uses + 1
        WHERE code = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)
          AND (max_uses IS NULL OR uses < max_uses)
        "#,
        code.as_str(),
        moment(now),
    )
    .execute(work.tx())
    .await?;
    Ok(done.rows_affected() > 0)
}
