use axum::extract::State;
use kith_access::SignedIn;
use kith_bus::Bus;
use kith_http::{Query, Reply};
use kith_store::Store;
use kith_wire::{Data, ErrorEnvelope, User};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Failure;
use crate::core::Home;
use crate::usecases::users;

/// Whom to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Named {
    /// `name` or `name@domain`, the whole of it.
    #[param(example = "ada@kith.example.org")]
    name: String,
}

/// Finds somebody by their whole name, also at another instance, which is asked. As they are known there now.
#[utoipa::path(
    get, path = "/users/lookup", tag = "users", operation_id = "users_look_up",
    params(Named),
    responses(
        (status = 200, description = "As asked", body = Data<User>),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "PEER_REFUSED: one of the two instances does not speak with the other", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE: also when the other instance is away; Retry-After says when it is tried again", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn look_up(
    SignedIn(_actor): SignedIn,
    State(store): State<Store>,
    State(bus): State<Bus>,
    State(home): State<Home>,
    Query(named): Query<Named>,
) -> Result<Reply<User>, Failure> {
    Ok(Reply::ok(
        users::look_up(&store, &bus, &home, &named.name).await?,
    ))
}
