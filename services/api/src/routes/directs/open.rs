use std::sync::Arc;

use axum::extract::State;
use kith_http::{Body, Reply};
use kith_store::Store;
use kith_types::Limiter;
use kith_wire::{Channel, Data, ErrorEnvelope, OpenDirect};

use crate::Failure;
use crate::access::SignedIn;
use crate::outbox::Publisher;
use crate::usecases::directs;

/// Opens the direct message with somebody who shares a guild with you; the one that is there, if there is one.
#[utoipa::path(
    post, path = "/users/@me/channels", tag = "directs", operation_id = "directs_open",
    request_body = OpenDirect,
    responses(
        (status = 201, description = "Opened", body = Data<Channel>),
        (status = 200, description = "It was open already", body = Data<Channel>),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "BLOCKED", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 413, description = "PAYLOAD_TOO_LARGE", body = ErrorEnvelope),
        (status = 415, description = "UNSUPPORTED_MEDIA_TYPE", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn open(
    SignedIn(actor): SignedIn,
    State(store): State<Store>,
    State(publisher): State<Publisher>,
    State(limiter): State<Arc<dyn Limiter>>,
    Body(body): Body<OpenDirect>,
) -> Result<Reply<Channel>, Failure> {
    let (channel, is_new) =
        directs::open(&store, &publisher, &*limiter, &actor, body.recipient_id).await?;
    Ok(if is_new {
        Reply::created(channel)
    } else {
        Reply::ok(channel)
    })
}
