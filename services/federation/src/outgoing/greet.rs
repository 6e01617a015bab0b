use bytes::Bytes;
use http::Method;
use kith_store::StoreError;
use kith_store::peers::{self, Failed, Greeting, PeerRow};
use kith_types::Domain;
use kith_wire::{PeerHello, PeerWelcome};

use super::ask::ask;
use super::{AskError, discover, is_stale, may_speak};
use crate::Core;
use crate::core::{features, software};

/// After the first failure an instance is left alone this long; it doubles with each.
const FIRST_WAIT_SECONDS: f64 = 1.0;
const LONGEST_WAIT_SECONDS: f64 = 3600.0;
/// An instance whose last hello is older is greeted again before it is asked something.
const GREETING_SECONDS: i64 = 24 * 3600;
/// Instances that are tried again in one go.
const BATCH: i64 = 20;

/// Makes sure that an instance is known, is there and speaks our language, asking no more than needed.
pub(super) async fn ready(core: &Core, domain: &Domain) -> Result<(), AskError> {
    let peer = may_speak(core, domain).await?;
    let now = core.now();
    let wait = peer.as_ref().filter(|peer| peer.failures > 0);
    if let Some(retry_at) = wait.and_then(|peer| peer.retry_at)
        && retry_at > now
    {
        let millis = retry_at.millis() - now.millis();
        return Err(AskError::Away(std::time::Duration::from_millis(
            millis as u64,
        )));
    }
    let is_ready = peer.is_some_and(|peer| {
        let greeted = peer.greeted_at.filter(|_| peer.greeting.is_some());
        let recently = |at: kith_types::Timestamp| at.plus_seconds(GREETING_SECONDS) > now;
        peer.failures == 0 && greeted.is_some_and(recently)
    });
    if is_ready {
        Ok(())
    } else {
        greet(core, domain).await
    }
}

/// Discovers an instance, unless that was done lately, and says hello. What it answers is written down, and so is that it does
/// not.
pub(super) async fn greet(core: &Core, domain: &Domain) -> Result<(), AskError> {
    noted(core, domain, try_greet(core, domain)).await
}

async fn try_greet(core: &Core, domain: &Domain) -> Result<(), AskError> {
    let peer = may_speak(core, domain).await?;
    let instance = match peer.filter(|peer| !is_stale(peer, core.now())) {
        Some(peer) => peer.id,
        None => discover(core, domain).await?,
    };
    let hello = PeerHello {
        origin: core.domain.clone(),
        destination: domain.clone(),
        software: software(),
        versions: kith_wire::FEDERATION_VERSIONS.to_vec(),
        features: features(),
    };
    let body = Bytes::from(serde_json::to_vec(&hello).unwrap_or_default());
    let welcome: Option<PeerWelcome> =
        ask(core, domain, Method::POST, "/federation/v1/hello", body).await?;
    let welcome = welcome.ok_or(AskError::Impossible("it knows no hello"))?;
    if welcome.domain != *domain || !hello.versions.contains(&welcome.version) {
        return Err(AskError::Impossible(
            "its welcome is another instance's, or in no version of ours",
        ));
    }
    let greeting = Greeting {
        software: format!("{} {}", welcome.software.name, welcome.software.version),
        version: welcome.version as i32,
        features: welcome.features,
    };
    peers::greeted(&core.store, instance, &greeting, core.now()).await?;
    Ok(())
}

/// Notes a failure that tells something of the other instance, so that it is left alone for a while.
pub(super) async fn noted<T>(
    core: &Core,
    domain: &Domain,
    asking: impl Future<Output = Result<T, AskError>>,
) -> Result<T, AskError> {
    let outcome = asking.await;
    let label = match &outcome {
        Ok(_) => "ok",
        Err(error) => error.failure().unwrap_or("not_asked"),
    };
    metrics::counter!("kith_federation_outbound_total", "outcome" => label).increment(1);
    if let Err(error) = &outcome
        && let Some(word) = error.failure()
    {
        let failed = Failed {
            domain,
            error: word,
            first_seconds: FIRST_WAIT_SECONDS,
            longest_seconds: LONGEST_WAIT_SECONDS,
            at: core.now(),
        };
        let wait = peers::failed(&core.store, &failed).await?;
        tracing::info!(peer.domain = %domain, error.cause = %error, peer.wait_seconds = wait, "another instance could not be asked");
    }
    outcome
}

/// Greets those that have failed and whose wait is over. How many were tried.
pub(crate) async fn greet_due(core: &Core) -> Result<usize, StoreError> {
    let due: Vec<PeerRow> = peers::due(&core.store, core.now(), BATCH).await?;
    for peer in &due {
        if let Err(AskError::Store(error)) = greet(core, &peer.domain).await {
            return Err(error);
        }
    }
    Ok(due.len())
}
