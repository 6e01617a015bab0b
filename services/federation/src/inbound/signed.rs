use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use kith_http::{ApiError, ClientAddress};
use kith_store::{StoreError, peers};
use kith_types::{LimitKey, Quota};
use kith_wire::ErrorCode;
use serde::de::DeserializeOwned;

use crate::Core;
use crate::outgoing::{self, AskError};
use crate::signature::{Claims, SKEW_SECONDS, SignatureError};

/// Requests by address, before anything is known about them.
const PER_ADDRESS: Quota = Quota::new(300, Duration::from_mins(1));
/// Requests of one instance that are really its own.
const PER_PEER: Quota = Quota::new(600, Duration::from_mins(1));
/// How often an address can make us read a known instance's document anew by naming a key that is not known, …
const REFRESH: Quota = Quota::new(5, Duration::from_mins(5));
/// … and all addresses together.
const REFRESH_OF_PEER: Quota = Quota::new(30, Duration::from_mins(5));
/// How often an address can make us look for an instance that is not known, …
const UNKNOWN: Quota = Quota::new(5, Duration::from_mins(1));
/// … and all together: so many new instances in a minute are a crowd, and made-up ones cost no more than that. Known ones do not
/// come here.
const UNKNOWN_OF_ALL: Quota = Quota::new(30, Duration::from_mins(1));
/// Requests of an address that were not believed; more are refused before they cost a statement.
pub(crate) const FAILED: Quota = Quota::new(60, Duration::from_mins(1));

/// Anybody, counted by address.
pub(crate) struct Visitor;

impl FromRequestParts<Core> for Visitor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, core: &Core) -> Result<Self, ApiError> {
        let Ok(address) = ClientAddress::from_request_parts(parts, core).await;
        take(core, "federation.address", address, PER_ADDRESS).await?;
        Ok(Self)
    }
}

/// A request that another instance has signed, and its body. Who may not speak with us does not get this far.
#[derive(Debug)]
pub(crate) struct Signed {
    pub(crate) claims: Claims,
    /// The origin's number.
    pub(crate) instance: i32,
    body: Bytes,
}

impl FromRequest<Core> for Signed {
    type Rejection = ApiError;

    async fn from_request(request: Request, core: &Core) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        Visitor::from_request_parts(&mut parts, core).await?;
        let Ok(address) = ClientAddress::from_request_parts(&mut parts, core).await;
        let attempt = core.failures.attempt(address).await?;
        let request = Request::from_parts(parts.clone(), body);
        let body = Bytes::from_request(request, core)
            .await
            .map_err(|_| ApiError::from(ErrorCode::PayloadTooLarge))?;
        let outcome = believe(core, &parts, address, body).await;
        if outcome.as_ref().is_err_and(|error| is_theirs(error.code())) {
            attempt.failed().await;
        }
        let label = outcome
            .as_ref()
            .map_or_else(|error| error.code().into(), |_| "ok");
        metrics::counter!("kith_federation_inbound_total", "outcome" => label).increment(1);
        outcome
    }
}

impl Signed {
    /// The body, in which unknown fields are tolerated.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        serde_json::from_slice(&self.body)
            .map_err(|error| ApiError::field("body", format!("cannot be read: {error}")))
    }
}

/// What costs least is looked at first; nothing is asked of the network for somebody with whom we do not speak, and a nonce
/// is used up only by who could sign it.
async fn believe(
    core: &Core,
    parts: &Parts,
    address: ClientAddress,
    body: Bytes,
) -> Result<Signed, ApiError> {
    let refused = |error: SignatureError| ApiError::new(error.code(), error.to_string());
    let claims = Claims::read(&parts.method, &parts.uri, &parts.headers, &body).map_err(refused)?;
    claims.check_time(core.now()).map_err(refused)?;
    if claims.destination != core.domain || claims.authority != core.domain.as_str() {
        return Err(ErrorCode::WrongDestination.into());
    }
    if claims.origin == core.domain || claims.key_domain != claims.origin {
        return Err(ErrorCode::WrongOrigin.into());
    }
    let peer = outgoing::may_speak(core, &claims.origin)
        .await
        .map_err(answer)?;
    let is_known = peer.is_some_and(|peer| peer.discovered_at.is_some());
    let (instance, key) = find_key(core, &claims, address, is_known).await?;
    claims.verify(&key).map_err(refused)?;
    take(core, "federation.peer", &claims.origin, PER_PEER).await?;
    // A signature that is refused as expired needs no memory of its nonce; until then our clock may be behind theirs.
    let expires = claims.expires.plus_seconds(SKEW_SECONDS);
    let is_first = peers::use_nonce(&core.store, instance, &claims.nonce, expires).await;
    if !is_first.map_err(store_failed)? {
        return Err(ErrorCode::SignatureReplayed.into());
    }
    Ok(Signed {
        claims,
        instance,
        body,
    })
}

/// The key that a request names: as it is known, or else as the origin publishes it now.
async fn find_key(
    core: &Core,
    claims: &Claims,
    address: ClientAddress,
    is_known: bool,
) -> Result<(i32, [u8; 32]), ApiError> {
    if let Some(found) = known_key(core, claims).await? {
        return Ok(found);
    }
    let origin = &claims.origin;
    if is_known {
        let both = format!("{origin}:{address}");
        take(core, "federation.refresh", both, REFRESH).await?;
        take(core, "federation.refresh", origin, REFRESH_OF_PEER).await?;
    } else {
        take(core, "federation.unknown", address, UNKNOWN).await?;
        take(core, "federation.unknown", "all", UNKNOWN_OF_ALL).await?;
    }
    match outgoing::discover(core, &claims.origin).await {
        Ok(_) => {}
        // Whom we cannot ask for their keys we cannot believe.
        Err(AskError::Store(error)) => return Err(store_failed(error)),
        Err(error) => return Err(ApiError::from(ErrorCode::UnknownKey).because(error)),
    }
    known_key(core, claims)
        .await?
        .ok_or_else(|| ErrorCode::UnknownKey.into())
}

/// Whether the mistake is that of who asks.
fn is_theirs(code: ErrorCode) -> bool {
    !matches!(
        code,
        ErrorCode::Internal | ErrorCode::Unavailable | ErrorCode::RateLimited
    )
}

async fn known_key(core: &Core, claims: &Claims) -> Result<Option<(i32, [u8; 32])>, ApiError> {
    let peer = peers::find(&core.store, &claims.origin).await;
    let Some(peer) = peer.map_err(store_failed)? else {
        return Ok(None);
    };
    if outgoing::is_stale(&peer, core.now()) {
        return Ok(None);
    }
    let key = peers::key(&core.store, peer.id, &claims.key_id).await;
    let key = key.map_err(store_failed)?;
    let counts = |expires| expires > core.now();
    let key = key.filter(|key| key.expires_at.is_none_or(counts));
    Ok(key.map(|key| (peer.id, key.public_key)))
}

async fn take(
    core: &Core,
    what: &'static str,
    who: impl std::fmt::Display,
    quota: Quota,
) -> Result<(), ApiError> {
    let decision = core.limiter.take(&LimitKey::new(what, who), quota, 1).await;
    if decision.allowed {
        Ok(())
    } else {
        Err(ApiError::rate_limited(decision))
    }
}

/// What the store could not do.
pub(crate) fn store_failed(error: StoreError) -> ApiError {
    match error {
        StoreError::Unavailable(_) => ApiError::unavailable(error),
        other => ApiError::internal(other),
    }
}

fn answer(error: AskError) -> ApiError {
    match error {
        // Why is nobody's business but ours: who asks has not shown yet who they are.
        AskError::Denied(denied) => ApiError::from(ErrorCode::PeerRefused).because(denied),
        AskError::Store(error) => store_failed(error),
        other => ApiError::internal(other),
    }
}
