//! Pictures of people and guilds.

mod fetch_avatar;
mod fetch_icon;
mod fetch_invite_icon;
mod put_avatar;
mod put_icon;
mod remove_avatar;
mod remove_icon;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Core;

/// Routes of pictures.
pub(super) fn router() -> OpenApiRouter<Core> {
    OpenApiRouter::new()
        .routes(routes!(
            put_avatar::put_avatar,
            remove_avatar::remove_avatar
        ))
        .routes(routes!(fetch_avatar::fetch_avatar))
        .routes(routes!(put_icon::put_icon, remove_icon::remove_icon))
        .routes(routes!(fetch_icon::fetch_icon))
        .routes(routes!(fetch_invite_icon::fetch_invite_icon))
}
