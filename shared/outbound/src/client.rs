use std::collections::HashMap;
use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use ipnet::IpNet;
use kith_types::{LimitKey, Limiter, Quota};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::time::{Instant, timeout, timeout_at};

use crate::resolve::{CheckedResolver, LookUp, SystemLookUp};
use crate::{BuildError, OutboundError};

/// How long a connection may take, for each address.
const CONNECT: Duration = Duration::from_secs(3);
/// A connection that nobody uses is closed after this; its address was checked when it was made.
const KEEP: Duration = Duration::from_secs(20);
/// How many of them are kept for each host.
const KEPT: usize = 2;

/// What an [`Outbound`] is made from.
pub struct OutboundSettings {
    /// Networks that requests may go to although they are not of the public network.
    pub allowed_networks: Vec<IpNet>,
    /// Where certain hosts are, instead of what their names resolve to.
    pub hosts: Vec<(String, SocketAddr)>,
    /// A file of certificates in PEM that are trusted besides the public authorities.
    pub trusted_roots: Option<PathBuf>,
    /// How often one host is asked at most.
    pub per_host: Quota,
    pub limiter: Arc<dyn Limiter>,
}

/// How much one answer may cost.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Of the body.
    pub bytes: usize,
    /// Until the whole answer is there.
    pub total: Duration,
    /// Between two of its parts.
    pub idle: Duration,
}

/// The client. A clone is the same client.
#[derive(Clone)]
pub struct Outbound {
    client: Client<HttpsConnector<HttpConnector<CheckedResolver>>, Full<Bytes>>,
    resolver: CheckedResolver,
    per_host: Quota,
    limiter: Arc<dyn Limiter>,
}

impl Outbound {
    /// A client that resolves names as the machine does.
    pub fn new(settings: OutboundSettings) -> Result<Self, BuildError> {
        Self::with_look_up(settings, Arc::new(SystemLookUp))
    }

    /// As [`Self::new`], with names from elsewhere.
    pub fn with_look_up(
        settings: OutboundSettings,
        look_up: Arc<dyn LookUp>,
    ) -> Result<Self, BuildError> {
        let resolver = CheckedResolver {
            look_up,
            hosts: Arc::new(settings.hosts.into_iter().collect::<HashMap<_, _>>()),
            allowed: settings.allowed_networks.into(),
        };
        let mut connector = HttpConnector::new_with_resolver(resolver.clone());
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls(settings.trusted_roots)?)
            .https_only()
            .enable_http1()
            .wrap_connector(connector);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(KEEP)
            .pool_max_idle_per_host(KEPT)
            .build(connector);
        Ok(Self {
            client,
            resolver,
            per_host: settings.per_host,
            limiter: settings.limiter,
        })
    }

    /// Sends one request and reads its whole answer, of whatever status but a redirect.
    pub async fn send(
        &self,
        request: Request<Bytes>,
        bounds: Bounds,
    ) -> Result<Response<Bytes>, OutboundError> {
        let outcome = self.try_send(request, bounds).await;
        let label = outcome.as_ref().map_or_else(OutboundError::label, |_| "ok");
        metrics::counter!("kith_outbound_requests_total", "outcome" => label).increment(1);
        outcome
    }

    async fn try_send(
        &self,
        request: Request<Bytes>,
        bounds: Bounds,
    ) -> Result<Response<Bytes>, OutboundError> {
        let host = self.host(request.uri())?;
        let key = LimitKey::new("outbound", &host);
        let decision = self.limiter.take(&key, self.per_host, 1).await;
        if !decision.allowed {
            return Err(OutboundError::RateLimited(decision.retry_after));
        }
        let deadline = Instant::now() + bounds.total;
        let answer = self.client.request(request.map(Full::new));
        let answer = timeout_at(deadline, answer).await;
        let answer = answer.map_err(|_| OutboundError::TimedOut)?;
        let answer = answer.map_err(|error| refusal(error.into()))?;
        if answer.status().is_redirection() {
            return Err(OutboundError::Redirected(answer.status()));
        }
        let (head, body) = answer.into_parts();
        let body = timeout_at(deadline, read(body, bounds)).await;
        let body = body.map_err(|_| OutboundError::TimedOut)??;
        Ok(Response::from_parts(head, body))
    }

    /// The host of an address that may be asked. An address in the place of a name is checked here: no resolver sees it.
    fn host(&self, uri: &Uri) -> Result<String, OutboundError> {
        let authority = uri.authority().ok_or(OutboundError::NotHttps)?;
        if uri.scheme_str() != Some("https") || authority.as_str().contains('@') {
            return Err(OutboundError::NotHttps);
        }
        let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
        let literal = host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = literal.parse::<IpAddr>() {
            self.resolver.check(address)?;
        }
        Ok(host)
    }
}

async fn read(mut body: Incoming, bounds: Bounds) -> Result<Bytes, OutboundError> {
    let too_large = || OutboundError::TooLarge(bounds.bytes);
    if body.size_hint().lower() > bounds.bytes as u64 {
        return Err(too_large());
    }
    let mut whole = BytesMut::new();
    loop {
        let part = timeout(bounds.idle, body.frame()).await;
        let Some(part) = part.map_err(|_| OutboundError::TimedOut)? else {
            return Ok(whole.freeze());
        };
        let part = part.map_err(|error| OutboundError::Unreachable(error.into()))?;
        if let Ok(data) = part.into_data() {
            if whole.len() + data.len() > bounds.bytes {
                return Err(too_large());
            }
            whole.extend_from_slice(&data);
        }
    }
}

/// What the resolver said, if it was the one who refused; it stands somewhere among the causes.
fn refusal(error: Box<dyn Error + Send + Sync>) -> OutboundError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&*error);
    while let Some(one) = cause {
        match one.downcast_ref() {
            Some(OutboundError::Forbidden(address, what)) => {
                return OutboundError::Forbidden(*address, what);
            }
            Some(OutboundError::Unresolved(reason)) => {
                return OutboundError::Unresolved(reason.kind().into());
            }
            _ => {}
        }
        cause = one.source();
    }
    OutboundError::Unreachable(error)
}

fn tls(trusted_roots: Option<PathBuf>) -> Result<ClientConfig, BuildError> {
    let public = webpki_roots::TLS_SERVER_ROOTS.iter().cloned();
    let mut roots: RootCertStore = public.collect();
    if let Some(path) = trusted_roots {
        let refused = |error: Box<dyn Error + Send + Sync>| {
            BuildError::Roots(path.display().to_string(), error)
        };
        let found = CertificateDer::pem_file_iter(&path).map_err(|error| refused(error.into()))?;
        for certificate in found {
            let certificate = certificate.map_err(|error| refused(error.into()))?;
            roots
                .add(certificate)
                .map_err(|error| refused(error.into()))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(BuildError::Tls)?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
