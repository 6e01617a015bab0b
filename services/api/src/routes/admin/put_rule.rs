use axum::extract::State;
use kith_access::{InstanceAdmin, PathIds};
use kith_http::{Body, NoContent};
use kith_store::Store;
use kith_types::DomainPattern;
use kith_wire::{ErrorEnvelope, PutPeerRule};

use crate::Failure;
use crate::usecases::peers;

/// Allows or denies the instances that a pattern matches: a domain, or `*.` and a domain.
#[utoipa::path(
    put, path = "/admin/federation/rules/{pattern}", tag = "admin", operation_id = "admin_put_rule",
    params(("pattern" = DomainPattern, Path)),
    request_body = PutPeerRule,
    responses(
        (status = 204, description = "Done"),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND: also to who is no administrator of the instance", body = ErrorEnvelope),
        (status = 413, description = "PAYLOAD_TOO_LARGE", body = ErrorEnvelope),
        (status = 415, description = "UNSUPPORTED_MEDIA_TYPE", body = ErrorEnvelope),
        (status = 422, description = "LIMIT_REACHED", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn put_rule(
    InstanceAdmin(actor): InstanceAdmin,
    State(store): State<Store>,
    PathIds(pattern): PathIds<DomainPattern>,
    Body(body): Body<PutPeerRule>,
) -> Result<NoContent, Failure> {
    peers::put_rule(&store, &actor, &pattern, &body).await?;
    Ok(NoContent)
}
