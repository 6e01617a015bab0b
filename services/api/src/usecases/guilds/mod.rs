//! Guilds: founding, renaming, leaving, deleting.

mod act;
mod create;
mod delete;
mod get;
pub(crate) mod hierarchy;
mod leave;
mod list_mine;
mod update;
mod weight;

pub(crate) use act::Act;
pub(crate) use create::create;
pub(crate) use delete::delete;
pub(crate) use get::get;
pub(crate) use leave::leave;
pub(crate) use list_mine::list_mine;
pub(crate) use update::update;
pub(crate) use weight::Weight;

use crate::Failure;
use kith_store::guilds::MAX_PER_USER;
use kith_wire::ErrorCode;

/// The asker is in as many guilds as one may be.
pub(crate) fn too_many_guilds() -> Failure {
    Failure::refused(
        ErrorCode::LimitReached,
        format!("you are in {MAX_PER_USER} guilds, as many as one may be in"),
    )
}
