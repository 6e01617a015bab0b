//! What concerns the instance as a whole, for its administrators.

mod decide_peer;
mod get_peer;
mod list_audit;
mod list_peers;
mod list_rules;
mod page;
mod put_rule;
mod remove_rule;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Core;

/// The routes of this module.
pub(super) fn router() -> OpenApiRouter<Core> {
    OpenApiRouter::new()
        .routes(routes!(list_peers::list_peers))
        .routes(routes!(get_peer::get_peer, decide_peer::decide_peer))
        .routes(routes!(list_rules::list_rules))
        .routes(routes!(put_rule::put_rule, remove_rule::remove_rule))
        .routes(routes!(list_audit::list_audit))
}
