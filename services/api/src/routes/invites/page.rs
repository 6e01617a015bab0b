use kith_types::InviteCode;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Failure;

/// A page of a list that is ordered by invite code.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct InvitePage {
    /// The last code of the page before.
    #[serde(default)]
    pub(crate) after: Option<InviteCode>,
    /// How many, 50 if left out.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

impl InvitePage {
    /// How many there are on the page.
    pub(crate) fn limit(&self) -> Result<i64, Failure> {
        crate::routes::limit(self.limit)
    }
}
