use kith_types::UserId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::routes::guilds::Limit;

/// A page of a list that is ordered by user id.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UserPage {
    /// The last user of the page before.
    #[serde(default)]
    pub(crate) after: Option<UserId>,
    #[serde(default)]
    limit: Limit,
}

impl UserPage {
    /// How many there are on the page.
    pub(crate) fn limit(&self) -> i64 {
        self.limit.get()
    }
}
