use axum::extract::State;
use kith_http::{Listed, Query};
use kith_store::Store;
use kith_types::{GuildId, UserId};
use kith_wire::{ErrorEnvelope, Member, Paged};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Failure;
use crate::access::InGuild;
use crate::usecases::members::{self, Which};

/// The most people that can be asked for by their ids.
const MOST_IDS: usize = 100;

/// A page of all, or some by their ids.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// The last user of the page before.
    #[serde(default)]
    after: Option<UserId>,
    /// How many, 50 if left out.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
    /// Instead of a page: those of these users (at most 100 ids, with commas between them) who are members.
    #[serde(default)]
    #[param(max_length = 2699)]
    user_ids: Option<String>,
}

impl Wanted {
    /// Which, and how long the page is.
    fn read(&self) -> Result<(Which, i64), Failure> {
        let Some(ids) = &self.user_ids else {
            let limit = crate::routes::limit(self.limit)?;
            let after = self.after;
            // One more tells whether there is a next page.
            return Ok((
                Which::Page {
                    after,
                    limit: limit + 1,
                },
                limit,
            ));
        };
        let wrong = |message: String| Failure::field("user_ids", message);
        if self.after.is_some() || self.limit.is_some() {
            return Err(wrong(String::from(
                "cannot be combined with after or limit",
            )));
        }
        let ids: Vec<&str> = ids.split(',').collect();
        if ids.len() > MOST_IDS {
            return Err(wrong(format!("must have at most {MOST_IDS} ids")));
        }
        let ids: Result<Vec<UserId>, _> = ids.into_iter().map(str::parse).collect();
        let ids = ids.map_err(|error| wrong(error.to_string()))?;
        Ok((Which::Among(ids), MOST_IDS as i64))
    }
}

/// The members by user id, in pages, or some of them by their ids.
#[utoipa::path(
    get, path = "/guilds/{guild}/members", tag = "members", operation_id = "members_list",
    params(("guild" = GuildId, Path), Wanted),
    responses(
        (status = 200, description = "As asked", body = Paged<Member>),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn list(
    at: InGuild,
    State(store): State<Store>,
    Query(wanted): Query<Wanted>,
) -> Result<Listed<Member>, Failure> {
    let (which, limit) = wanted.read()?;
    let data = at
        .decide(&store, |member| {
            members::list(&store, at.guild, member, &which)
        })
        .await?;
    Ok(Listed::first(limit, data))
}
