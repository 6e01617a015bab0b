//! The signed name of a gateway session. Nothing is kept on the server: any gateway can check it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use kith_types::{Entropy, SessionId, UserId};
use sha2::Sha256;
use uuid::Uuid;

/// The first byte, so that another form can follow.
const VERSION: u8 = 1;
const BODY: usize = 1 + 16 + 16 + 8 + 8 + 8;
const TAG: usize = 32;

/// Signs and checks session ids.
#[derive(Clone)]
pub(crate) struct SessionIds(Hmac<Sha256>);

/// What a session id says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Claims {
    pub(crate) user: UserId,
    /// The log-in session.
    pub(crate) login: SessionId,
    /// The stream that its `s` counts.
    pub(crate) epoch: i64,
    /// The `s` of `READY`.
    pub(crate) began: u64,
}

impl SessionIds {
    /// `key` is the same for all gateways of an instance.
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC takes keys of every length"))
    }

    /// A new session id.
    pub(crate) fn sign(&self, claims: Claims, entropy: &dyn Entropy) -> String {
        let mut bytes = Vec::with_capacity(BODY + TAG);
        bytes.push(VERSION);
        bytes.extend_from_slice(claims.user.uuid().as_bytes());
        bytes.extend_from_slice(claims.login.uuid().as_bytes());
        bytes.extend_from_slice(&claims.epoch.to_be_bytes());
        bytes.extend_from_slice(&claims.began.to_be_bytes());
        bytes.extend_from_slice(&entropy.next_u64().to_be_bytes());
        let tag = self.0.clone().chain_update(&bytes).finalize().into_bytes();
        bytes.extend_from_slice(&tag);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What a session id says, if it is one of ours.
    pub(crate) fn verify(&self, text: &str) -> Option<Claims> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (body, tag) = bytes.split_at_checked(BODY)?;
        self.0.clone().chain_update(body).verify_slice(tag).ok()?;
        let (&version, body) = body.split_first()?;
        let (user, body) = body.split_first_chunk()?;
        let (login, body) = body.split_first_chunk()?;
        let (epoch, body) = body.split_first_chunk()?;
        let (began, _) = body.split_first_chunk()?;
        (version == VERSION).then(|| Claims {
            user: Uuid::from_bytes(*user).into(),
            login: Uuid::from_bytes(*login).into(),
            epoch: i64::from_be_bytes(*epoch),
            began: u64::from_be_bytes(*began),
        })
    }
}

#[cfg(test)]
mod tests {
    use kith_types::SeededEntropy;
    use proptest::prelude::*;

    use super::*;

    fn claims() -> Claims {
        Claims {
            user: "01M7X094NF15018JC8E57M87Z4".parse().unwrap(),
            login: "01M7X094NF15018JC8E57M87Z5".parse().unwrap(),
            epoch: 7,
            began: 9,
        }
    }

    #[test]
    fn another_gateway_with_the_same_key_reads_it() {
        let text = SessionIds::new(&[3; 32]).sign(claims(), &SeededEntropy::new(1));
        assert_eq!(SessionIds::new(&[3; 32]).verify(&text), Some(claims()));
        assert_eq!(SessionIds::new(&[4; 32]).verify(&text), None);
    }

    proptest! {
        #[test]
        fn whoever_changes_a_byte_has_none(at in 0..BODY + TAG, bit in 0_u8..8) {
            let ids = SessionIds::new(&[3; 32]);
            let text = ids.sign(claims(), &SeededEntropy::new(1));
            let mut bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
            bytes[at] ^= 1_u8 << bit;
            prop_assert_eq!(ids.verify(&URL_SAFE_NO_PAD.encode(bytes)), None);
        }

        #[test]
        fn anything_else_is_none(text in "[A-Za-z0-9_-]{0,200}") {
            prop_assert_eq!(SessionIds::new(&[3; 32]).verify(&text), None);
        }
    }
}
