//! `/voice`, `/channels/{channel}/voice`, `/users/@me/voice/{connection}`, `/guilds/{guild}/voice/{user}`, and what LiveKit calls.

mod disconnect;
mod join;
mod leave;
mod moderate;
mod setup;
mod update_me;
mod webhook;

use axum::routing::post;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Core;

/// The routes below `/api/v1`.
pub(crate) fn router() -> OpenApiRouter<Core> {
    OpenApiRouter::new()
        .routes(routes!(setup::setup))
        .routes(routes!(join::join))
        .routes(routes!(update_me::update_me, leave::leave))
        .routes(routes!(moderate::moderate, disconnect::disconnect))
}

/// What LiveKit calls. Not below `/api`: the front door does not lead there, and it is no part of the protocol.
pub(crate) fn webhook_router() -> axum::Router<Core> {
    axum::Router::new().route("/livekit/webhook", post(webhook::webhook))
}
