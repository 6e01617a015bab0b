use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kith_wire::Data;
use serde::Serialize;

/// An answer that is no error: `{"data": …}`.
#[derive(Debug)]
pub struct Reply<T> {
    status: StatusCode,
    data: T,
}

/// 200 with `data`.
pub fn ok<T>(data: T) -> Reply<T> {
    Reply {
        status: StatusCode::OK,
        data,
    }
}

/// 201 with `data`.
pub fn created<T>(data: T) -> Reply<T> {
    Reply {
        status: StatusCode::CREATED,
        data,
    }
}

/// 204 without a body.
pub fn no_content() -> StatusCode {
    StatusCode::NO_CONTENT
}

impl<T: Serialize> IntoResponse for Reply<T> {
    fn into_response(self) -> Response {
        (self.status, Json(Data { data: self.data })).into_response()
    }
}
