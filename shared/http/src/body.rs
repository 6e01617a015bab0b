use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use kith_wire::ErrorCode;
use serde::de::DeserializeOwned;

use crate::ApiError;

/// The largest JSON body: a message of 4000 graphemes of 32 bytes each, with every second byte escaped.
pub const MAX_BODY: usize = 256 * 1024;

/// A body in JSON. What is wrong with it is answered with the field's path; types refuse unknown fields themselves
/// (`deny_unknown_fields`).
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        if !is_json(request.headers()) {
            return Err(ApiError::from(ErrorCode::UnsupportedMediaType));
        }
        let bytes =
            Bytes::from_request(request, state)
                .await
                .map_err(|rejection| match rejection {
                    BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
                        ApiError::from(ErrorCode::PayloadTooLarge)
                    }
                    other => ApiError::field("body", "ended before it was complete").because(other),
                })?;
        parse(&bytes).map(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let kind = value.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        if error.is_data() {
            let (field, message) = name_field(&path, &error.to_string());
            ApiError::field(field, message)
        } else {
            ApiError::field("body", format!("is not valid JSON: {error}"))
        }
    })?;
    deserializer
        .end()
        .map_err(|error| ApiError::field("body", format!("is not valid JSON: {error}")))?;
    Ok(value)
}

/// The full path of the field that an error is about, and the error in words without a position: the path is clearer.
pub(crate) fn name_field(path: &str, message: &str) -> (String, String) {
    let message = message
        .rfind(" at line ")
        .map_or(message, |end| &message[..end]);
    let parent = match path {
        "." => "",
        path => path,
    };
    // Serde names these two in words only; the path ends at what contains them.
    let named = [
        ("missing field `", "is required"),
        ("unknown field `", "is not known here"),
    ];
    for (prefix, words) in named {
        let Some((name, _)) = message
            .strip_prefix(prefix)
            .and_then(|rest| rest.split_once('`'))
        else {
            continue;
        };
        let ends_with_it = parent
            .strip_suffix(name)
            .is_some_and(|before| before.is_empty() || before.ends_with('.'));
        let field = match parent {
            "" => name.to_owned(),
            parent if ends_with_it => parent.to_owned(),
            parent => format!("{parent}.{name}"),
        };
        return (field, words.to_owned());
    }
    let field = if parent.is_empty() { "body" } else { parent };
    (field.to_owned(), message.to_owned())
}
