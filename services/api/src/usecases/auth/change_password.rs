use kith_events::Aggregate;
use kith_store::Actor;
use kith_store::accounts::{self, Ending, end_sessions};
use kith_wire::{ChangePassword, ErrorCode};

use super::limits;
use crate::passwords::Verdict;
use crate::{Core, Failure};

/// Sets a new password and ends all other sessions, both or neither.
pub(crate) async fn change_password(
    core: &Core,
    actor: &Actor,
    body: &ChangePassword,
) -> Result<(), Failure> {
    let user = actor.user.id;
    limits::password(&*core.limiter, user).await?;
    let wrong = || {
        Failure::refused(
            ErrorCode::InvalidCredentials,
            "the current password is wrong",
        )
    };
    let hash = accounts::password_hash(&core.store, user).await?;
    let verdict = core
        .hasher
        .verify(&body.current_password, hash.as_deref())
        .await?;
    if verdict == Verdict::Wrong {
        return Err(wrong());
    }
    let checked = hash.ok_or_else(wrong)?;
    let next = core.hasher.hash(&body.new_password).await?;
    let mut work = core.store.begin(&[Aggregate::User(user)]).await?;
    // It was changed by somebody else while it was checked.
    if !accounts::change_password(&mut work, user, &checked, &next).await? {
        return Err(wrong());
    }
    end_sessions(&mut work, user, Ending::Others(actor.session)).await?;
    core.publisher.publish(work.commit().await?);
    Ok(())
}
