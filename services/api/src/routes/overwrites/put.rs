use axum::extract::State;
use kith_http::{Body, NoContent};
use kith_store::Store;
use kith_types::ChannelId;
use kith_wire::{ErrorEnvelope, PutOverwrite};

use crate::Failure;
use crate::access::{InChannel, PathIds};
use crate::outbox::Publisher;
use crate::usecases::overwrites;

/// Sets what a role or member may do in this channel. Needs `MANAGE_ROLES` there, and every right that changes.
#[utoipa::path(
    put, path = "/channels/{channel}/overwrites/{target}", tag = "overwrites", operation_id = "overwrites_put",
    params(("channel" = ChannelId, Path), ("target" = String, Path, description = "A role's or a user's id")),
    request_body = PutOverwrite,
    responses(
        (status = 204, description = "Done"),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 413, description = "PAYLOAD_TOO_LARGE", body = ErrorEnvelope),
        (status = 415, description = "UNSUPPORTED_MEDIA_TYPE", body = ErrorEnvelope),
        (status = 422, description = "LIMIT_REACHED", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn put(
    at: InChannel,
    State(store): State<Store>,
    State(publisher): State<Publisher>,
    ids: PathIds<(ChannelId, String)>,
    Body(body): Body<PutOverwrite>,
) -> Result<NoContent, Failure> {
    let PathIds((_, target)) = ids;
    at.decide(&store, |access| {
        overwrites::put(&store, &publisher, access, &target, &body)
    })
    .await?;
    Ok(NoContent)
}
