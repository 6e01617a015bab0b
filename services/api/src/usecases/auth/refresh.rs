use kith_events::Aggregate;
use kith_store::accounts::{self, Ending, Refreshed, end_sessions};
use kith_wire::{ErrorCode, Tokens};

use super::TokenSource;
use crate::access::token_hash;
use crate::{Core, Failure};

/// Exchanges a refresh token for the next pair, once. A token that comes a second time, also at the same moment, was stolen
/// or belongs to somebody who was stolen from: its session ends, and its sockets close.
pub(crate) async fn refresh(core: &Core, shown: &str) -> Result<Tokens, Failure> {
    let fresh = TokenSource::of(core).fresh(core.store.now());
    let outcome = accounts::refresh_session(&core.store, &token_hash(shown), &fresh.next()).await?;
    match outcome {
        Refreshed::Rotated => return Ok(fresh.reveal()),
        Refreshed::Invalid => {}
        Refreshed::Reused { user, session } => {
            let mut work = core.store.begin(&[Aggregate::User(user)]).await?;
            end_sessions(&mut work, user, Ending::One(session)).await?;
            core.publisher.publish(work.commit().await?);
            tracing::warn!(user.id = %user, session.id = %session, "a refresh token was used twice");
        }
    }
    Err(ErrorCode::InvalidRefreshToken.into())
}
