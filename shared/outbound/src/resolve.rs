use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper_util::client::legacy::connect::dns::Name;
use ipnet::IpNet;
use tower::Service;

use crate::OutboundError;
use crate::networks::why_not_global;

/// The addresses of a name.
pub type Resolved = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Where the addresses of a name come from. A trait, so that tests can be the ones who lie.
pub trait LookUp: Send + Sync + 'static {
    /// All addresses that `name` has now.
    fn look_up(&self, name: &str) -> Resolved;
}

/// As the machine resolves names.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemLookUp;

impl LookUp for SystemLookUp {
    fn look_up(&self, name: &str) -> Resolved {
        let name = name.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Resolves a name for one connection, and lets only addresses through that a request may go to.
#[derive(Clone)]
pub(crate) struct CheckedResolver {
    pub(crate) look_up: Arc<dyn LookUp>,
    pub(crate) hosts: Arc<HashMap<String, SocketAddr>>,
    pub(crate) allowed: Arc<[IpNet]>,
}

impl CheckedResolver {
    /// Refuses an address outside of the public network, unless the configuration allows it.
    pub(crate) fn check(&self, address: IpAddr) -> Result<(), OutboundError> {
        // A mapped address is what it maps to, to those who allow networks; to everybody else it is refused as such.
        let plain = address.to_canonical();
        if self.allowed.iter().any(|network| network.contains(&plain)) {
            return Ok(());
        }
        match why_not_global(address) {
            Some(what) => Err(OutboundError::Forbidden(address, what)),
            None => Ok(()),
        }
    }

    async fn resolve(self, name: String) -> Result<std::vec::IntoIter<SocketAddr>, OutboundError> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let found = if let Some(address) = self.hosts.get(&name) {
            vec![*address]
        } else {
            let found = self.look_up.look_up(&name).await;
            let found = found.map_err(OutboundError::Unresolved)?;
            // The port is the scheme's.
            found.into_iter().map(|ip| SocketAddr::new(ip, 0)).collect()
        };
        // One bad address is enough: a name that leads to both is somebody's try.
        for address in &found {
            self.check(address.ip())?;
        }
        if found.is_empty() {
            let none = io::Error::from(io::ErrorKind::NotFound);
            return Err(OutboundError::Unresolved(none));
        }
        Ok(found.into_iter())
    }
}

impl Service<Name> for CheckedResolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = OutboundError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, OutboundError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), OutboundError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        Box::pin(self.clone().resolve(name.as_str().to_owned()))
    }
}
