use kith_events::Aggregate;
use kith_store::accounts::{self, Ending, end_sessions};
use kith_store::{Actor, Store};
use kith_types::SessionId;
use kith_wire::Session;

use crate::Failure;
use crate::outbox::Publisher;

/// More sessions than one account may have.
const MOST: i64 = 100;

/// One's own sessions, the last used first.
pub(crate) async fn list_sessions(store: &Store, actor: &Actor) -> Result<Vec<Session>, Failure> {
    let now = store.now();
    Ok(accounts::list_sessions(store, actor.user.id, actor.session, now, MOST).await?)
}

/// Ends one of one's own sessions.
pub(crate) async fn revoke_session(
    store: &Store,
    publisher: &Publisher,
    actor: &Actor,
    session: SessionId,
) -> Result<(), Failure> {
    let mut work = store.begin(&[Aggregate::User(actor.user.id)]).await?;
    let ended = end_sessions(&mut work, actor.user.id, Ending::One(session)).await?;
    if ended == 0 {
        return Err(Failure::not_found());
    }
    publisher.publish(work.commit().await?);
    Ok(())
}
