use std::time::Duration;

use kith_cache::Cache;
use kith_config::Config;

use super::{Finding, describe};

const ABOUT: &str = "cache";

/// Whether the processes can count limits together, and presence can note who is online. Everything works without it, so nothing here is fatal.
pub(super) async fn look(config: &Config) -> Vec<Finding> {
    let away = |error: &(dyn std::error::Error + 'static)| {
        vec![Finding::doubtful(
            ABOUT,
            format!(
                "{}; each process counts limits for itself, and nobody is shown as online",
                describe(error)
            ),
            "start it, and check host and password in cache.url",
        )]
    };
    let timeout = Duration::from_millis(u64::from(config.cache.timeout_ms));
    let cache = match Cache::connect(&config.cache.url, &config.instance.namespace, timeout) {
        Ok(cache) => cache,
        Err(error) => return away(&error),
    };
    let findings = match cache.probe().await {
        Ok(probed) => vec![Finding::good(
            ABOUT,
            format!("{}, answers in {:.1?}", probed.version, probed.round_trip),
        )],
        Err(error) => away(&error),
    };
    cache.close().await;
    findings
}
