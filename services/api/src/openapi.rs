use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;

use crate::{Core, docs, routes as subjects};

/// What the document says besides the routes. The gateway's frames stand here, since no route names them.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Kith",
        description = "REST of a Kith instance. Answers are `{\"data\": …}` or `{\"error\": …}`; what may not be seen is 404.",
        license(name = "AGPL-3.0-or-later", identifier = "AGPL-3.0-or-later"),
    ),
    modifiers(&Session),
    components(schemas(
        kith_wire::BlockChange, kith_wire::ChannelChange, kith_wire::ChannelDelete, kith_wire::DispatchKind,
        kith_wire::GuildChange, kith_wire::GuildAway, kith_wire::GuildDelete, kith_wire::GuildMembers, kith_wire::GuildSnapshot, kith_wire::Heartbeat, kith_wire::Hello,
        kith_wire::Identify, kith_wire::InvalidSession, kith_wire::MemberChange, kith_wire::MemberRemove,
        kith_wire::MessageChange, kith_wire::MessageDelete, kith_wire::Op, kith_wire::PermissionsUpdate,
        kith_wire::Presence, kith_wire::PresenceSettingsChange, kith_wire::RequestFailed, kith_wire::RequestMembers,
        kith_wire::SetPresence,
        kith_wire::ReadStateUpdate, kith_wire::Ready, kith_wire::Resume, kith_wire::RoleChange, kith_wire::RoleDelete,
        kith_wire::TypingStart, kith_wire::UserChange,
        // Only paths and queries name them, which does not bring them into the document.
        kith_types::InviteCode, kith_types::SessionId, kith_types::AuditEntryId, kith_wire::SearchMark,
    )),
)]
struct Frame;

struct Session;

impl Modify for Session {
    fn modify(&self, document: &mut Document) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("session", scheme);
    }
}

fn documented() -> (axum::Router<Core>, Document) {
    OpenApiRouter::with_openapi(Frame::openapi())
        .nest("/api/v1", subjects::router())
        .split_for_parts()
}

/// All routes of the service, with those that show the document, to which `others` belong too.
pub(crate) fn routes(others: Vec<fn() -> Document>) -> axum::Router<Core> {
    let whole = move || {
        let mut document = openapi();
        for other in others {
            document.merge(other());
        }
        document
    };
    documented().0.merge(docs::router(whole))
}

/// The OpenAPI document, generated from the routes of this service.
pub fn openapi() -> Document {
    documented().1
}
