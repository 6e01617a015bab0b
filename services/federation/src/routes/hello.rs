use axum::extract::State;
use kith_http::{ApiError, Reply};
use kith_store::peers::{self, Greeting};
use kith_wire::{ErrorCode, FEDERATION_VERSIONS, PeerHello, PeerWelcome};

use crate::Core;
use crate::core::{features, software};
use crate::inbound::{Signed, common_features, highest_common, store_failed};

/// Another instance introduces itself: what both speak and can do is agreed upon.
pub(super) async fn hello(
    State(core): State<Core>,
    signed: Signed,
) -> Result<Reply<PeerWelcome>, ApiError> {
    let hello: PeerHello = signed.json()?;
    if hello.origin != signed.claims.origin {
        return Err(ErrorCode::WrongOrigin.into());
    }
    if hello.destination != signed.claims.destination {
        return Err(ErrorCode::WrongDestination.into());
    }
    let version = highest_common(FEDERATION_VERSIONS, &hello.versions)
        .ok_or_else(|| ApiError::field("versions", "have none in common with ours"))?;
    let common = common_features(&features(), &hello.features);
    let greeting = Greeting {
        software: format!("{} {}", hello.software.name, hello.software.version),
        version: version as i32,
        features: common.clone(),
    };
    // Who can greet can be asked: it is left alone no longer.
    let noted = peers::greeted(&core.store, signed.instance, &greeting, core.now()).await;
    noted.map_err(store_failed)?;
    Ok(Reply::ok(PeerWelcome {
        domain: core.domain.clone(),
        software: software(),
        version,
        features: common,
    }))
}
