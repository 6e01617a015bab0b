use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::ApiError;
use crate::body::field;

/// The part of the address behind `?`. Errors name the parameter.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let query = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        query.map(|query| Self(query.0)).map_err(|rejection| {
            let text = rejection.body_text();
            let text = text
                .strip_prefix("Failed to deserialize query string: ")
                .unwrap_or(&text);
            match text.split_once(": ") {
                Some((name, message)) if !name.contains(' ') => ApiError::field(name, message),
                _ => ApiError::field(field(".", text), text),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Page {
        #[expect(dead_code, reason = "only its errors matter here")]
        limit: Option<u8>,
    }

    async fn complaint(uri: &str) -> String {
        let (mut parts, ()) = Request::get(uri).body(()).unwrap().into_parts();
        let error = Query::<Page>::from_request_parts(&mut parts, &())
            .await
            .unwrap_err();
        error.details()[0].field.clone()
    }

    #[tokio::test]
    async fn a_wrong_parameter_is_named() {
        assert_eq!(complaint("/?limit=many").await, "limit");
        assert_eq!(complaint("/?offset=3").await, "offset");
    }
}
