use kith_types::AuditEntryId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Failure;

/// A page of a list that is ordered by a name.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct NamePage {
    /// The last name of the page before.
    #[serde(default)]
    pub(super) after: String,
    /// How many, 50 if left out.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

impl NamePage {
    /// How many there are on the page.
    pub(super) fn limit(&self) -> Result<i64, Failure> {
        crate::routes::limit(self.limit)
    }
}

/// A page of the audit log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EntryPage {
    /// The last entry of the page before.
    #[serde(default)]
    pub(super) before: Option<AuditEntryId>,
    /// How many, 50 if left out.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

impl EntryPage {
    /// How many there are on the page.
    pub(super) fn limit(&self) -> Result<i64, Failure> {
        crate::routes::limit(self.limit)
    }
}
