use kith_events::Aggregate;
use kith_http::ClientAddress;
use kith_store::accounts::{self, Credentials, Ending, end_sessions};
use kith_types::{Password, SessionId, UserId, Username};
use kith_wire::{AuthSession, ErrorCode, Login, LoginPassword};

use super::device::{Device, remember};
use super::{TokenSource, limits};
use crate::passwords::Verdict;
use crate::{Core, Failure};

/// Sessions that one account may have; then those that were used longest ago end.
const MOST_SESSIONS: i64 = 50;

/// Somebody who has logged in, and their device's token.
pub(crate) struct LoggedIn {
    pub(crate) session: AuthSession,
    pub(crate) device: Device,
}

/// Begins a session. An unknown account takes as long, and is answered, like a wrong password; and all are counted alike.
pub(crate) async fn login(
    core: &Core,
    address: ClientAddress,
    user_agent: Option<&str>,
    device: Option<Device>,
    body: &Login,
) -> Result<LoggedIn, Failure> {
    // Parsed, and not left to the database's idea of lower case: what is counted is what is looked up.
    let username = Username::parse(&body.username.to_lowercase()).ok();
    let known = find(core, address, username.as_ref(), device.as_ref()).await?;
    let hash = known.as_ref().map(|known| known.password_hash.as_str());
    let verdict = core.hasher.verify(&body.password, hash).await?;
    let known = known.filter(|_| verdict != Verdict::Wrong);
    let mut known = known.ok_or_else(|| Failure::from(ErrorCode::InvalidCredentials))?;
    if verdict == Verdict::RightInItsOldForm {
        prepare(core, &mut known, &body.password).await?;
    }

    let fresh = TokenSource::of(core).fresh(core.store.now());
    let session_id: SessionId = core.store.mint()?;
    let session = fresh.session(session_id, known.user.id, user_agent);
    let live = accounts::open_session(&core.store, &session, &known.password_hash).await?;
    // The password was changed while it was checked.
    let live = live.ok_or_else(|| Failure::from(ErrorCode::InvalidCredentials))?;
    if live >= MOST_SESSIONS {
        end_surplus(core, known.user.id).await?;
    }
    let device = remember(core, known.user.id, device, Some(&known)).await?;
    let session = AuthSession {
        user: known.user,
        session_id,
        tokens: fresh.reveal(),
    };
    Ok(LoggedIn { session, device })
}

/// Keeps the password in its prepared form from now on, so that it is the same from every keyboard.
async fn prepare(
    core: &Core,
    known: &mut Credentials,
    password: &LoginPassword,
) -> Result<(), Failure> {
    // One that is too short or too long by now stays as it is until its owner chooses another.
    let Ok(prepared) = Password::parse(password.raw()) else {
        return Ok(());
    };
    let hash = core.hasher.hash(&prepared).await?;
    let mut work = core.store.begin(&[Aggregate::User(known.user.id)]).await?;
    // If it was changed meanwhile, the session will not be opened.
    if accounts::change_password(&mut work, known.user.id, &known.password_hash, &hash).await? {
        core.publisher.publish(work.commit().await?);
        known.password_hash = hash;
    }
    Ok(())
}

/// Counts the attempt, and looks the account up. What a device from which they logged in before does is counted by itself: nobody
/// else can use that up.
async fn find(
    core: &Core,
    address: ClientAddress,
    username: Option<&Username>,
    device: Option<&Device>,
) -> Result<Option<Credentials>, Failure> {
    let mut found = None;
    if let (Some(username), Some(device)) = (username, device) {
        limits::device(&*core.limiter, device).await?;
        found = accounts::credentials(&core.store, username, Some(device.hash())).await?;
    }
    if found.as_ref().is_some_and(|found| found.knows_device) {
        return Ok(found);
    }
    limits::attempt(&*core.limiter, username, address).await?;
    match username {
        Some(username) if found.is_none() => {
            Ok(accounts::credentials(&core.store, username, None).await?)
        }
        _ => Ok(found),
    }
}

async fn end_surplus(core: &Core, user: UserId) -> Result<(), Failure> {
    let mut work = core.store.begin(&[Aggregate::User(user)]).await?;
    end_sessions(&mut work, user, Ending::Surplus(MOST_SESSIONS)).await?;
    core.publisher.publish(work.commit().await?);
    Ok(())
}
