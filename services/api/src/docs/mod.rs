//! The OpenAPI document and a page to browse it. The page comes from here whole: no other origin, no inline script.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::routing::get;
use bytes::Bytes;
use utoipa::openapi::OpenApi;

use crate::Core;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// `document` is made when somebody wants to see it: it takes megabytes, and most processes are never asked.
pub(crate) fn router(document: impl FnOnce() -> OpenApi + Send + 'static) -> Router<Core> {
    // A document of plain values always encodes.
    let encoded = || Bytes::from(document().to_json().unwrap_or_default());
    let document = Arc::new(LazyLock::new(encoded));
    Router::new()
        .route(
            "/api/v1/openapi.json",
            get(async move || asset("application/json", Bytes::clone(&document))),
        )
        .route(
            "/api/docs",
            get(async || asset("text/html; charset=utf-8", PAGE)),
        )
        .route(
            "/api/docs/page.css",
            get(async || asset("text/css; charset=utf-8", STYLE)),
        )
        .route(
            "/api/docs/page.js",
            get(async || asset("text/javascript; charset=utf-8", SCRIPT)),
        )
}

fn asset<T>(kind: &'static str, body: T) -> ([(axum::http::HeaderName, &'static str); 3], T) {
    let headers = [
        (CONTENT_TYPE, kind),
        (CACHE_CONTROL, "no-cache"),
        (CONTENT_SECURITY_POLICY, POLICY),
    ];
    (headers, body)
}
