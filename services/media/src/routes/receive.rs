use axum::extract::{Request, State};
use kith_access::InChannel;
use kith_http::{Query, Reply};
use kith_types::{ChannelId, FileName};
use kith_wire::{Attachment, Data, ErrorEnvelope};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::usecases::incoming::Incoming;
use crate::usecases::receive::receive as act;
use crate::{Core, Failure};

/// What the file is called.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Named {
    /// The file's name. What a system could not save is replaced in it, and what is too long for one is shortened.
    #[param(value_type = String)]
    filename: FileName,
}

/// Send a file
///
/// The body is the file itself, however it is called and whatever `Content-Type` says: its kind is seen by its first bytes. Post a
/// message with its id among `attachment_ids` within a day; until then it is yours alone, after that it is removed.
#[utoipa::path(
    post, path = "/channels/{channel}/attachments", tag = "files",
    params(("channel" = ChannelId, Path), Named),
    request_body(content = [u8], content_type = "application/octet-stream"),
    responses(
        (status = 201, body = Data<Attachment>),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION, BLOCKED", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 413, description = "PAYLOAD_TOO_LARGE", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn receive(
    place: InChannel,
    Query(named): Query<Named>,
    State(core): State<Core>,
    request: Request,
) -> Result<Reply<Attachment>, Failure> {
    let incoming = Incoming::new(request, place.actor.user.id);
    let taken = act(&core, place.access(), &named.filename, incoming).await?;
    Ok(Reply::created(taken))
}
