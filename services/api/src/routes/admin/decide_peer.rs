use axum::extract::State;
use kith_access::{InstanceAdmin, PathIds};
use kith_http::{Body, Reply};
use kith_store::Store;
use kith_types::Domain;
use kith_wire::{Data, ErrorEnvelope, Peer, PutPeer};

use crate::Failure;
use crate::core::Home;
use crate::usecases::peers;

/// Suspends, blocks or readmits another instance, which need not be known yet.
#[utoipa::path(
    put, path = "/admin/federation/peers/{domain}", tag = "admin", operation_id = "admin_decide_peer",
    params(("domain" = Domain, Path)),
    request_body = PutPeer,
    responses(
        (status = 200, description = "As it is now", body = Data<Peer>),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND: also to who is no administrator of the instance", body = ErrorEnvelope),
        (status = 413, description = "PAYLOAD_TOO_LARGE", body = ErrorEnvelope),
        (status = 415, description = "UNSUPPORTED_MEDIA_TYPE", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn decide_peer(
    InstanceAdmin(actor): InstanceAdmin,
    State(store): State<Store>,
    State(home): State<Home>,
    PathIds(domain): PathIds<Domain>,
    Body(body): Body<PutPeer>,
) -> Result<Reply<Peer>, Failure> {
    Ok(Reply::ok(
        peers::decide(&store, &home, &actor, &domain, &body).await?,
    ))
}
