//! The operator's page: `/health/live`, `/health/ready` and `/metrics`. It is served to the very end.

use std::io;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::json;
use tokio::net::TcpListener;

use crate::{Health, Lifecycle, process};

/// How often histograms are folded when nobody scrapes: until then every sample is kept.
const UPKEEP: Duration = Duration::from_secs(5);

#[derive(Clone)]
struct Ops {
    health: Health,
    metrics: PrometheusHandle,
    started: Instant,
}

/// Serves the operator's page until everything else has ended.
pub fn spawn(lifecycle: &Lifecycle, listener: TcpListener, metrics: PrometheusHandle) {
    let ops = Ops {
        health: lifecycle.health().clone(),
        metrics: metrics.clone(),
        started: Instant::now(),
    };
    let end = lifecycle.settling_token();
    lifecycle.spawn_settling("ops", async move { serve(listener, ops, end).await });

    let end = lifecycle.settling_token();
    lifecycle.spawn_settling("metrics_upkeep", async move {
        while end
            .run_until_cancelled(tokio::time::sleep(UPKEEP))
            .await
            .is_some()
        {
            metrics.run_upkeep();
        }
    });
}

async fn serve(
    listener: TcpListener,
    ops: Ops,
    end: tokio_util::sync::CancellationToken,
) -> io::Result<()> {
    let routes = Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .route("/metrics", get(scrape))
        .with_state(ops);
    // Not gracefully: a scraper's idle connection must not hold up the end.
    end.run_until_cancelled(axum::serve(listener, routes).into_future())
        .await
        .unwrap_or(Ok(()))
}

/// A process that answers is alive: one that cannot go on ends by itself.
async fn live() -> Json<serde_json::Value> {
    Json(json!({ "status": "live" }))
}

async fn ready(State(ops): State<Ops>) -> impl IntoResponse {
    let report = ops.health.report();
    let status = if report.is_ready() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(report))
}

async fn scrape(State(ops): State<Ops>) -> impl IntoResponse {
    process::observe(ops.started);
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], ops.metrics.render())
}
