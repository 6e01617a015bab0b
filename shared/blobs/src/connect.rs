use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, Credentials, Region, RequestChecksumCalculation, ResponseChecksumValidation,
    StalledStreamProtectionConfig,
};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use secrecy::{ExposeSecret, SecretString};

/// A server that does not take the connection within this time is away.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// One attempt of one request: a part on a slow disk, with several at once. Bodies that are fetched take as long as they
/// take.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(20);
/// Attempts of one request: a connection that the server has just closed is the usual reason for a second one.
const ATTEMPTS: u32 = 2;

/// What [`Blobs`] is made from.
pub struct BlobsSettings {
    /// `http://host:port` or `https://host`
    pub endpoint: String,
    pub region: String,
    pub bucket: String,
    pub access_key: String,
    pub secret_key: SecretString,
}

/// A bucket. Cheap to clone; connects when it is used and again whenever needed.
#[derive(Debug, Clone)]
pub struct Blobs {
    pub(crate) client: Client,
    pub(crate) bucket: Arc<str>,
}

impl Blobs {
    /// Prepares the client; it does not connect yet.
    pub fn new(settings: &BlobsSettings) -> Self {
        let http = Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https();
        let credentials = Credentials::new(
            settings.access_key.clone(),
            settings.secret_key.expose_secret(),
            None,
            None,
            "configuration",
        );
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .build();
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(http)
            .endpoint_url(&settings.endpoint)
            .region(Region::new(settings.region.clone()))
            .credentials_provider(credentials)
            // Buckets by name in the path: nobody's DNS knows bucket.127.0.0.1.
            .force_path_style(true)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(timeouts)
            // The signature covers the body already, and files have a SHA-256 of ours.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            // Those who fetch may be slow: that is between them and us.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        Self {
            client: Client::from_conf(config),
            bucket: settings.bucket.as_str().into(),
        }
    }
}
