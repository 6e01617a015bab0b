use std::fmt;
use std::str::FromStr;

use kith_types::{UserId, VoiceConnectionId};

/// Who a participant is to LiveKit: a user by one of their connections, `{user}:{connection}`. Each token has a new one, so
/// what is told of an old connection is never taken for the present one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Identity {
    pub(crate) user: UserId,
    pub(crate) connection: VoiceConnectionId,
}

/// It is none that we gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identity of ours")]
pub(crate) struct UnknownIdentity;

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.user, self.connection)
    }
}

impl FromStr for Identity {
    type Err = UnknownIdentity;

    fn from_str(text: &str) -> Result<Self, UnknownIdentity> {
        let (user, connection) = text.split_once(':').ok_or(UnknownIdentity)?;
        Ok(Self {
            user: user.parse().map_err(|_| UnknownIdentity)?,
            connection: connection.parse().map_err(|_| UnknownIdentity)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_read_as_it_was_written() {
        let text = "01M7X094NF15018JC8E57M87Z4:01M7X094NF15018JC8E57M87Z5";
        assert_eq!(text.parse::<Identity>().unwrap().to_string(), text);
        assert_eq!("somebody".parse::<Identity>(), Err(UnknownIdentity));
        assert_eq!(":".parse::<Identity>(), Err(UnknownIdentity));
    }
}
