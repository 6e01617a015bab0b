use kith_http::ClientAddress;
use kith_store::accounts::{self, NewAccount};
use kith_types::{SessionId, TextError, UserId};
use kith_wire::{AuthSession, ErrorCode, Register};

use super::device::remember;
use super::{LoggedIn, TokenSource, limits};
use crate::{Core, Failure};

/// Makes an account and logs in.
pub(crate) async fn register(
    core: &Core,
    address: ClientAddress,
    user_agent: Option<&str>,
    body: &Register,
) -> Result<LoggedIn, Failure> {
    if !core.config.registration_open {
        let message = "this instance takes no new accounts; ask its operator for one";
        return Err(Failure::refused(ErrorCode::MissingPermission, message));
    }
    if body.username.is_reserved() {
        return Err(Failure::field("username", TextError::Reserved.to_string()));
    }
    limits::register(&*core.limiter, address, core.config.registrations_per_hour).await?;
    let password_hash = core.hasher.hash(&body.password).await?;
    let at = core.store.now();
    let account = NewAccount {
        id: core.store.mint::<UserId>()?,
        username: &body.username,
        display_name: body.display_name.as_ref(),
        password_hash: &password_hash,
        at,
    };
    let fresh = TokenSource::of(core).fresh(at);
    let session_id: SessionId = core.store.mint()?;
    let session = fresh.session(session_id, account.id, user_agent);
    let user = accounts::register(&core.store, &account, &session).await?;
    let user = user.ok_or_else(|| Failure::from(ErrorCode::UsernameTaken))?;
    let device = remember(core, user.id, None, None).await?;
    let session = AuthSession {
        user,
        session_id,
        tokens: fresh.reveal(),
    };
    Ok(LoggedIn { session, device })
}
