use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use kith_http::{Body, Reply};
use kith_store::Store;
use kith_types::{Entropy, GuildId};
use kith_wire::{CreateInvite, Data, ErrorEnvelope, Invite};

use crate::Failure;
use crate::access::InGuild;
use crate::outbox::Publisher;
use crate::usecases::invites;

/// Makes an invite, or gives the one that you have made with the same limits, while it is nearly as good as new. Needs
/// `CREATE_INVITE`.
#[utoipa::path(
    post, path = "/guilds/{guild}/invites", tag = "invites", operation_id = "invites_create",
    params(("guild" = GuildId, Path)),
    request_body = CreateInvite,
    responses(
        (status = 201, description = "Made", body = Data<Invite>),
        (status = 200, description = "One that you have made before", body = Data<Invite>),
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
pub(super) async fn create(
    at: InGuild,
    State(store): State<Store>,
    State(publisher): State<Publisher>,
    State(entropy): State<Arc<dyn Entropy>>,
    Body(body): Body<CreateInvite>,
) -> Result<Response, Failure> {
    let made = at
        .decide(&store, |member| {
            invites::create(&store, &publisher, &*entropy, &at.actor.user, member, &body)
        })
        .await?;
    Ok(if made.is_new {
        Reply::created(made.invite).into_response()
    } else {
        Reply::ok(made.invite).into_response()
    })
}
