use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use kith_types::Entropy;
use kith_wire::{ErrorBody, ErrorCode, ErrorEnvelope};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::{Instrument, Span};

use crate::address::peer;
use crate::{ApiError, ClientAddress, TrustedProxies};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request that takes longer is given up: whoever waited has gone, and what it holds is needed.
const DEADLINE: Duration = Duration::from_secs(30);

/// What the layer around all routes needs.
#[derive(Clone)]
pub struct Surroundings {
    pub proxies: TrustedProxies,
    /// Request ids come from here.
    pub entropy: Arc<dyn Entropy>,
}

/// Puts the layer around all routes: each request has an id, a span, the client's true address, a deadline and its metrics;
/// every error, also of what is no route and of what panics, is answered in the one form.
pub fn surround(routes: Router, surroundings: Surroundings) -> Router {
    routes
        .fallback(async || ApiError::not_found())
        .method_not_allowed_fallback(async || {
            ApiError::new(ErrorCode::MethodNotAllowed, "this route has no such method")
        })
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(surroundings, observe))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the layer gives the panic away"
)]
fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(panic = text, "a handler panicked");
    ApiError::new(ErrorCode::Internal, "something went wrong on our side").into_response()
}

async fn observe(
    State(surroundings): State<Surroundings>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let peer = peer(request.extensions());
    let is_proxy = surroundings.proxies.contains(peer);
    let client = ClientAddress(surroundings.proxies.client(peer, request.headers()));
    request.extensions_mut().insert(client);
    let id = request_id(request.headers(), is_proxy, &*surroundings.entropy);
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let method = request.method().clone();

    let span = tracing::info_span!(
        "request",
        otel.kind = "server",
        http.request.method = %method,
        http.route = route,
        http.response.status_code = tracing::field::Empty,
        request.id = id,
    );
    if is_proxy && let Some(parent) = text(request.headers(), "traceparent") {
        kith_runtime::set_parent(&span, parent);
    }
    let answer = tokio::time::timeout(DEADLINE, next.run(request))
        .instrument(span.clone())
        .await;
    let answer = answer.unwrap_or_else(|_| {
        ApiError::new(ErrorCode::Unavailable, "it took too long; try again")
            .with_retry_after(Duration::from_secs(5))
            .into_response()
    });
    let response = span.in_scope(|| finish(answer, &id));

    let status = response.status().as_u16();
    Span::record(&span, "http.response.status_code", status);
    let labels = [("route", route), ("method", method.to_string())];
    metrics::histogram!("kith_http_request_seconds", &labels).record(started.elapsed());
    let [route, method] = labels;
    let labels = [route, method, ("status", status.to_string())];
    metrics::counter!("kith_http_requests_total", &labels).increment(1);
    response
}

/// Writes an error's body and log entry, and the headers that every answer has.
fn finish(mut response: Response, id: &str) -> Response {
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        log(&error);
        let body = ErrorBody {
            code: error.code(),
            message: error.message().to_owned(),
            details: error.details().to_vec(),
            request_id: id.to_owned(),
        };
        let (parts, _) = response.into_parts();
        let mut whole = Json(ErrorEnvelope { error: body }).into_response();
        *whole.status_mut() = parts.status;
        whole.headers_mut().extend(parts.headers);
        response = whole;
    }
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    let usual = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
    ];
    for (name, value) in usual {
        // A route that knows better, such as a page for people, has set its own.
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

fn log(error: &ApiError) {
    let code: &str = error.code().into();
    let cause = error.causes();
    match (error.code(), cause) {
        (ErrorCode::Internal, cause) => {
            tracing::error!(error.code = code, error.cause = cause, "the request failed");
        }
        (ErrorCode::Unavailable, cause) => {
            tracing::warn!(error.code = code, error.cause = cause, "an engine is away");
        }
        (_, Some(cause)) => tracing::debug!(error.code = code, error.cause = cause, "refused"),
        (_, None) => {}
    }
}

/// A proxy of ours may have named the request already; from anybody else a name would only confuse the log.
fn request_id(headers: &HeaderMap, is_proxy: bool, entropy: &dyn Entropy) -> String {
    let given = text(headers, "x-request-id").filter(|id| {
        is_proxy && (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
    });
    given.map_or_else(
        || format!("{:016x}{:016x}", entropy.next_u64(), entropy.next_u64()),
        str::to_owned,
    )
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::StatusCode;
    use axum::routing::get;
    use kith_types::SeededEntropy;
    use serde_json::Value;
    use tower::ServiceExt;

    use super::*;

    fn app() -> Router {
        let routes = Router::new()
            .route("/fine", get(async || crate::ok("fine")))
            .route(
                "/limited",
                get(async || {
                    ApiError::new(ErrorCode::RateLimited, "slow")
                        .with_retry_after(Duration::from_millis(1200))
                }),
            )
            .route(
                "/panics",
                get(async || -> StatusCode { panic!("on purpose") }),
            );
        let entropy = Arc::new(SeededEntropy::new(1));
        surround(
            routes,
            Surroundings {
                proxies: TrustedProxies::default(),
                entropy,
            },
        )
    }

    async fn call(method: &str, path: &str) -> (StatusCode, HeaderMap, Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("x-request-id", "forged");
        let response = app()
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        (
            parts.status,
            parts.headers,
            serde_json::from_slice(&bytes).unwrap_or_default(),
        )
    }

    #[tokio::test]
    async fn every_error_has_the_one_form_and_the_requests_id() {
        for (method, path, status, code) in [
            ("GET", "/nowhere", 404, "NOT_FOUND"),
            ("POST", "/fine", 405, "METHOD_NOT_ALLOWED"),
            ("GET", "/limited", 429, "RATE_LIMITED"),
            ("GET", "/panics", 500, "INTERNAL"),
        ] {
            let (got, headers, body) = call(method, path).await;
            assert_eq!(
                (got.as_u16(), &body["error"]["code"]),
                (status, &Value::from(code))
            );
            assert_eq!(
                body["error"]["request_id"],
                headers["x-request-id"].to_str().unwrap()
            );
            assert_ne!(headers["x-request-id"], "forged");
            assert_eq!(headers["content-type"], "application/json");
        }
    }

    #[tokio::test]
    async fn retry_after_is_rounded_up() {
        assert_eq!(call("GET", "/limited").await.1["retry-after"], "2");
    }

    #[tokio::test]
    async fn answers_are_wrapped_and_not_cached() {
        let (status, headers, body) = call("GET", "/fine").await;
        assert_eq!(
            (status, &body["data"]),
            (StatusCode::OK, &Value::from("fine"))
        );
        assert_eq!(headers["cache-control"], "no-store");
    }
}
