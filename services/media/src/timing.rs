use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use kith_http::ApiError;
use kith_store::Store;

use crate::Failure;

/// A request that takes longer until its answer begins is given up. Uploads are not under it: they may be slow, and are ended
/// when nothing comes any more.
const USUAL: Duration = Duration::from_secs(30);
/// No upload takes longer: what is not attached within a day is removed.
pub(crate) const LONGEST: Duration = Duration::from_hours(24);

/// Around all routes. All but uploads are bound; one is given up too as soon as Postgres is known not to answer.
pub(crate) async fn bound(State(store): State<Store>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>();
    let path = path.map_or("", MatchedPath::as_str);
    let is_upload = path.ends_with("/attachments")
        || (request.method() == Method::PUT
            && (path.ends_with("/avatar") || path.ends_with("/icon")));
    if is_upload {
        return next.run(request).await;
    }
    let answering = async { Ok::<_, Failure>(next.run(request).await) };
    let answering = tokio::time::timeout(USUAL, store.unless_away(answering)).await;
    let answering = answering.map(|answer| answer.unwrap_or_else(IntoResponse::into_response));
    answering.unwrap_or_else(|_| {
        ApiError::unavailable("it took longer than a request may take").into_response()
    })
}
