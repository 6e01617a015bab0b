use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use ipnet::IpNet;

/// The networks of the proxies in front. What anybody else says about whom they speak for is not believed.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Arc<[IpNet]>);

impl TrustedProxies {
    /// The proxies in these networks.
    pub fn new(networks: impl Into<Arc<[IpNet]>>) -> Self {
        Self(networks.into())
    }

    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        self.0
            .iter()
            .any(|network| network.contains(&address.to_canonical()))
    }

    /// Who a request is from: the peer, or, if the peer is a proxy of ours, the last address in `X-Forwarded-For`
    /// that is none of them. What stands further left was said by the client and proves nothing.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.contains(peer) {
            return peer;
        }
        let hops = headers.get_all("x-forwarded-for").iter();
        let hops: Vec<&str> = hops
            .filter_map(|value| value.to_str().ok())
            .flat_map(|text| text.split(','))
            .collect();
        let mut nearest = peer;
        for hop in hops.iter().rev() {
            let Ok(address) = hop.trim().parse::<IpAddr>() else {
                return nearest;
            };
            nearest = address.to_canonical();
            if !self.contains(nearest) {
                return nearest;
            }
        }
        nearest
    }
}

/// The address of whoever sent a request, for limits. Its text is what a limit counts by: an IPv6 client owns a whole /64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => address.fmt(f),
            IpAddr::V6(address) => {
                let network = Ipv6Addr::from_bits(address.to_bits() >> 64 << 64);
                write!(f, "{network}/64")
            }
        }
    }
}

/// The address that the connection comes from. A router that is called without a connection (in a test) is called from nowhere.
pub(crate) fn peer(extensions: &Extensions) -> IpAddr {
    let info = extensions.get::<ConnectInfo<SocketAddr>>();
    info.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip())
}

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    /// The layer around all routes has found it out.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let known = parts.extensions.get::<Self>().copied();
        Ok(known.unwrap_or_else(|| Self(peer(&parts.extensions))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let proxies: Vec<IpNet> = ["10.0.0.0/8", "::1/128"]
            .map(|net| net.parse().unwrap())
            .into();
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        TrustedProxies::new(proxies)
            .client(peer.parse().unwrap(), &headers)
            .to_string()
    }

    #[test]
    fn only_proxies_of_ours_may_say_whom_they_speak_for() {
        assert_eq!(client("198.51.100.1", &["203.0.113.9"]), "198.51.100.1");
        assert_eq!(client("10.0.0.2", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(client("::ffff:10.0.0.2", &["203.0.113.9"]), "203.0.113.9");
    }

    #[test]
    fn what_the_client_itself_put_into_the_header_proves_nothing() {
        assert_eq!(client("10.0.0.2", &["1.1.1.1, 203.0.113.9"]), "203.0.113.9");
        assert_eq!(
            client("10.0.0.2", &["1.1.1.1", "203.0.113.9, 10.0.0.3"]),
            "203.0.113.9"
        );
        assert_eq!(client("10.0.0.2", &["nonsense"]), "10.0.0.2");
    }

    #[test]
    fn all_of_an_ipv6_network_is_one_client() {
        let text = |address: &str| ClientAddress(address.parse().unwrap()).to_string();
        assert_eq!(text("2001:db8:1:2:3::4"), text("2001:db8:1:2:ffff::1"));
        assert_ne!(text("2001:db8:1:2::1"), text("2001:db8:1:3::1"));
    }
}
