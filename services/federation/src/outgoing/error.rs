use std::time::Duration;

use kith_outbound::OutboundError;
use kith_policy::PeerDenied;
use kith_store::StoreError;
use kith_wire::ErrorCode;

/// Why another instance did not tell what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    #[error(transparent)]
    Denied(#[from] PeerDenied),
    /// It could not be asked a moment ago, and is left alone.
    #[error("the instance is left alone for {0:?}")]
    Away(Duration),
    #[error(transparent)]
    Outbound(#[from] OutboundError),
    /// It refuses, in a word of the list that we share.
    #[error("the instance refuses: {code}", code = <&str>::from(.0))]
    Refused(ErrorCode),
    /// It answers with what cannot be: another status, no JSON, what is not its own.
    #[error("the instance gives an answer that cannot be: {0}")]
    Impossible(&'static str),
    #[error("this instance has no key that counts")]
    NoKey,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AskError {
    /// Whether it tells something of the other instance's health, as a word of a closed list.
    pub(super) fn failure(&self) -> Option<&'static str> {
        match self {
            // Our own doing.
            Self::Denied(_)
            | Self::Away(_)
            | Self::NoKey
            | Self::Store(_)
            | Self::Outbound(OutboundError::RateLimited(_)) => None,
            Self::Outbound(error) => Some(error.label()),
            Self::Refused(code) => Some(match code {
                ErrorCode::Internal | ErrorCode::Unavailable => "unavailable",
                ErrorCode::RateLimited => "rate_limited",
                _ => "refused",
            }),
            Self::Impossible(_) => Some("impossible"),
        }
    }
}
