//! All rate limits, in one place. Each is a token bucket: so many at once, and as many again within the time.
//!
//! Signed-in people are counted by account, in classes; a request takes one token of its class before anything is looked up, if
//! it is known whose token it shows (see [`crate::Gate`], which also counts what answers weigh, and wrong tokens). Whoever is not
//! signed in is counted by address. Accounts that are `unlimited` (load generators, bridges) are not counted.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRef, FromRequestParts, MatchedPath};
use axum::http::Method;
use axum::http::request::Parts;
use kith_http::{ApiError, ClientAddress};
use kith_types::{LimitKey, Limiter, Quota};

use crate::Failure;

/// Reading: a client that opens a guild asks some dozens of things at once.
const READ: Quota = Quota::new(200, Duration::from_secs(20));
/// Posting messages: twenty at once, two a second for ever.
const POST: Quota = Quota::new(20, Duration::from_secs(10));
/// Showing that one types: clients say it every eight seconds, in every channel that they type in.
const TYPING: Quota = Quota::new(10, Duration::from_secs(10));
/// Sending files: a folder of pictures at once.
const UPLOAD: Quota = Quota::new(60, Duration::from_mins(1));
/// Fetching files, thumbnails and avatars: a page of history may show some hundreds.
const DOWNLOAD: Quota = Quota::new(600, Duration::from_mins(1));
/// Searching: more work than reading, and nobody reads faster than that.
const SEARCH: Quota = Quota::new(20, Duration::from_secs(20));
/// Looking for somebody by name, perhaps at another instance: a person tries a few names.
const LOOK_UP: Quota = Quota::new(20, Duration::from_mins(1));
/// Changing a picture: each is decoded, and everybody who sees it fetches it anew.
const PICTURE: Quota = Quota::new(10, Duration::from_mins(1));
/// Every other change.
const WRITE: Quota = Quota::new(60, Duration::from_mins(1));
/// Requests without a session, by address. Schools and offices share one.
const ADDRESS: Quota = Quota::new(120, Duration::from_mins(1));

/// What a route's cost is counted as.
fn class(method: &Method, path: &str) -> (&'static str, Quota) {
    if matches!(*method, Method::GET | Method::HEAD) {
        if path.starts_with("/api/v1/attachments/")
            || path.starts_with("/api/v1/thumbnails/")
            || path.ends_with("/{avatar}")
            || path.ends_with("/{icon}")
        {
            ("download", DOWNLOAD)
        } else if path.ends_with("/messages/search") {
            ("search", SEARCH)
        } else if path == "/api/v1/users/lookup" {
            ("look_up", LOOK_UP)
        } else {
            ("read", READ)
        }
    } else if path.ends_with("/attachments") {
        ("upload", UPLOAD)
    } else if path.ends_with("/avatar") || path.ends_with("/icon") {
        ("picture", PICTURE)
    } else if path.ends_with("/messages") {
        ("post", POST)
    } else if path.ends_with("/typing") {
        ("typing", TYPING)
    } else if path.ends_with("/read") {
        // Reading acknowledges.
        ("acknowledge", READ)
    } else {
        ("write", WRITE)
    }
}

/// What a request is counted as, by account.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Class {
    pub(crate) name: &'static str,
    pub(crate) quota: Quota,
    /// Whether its answer counts by what it weighs too. Files are counted where they are sent from.
    pub(crate) reads: bool,
}

impl Class {
    pub(crate) fn of(parts: &Parts) -> Self {
        let path = parts.extensions.get::<MatchedPath>();
        let (name, quota) = class(&parts.method, path.map_or("", MatchedPath::as_str));
        let reads = matches!(name, "read" | "search");
        Self { name, quota, reads }
    }
}

pub(crate) async fn take_from(
    limiter: &dyn Limiter,
    key: &LimitKey,
    quota: Quota,
) -> Result<(), Failure> {
    let decision = limiter.take(key, quota, 1).await;
    if decision.allowed {
        Ok(())
    } else {
        Err(ApiError::rate_limited(decision).into())
    }
}

/// Somebody who need not be signed in, counted by address. Every route that takes no session begins with it.
#[derive(Debug, Clone, Copy)]
pub struct Stranger(pub ClientAddress);

impl<S: Send + Sync> FromRequestParts<S> for Stranger
where
    Arc<dyn Limiter>: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Ok(address) = ClientAddress::from_request_parts(parts, state).await;
        let limiter = Arc::<dyn Limiter>::from_ref(state);
        take_from(&*limiter, &LimitKey::new("address", address), ADDRESS).await?;
        Ok(Self(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_route_is_counted_as_what_it_does() {
        let name = |method: Method, path: &str| class(&method, path).0;
        assert_eq!(
            name(Method::GET, "/api/v1/channels/{channel}/messages"),
            "read"
        );
        assert_eq!(
            name(Method::GET, "/api/v1/guilds/{guild}/messages/search"),
            "search"
        );
        assert_eq!(
            name(Method::POST, "/api/v1/channels/{channel}/messages"),
            "post"
        );
        assert_eq!(
            name(Method::POST, "/api/v1/channels/{channel}/typing"),
            "typing"
        );
        assert_eq!(
            name(Method::PUT, "/api/v1/channels/{channel}/read"),
            "acknowledge"
        );
        assert_eq!(
            name(Method::POST, "/api/v1/channels/{channel}/attachments"),
            "upload"
        );
        assert_eq!(
            name(Method::GET, "/api/v1/attachments/{attachment}/{name}"),
            "download"
        );
        for path in [
            "/api/v1/users/{user}/avatar/{avatar}",
            "/api/v1/guilds/{guild}/icon/{icon}",
        ] {
            assert_eq!(name(Method::GET, path), "download");
        }
        assert_eq!(name(Method::PUT, "/api/v1/users/@me/avatar"), "picture");
        assert_eq!(name(Method::PUT, "/api/v1/guilds/{guild}/icon"), "picture");
        assert_eq!(name(Method::GET, "/api/v1/users/lookup"), "look_up");
        assert_eq!(name(Method::PATCH, "/api/v1/guilds/{guild}"), "write");
    }
}
