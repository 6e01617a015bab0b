use kith_types::InviteCode;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::routes::guilds::Limit;

/// A page of a list that is ordered by invite code.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct InvitePage {
    /// The last code of the page before.
    #[serde(default)]
    pub(crate) after: Option<InviteCode>,
    #[serde(default)]
    limit: Limit,
}

impl InvitePage {
    /// How many there are on the page.
    pub(crate) fn limit(&self) -> i64 {
        self.limit.get()
    }
}
