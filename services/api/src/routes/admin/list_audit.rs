use axum::extract::State;
use kith_access::InstanceAdmin;
use kith_http::{Listed, Query};
use kith_store::{Store, peers};
use kith_wire::{ErrorEnvelope, InstanceAuditEntry, Paged};

use crate::Failure;
use crate::routes::admin::page::EntryPage;

/// What administrators of the instance did, newest first, in pages.
#[utoipa::path(
    get, path = "/admin/federation/audit-log", tag = "admin", operation_id = "admin_list_audit",
    params(EntryPage),
    responses(
        (status = 200, description = "As asked", body = Paged<InstanceAuditEntry>),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND: also to who is no administrator of the instance", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn list_audit(
    InstanceAdmin(_admin): InstanceAdmin,
    State(store): State<Store>,
    Query(page): Query<EntryPage>,
) -> Result<Listed<InstanceAuditEntry>, Failure> {
    let limit = page.limit()?;
    let found = peers::list_audit(&store, page.before, limit + 1).await?;
    Ok(Listed::first(limit, found))
}
