use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use ipnet::IpNet;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The networks of the proxies in front. Only what they say of whom a request is from is believed.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Arc<[IpNet]>);

impl TrustedProxies {
    pub fn new(networks: impl IntoIterator<Item = IpNet>) -> Self {
        Self(networks.into_iter().collect())
    }

    /// Whether the address is one of a proxy.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Where a request comes from: the nearest hop that is no proxy of ours. Each proxy appends whom it was called by,
    /// so the list is read from its end, and what stands before a stranger is the stranger's invention.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddress {
        let mut nearest = peer.to_canonical();
        let hops: Vec<_> = headers
            .get_all(FORWARDED_FOR)
            .iter()
            .flat_map(|value| value.to_str().unwrap_or("?").split(','))
            .collect();
        for hop in hops.into_iter().rev() {
            if !self.contains(nearest) {
                break;
            }
            let Some(address) = parse(hop.trim()) else {
                break;
            };
            nearest = address.to_canonical();
        }
        ClientAddress(nearest)
    }
}

/// An address as proxies write it: bare, with a port, or in brackets.
fn parse(text: &str) -> Option<IpAddr> {
    let bracketed = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    match bracketed {
        Some((address, _)) => address.parse().ok(),
        None => text
            .parse()
            .ok()
            .or_else(|| text.rsplit_once(':')?.0.parse().ok()),
    }
}

/// Whom a request is from. Never logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientAddress(IpAddr);

impl ClientAddress {
    /// Of what is no HTTP request, or of a test's.
    pub fn of(address: IpAddr) -> Self {
        Self(address.to_canonical())
    }

    pub fn ip(self) -> IpAddr {
        self.0
    }

    /// What limits count by: the address, or of IPv6 the /64, all of which is usually one customer's.
    pub fn subscriber(self) -> IpAddr {
        match self.0 {
            IpAddr::V6(address) => {
                let network = u128::from(address) & !u128::from(u64::MAX);
                IpAddr::V6(Ipv6Addr::from(network))
            }
            v4 @ IpAddr::V4(_) => v4,
        }
    }
}

/// As [`Self::subscriber`], for the keys of limits.
impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.subscriber().fmt(f)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    /// [`crate::surround`] has found it out; without it everybody is the same nobody.
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let known = parts.extensions.get::<Self>().copied();
        Ok(known.unwrap_or(Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let trusted = TrustedProxies::new([
            "127.0.0.0/8".parse().unwrap(),
            "10.1.0.0/16".parse().unwrap(),
        ]);
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        trusted
            .client(peer.parse().unwrap(), &headers)
            .ip()
            .to_string()
    }

    #[test]
    fn a_stranger_is_not_believed_whatever_it_sends() {
        assert_eq!(client("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(
            client("203.0.113.9", &["127.0.0.1, 10.1.2.3"]),
            "203.0.113.9"
        );
    }

    #[test]
    fn the_nearest_hop_that_is_no_proxy_is_the_client() {
        assert_eq!(client("127.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(
            client("127.0.0.1", &["192.0.2.1, 198.51.100.1, 10.1.2.3"]),
            "198.51.100.1"
        );
        assert_eq!(
            client("127.0.0.1", &["192.0.2.1", "198.51.100.1", "10.1.2.3"]),
            "198.51.100.1"
        );
        assert_eq!(client("127.0.0.1", &["10.1.9.9"]), "10.1.9.9");
        assert_eq!(client("127.0.0.1", &[]), "127.0.0.1");
    }

    #[test]
    fn what_cannot_be_read_ends_the_belief() {
        assert_eq!(client("127.0.0.1", &["198.51.100.1, unknown"]), "127.0.0.1");
        assert_eq!(
            client("127.0.0.1", &["198.51.100.1, unknown, 10.1.2.3"]),
            "10.1.2.3"
        );
        assert_eq!(client("127.0.0.1", &[""]), "127.0.0.1");
    }

    #[test]
    fn addresses_are_read_in_the_forms_that_proxies_write() {
        assert_eq!(
            client("::ffff:127.0.0.1", &["198.51.100.1:4711"]),
            "198.51.100.1"
        );
        assert_eq!(client("127.0.0.1", &["[2001:db8::7]:443"]), "2001:db8::7");
        assert_eq!(client("127.0.0.1", &["2001:db8::7"]), "2001:db8::7");
        assert_eq!(
            client("127.0.0.1", &["::ffff:198.51.100.1"]),
            "198.51.100.1"
        );
    }

    #[test]
    fn limits_count_a_whole_ipv6_network_as_one() {
        let address = |text: &str| ClientAddress(text.parse().unwrap()).subscriber();
        assert_eq!(
            address("2001:db8:1:2:3:4:5:6"),
            address("2001:db8:1:2:ffff::1")
        );
        assert_ne!(address("2001:db8:1:2::1"), address("2001:db8:1:3::1"));
        assert_ne!(address("198.51.100.1"), address("198.51.100.2"));
    }
}
