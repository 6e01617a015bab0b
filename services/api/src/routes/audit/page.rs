use kith_types::AuditEntryId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Failure;

/// A page of the audit log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditPage {
    /// The last entry of the page before: the page has what is older.
    #[serde(default)]
    pub(crate) before: Option<AuditEntryId>,
    /// How many, 50 if left out.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

impl AuditPage {
    /// How many there are on the page.
    pub(crate) fn limit(&self) -> Result<i64, Failure> {
        crate::routes::limit(self.limit)
    }
}
