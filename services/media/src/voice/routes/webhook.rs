use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use kith_store::StoreError;

use crate::voice::Voice;
use crate::voice::webhooks::{Refused, receive};

/// Takes what LiveKit tells. Whatever is not answered with 200 it tells again, a few times.
pub(super) async fn webhook(
    State(voice): State<Voice>,
    headers: HeaderMap,
    body: String,
) -> StatusCode {
    let signature = headers.get(AUTHORIZATION).map(HeaderValue::to_str);
    let Some(Ok(signature)) = signature else {
        return StatusCode::UNAUTHORIZED;
    };
    let signature = signature.strip_prefix("Bearer ").unwrap_or(signature);
    let outcome = receive(&voice, &body, signature).await;
    let name = outcome.as_ref().map_or_else(Refused::name, |()| "taken");
    metrics::counter!("kith_voice_webhooks_total", "outcome" => name).increment(1);
    match outcome {
        Ok(()) => StatusCode::OK,
        Err(error) => {
            tracing::warn!(error = %error, "a webhook of LiveKit was not taken");
            status(&error)
        }
    }
}

fn status(refused: &Refused) -> StatusCode {
    match refused {
        Refused::Unsigned(_) | Refused::OutOfTime => StatusCode::UNAUTHORIZED,
        Refused::Incomplete => StatusCode::BAD_REQUEST,
        Refused::Replayed => StatusCode::CONFLICT,
        Refused::Store(StoreError::Unavailable(_)) | Refused::Sfu(_) | Refused::NotConfigured => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Refused::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
