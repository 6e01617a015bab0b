use std::time::Duration;

use kith_bus::{ConsumeError, Consumed, REVOCATIONS};
use kith_events::Scope;
use kith_events::rpc::SessionsRevoked;
use kith_store::voice;
use kith_types::GuildId;
use tokio_util::sync::CancellationToken;

use super::Voice;
use super::enforce::EnforceError;

/// What could not be enforced is tried again after this time.
const AGAIN: Duration = Duration::from_secs(1);

/// Enforces rights after every change of them, until `stop`. An event is done only when both the database and LiveKit
/// are in line with it.
pub(super) async fn watch(voice: Voice, stop: CancellationToken) {
    let follow = async {
        loop {
            voice.0.bus.connected().await;
            if let Err(error) = follow(&voice).await {
                tracing::debug!(error = %error, "changes of rights are followed anew");
            }
            tokio::time::sleep(AGAIN).await;
        }
    };
    stop.run_until_cancelled(follow).await;
}

async fn follow(voice: &Voice) -> Result<(), ConsumeError> {
    let mut consumer = voice.0.bus.consume(&REVOCATIONS).await?;
    loop {
        let event = consumer.next().await?;
        let enforcing = Box::pin(enforce(voice, &event));
        match voice.store().unless_away(enforcing).await {
            Ok(()) => event.done().await?,
            Err(error) => {
                tracing::warn!(event.id = %event.head.id, error = %error, "voice rights could not be enforced yet");
                event.again(AGAIN).await?;
            }
        }
    }
}

async fn enforce(voice: &Voice, event: &Consumed) -> Result<(), EnforceError> {
    for guild in guilds(voice, event).await? {
        voice.enforce(guild).await?;
    }
    Ok(())
}

/// Where somebody may have lost something.
async fn guilds(voice: &Voice, event: &Consumed) -> Result<Vec<GuildId>, EnforceError> {
    match event.head.scope {
        Scope::Guild(guild) | Scope::Channel(guild, _) => Ok(vec![guild]),
        Scope::Direct(_) | Scope::User(_) => {
            match serde_json::from_slice::<SessionsRevoked>(&event.payload) {
                Ok(revoked) => Ok(voice::of_sessions(voice.store(), &revoked.sessions).await?),
                Err(error) => {
                    // The reconciler looks at every session.
                    tracing::error!(event.id = %event.head.id, error = %error, "an event cannot be understood");
                    Ok(Vec::new())
                }
            }
        }
    }
}
