use kith_types::AuditEntryId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::routes::guilds::Limit;

/// A page of the audit log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditPage {
    /// The last entry of the page before: the page has what is older.
    #[serde(default)]
    pub(crate) before: Option<AuditEntryId>,
    #[serde(default)]
    limit: Limit,
}

impl AuditPage {
    /// How many there are on the page.
    pub(crate) fn limit(&self) -> i64 {
        self.limit.get()
    }
}
