use std::error::Error;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use kith_wire::ErrorCode;
use serde::de::DeserializeOwned;

use crate::ApiError;
use crate::body::name_field;

/// The query's parameters. What is wrong with them is answered with their names.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let read = axum::extract::Query::try_from_uri(&parts.uri);
        let axum::extract::Query(value) = read.map_err(|rejection| {
            type Located = serde_path_to_error::Error<serde::de::value::Error>;
            let mut cause: Option<&(dyn Error + 'static)> = Some(&rejection);
            let mut located = None;
            while let (None, Some(error)) = (located, cause) {
                located = error.downcast_ref::<Located>();
                cause = error.source();
            }
            match located {
                Some(error) => {
                    let (field, message) =
                        name_field(&error.path().to_string(), &error.inner().to_string());
                    ApiError::field(if field == "body" { "query" } else { &field }, message)
                }
                None => ApiError::field("query", "cannot be read"),
            }
        })?;
        Ok(Self(value))
    }
}

/// The path's parameters. One that cannot be read names nothing that exists: 404.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(rejection) if rejection.status().is_server_error() => {
                Err(ApiError::internal(rejection))
            }
            Err(_) => Err(ApiError::from(ErrorCode::NotFound)),
        }
    }
}
