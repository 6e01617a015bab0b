//! What every answer with a file says besides the file.

use std::fmt::Write;

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};

/// What a cache of one person's may do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caching {
    /// Keep it, but not show it without asking again whether they still may.
    AskAgain,
    /// Show it for a week: its address never means anything else, and who learnt it was allowed to see it.
    Keep,
}

/// The file as it is: an image that was worked on is another one than before.
pub(super) fn tag(sha256: &[u8], suffix: &str) -> String {
    let mut tag = String::from("\"");
    for byte in sha256 {
        write!(tag, "{byte:02x}").expect("a String takes everything");
    }
    tag + suffix + "\""
}

/// Whether who asks has it already.
pub(super) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get_all(IF_NONE_MATCH).iter();
    known
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|value| value.trim().trim_start_matches("W/"))
        .any(|value| value == "*" || value == tag)
}

/// The answer to who has it already.
pub(super) fn unchanged(tag: &str, caching: Caching) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    describe(&mut response, tag, caching, Vec::new());
    response
}

/// Adds what every answer with a file says, and more.
pub(super) fn describe(
    response: &mut Response,
    tag: &str,
    caching: Caching,
    more: Vec<(HeaderName, String)>,
) {
    let caching = match caching {
        Caching::AskAgain => "private, no-cache",
        Caching::Keep => "private, max-age=604800, immutable",
    };
    let usual = [
        (ETAG, tag.to_owned()),
        (CACHE_CONTROL, caching.to_owned()),
        (
            CONTENT_SECURITY_POLICY,
            String::from("sandbox; default-src 'none'; frame-ancestors 'none'"),
        ),
    ];
    for (name, value) in usual.into_iter().chain(more) {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
}
