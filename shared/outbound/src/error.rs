use std::io;
use std::net::IpAddr;
use std::time::Duration;

use http::StatusCode;

/// The client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("{0} cannot be read as certificates in PEM")]
    Roots(String, #[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// The address is not `https://host/…` without a name and a password.
    #[error("only https addresses of a host are asked")]
    NotHttps,
    /// The host is, or has, an address that is not for the world.
    #[error("{0} is not an address of the public network: {1}")]
    Forbidden(IpAddr, &'static str),
    #[error("too many requests to this host")]
    RateLimited(Duration),
    #[error("the host has no address")]
    Unresolved(#[source] io::Error),
    /// No connection, or TLS was refused, or it broke.
    #[error("the host cannot be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the host did not answer in time")]
    TimedOut,
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    #[error("the host answers with a redirect ({0}), which is not followed")]
    Redirected(StatusCode),
}

impl OutboundError {
    /// For metrics, from a closed list.
    pub fn label(&self) -> &'static str {
        match self {
            Self::NotHttps => "not_https",
            Self::Forbidden(..) => "forbidden",
            Self::RateLimited(_) => "rate_limited",
            Self::Unresolved(_) => "unresolved",
            Self::Unreachable(_) => "unreachable",
            Self::TimedOut => "timed_out",
            Self::TooLarge(_) => "too_large",
            Self::Redirected(_) => "redirected",
        }
    }
}
