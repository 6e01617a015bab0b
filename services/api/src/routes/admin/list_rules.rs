use axum::extract::State;
use kith_access::InstanceAdmin;
use kith_http::{Listed, Query};
use kith_store::Store;
use kith_wire::{ErrorEnvelope, Paged, PeerRule};

use crate::Failure;
use crate::routes::admin::page::NamePage;
use crate::usecases::peers;

/// The rules about other instances, by pattern, in pages.
#[utoipa::path(
    get, path = "/admin/federation/rules", tag = "admin", operation_id = "admin_list_rules",
    params(NamePage),
    responses(
        (status = 200, description = "As asked", body = Paged<PeerRule>),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND: also to who is no administrator of the instance", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn list_rules(
    InstanceAdmin(_admin): InstanceAdmin,
    State(store): State<Store>,
    Query(page): Query<NamePage>,
) -> Result<Listed<PeerRule>, Failure> {
    let limit = page.limit()?;
    let found = peers::list_rules(&store, &page.after, limit + 1).await?;
    Ok(Listed::first(limit, found))
}
