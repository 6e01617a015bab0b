//! The cookie by which a device is known again. Scripts cannot read it, and no other route gets it.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use kith_http::Reply;

use crate::Core;
use crate::usecases::auth::{Device, LoggedIn};

const NAME: &str = "kith_device";
/// In seconds: as long as a device that nobody uses is remembered.
const LONG: u32 = 365 * 24 * 3600;

/// The device that a request says that it comes from.
pub(super) fn shown(headers: &HeaderMap) -> Option<Device> {
    let fields = headers.get_all(COOKIE).iter();
    let pairs = fields
        .filter_map(|field| field.to_str().ok())
        .flat_map(|field| field.split(';'));
    let mut named = pairs.filter_map(|pair| pair.trim().split_once('='));
    let (_, token) = named.find(|(name, _)| *name == NAME)?;
    Device::shown(token)
}

/// The answer to who has logged in.
pub(super) fn answer(core: &Core, status: StatusCode, logged_in: LoggedIn) -> Response {
    let LoggedIn { session, device } = logged_in;
    let secure = if core.home.is_encrypted {
        "; Secure"
    } else {
        ""
    };
    let token = device.reveal();
    let cookie = format!(
        "{NAME}={token}; Path=/api/v1/auth; Max-Age={LONG}; HttpOnly; SameSite=Strict{secure}"
    );
    let mut response = Reply::ok(session).into_response();
    *response.status_mut() = status;
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}
