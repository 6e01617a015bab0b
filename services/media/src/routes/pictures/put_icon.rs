use axum::extract::{Request, State};
use kith_access::InGuild;
use kith_http::Reply;
use kith_types::GuildId;
use kith_wire::{Data, ErrorEnvelope, Guild};

use crate::usecases::incoming::Incoming;
use crate::usecases::pictures::put_icon as act;
use crate::{Core, Failure};

/// Set a guild's picture
///
/// Needs `MANAGE_GUILD`. The body is as for one's own picture.
#[utoipa::path(
    put, path = "/guilds/{guild}/icon", tag = "files",
    params(("guild" = GuildId, Path)),
    request_body(content = [u8], content_type = "application/octet-stream"),
    responses(
        (status = 200, body = Data<Guild>),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 413, description = "PAYLOAD_TOO_LARGE", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn put_icon(
    place: InGuild,
    State(core): State<Core>,
    request: Request,
) -> Result<Reply<Guild>, Failure> {
    let incoming = Incoming::new(request, place.actor.user.id);
    Ok(Reply::ok(act(&core, place.member(), incoming).await?))
}
