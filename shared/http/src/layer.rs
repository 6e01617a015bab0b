use std::any::Any;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use kith_types::{Clock, Entropy};
use kith_wire::ErrorCode;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use crate::error::Failure;
use crate::late::late_by;
use crate::request_id::HEADER;
use crate::{ApiError, MAX_BODY, RequestId, TrustedProxies};

/// What stands for the route of requests that match none.
const NO_ROUTE: &str = "none";

/// A request that takes longer is given up: whoever waited has gone, and what it holds is needed.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What all routes of a service share.
#[derive(Clone)]
pub struct Surroundings {
    pub proxies: TrustedProxies,
    /// How long a request may take until its answer begins; then it is answered with 503.
    pub timeout: Duration,
    /// Request ids are made of these two.
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
}

impl Surroundings {
    /// With the usual timeout of 30 seconds.
    pub fn new(proxies: TrustedProxies, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            proxies,
            timeout: TIMEOUT,
            clock,
            entropy,
        }
    }
}

/// Puts around all routes what they share: errors in one form, request ids, the client's address, a span and metrics for each
/// request, limits of time and size, and answers to what no route takes. It goes around the finished router, once.
pub fn surround(routes: Router, surroundings: Surroundings) -> Router {
    routes
        .fallback(|| async { ApiError::from(ErrorCode::NotFound) })
        .method_not_allowed_fallback(|| async { ApiError::from(ErrorCode::MethodNotAllowed) })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(from_fn_with_state(surroundings, around))
}

async fn around(
    State(surroundings): State<Surroundings>,
    mut request: Request,
    next: Next,
) -> Response {
    let begun = Instant::now();
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0.ip());
    let from_proxy = peer.is_some_and(|peer| surroundings.proxies.contains(peer));
    let given = if from_proxy {
        RequestId::from_proxy(request.headers())
    } else {
        None
    };
    let id = given.unwrap_or_else(|| RequestId::mint(&*surroundings.clock, &*surroundings.entropy));
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route
        .as_ref()
        .map_or(NO_ROUTE, MatchedPath::as_str)
        .to_owned();
    let method = method_label(request.method());
    let span = tracing::info_span!("request", http.method = method, http.route = route, http.request_id = %id, http.status = Empty);
    if from_proxy
        && let Some(trace) = request
            .headers()
            .get("traceparent")
            .and_then(|value| value.to_str().ok())
    {
        kith_runtime::set_parent(&span, trace);
    }
    let client = surroundings
        .proxies
        .client(peer_or_nobody(peer), request.headers());
    request.extensions_mut().insert(client);
    request.extensions_mut().insert(id.clone());
    let now = surroundings.clock.now();
    let late = late_by(request.method(), request.headers(), now).filter(|_| from_proxy);
    let mut response = async {
        let response = match late {
            Some(milliseconds) => ApiError::unavailable(format!(
                "it came {milliseconds} ms after the front door had passed it on, or their clocks differ"
            ))
            .into_response(),
            None => tokio::time::timeout(surroundings.timeout, next.run(request))
                .await
                .unwrap_or_else(|_| {
                    let cause = "it took longer than a request may take";
                    ApiError::unavailable(cause).into_response()
                }),
        };
        finish(response, &id)
    }
    .instrument(span.clone())
    .await;
    span.record("http.status", response.status().as_u16());
    protect(response.headers_mut());
    count(&span, method, route, &response, begun.elapsed());
    response
}

/// A router that is called without a connection is called by nobody: all who are nobody share one address.
fn peer_or_nobody(peer: Option<IpAddr>) -> IpAddr {
    peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

/// Writes the body of an answer that is an error, and logs its cause.
fn finish(response: Response, id: &RequestId) -> Response {
    let failure = response.extensions().get::<Failure>().cloned();
    let mut response = match failure {
        None => response,
        Some(Failure(error)) => {
            error.log();
            let (head, _) = response.into_parts();
            let mut written = (head.status, Json(error.envelope(id.to_string()))).into_response();
            // What was not written here, such as `Retry-After` and `Allow`, stays.
            for (name, value) in &head.headers {
                if !written.headers().contains_key(name) && name != "content-length" {
                    written.headers_mut().append(name.clone(), value.clone());
                }
            }
            written
        }
    };
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response
            .headers_mut()
            .insert(HeaderName::from_static(HEADER), value);
    }
    response
}

/// What browsers are told about answers that are data and no pages. A route that serves a page says otherwise.
fn protect(headers: &mut HeaderMap) {
    let defaults = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in defaults {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
}

fn count(span: &Span, method: &'static str, route: String, response: &Response, took: Duration) {
    let status = response.status().as_u16();
    metrics::histogram!("kith_http_request_seconds", "route" => route.clone(), "method" => method)
        .record(took);
    metrics::counter!("kith_http_requests_total", "route" => route, "method" => method, "status" => status.to_string())
        .increment(1);
    span.in_scope(|| tracing::debug!(http.milliseconds = took.as_millis() as u64, "answered"));
}

/// A closed list, so that a client cannot make metrics grow.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// The default panic hook has told what happened; this ties it to the request.
fn after_panic(_: Box<dyn Any + Send>) -> Response {
    ApiError::internal("the handler panicked").into_response()
}
