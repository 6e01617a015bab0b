use kith_events::rpc::SessionsRevoked;
use kith_events::{EventKind, Scope};
use kith_types::{SessionId, UserId};

use crate::columns::moment;
use crate::{StoreError, Work};

/// Which of a user's sessions end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// This one.
    One(SessionId),
    /// All but this one.
    Others(SessionId),
    /// All but the so many that were used last.
    Surplus(i64),
}

/// Ends sessions that are live, and tells the gateways, which close their sockets. How many ended; their tokens are
/// worth nothing once the unit of work, which has locked the user, is committed.
pub async fn end_sessions(
    work: &mut Work,
    user: UserId,
    which: Ending,
) -> Result<usize, StoreError> {
    let (one, others, keep) = match which {
        Ending::One(session) => (Some(session.uuid()), None, None),
        Ending::Others(session) => (None, Some(session.uuid()), None),
        Ending::Surplus(keep) => (None, None, Some(keep)),
    };
    let now = moment(work.now());
    let ids = sqlx::query_scalar!(
        r#"
        WITH live AS (
            SELECT id, row_number() OVER (ORDER BY last_used_at DESC, id DESC) AS place
            FROM sessions
            WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2
        )
        UPDATE sessions SET revoked_at = $2
        FROM live
        WHERE sessions.id = live.id AND sessions.revoked_at IS NULL
          AND (live.id = $3 OR live.id <> $4 OR live.place > $5)
        RETURNING sessions.id
        "#,
        user.uuid(),
        now,
        one,
        others,
        keep,
    )
    .fetch_all(work.tx())
    .await?;
    let sessions: Vec<SessionId> = ids.into_iter().map(SessionId::from).collect();
    let ended = sessions.len();
    if ended > 0 {
        work.emit(Scope::User(user), EventKind::SessionsRevoked, |_, _| {
            SessionsRevoked { sessions }
        })?;
    }
    Ok(ended)
}
