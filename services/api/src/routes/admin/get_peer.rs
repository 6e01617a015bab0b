use axum::extract::State;
use kith_access::{InstanceAdmin, PathIds};
use kith_http::Reply;
use kith_store::Store;
use kith_types::Domain;
use kith_wire::{Data, ErrorEnvelope, Peer};

use crate::Failure;
use crate::core::Home;
use crate::usecases::peers;

/// One other instance.
#[utoipa::path(
    get, path = "/admin/federation/peers/{domain}", tag = "admin", operation_id = "admin_get_peer",
    params(("domain" = Domain, Path)),
    responses(
        (status = 200, description = "As asked", body = Data<Peer>),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND: also to who is no administrator of the instance", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn get_peer(
    InstanceAdmin(_admin): InstanceAdmin,
    State(store): State<Store>,
    State(home): State<Home>,
    PathIds(domain): PathIds<Domain>,
) -> Result<Reply<Peer>, Failure> {
    Ok(Reply::ok(peers::get(&store, &home, &domain).await?))
}
