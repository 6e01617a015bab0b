//! Signed requests: what is believed, what is refused, and that somebody else's implementation agrees.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod independent;
mod refusals;

use bytes::Bytes;
use ed25519_dalek::SigningKey;
use http::{Method, Request};
use kith_federation::signature::{Claims, SignatureError, Signer, sign};
use kith_types::{Domain, SeededEntropy, Timestamp};

/// 2026-11-21T10:00:00Z
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_795_255_200_000);
pub(crate) const BODY: &[u8] = br#"{"origin":"one.test"}"#;

pub(crate) fn domain(name: &str) -> Domain {
    name.parse().unwrap()
}

pub(crate) fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// A request from one.test to two.test, as it arrives there.
pub(crate) fn signed(body: &[u8]) -> Request<Bytes> {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri("/federation/v1/hello?a=1&b=%20")
        .header("host", "two.test")
        .body(Bytes::copy_from_slice(body))
        .unwrap();
    let (origin, key) = (domain("one.test"), key());
    let signer = Signer {
        origin: &origin,
        key_id: "k1",
        key: &key,
    };
    let chance = SeededEntropy::new(1);
    sign(&mut request, signer, &domain("two.test"), NOW, &chance);
    request
}

pub(crate) fn claims(request: &Request<Bytes>) -> Result<Claims, SignatureError> {
    Claims::read(
        request.method(),
        request.uri(),
        request.headers(),
        request.body(),
    )
}

/// Whether it is believed, by who knows the key.
pub(crate) fn verify(request: &Request<Bytes>) -> Result<Claims, SignatureError> {
    let claims = claims(request)?;
    claims.check_time(NOW)?;
    claims.verify(key().verifying_key().as_bytes())?;
    Ok(claims)
}
