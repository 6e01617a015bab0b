use kith_types::UserId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Failure;

/// A page of a list that is ordered by user id.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UserPage {
    /// The last user of the page before.
    #[serde(default)]
    pub(crate) after: Option<UserId>,
    /// How many, 50 if left out.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

impl UserPage {
    /// How many there are on the page.
    pub(crate) fn limit(&self) -> Result<i64, Failure> {
        crate::routes::limit(self.limit)
    }
}
