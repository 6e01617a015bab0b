use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::PanicHookInfo;
use std::time::Duration;

use kith_config::{LogFormat, TelemetryConfig};
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::runtime::Tokio;
use opentelemetry_sdk::trace::SdkTracerProvider;
use opentelemetry_sdk::trace::span_processor_with_async_runtime::BatchSpanProcessor;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{EnvFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// How long a collector may take to accept a batch.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the end of the process waits for it.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(3);

/// The NATS client tells of every attempt to connect; the bus tells of what matters. The configuration can overrule it.
const QUIETER: &str = "async_nats=warn";

/// Why logs or traces cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error("telemetry.log is not a filter")]
    Filter(#[source] tracing_subscriber::filter::ParseError),
    #[error("telemetry.otlp_endpoint cannot be used")]
    Exporter(#[source] opentelemetry_otlp::ExporterBuildError),
    #[error("logging is set up already")]
    Twice(#[source] tracing_subscriber::util::TryInitError),
}

/// Holds what has to be flushed at the end.
#[must_use = "spans that wait are lost without `flush`"]
pub struct Telemetry {
    exporter: Option<SdkTracerProvider>,
}

/// Starts to log to standard error, and to export traces if the configuration says where. Needs the runtime.
/// The traces name this process by `instance` and `process`.
pub fn init(
    config: &TelemetryConfig,
    instance: &str,
    process: &str,
) -> Result<Telemetry, TelemetryError> {
    let filter = EnvFilter::try_new(format!("{QUIETER},{}", config.log));
    let filter = filter.map_err(TelemetryError::Filter)?;
    // HTTP clients want to know who does their TLS, also where they do none. Only the first call counts.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let exporter = match &config.otlp_endpoint {
        Some(endpoint) => Some(exporter(endpoint, instance, process)?),
        None => None,
    };
    let traces = exporter.as_ref().map(|exporter| {
        // Own spans only, whatever is logged: those of the exporter itself would never end.
        let targets = Targets::new().with_target("kith", LevelFilter::INFO);
        tracing_opentelemetry::layer()
            .with_tracer(exporter.tracer("kith"))
            .with_filter(targets)
    });
    tracing_subscriber::registry()
        .with(lines(config.format).with_filter(filter))
        .with(traces)
        .try_init()
        .map_err(TelemetryError::Twice)?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(Telemetry { exporter })
}

/// A panic is a line of the log like any other, so that what reads the log sees it.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    let backtrace = Backtrace::capture();
    let backtrace =
        (backtrace.status() == BacktraceStatus::Captured).then(|| backtrace.to_string());
    tracing::error!(place, panic = panic.payload_as_str(), backtrace, "a panic");
}

fn lines<S>(format: LogFormat) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let layer = fmt::layer().with_writer(std::io::stderr);
    match format {
        LogFormat::Json => layer.json().flatten_event(true).boxed(),
        LogFormat::Text => {
            let is_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
            layer.with_ansi(is_terminal).boxed()
        }
    }
}

fn exporter(
    endpoint: &str,
    instance: &str,
    process: &str,
) -> Result<SdkTracerProvider, TelemetryError> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(format!("{endpoint}/v1/traces"))
        .with_protocol(Protocol::HttpBinary)
        .with_timeout(EXPORT_TIMEOUT)
        .build()
        .map_err(TelemetryError::Exporter)?;
    let resource = Resource::builder()
        .with_service_name("kith")
        .with_attribute(KeyValue::new("service.namespace", instance.to_owned()))
        .with_attribute(KeyValue::new("service.instance.id", process.to_owned()))
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    Ok(SdkTracerProvider::builder()
        .with_span_processor(BatchSpanProcessor::builder(exporter, Tokio).build())
        .with_resource(resource)
        .build())
}

impl Telemetry {
    /// Sends what waits to be exported. Call it when all tasks have ended.
    pub async fn flush(self) {
        let Some(exporter) = self.exporter else {
            return;
        };
        // It waits for the runtime, so it must not stand in the runtime's way.
        let flush = tokio::task::spawn_blocking(move || exporter.shutdown());
        match tokio::time::timeout(FLUSH_TIMEOUT, flush).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => {
                tracing::warn!(error = %error, "the last traces were not exported");
            }
            Ok(Err(_)) | Err(_) => tracing::warn!("the last traces were not exported in time"),
        }
    }
}
