use std::future::poll_fn;
use std::pin::pin;
use std::process::ExitCode;

use anyhow::{Context, Result};
use kith_api::ApiService;
use kith_config::{Config, Mistake, Mistakes, Sources, TelemetryConfig};
use kith_federation::FederationService;
use kith_gateway::GatewayService;
use kith_media::MediaService;
use kith_presence::PresenceService;
use kith_runtime::{
    Check, Ending, Lifecycle, Service, Telemetry, TelemetryError, install_metrics, ops,
};
use kith_search::SearchService;
use tokio::net::TcpListener;

use crate::cli::{Role, includes, parts};

/// Runs the services of `roles` until somebody ends them, or one crashes.
pub(crate) async fn run(sources: &Sources, roles: &[Role]) -> Result<ExitCode> {
    let config = sources.load(&parts(roles))?;
    let telemetry = telemetry(&config, roles)?;
    let metrics = install_metrics()?;
    let lifecycle = Lifecycle::new();
    let expect = |role, name| includes(roles, role).then(|| lifecycle.health().required(name));
    let api = expect(Role::Api, ApiService::NAME);
    let gateway = expect(Role::Gateway, GatewayService::NAME);
    let presence = expect(Role::Presence, PresenceService::NAME);
    let media = expect(Role::Media, MediaService::NAME);
    let search = expect(Role::Search, SearchService::NAME);
    let federation = expect(Role::Federation, FederationService::NAME);

    let address = config.ops.listen;
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("ops.listen {address} cannot be opened"))?;
    tracing::info!(address = %listener.local_addr()?, "health and metrics");
    ops::spawn(&lifecycle, listener, metrics);

    if let Some(check) = api {
        let service = ApiService::new(&config, &lifecycle).await?;
        start(&lifecycle, service.describing(kith_media::openapi), check);
    }
    if let Some(check) = gateway {
        let service = GatewayService::new(&config, &lifecycle).await?;
        start(&lifecycle, service, check);
    }
    if let Some(check) = presence {
        let service = PresenceService::new(&config, &lifecycle).await?;
        start(&lifecycle, service, check);
    }
    if let Some(check) = media {
        let service = MediaService::new(&config, &lifecycle).await?;
        start(&lifecycle, service, check);
    }
    if let Some(check) = search {
        let service = SearchService::new(&config, &lifecycle).await?;
        start(&lifecycle, service, check);
    }

    if let Some(check) = federation {
        let service = FederationService::new(&config, &lifecycle).await?;
        start(&lifecycle, service, check);
    }

    let ending = lifecycle.run_to_end().await;
    tracing::info!(?ending, "stopped");
    // Who sends a second signal does not want to wait for a collector either.
    if ending != Ending::Forced {
        telemetry.flush().await;
    }
    Ok(ExitCode::from(ending.exit_code()))
}

/// Starts a service; `check` is down until it has named what it needs.
fn start<S: Service>(lifecycle: &Lifecycle, service: S, check: Check) {
    tracing::info!(service = S::NAME, "starting");
    let own = lifecycle.clone();
    lifecycle.spawn(S::NAME, async move {
        let mut run = pin!(service.run(own));
        poll_fn(|context| {
            let state = run.as_mut().poll(context);
            check.up();
            state
        })
        .await
    });
}

fn telemetry(config: &Config, roles: &[Role]) -> Result<Telemetry> {
    let names = [
        (Role::Api, ApiService::NAME),
        (Role::Gateway, GatewayService::NAME),
        (Role::Presence, PresenceService::NAME),
        (Role::Media, MediaService::NAME),
        (Role::Search, SearchService::NAME),
        (Role::Federation, FederationService::NAME),
    ];
    let chosen = names.iter().filter(|(role, _)| includes(roles, *role));
    let services: Vec<_> = chosen.map(|(_, name)| *name).collect();
    let process = format!("{}-{}", services.join("+"), std::process::id());
    kith_runtime::init_telemetry(&config.telemetry, &config.instance.name, &process)
        .map_err(|error| explain(error, &config.telemetry))
}

/// Only the logging library knows what a filter is; to the operator it is a mistake like any other.
fn explain(error: TelemetryError, config: &TelemetryConfig) -> anyhow::Error {
    match error {
        TelemetryError::Filter(cause) => Mistakes(vec![Mistake {
            key: "telemetry.log".to_owned(),
            source: "the configuration".to_owned(),
            problem: format!("{:?} is not a filter: {cause}", config.log),
            remedy: "give a level (error, warn, info, debug, trace), or module=level with commas between them".to_owned(),
        }])
        .into(),
        other => other.into(),
    }
}
