//! One's own account, and those of others by their names.

mod change_password;
mod get_me;
mod get_presence;
mod look_up;
mod update_me;
mod update_presence;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Core;

/// The routes of this module.
pub(super) fn router() -> OpenApiRouter<Core> {
    OpenApiRouter::new()
        .routes(routes!(get_me::get_me, update_me::update_me))
        .routes(routes!(
            get_presence::get_presence,
            update_presence::update_presence
        ))
        .routes(routes!(change_password::change_password))
        .routes(routes!(look_up::look_up))
}
