use kith_events::Aggregate;
use kith_http::ClientAddress;
use kith_store::accounts::{self, Ending, end_sessions};
use kith_types::{SessionId, UserId, Username};
use kith_wire::{AuthSession, ErrorCode, Login};

use super::{TokenSource, limits};
use crate::{Core, Failure};

/// Sessions that one account may have; then those that were used longest ago end.
const MOST_SESSIONS: i64 = 50;

/// Begins a session. An unknown account takes as long, and is answered, like a wrong password.
pub(crate) async fn login(
    core: &Core,
    address: ClientAddress,
    user_agent: Option<&str>,
    body: &Login,
) -> Result<AuthSession, Failure> {
    // Parsed, and not left to the database's idea of lower case: what is counted is what is looked up.
    let username = Username::parse(&body.username.to_lowercase()).ok();
    let known = match &username {
        Some(username) => accounts::credentials(&core.store, username).await?,
        None => None,
    };
    if !known.as_ref().is_some_and(|known| known.unlimited) {
        limits::attempt(&*core.limiter, username.as_ref(), address).await?;
    }
    let hash = known.as_ref().map(|known| known.password_hash.as_str());
    let matches = core.hasher.verify(&body.password, hash).await?;
    let known = known.filter(|_| matches);
    let known = known.ok_or_else(|| Failure::from(ErrorCode::InvalidCredentials))?;

    let fresh = TokenSource::of(core).fresh(core.store.now());
    let session_id: SessionId = core.store.mint()?;
    let session = fresh.session(session_id, known.user.id, user_agent);
    let live = accounts::open_session(&core.store, &session, &known.password_hash).await?;
    // The password was changed while it was checked.
    let live = live.ok_or_else(|| Failure::from(ErrorCode::InvalidCredentials))?;
    if live >= MOST_SESSIONS {
        end_surplus(core, known.user.id).await?;
    }
    Ok(AuthSession {
        user: known.user,
        session_id,
        tokens: fresh.reveal(),
    })
}

async fn end_surplus(core: &Core, user: UserId) -> Result<(), Failure> {
    let mut work = core.store.begin(&[Aggregate::User(user)]).await?;
    end_sessions(&mut work, user, Ending::Surplus(MOST_SESSIONS)).await?;
    core.publisher.publish(work.commit().await?);
    Ok(())
}
