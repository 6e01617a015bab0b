use kith_events::Aggregate;
use kith_store::accounts::{Ending, end_sessions};
use kith_store::{Actor, Store};

use crate::Failure;
use crate::outbox::Publisher;

/// Ends the session that asks.
pub(crate) async fn logout(
    store: &Store,
    publisher: &Publisher,
    actor: &Actor,
) -> Result<(), Failure> {
    let mut work = store.begin(&[Aggregate::User(actor.user.id)]).await?;
    end_sessions(&mut work, actor.user.id, Ending::One(actor.session)).await?;
    publisher.publish(work.commit().await?);
    Ok(())
}
