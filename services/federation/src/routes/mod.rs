//! What other instances ask of this one.

mod hello;
mod users;
mod well_known;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use kith_access::Failure;
use kith_store::Store;

use crate::Core;

/// All routes of the service.
pub(crate) fn router(store: &Store) -> Router<Core> {
    let signed = Router::new()
        .route("/federation/v1/hello", post(hello::hello))
        .route("/federation/v1/users", get(users::by_name))
        .route("/federation/v1/users/{user}", get(users::by_id))
        .layer(from_fn_with_state(store.clone(), unless_away));
    Router::new()
        .route("/.well-known/kith", get(well_known::document))
        .merge(signed)
}

/// Gives a request up as soon as Postgres is known not to answer: nobody can be believed without it.
async fn unless_away(State(store): State<Store>, request: Request, next: Next) -> Response {
    let answering = async { Ok::<_, Failure>(next.run(request).await) };
    let answer = store.unless_away(answering).await;
    answer.unwrap_or_else(IntoResponse::into_response)
}
