//! `/guilds/{guild}/messages/search`, `/channels/{channel}/messages/search`

mod in_channel;
mod in_guild;
mod wanted;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Core;

pub(crate) fn router() -> OpenApiRouter<Core> {
    OpenApiRouter::new()
        .routes(routes!(in_guild::search_guild))
        .routes(routes!(in_channel::search_channel))
}
