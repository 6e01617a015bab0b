//! What api asks for when it needs the network.

use std::time::Duration;

use kith_bus::{Bus, ServeError};
use kith_events::rpc::{LookUpUser, LookedUp};
use kith_outbound::OutboundError;
use kith_wire::ErrorCode;
use tokio_util::sync::CancellationToken;

use crate::Core;
use crate::outgoing::{AskError, look_up};

/// How many are looked up at once: each waits for another instance, not for us.
const AT_ONCE: usize = 64;
/// Less than who asks waits, so that they learn what is the matter.
const PATIENCE: Duration = Duration::from_millis(4500);
/// When to ask again about an instance that did not answer just now.
const SOON: Duration = Duration::from_secs(2);

pub(crate) async fn look_up_users(
    core: Core,
    bus: Bus,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    bus.serve(AT_ONCE, stop, |asked: LookUpUser| {
        let core = core.clone();
        async move {
            let looking = look_up(&core, &asked.domain, &asked.username);
            // Boxed: it holds requests under way.
            let looking = Box::pin(core.store.unless_away(looking));
            match tokio::time::timeout(PATIENCE, looking).await {
                Ok(found) => told(found),
                Err(_) => Ok(away(SOON)),
            }
        }
    })
    .await
}

fn told(found: Result<Option<kith_wire::RemoteProfile>, AskError>) -> Result<LookedUp, ErrorCode> {
    match found {
        Ok(Some(profile)) => Ok(LookedUp::Found { profile }),
        Ok(None) => Ok(LookedUp::Absent),
        Err(AskError::Denied(_) | AskError::Refused(ErrorCode::PeerRefused)) => {
            Err(ErrorCode::PeerRefused)
        }
        Err(AskError::Away(wait) | AskError::Outbound(OutboundError::RateLimited(wait))) => {
            Ok(away(wait))
        }
        Err(AskError::Refused(_) | AskError::Impossible(_) | AskError::Outbound(_)) => {
            Ok(away(SOON))
        }
        Err(AskError::Store(kith_store::StoreError::Unavailable(_))) => Err(ErrorCode::Unavailable),
        Err(error @ (AskError::Store(_) | AskError::NoKey)) => {
            tracing::error!(error.cause = %error, "no instance can be asked");
            Err(ErrorCode::Internal)
        }
    }
}

fn away(wait: Duration) -> LookedUp {
    LookedUp::Away {
        retry_after_millis: wait.as_millis() as u64,
    }
}
