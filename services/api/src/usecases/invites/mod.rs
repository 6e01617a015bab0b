//! Invites: the way into a guild.

mod accept;
mod code;
mod create;
mod list;
mod preview;
mod revoke;

pub(crate) use accept::accept;
pub(crate) use create::create;
pub(crate) use list::list;
pub(crate) use preview::preview;
pub(crate) use revoke::revoke;

use crate::Failure;
use kith_wire::ErrorCode;

fn banned() -> Failure {
    Failure::refused(ErrorCode::Banned, "you are banned from this guild")
}
fn expired() -> Failure {
    Failure::refused(
        ErrorCode::InviteExpired,
        "the invite is expired, used up or revoked",
    )
}
