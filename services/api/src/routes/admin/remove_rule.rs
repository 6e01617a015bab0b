use axum::extract::State;
use kith_access::{InstanceAdmin, PathIds};
use kith_http::NoContent;
use kith_store::Store;
use kith_types::DomainPattern;
use kith_wire::ErrorEnvelope;

use crate::Failure;
use crate::usecases::peers;

/// Takes a rule back.
#[utoipa::path(
    delete, path = "/admin/federation/rules/{pattern}", tag = "admin", operation_id = "admin_remove_rule",
    params(("pattern" = DomainPattern, Path)),
    responses(
        (status = 204, description = "Done"),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND: also to who is no administrator of the instance", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn remove_rule(
    InstanceAdmin(actor): InstanceAdmin,
    State(store): State<Store>,
    PathIds(pattern): PathIds<DomainPattern>,
) -> Result<NoContent, Failure> {
    peers::remove_rule(&store, &actor, &pattern).await?;
    Ok(NoContent)
}
