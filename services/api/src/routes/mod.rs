//! The routes: each file is one operation. A handler parses, calls its use case and answers.

mod admin;
mod audit;
mod auth;
mod bans;
mod blocks;
mod channels;
mod directs;
mod guilds;
mod invites;
mod members;
mod messages;
mod overwrites;
mod roles;
mod search;
mod users;

use utoipa_axum::router::OpenApiRouter;

use crate::{Core, Failure};

/// How long a list is when nobody says.
const LIMIT: i64 = 50;
/// How long it may be.
const MOST: i64 = 100;

/// All routes below `/api/v1`. Each subject adds its own.
pub(crate) fn router() -> OpenApiRouter<Core> {
    OpenApiRouter::new()
        .merge(admin::router())
        .merge(auth::router())
        .merge(users::router())
        .merge(blocks::router())
        .merge(directs::router())
        .merge(messages::router())
        .merge(guilds::router())
        .merge(roles::router())
        .merge(members::router())
        .merge(bans::router())
        .merge(channels::router())
        .merge(overwrites::router())
        .merge(invites::router())
        .merge(audit::router())
        .merge(search::router())
}

/// A list's `limit` as it came in the query.
fn limit(asked: Option<i64>) -> Result<i64, Failure> {
    let limit = asked.unwrap_or(LIMIT);
    if (1..=MOST).contains(&limit) {
        Ok(limit)
    } else {
        Err(Failure::field("limit", "must be 1 to 100"))
    }
}
