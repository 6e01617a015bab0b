use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

/// The metrics cannot be collected.
#[derive(Debug, thiserror::Error)]
#[error("the metrics cannot be collected")]
pub struct MetricsError(#[from] BuildError);

/// From a tenth of a millisecond, which a gateway's fan-out takes, to ten seconds, which nobody waits longer for.
const SECONDS: [f64; 16] = [
    0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0,
];

/// Starts to collect metrics, once per process. Histograms whose names end in `_seconds` have buckets, so that
/// those of several processes can be added up.
pub fn install() -> Result<PrometheusHandle, MetricsError> {
    let suffix = Matcher::Suffix("_seconds".to_owned());
    let builder = PrometheusBuilder::new().set_buckets_for_metric(suffix, &SECONDS)?;
    Ok(builder.install_recorder()?)
}
