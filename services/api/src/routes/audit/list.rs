use axum::extract::State;
use kith_http::{Listed, Query};
use kith_store::Store;
use kith_types::GuildId;
use kith_wire::{AuditEntry, ErrorEnvelope, Paged};

use super::page::AuditPage;
use crate::Failure;
use crate::access::InGuild;
use crate::usecases::audit;

/// Administrative acts, newest first, in pages. Needs `VIEW_AUDIT_LOG`.
#[utoipa::path(
    get, path = "/guilds/{guild}/audit-log", tag = "audit", operation_id = "audit_list",
    params(("guild" = GuildId, Path), AuditPage),
    responses(
        (status = 200, description = "As asked", body = Paged<AuditEntry>),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn list(
    at: InGuild,
    State(store): State<Store>,
    Query(page): Query<AuditPage>,
) -> Result<Listed<AuditEntry>, Failure> {
    let limit = page.limit()?;
    let data = at
        .decide(&store, |member| {
            audit::list(&store, at.guild, member, page.before, limit + 1)
        })
        .await?;
    Ok(Listed::first(limit, data))
}
