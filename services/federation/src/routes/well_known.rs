use axum::Json;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;

use crate::Core;
use crate::inbound::Visitor;

/// Who this instance is. For anybody, and never from a cache: its keys change.
pub(super) async fn document(_: Visitor, State(core): State<Core>) -> impl IntoResponse {
    let fresh = (CACHE_CONTROL, HeaderValue::from_static("no-store"));
    ([fresh], Json(core.document()))
}
