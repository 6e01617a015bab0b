use std::fmt::Write as _;

use kith_store::TokenHash;
use kith_store::accounts::{self, Credentials};
use kith_types::UserId;

use super::TokenSource;
use crate::access::token_hash;
use crate::{Core, Failure};

/// Far above any token of ours; a hash of more is work for nothing.
const LONGEST: usize = 128;

/// What a client shows to say that somebody has logged in from it before. It gives no rights: only the guesses of others do not
/// count against who shows it.
pub(crate) struct Device {
    token: String,
    hash: TokenHash,
}

impl Device {
    /// As it was shown, whether or not it is one.
    pub(crate) fn shown(token: &str) -> Option<Self> {
        (!token.is_empty() && token.len() <= LONGEST).then(|| Self::of(token.to_owned()))
    }

    fn of(token: String) -> Self {
        let hash = token_hash(&token);
        Self { token, hash }
    }

    pub(super) fn hash(&self) -> &TokenHash {
        &self.hash
    }

    /// Names its bucket. Part of the hash is enough, and is no secret.
    pub(super) fn key(&self) -> String {
        self.hash.bytes()[..16]
            .iter()
            .fold(String::new(), |mut key, byte| {
                let _ = write!(key, "{byte:02x}");
                key
            })
    }

    /// For whoever logged in.
    pub(crate) fn reveal(self) -> String {
        self.token
    }
}

/// Remembers the device from which somebody has logged in: by the token that it has already, if that is one of ours, else by a
/// new one. Whoever logged in has done so even if it cannot be remembered.
pub(super) async fn remember(
    core: &Core,
    user: UserId,
    shown: Option<Device>,
    known: Option<&Credentials>,
) -> Result<Device, Failure> {
    let own = shown.filter(|_| known.is_some_and(|known| known.is_device));
    let device = own.unwrap_or_else(|| Device::of(TokenSource::of(core).token()));
    accounts::remember_device(&core.store, user, &device.hash, core.store.now()).await?;
    Ok(device)
}
