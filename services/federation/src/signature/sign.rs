use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use ed25519_dalek::{Signer as _, SigningKey};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderName, Request};
use kith_types::{Domain, Entropy, Timestamp};
use sfv::{DictSerializer, StringRef, key_ref};

use super::base::{COMPONENTS, base};
use super::{
    CONTENT_DIGEST, DESTINATION, LIFETIME_SECONDS, ORIGIN, SIGNATURE, SIGNATURE_INPUT,
    content_digest,
};

/// The signature's name within the fields. Any will do.
const LABEL: &str = "kith";

/// Who signs.
#[derive(Clone, Copy)]
pub struct Signer<'a> {
    pub origin: &'a Domain,
    /// Without the domain.
    pub key_id: &'a str,
    pub key: &'a SigningKey,
}

/// Signs a request to another instance: sets the digest of its body, origin, destination and signature, in place of those that
/// are there. A request that is sent again is signed again: its nonce is good once.
pub fn sign(
    request: &mut Request<Bytes>,
    signer: Signer<'_>,
    destination: &Domain,
    now: Timestamp,
    entropy: &dyn Entropy,
) {
    let digest = content_digest(request.body());
    let fields = [
        (CONTENT_TYPE.as_str(), "application/json"),
        (CONTENT_DIGEST, &digest),
        (ORIGIN, signer.origin.as_str()),
        (DESTINATION, destination.as_str()),
    ];
    for (name, value) in fields {
        set(request, name, value);
    }
    let mut chance = [0; 16];
    entropy.fill(&mut chance);
    let created = now.millis().div_euclid(1000);
    let key_id = format!("{}#{}", signer.origin, signer.key_id);
    let nonce = URL_SAFE_NO_PAD.encode(chance);
    let text = |text: &str| {
        StringRef::from_str(text)
            .expect("domains, key ids and base 64 are visible ASCII")
            .to_owned()
    };

    let mut field = DictSerializer::new();
    let mut list = field.inner_list(key_ref(LABEL));
    for component in COMPONENTS {
        list.bare_item(&*text(component));
    }
    list.finish()
        .parameter(key_ref("created"), integer(created))
        .parameter(key_ref("expires"), integer(created + LIFETIME_SECONDS))
        .parameter(key_ref("nonce"), &*text(&nonce))
        .parameter(key_ref("alg"), &*text("ed25519"))
        .parameter(key_ref("keyid"), &*text(&key_id));
    let input = field.finish().expect("it has a member");
    let parameters = input
        .split_once('=')
        .map(|(_, value)| value)
        .expect("it has a member");

    let covered = base(
        request.method(),
        request.uri(),
        destination.as_str(),
        request.headers(),
        COMPONENTS,
        parameters,
    );
    let covered = covered.expect("every header that is covered was just set");
    let signature = signer.key.sign(covered.as_bytes()).to_bytes();
    let mut field = DictSerializer::new();
    field.bare_item(key_ref(LABEL), &signature[..]);
    let value = field.finish().expect("it has a member");
    set(request, SIGNATURE_INPUT, &input);
    set(request, SIGNATURE, &value);
}

fn integer(number: i64) -> sfv::Integer {
    number
        .try_into()
        .expect("seconds have far fewer than 15 digits")
}

fn set(request: &mut Request<Bytes>, name: &str, value: &str) {
    let name = HeaderName::try_from(name).expect("the names are constants");
    let value = HeaderValue::from_str(value).expect("all values are visible ASCII");
    request.headers_mut().insert(name, value);
}
