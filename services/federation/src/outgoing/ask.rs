use std::time::Duration;

use base64::Engine as _;
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, Method, Request, Response};
use kith_outbound::{Bounds, OutboundError};
use kith_types::Domain;
use kith_wire::{Data, ErrorEnvelope};
use serde::de::DeserializeOwned;

use super::AskError;
use crate::Core;
use crate::signature::{Signer, sign};

/// Documents and profiles are small. The time is less than api waits for an answer to its own question.
pub(super) const BOUNDS: Bounds = Bounds {
    bytes: 64 * 1024,
    total: Duration::from_secs(4),
    idle: Duration::from_secs(2),
};
const AGENT: &str = concat!("kith/", env!("CARGO_PKG_VERSION"));

/// Reads what anybody may read, as it stands there.
pub(super) async fn fetch<T: DeserializeOwned>(
    core: &Core,
    domain: &Domain,
    path: &str,
) -> Result<T, AskError> {
    let request = request(Method::GET, domain, path, Bytes::new());
    let answer = core.outbound.send(request, BOUNDS).await?;
    if !answer.status().is_success() {
        return Err(refusal(&answer));
    }
    read(&answer)
}

/// Asks with a signature, and once more when the connection broke: signed anew, since a nonce is good once. `None`: 404.
pub(super) async fn ask<T: DeserializeOwned>(
    core: &Core,
    domain: &Domain,
    method: Method,
    path: &str,
    body: Bytes,
) -> Result<Option<T>, AskError> {
    let mut outcome = core
        .outbound
        .send(signed(core, domain, &method, path, &body)?, BOUNDS)
        .await;
    if let Err(OutboundError::Unreachable(_)) = outcome {
        outcome = core
            .outbound
            .send(signed(core, domain, &method, path, &body)?, BOUNDS)
            .await;
    }
    let answer = outcome?;
    match answer.status().as_u16() {
        200 => read::<Data<T>>(&answer).map(|data| Some(data.data)),
        404 => Ok(None),
        _ => Err(refusal(&answer)),
    }
}

fn request(method: Method, domain: &Domain, path: &str, body: Bytes) -> Request<Bytes> {
    let request = Request::builder()
        .method(method)
        .uri(format!("https://{domain}{path}"))
        .header(ACCEPT, "application/json")
        .header(USER_AGENT, AGENT)
        .body(body);
    request.expect("domains and paths are visible ASCII")
}

fn signed(
    core: &Core,
    domain: &Domain,
    method: &Method,
    path: &str,
    body: &Bytes,
) -> Result<Request<Bytes>, AskError> {
    let mut request = request(method.clone(), domain, path, body.clone());
    let (now, keys) = (core.now(), core.keys.now());
    let (key_id, key) = keys.signing(now).ok_or(AskError::NoKey)?;
    let signer = Signer {
        origin: &core.domain,
        key_id,
        key,
    };
    sign(&mut request, signer, domain, now, &*core.entropy);
    Ok(request)
}

fn refusal(answer: &Response<Bytes>) -> AskError {
    match serde_json::from_slice::<ErrorEnvelope>(answer.body()) {
        Ok(envelope) => AskError::Refused(envelope.error.code),
        Err(_) => AskError::Impossible("it is an error of another kind"),
    }
}

fn read<T: DeserializeOwned>(answer: &Response<Bytes>) -> Result<T, AskError> {
    if !is_json(answer.headers()) {
        return Err(AskError::Impossible("it is no JSON"));
    }
    serde_json::from_slice(answer.body())
        .map_err(|_| AskError::Impossible("it is not what was asked for"))
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// The bytes of a public key in a document.
pub(super) fn public_key(text: &str) -> Option<[u8; 32]> {
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text)
        .ok()?;
    bytes.try_into().ok()
}
