use std::collections::BTreeSet;

use ed25519_dalek::{Signature, VerifyingKey};
use http::{HeaderMap, Method, Uri};
use kith_types::{Domain, Timestamp};
use sfv::{BareItem, Dictionary, FieldType, InnerList, ListEntry, Parameters, Parser};

use super::base::{COMPONENTS, base, normal_authority, once};
use super::{
    CONTENT_DIGEST, DESTINATION, LONGEST_SECONDS, ORIGIN, SIGNATURE, SIGNATURE_INPUT, SKEW_SECONDS,
    SignatureError, is_digest_of,
};

const PARAMETERS: [&str; 5] = ["created", "expires", "nonce", "keyid", "alg"];
const LONGEST_NONCE: usize = 64;
const SHORTEST_NONCE: usize = 16;

/// What a signed request says of itself. It is not believed before [`Claims::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Who says that they send it.
    pub origin: Domain,
    /// Whom it is for.
    pub destination: Domain,
    /// Where it was sent to, as `Host` says.
    pub authority: String,
    /// The domain whose key it is signed with.
    pub key_domain: Domain,
    pub key_id: String,
    pub nonce: String,
    pub created: Timestamp,
    pub expires: Timestamp,
    base: String,
    signature: [u8; 64],
}

impl Claims {
    /// Reads a request's signature and compares its digest with the body.
    pub fn read(
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Self, SignatureError> {
        let (label, list, parameters) = input(headers)?;
        let signature = signature(headers, &label)?;
        let components = covered(&list)?;
        let said = read_parameters(&list.params)?;
        let domain = |name| -> Result<Domain, SignatureError> {
            once(headers, name)?
                .parse()
                .map_err(|_| SignatureError::Malformed("origin or destination is no domain"))
        };
        let authority = once(headers, "host")?;
        let base = base(method, uri, authority, headers, components, &parameters)?;
        if !is_digest_of(once(headers, CONTENT_DIGEST)?, body) {
            return Err(SignatureError::Digest);
        }
        Ok(Self {
            origin: domain(ORIGIN)?,
            destination: domain(DESTINATION)?,
            authority: normal_authority(authority),
            key_domain: said.key_domain,
            key_id: said.key_id,
            nonce: said.nonce,
            created: Timestamp::from_millis(said.created.saturating_mul(1000)),
            expires: Timestamp::from_millis(said.expires.saturating_mul(1000)),
            base,
            signature,
        })
    }

    /// Whether the signature is one for now.
    pub fn check_time(&self, now: Timestamp) -> Result<(), SignatureError> {
        if self.created > now.plus_seconds(SKEW_SECONDS) {
            return Err(SignatureError::Future);
        }
        if self.expires <= now || self.expires <= self.created {
            return Err(SignatureError::Expired);
        }
        if self.expires > self.created.plus_seconds(LONGEST_SECONDS) {
            return Err(SignatureError::TooLong);
        }
        Ok(())
    }

    /// Whether the key has signed exactly this request.
    pub fn verify(&self, key: &[u8; 32]) -> Result<(), SignatureError> {
        let key = VerifyingKey::from_bytes(key).map_err(|_| SignatureError::Altered)?;
        // Strict: no second signature can be made from a first one, and no weak key has signed everything.
        key.verify_strict(
            self.base.as_bytes(),
            &Signature::from_bytes(&self.signature),
        )
        .map_err(|_| SignatureError::Altered)
    }
}

/// A dictionary in its canonical form, in which no member stands twice.
fn dictionary(headers: &HeaderMap, name: &str) -> Result<(Dictionary, String), SignatureError> {
    let malformed = |_| SignatureError::Malformed("it is no dictionary");
    let mut values = headers.get_all(name).iter();
    let value = values.next().ok_or(SignatureError::Missing)?;
    if values.next().is_some() {
        return Err(SignatureError::Malformed("there are two"));
    }
    let text = value
        .to_str()
        .map_err(|_| SignatureError::Malformed("it is not ASCII"))?;
    let parsed: Dictionary = Parser::new(text).parse().map_err(malformed)?;
    // Of a member that stands twice the grammar keeps the last, silently.
    if parsed.serialize().as_deref() != Some(text) {
        return Err(SignatureError::Malformed(
            "its form is not the canonical one",
        ));
    }
    Ok((parsed, text.to_owned()))
}

fn input(headers: &HeaderMap) -> Result<(String, InnerList, String), SignatureError> {
    let (dictionary, text) = dictionary(headers, SIGNATURE_INPUT)?;
    let mut members = dictionary.into_iter();
    let (Some((label, ListEntry::InnerList(list))), None) = (members.next(), members.next()) else {
        return Err(SignatureError::Malformed("there is not exactly one"));
    };
    let label = label.as_str().to_owned();
    let parameters = text[label.len() + 1..].to_owned();
    Ok((label, list, parameters))
}

fn signature(headers: &HeaderMap, label: &str) -> Result<[u8; 64], SignatureError> {
    let (dictionary, _) = dictionary(headers, SIGNATURE)?;
    let mut members = dictionary.into_iter();
    let (Some((found, ListEntry::Item(item))), None) = (members.next(), members.next()) else {
        return Err(SignatureError::Malformed("there is not exactly one"));
    };
    match item.bare_item {
        BareItem::ByteSequence(bytes) if found.as_str() == label && item.params.is_empty() => bytes
            .try_into()
            .map_err(|_| SignatureError::Malformed("it has not 64 bytes")),
        _ => Err(SignatureError::Malformed(
            "it is not the one that is described",
        )),
    }
}

/// The components in their order: all of them, each once, without parameters, and no others.
fn covered(list: &InnerList) -> Result<Vec<&'static str>, SignatureError> {
    let mut components = Vec::new();
    for item in &list.items {
        let BareItem::String(name) = &item.bare_item else {
            return Err(SignatureError::Malformed("a component is no text"));
        };
        let known = COMPONENTS.iter().find(|known| **known == name.as_str());
        let Some(known) = known.filter(|_| item.params.is_empty()) else {
            return Err(SignatureError::Malformed("a component is not known"));
        };
        components.push(*known);
    }
    let distinct: BTreeSet<_> = components.iter().collect();
    if distinct.len() < components.len() {
        return Err(SignatureError::Malformed("a component stands twice"));
    }
    match COMPONENTS.iter().find(|name| !distinct.contains(name)) {
        Some(missing) => Err(SignatureError::Uncovered(missing)),
        None => Ok(components),
    }
}

struct Said {
    created: i64,
    expires: i64,
    nonce: String,
    key_domain: Domain,
    key_id: String,
}

fn read_parameters(parameters: &Parameters) -> Result<Said, SignatureError> {
    if parameters
        .keys()
        .any(|key| !PARAMETERS.contains(&key.as_str()))
    {
        return Err(SignatureError::Malformed("a parameter is not known"));
    }
    let moment = |name| match parameters.get(name) {
        Some(BareItem::Integer(seconds)) => Ok(i64::from(*seconds)),
        _ => Err(SignatureError::Malformed("created or expires is missing")),
    };
    let text = |name| match parameters.get(name) {
        Some(BareItem::String(text)) => Ok(text.as_str()),
        _ => Err(SignatureError::Malformed("nonce, keyid or alg is missing")),
    };
    if text("alg")? != "ed25519" {
        return Err(SignatureError::Malformed("alg is not ed25519"));
    }
    let nonce = text("nonce")?;
    if !(SHORTEST_NONCE..=LONGEST_NONCE).contains(&nonce.len()) {
        return Err(SignatureError::Malformed(
            "the nonce has not 16 to 64 characters",
        ));
    }
    let no_key = SignatureError::Malformed("keyid is not DOMAIN#KEY");
    let (domain, key_id) = text("keyid")?.split_once('#').ok_or(no_key.clone())?;
    Ok(Said {
        created: moment("created")?,
        expires: moment("expires")?,
        nonce: nonce.to_owned(),
        key_domain: domain.parse().map_err(|_| no_key)?,
        key_id: key_id.to_owned(),
    })
}
