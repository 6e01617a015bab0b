use axum::extract::State;
use kith_http::NoContent;
use kith_store::Store;
use kith_types::ChannelId;
use kith_wire::ErrorEnvelope;

use crate::Failure;
use crate::access::{InChannel, PathIds};
use crate::outbox::Publisher;
use crate::usecases::overwrites;

/// Removes what was set for a role or member. Needs `MANAGE_ROLES` there, and every right that changes.
#[utoipa::path(
    delete, path = "/channels/{channel}/overwrites/{target}", tag = "overwrites", operation_id = "overwrites_delete",
    params(("channel" = ChannelId, Path), ("target" = String, Path, description = "A role's or a user's id")),
    responses(
        (status = 204, description = "Done"),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn delete(
    at: InChannel,
    State(store): State<Store>,
    State(publisher): State<Publisher>,
    ids: PathIds<(ChannelId, String)>,
) -> Result<NoContent, Failure> {
    let PathIds((_, target)) = ids;
    at.decide(&store, |access| {
        overwrites::delete(&store, &publisher, access, &target)
    })
    .await?;
    Ok(NoContent)
}
